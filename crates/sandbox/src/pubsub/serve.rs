//! Connections: gRPC over HTTP/2, and REST over HTTP/1.1 at the same port, as with Google's emulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, server};
use http::Request;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

use super::grpc::{self, Incoming};
use super::refusal::{Code, Refusal};
use super::stock::Stock;
use super::{methods, pull, rest};
use crate::faults::{Faults, Misbehaviour};

/// How HTTP/2 begins when both ends know that it is spoken.
const PREFACE: &[u8] = b"PRI ";
/// Large requests come in few pieces, and many at the same time.
const STREAM_WINDOW: u32 = 16 << 20;
const CONNECTION_WINDOW: u32 = 256 << 20;
const FRAME: u32 = 1 << 20;
/// Google's servers take so many.
const STREAMS: u32 = 100;

/// What every connection has at hand.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) stock: Arc<Stock>,
    pub(super) faults: Arc<Faults>,
}

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, desk: Desk) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let (over_http1, connections) = mpsc::channel(16);
    let router = rest::router(desk.clone());
    let rest = axum::serve(Handed(connections, address), router);
    let grpc = async {
        loop {
            let (stream, peer) = listener.accept().await?;
            tokio::spawn(welcome(stream, peer, desk.clone(), over_http1.clone()));
        }
    };
    tokio::select! {
        result = grpc => result,
        result = rest.into_future() => result,
    }
}

/// The connections that turned out to speak HTTP/1.1.
struct Handed(mpsc::Receiver<(TcpStream, SocketAddr)>, SocketAddr);

impl axum::serve::Listener for Handed {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        match self.0.recv().await {
            Some(connection) => connection,
            // The other end is held for as long as this one is polled.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.1)
    }
}

async fn welcome(
    stream: TcpStream,
    peer: SocketAddr,
    desk: Desk,
    over_http1: mpsc::Sender<(TcpStream, SocketAddr)>,
) {
    let _ = stream.set_nodelay(true);
    let mut begin = [0; PREFACE.len()];
    match stream.peek(&mut begin).await {
        Ok(0) | Err(_) => {}
        // A verb of HTTP/1.1 differs in its first letters, however few of them are here.
        Ok(read) if PREFACE.starts_with(&begin[..read]) => {
            if let Err(error) = connection(stream, desk).await {
                tracing::debug!(%error, "a connection to Pub/Sub broke");
            }
        }
        Ok(_) => drop(over_http1.send((stream, peer)).await),
    }
}

async fn connection(stream: TcpStream, desk: Desk) -> Result<(), h2::Error> {
    let mut builder = server::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
        .max_concurrent_streams(STREAMS)
        .max_send_buffer_size(4 << 20);
    let mut connection: server::Connection<_, Bytes> = builder.handshake(stream).await?;
    let hang_up = Arc::new(Notify::new());
    loop {
        tokio::select! {
            accepted = connection.accept() => {
                let Some(accepted) = accepted else { return Ok(()) };
                let (request, respond) = accepted?;
                tokio::spawn(answer(request, respond, desk.clone(), Arc::clone(&hang_up)));
            }
            () = hang_up.notified() => return Ok(()),
        }
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    desk: Desk,
    hang_up: Arc<Notify>,
) -> Result<(), h2::Error> {
    let (parts, stream) = request.into_parts();
    let path = parts.uri.path().trim_start_matches('/');
    let (service, method) = path.split_once('/').unwrap_or_default();
    let services = [
        "google.pubsub.v1.Publisher",
        "google.pubsub.v1.Subscriber",
        "google.iam.v1.IAMPolicy",
    ];
    if !services.contains(&service) {
        let refusal = Refusal::new(Code::Unimplemented, format!("there is no {service}"));
        return grpc::answer(&mut respond, Err(refusal)).await;
    }
    let incoming = Incoming::new(stream);
    match desk.faults.hit("POST", &fault_path(method)) {
        None => carry_out(method, incoming, &mut respond, &desk.stock).await,
        Some(Misbehaviour::Delay(time)) => {
            tokio::time::sleep(time).await;
            carry_out(method, incoming, &mut respond, &desk.stock).await
        }
        Some(Misbehaviour::ResetBefore) => {
            hang_up.notify_one();
            Ok(())
        }
        Some(Misbehaviour::ResetAfter) => {
            drop(unary(method, incoming, &desk.stock).await);
            hang_up.notify_one();
            Ok(())
        }
        Some(what) => {
            let (code, is_after) = told(what);
            if is_after {
                drop(unary(method, incoming, &desk.stock).await);
            }
            grpc::answer(&mut respond, Err(Refusal::told(code))).await
        }
    }
}

/// What a fault's word is looked for in.
pub(super) fn fault_path(method: &str) -> String {
    format!("/google.pubsub.v1/{method}")
}

/// The code that a fault asks for, and whether the call is carried out first.
pub(super) fn told(what: Misbehaviour) -> (Code, bool) {
    match what {
        Misbehaviour::Code(code) => (code, false),
        Misbehaviour::CodeAfter(code) => (code, true),
        Misbehaviour::Status(status) => (Code::of_status(status), false),
        Misbehaviour::StatusAfter(status) => (Code::of_status(status), true),
        // What a client's own gRPC says of a message that it can't read.
        Misbehaviour::Garbage => (Code::Internal, true),
        // There are no soft errors here, and no exceptions; the others are seen to before.
        Misbehaviour::Soft
        | Misbehaviour::Exception(_)
        | Misbehaviour::ResetBefore
        | Misbehaviour::ResetAfter
        | Misbehaviour::Delay(_) => (Code::Unavailable, false),
    }
}

async fn carry_out(
    method: &str,
    incoming: Incoming,
    respond: &mut SendResponse<Bytes>,
    stock: &Stock,
) -> Result<(), h2::Error> {
    if method == "StreamingPull" {
        return pull::stream(stock, incoming, respond).await;
    }
    tokio::select! {
        outcome = unary(method, incoming, stock) => grpc::answer(respond, outcome).await,
        () = given_up(respond) => Ok(()),
    }
}

/// Resolves when nobody waits for the answer any more.
async fn given_up(respond: &mut SendResponse<Bytes>) {
    let _ = std::future::poll_fn(|context| respond.poll_reset(context)).await;
}

/// A call with one request and one answer.
async fn unary(method: &str, mut incoming: Incoming, stock: &Stock) -> Result<Vec<u8>, Refusal> {
    let request = incoming.next().await?.ok_or_else(Refusal::malformed)?;
    let mut answer = grpc::body();
    match method {
        "Publish" => stock.publish(request, &mut answer)?,
        "Pull" => pull::pull(stock, &request, &mut answer).await?,
        _ => methods::call(stock, method, &request, &mut answer)?,
    }
    Ok(answer)
}

/// For how long a REST call that is told to break takes to do so: the head has to leave first.
pub(super) const BREAKS_AFTER: Duration = Duration::from_millis(1);
