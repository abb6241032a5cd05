//! An inlet and an identity service: HTTP/1.1 on a free port, a thread per connection.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// The dataflow that reads the inlet.
pub(super) const FLOW: &str = "flow-1";

/// What goes wrong with a request.
#[derive(Clone)]
pub(super) enum Fault {
    /// The connection breaks, and nothing is taken.
    DropBefore,
    /// Everything is taken, and the connection breaks instead of an answer.
    DropAfter,
    /// An answer with this status, these further headers and this body.
    Answer(u16, &'static str, &'static str),
    /// Everything is taken, and the answer says too little.
    ShortAnswer,
}

/// A verdict over one message: `None` takes it.
pub(super) type Judge = Box<dyn FnMut(&Value) -> Option<(u16, String)> + Send>;

/// The inlet as it is, and as it was used.
#[derive(Default)]
pub(super) struct Inlet {
    /// Messages that were taken.
    pub(super) taken: Vec<Vec<u8>>,
    /// For requests to come, one each.
    pub(super) faults: VecDeque<Option<Fault>>,
    /// For every n-th request.
    pub(super) every: Vec<(u64, Fault)>,
    pub(super) judge: Option<Judge>,
    /// Messages need not be JSON.
    pub(super) is_lax: bool,
    /// Bytes of a body, at most.
    pub(super) body_max: Option<usize>,
    /// Tokens that are good, where one is asked for.
    pub(super) good: Option<Vec<String>>,
    /// What a bad token is answered with.
    pub(super) refusal: u16,
    /// Seconds that a new token says it lives.
    pub(super) expires_in: u64,
    /// New tokens are good.
    pub(super) gives_good: bool,
    /// The identity service refuses.
    pub(super) denies: bool,
    /// How many tokens were given.
    pub(super) tokens: u64,
    /// Requests to the inlet, by path.
    pub(super) paths: BTreeMap<String, u64>,
    /// Of the last request to the inlet.
    pub(super) headers: BTreeMap<String, String>,
    requests: u64,
}

/// A running server.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    inlet: Mutex<Inlet>,
    /// While it is frozen, nothing is read and nothing is answered.
    frozen: (Mutex<bool>, Condvar),
    is_over: AtomicBool,
}

struct Request {
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Reply {
    status: u16,
    headers: &'static str,
    body: String,
}

impl Server {
    pub(super) fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            inlet: Mutex::new(Inlet {
                refusal: 401,
                expires_in: 86_399,
                gives_good: true,
                ..Inlet::default()
            }),
            frozen: (Mutex::new(false), Condvar::new()),
            is_over: AtomicBool::new(false),
        });
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if ours.is_over.load(Ordering::Acquire) {
                    return;
                }
                let (client, shared) = (client.unwrap(), Arc::clone(&ours));
                std::thread::spawn(move || shared.serve(&client));
            }
        });
        Server { address, shared }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The inlet, to look into it or to make it fail.
    pub(super) fn inlet(&self) -> MutexGuard<'_, Inlet> {
        self.shared.inlet()
    }

    /// From now on nothing is answered.
    pub(super) fn freeze(&self) {
        *self.shared.frozen.0.lock().unwrap() = true;
    }

    /// Goes on.
    pub(super) fn thaw(&self) {
        *self.shared.frozen.0.lock().unwrap() = false;
        self.shared.frozen.1.notify_all();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.thaw();
        self.shared.is_over.store(true, Ordering::Release);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn inlet(&self) -> MutexGuard<'_, Inlet> {
        self.inlet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, client: &TcpStream) -> Option<()> {
        client.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(client);
        loop {
            let request = read(&mut reader)?;
            let guard = self.frozen.0.lock().unwrap();
            drop(
                self.frozen
                    .1
                    .wait_while(guard, |is_frozen| *is_frozen)
                    .unwrap(),
            );
            let reply = self.inlet().reply(request)?;
            let head = format!(
                "HTTP/1.1 {} X\r\ncontent-type: application/json\r\n{}content-length: {}\r\n\r\n",
                reply.status,
                reply.headers,
                reply.body.len()
            );
            let mut writer = client;
            writer.write_all(head.as_bytes()).ok()?;
            writer.write_all(reply.body.as_bytes()).ok()?;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        path,
        headers,
        body,
    })
}

