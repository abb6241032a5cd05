//! A Pub/Sub in process that does what it is told: answers, refuses, is slow, falls silent, hangs up.
//!
//! It takes what the service takes and nothing else, and it unpacks requests with the code that
//! somebody else has generated from Google's own definitions.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use gcloud_googleapis::pubsub::v1::{PublishRequest, PublishResponse, PubsubMessage};
use h2::server::{Connection, SendResponse};
use h2::{RecvStream, server};
use http::{HeaderMap, Request, Response};
use prost::Message as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tonic::Code;

pub(super) const TOPIC: &str = "projects/test/topics/profiles";

/// What is to happen to one request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// It is refused.
    Refuse(Code),
    /// The connection is closed before anything is stored.
    HangUp,
    /// The messages are stored, and then the connection is closed.
    LoseAnswer,
    /// The answer takes so long.
    Slow(Duration),
    /// There is never an answer, and nothing is stored.
    Silence,
    /// The answer has one message id too few.
    MiscountIds,
}

/// What the server has seen, and what it is to do.
#[derive(Debug, Default)]
pub(super) struct State {
    /// One per request, in the order of their arrival; after the last one everything is taken.
    pub(super) faults: VecDeque<Fault>,
    /// A fault for each request from now on.
    pub(super) always: Option<Fault>,
    /// The one access token that is taken; `None`: nobody is asked.
    pub(super) token: Option<String>,
    /// Messages in the order of their arrival.
    pub(super) messages: Vec<PubsubMessage>,
    /// How many messages each request had, those that were refused included.
    pub(super) requests: Vec<usize>,
    /// The headers of the last request.
    pub(super) headers: HeaderMap,
    /// Requests that are being answered, and how many they were at most.
    under_way: usize,
    pub(super) most_under_way: usize,
    /// How many connections there were.
    pub(super) connections: usize,
}

pub(super) struct Server {
    runtime: Runtime,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start() -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let mut server = Server {
            address: listener.local_addr().unwrap(),
            runtime,
            state: Arc::default(),
            task: None,
        };
        server.listen(listener);
        server
    }

    fn listen(&mut self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        self.task = Some(self.runtime.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                state.lock().unwrap().connections += 1;
                connections.spawn(serve(stream, Arc::clone(&state)));
            }
        }));
    }

    /// Closes everything: connections break, new ones are refused.
    pub(super) fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = self.runtime.block_on(task);
        }
        self.state().under_way = 0;
    }

    /// Goes on at the same port.
    pub(super) fn go_on(&mut self) {
        if self.task.is_none() {
            let listener = TcpListener::bind(self.address);
            let listener = self.runtime.block_on(listener).unwrap();
            self.listen(listener);
        }
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What happens to the next requests.
    pub(super) fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }
}

/// One connection, until the other end or a fault closes it.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    stream.set_nodelay(true).unwrap();
    let builder = server::Builder::new()
        .initial_window_size(1 << 24)
        .initial_connection_window_size(1 << 26)
        .max_concurrent_streams(100)
        .clone();
    let Ok(mut connection): Result<Connection<_, Bytes>, _> = builder.handshake(stream).await
    else {
        return;
    };
    let hang_up = Arc::new(Notify::new());
    let mut answers = JoinSet::new();
    loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    let (state, hang_up) = (Arc::clone(&state), Arc::clone(&hang_up));
                    answers.spawn(answer(request, respond, state, hang_up));
                }
                _ => return,
            },
            () = hang_up.notified() => return,
        }
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    state: Arc<Mutex<State>>,
    hang_up: Arc<Notify>,
) {
    let (parts, mut stream) = request.into_parts();
    let mut body = Vec::new();
    while let Some(Ok(data)) = stream.data().await {
        let _ = stream.flow_control().release_capacity(data.len());
        body.extend_from_slice(&data);
    }
    let fault = {
        let mut state = state.lock().unwrap();
        let given = parts
            .headers
            .get("authorization")
            .map(|it| it.to_str().unwrap());
        let is_taken = |token: &String| given == Some(&format!("Bearer {token}"));
        let is_stranger = !state.token.as_ref().is_none_or(is_taken);
        state.headers = parts.headers;
        state.under_way += 1;
        state.most_under_way = state.most_under_way.max(state.under_way);
        let stranger = is_stranger.then_some(Fault::Refuse(Code::Unauthenticated));
        stranger.or_else(|| state.faults.pop_front().or(state.always))
    };
    if let Some(Fault::Slow(length)) = fault {
        tokio::time::sleep(length).await;
    }
    let answer = take(parts.uri.path(), &body, fault, &state);
    state.lock().unwrap().under_way -= 1;
    match fault {
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::HangUp | Fault::LoseAnswer) => hang_up.notify_one(),
        _ => send(&mut respond, answer),
    }
}

/// Stores what a request brings, if it is as the service wants it.
fn take(
    path: &str,
    body: &[u8],
    fault: Option<Fault>,
    state: &Mutex<State>,
) -> Result<PublishResponse, (Code, String)> {
    let wrong = |why: &str| Err((Code::InvalidArgument, why.to_owned()));
    if path != "/google.pubsub.v1.Publisher/Publish" || body.len() < 5 || body[0] != 0 {
        return Err((Code::Unimplemented, path.to_owned()));
    }
    let length = u32::from_be_bytes([body[1], body[2], body[3], body[4]]);
    assert_eq!(length as usize, body.len() - 5);
    let Ok(request) = PublishRequest::decode(&body[5..]) else {
        return wrong("no PublishRequest");
    };
    let mut state = state.lock().unwrap();
    state.requests.push(request.messages.len());
    match fault {
        Some(Fault::Refuse(code)) => return Err((code, format!("told to answer {code:?}"))),
        Some(Fault::HangUp | Fault::Silence) => return wrong("nobody hears this"),
        _ => {}
    }
    if request.topic != TOPIC {
        return Err((Code::NotFound, format!("no topic {}", request.topic)));
    }
    if body.len() - 5 > 10_000_000 {
        return wrong("the request is too large");
    }
    if request.messages.is_empty() || request.messages.len() > 1_000 {
        return wrong("1 to 1000 messages");
    }
    let is_empty = |m: &PubsubMessage| m.data.is_empty() && m.attributes.is_empty();
    if request.messages.iter().any(is_empty) {
        return wrong("some messages are empty");
    }
    let key = &request.messages[0].ordering_key;
    if request.messages.iter().any(|m| m.ordering_key != *key) {
        return wrong("several ordering keys in one request");
    }
    let first = state.messages.len();
    state.messages.extend(request.messages);
    let few = usize::from(matches!(fault, Some(Fault::MiscountIds)));
    let message_ids = (first + few..state.messages.len()).map(|n| n.to_string());
    Ok(PublishResponse {
        message_ids: message_ids.collect(),
    })
}

fn send(respond: &mut SendResponse<Bytes>, answer: Result<PublishResponse, (Code, String)>) {
    let head = Response::builder().header("content-type", "application/grpc");
    match answer {
        Ok(answer) => {
            let mut body = vec![0];
            body.extend_from_slice(&(answer.encoded_len() as u32).to_be_bytes());
            answer.encode(&mut body).unwrap();
            let Ok(mut stream) = respond.send_response(head.body(()).unwrap(), false) else {
                return;
            };
            let _ = stream.send_data(body.into(), false);
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", "0".parse().unwrap());
            let _ = stream.send_trailers(trailers);
        }
        Err((code, message)) => {
            let head = head
                .header("grpc-status", (code as i32).to_string())
                .header("grpc-message", message);
            let _ = respond.send_response(head.body(()).unwrap(), true);
        }
    }
}
