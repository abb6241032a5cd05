//! HTTP/1.1 on a free port, a thread per connection, and faults on demand.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::stream::{Reply, Stream};

/// The stream's name.
pub(super) const STREAM: &str = "profiles";

/// A server with one stream.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    stream: Mutex<Stream>,
    /// While it is frozen, nothing is read and nothing is answered.
    frozen: (Mutex<bool>, Condvar),
    is_over: AtomicBool,
}

/// One request.
pub(super) struct Request {
    /// What follows `Kinesis_20131202.`.
    pub(super) operation: String,
    /// The value of `authorization`.
    pub(super) authorization: String,
    pub(super) body: Vec<u8>,
}

impl Server {
    /// A server whose stream has so many shards.
    pub(super) fn start(shards: u32) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            stream: Mutex::new(Stream::new(STREAM, shards)),
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

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The stream, to look into it or to make it fail.
    pub(super) fn stream(&self) -> MutexGuard<'_, Stream> {
        self.shared.stream()
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
    fn stream(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
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
            let reply = self.stream().reply(&request);
            let Reply {
                status,
                body,
                delay,
            } = reply?;
            pass(delay);
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let mut writer = client;
            writer.write_all(head.as_bytes()).ok()?;
            writer.write_all(body.as_bytes()).ok()?;
        }
    }
}

/// A slow server is one that takes its time: this is the time.
#[expect(
    clippy::disallowed_methods,
    reason = "the fault is the time that passes"
)]
fn pass(delay: Duration) {
    if !delay.is_zero() {
        std::thread::sleep(delay);
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut request = Request {
        operation: String::new(),
        authorization: String::new(),
        body: Vec::new(),
    };
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => value.clone_into(&mut request.authorization),
            "x-amz-target" => {
                value
                    .strip_prefix("Kinesis_20131202.")
                    .unwrap()
                    .clone_into(&mut request.operation);
            }
            _ => {}
        }
    }
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