fn refusal(status: u16, title: &str, message: &str) -> Reply {
    let body =
        json!({"type": "t", "status": status, "title": title, "report": {"message": message}});
    Reply {
        status,
        headers: "",
        body: body.to_string(),
    }
}

fn ok(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        headers: "",
        body: body.to_string(),
    }
}

impl Inlet {
    /// `None`: the connection breaks.
    fn reply(&mut self, request: Request) -> Option<Reply> {
        if request.path == "/ims/token/v3" {
            return Some(self.token(&request.body));
        }
        self.requests += 1;
        *self.paths.entry(request.path.clone()).or_default() += 1;
        self.headers = request.headers;
        let every = self
            .every
            .iter()
            .find(|(n, _)| self.requests.is_multiple_of(*n));
        let every = every.map(|(_, fault)| fault.clone());
        let fault = self.faults.pop_front().flatten().or(every);
        match fault {
            Some(Fault::DropBefore) => return None,
            Some(Fault::Answer(status, headers, body)) => {
                return Some(Reply {
                    status,
                    headers,
                    body: body.to_owned(),
                });
            }
            _ => {}
        }
        let reply = self.enter(&request.path, &request.body);
        match fault {
            Some(Fault::DropAfter) => None,
            Some(Fault::ShortAnswer) => Some(ok(207, &json!({"responses": []}))),
            _ => Some(reply),
        }
    }

    fn token(&mut self, form: &[u8]) -> Reply {
        let form = String::from_utf8_lossy(form);
        if self.denies || !form.contains("client_secret=hush") {
            let body = json!({"error": "invalid_client", "error_description": "no such client"});
            return ok(400, &body);
        }
        self.tokens += 1;
        let token = format!("token-{}", self.tokens);
        if self.gives_good {
            self.good.get_or_insert_default().push(token.clone());
        }
        ok(
            200,
            &json!({"access_token": token, "expires_in": self.expires_in}),
        )
    }

    fn enter(&mut self, path: &str, body: &[u8]) -> Reply {
        let token = self.headers.get("authorization");
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        if let Some(good) = &self.good
            && !good.iter().any(|good| Some(&**good) == token)
        {
            return refusal(self.refusal, "Authorization", "the token is not good");
        }
        if body.len() > self.body_max.unwrap_or(1_000_000) {
            return refusal(413, "Payload Too Large", "too much");
        }
        if self.headers.get("x-adobe-flow-id").map(String::as_str) != Some(FLOW) {
            return refusal(400, "Bad Request", "x-adobe-flow-id is missing");
        }
        match path.split('?').next() {
            Some("/collection/batch/abc") => self.many(body),
            Some("/collection/abc") => self.single(body),
            _ => refusal(404, "Not Found", "no such inlet"),
        }
    }

    fn many(&mut self, body: &[u8]) -> Reply {
        let inner = body.strip_prefix(br#"{"messages":["#);
        let inner = inner.and_then(|inner| inner.strip_suffix(b"]}")).unwrap();
        let responses: Vec<Value> = if self.is_lax {
            let split = inner.split(|byte| *byte == b',');
            split.map(|message| self.message(message)).collect()
        } else {
            let body: Value = serde_json::from_slice(body).unwrap();
            let messages = body["messages"].as_array().unwrap().iter();
            messages
                .map(|message| self.message(message.to_string().as_bytes()))
                .collect()
        };
        ok(
            207,
            &json!({"inletId": "abc", "batchId": "b", "receivedTimeMs": 1, "responses": responses}),
        )
    }

    fn single(&mut self, body: &[u8]) -> Reply {
        let answer = self.message(body);
        match answer["statusCode"].as_u64() {
            None => ok(
                200,
                &json!({"inletId": "abc", "xactionId": "1:2:3", "receivedTimeMs": 1}),
            ),
            Some(status) => refusal(
                status as u16,
                "Invalid Message",
                answer["message"].as_str().unwrap(),
            ),
        }
    }

    fn message(&mut self, message: &[u8]) -> Value {
        let value = serde_json::from_slice(message).unwrap_or(Value::Null);
        if let Some((status, words)) = self.judge.as_mut().and_then(|judge| judge(&value)) {
            return json!({"statusCode": status, "message": words});
        }
        if !self.is_lax && !value.is_object() {
            return json!({"statusCode": 400, "message": "not an object"});
        }
        self.taken.push(message.to_vec());
        json!({"xactionId": "1584479347507:2153:240"})
    }
}
