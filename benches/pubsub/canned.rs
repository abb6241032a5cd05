//! An endpoint that stores nothing and is always content.

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::net::{TcpListener, TcpStream};

use super::Failed;

/// Says where it is, and answers until it is killed.
#[expect(clippy::print_stdout, reason = "the address has to be told")]
pub(super) fn serve() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(connection(stream));
        }
    })
}

async fn connection(stream: TcpStream) -> Result<(), h2::Error> {
    let _ = stream.set_nodelay(true);
    let mut builder = h2::server::Builder::new();
    builder
        .initial_window_size(1 << 24)
        .initial_connection_window_size(1 << 28)
        .max_frame_size(1 << 20)
        .max_concurrent_streams(1_000);
    let mut connection = builder.handshake(stream).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted?;
        tokio::spawn(answer(request, respond));
    }
    Ok(())
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let mut stream = request.into_body();
    let mut body = BytesMut::new();
    while let Some(data) = stream.data().await {
        let data = data?;
        stream.flow_control().release_capacity(data.len())?;
        body.extend_from_slice(&data);
    }
    let reply = ids(count(body.get(5..).unwrap_or_default()));
    let mut head = Response::new(());
    let grpc = HeaderValue::from_static("application/grpc");
    head.headers_mut().insert("content-type", grpc);
    let mut stream = respond.send_response(head, false)?;
    stream.send_data(reply, false)?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    stream.send_trailers(trailers)
}

/// How many messages a `PublishRequest` has.
fn count(mut body: &[u8]) -> u64 {
    let mut messages = 0;
    while let Some((&tag, rest)) = body.split_first() {
        let (length, rest) = varint(rest);
        messages += u64::from(tag == 0x12);
        body = rest.get(length..).unwrap_or_default();
    }
    messages
}

fn varint(bytes: &[u8]) -> (usize, &[u8]) {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7F) << (7 * at);
        if *byte < 0x80 {
            return (value, &bytes[at + 1..]);
        }
    }
    (0, &[])
}

/// A framed `PublishResponse` with ids as long as the service's.
fn ids(count: u64) -> Bytes {
    const ID: &[u8] = b"12345678901234567";
    let mut reply = BytesMut::with_capacity(5 + count as usize * (ID.len() + 2));
    reply.put_u8(0);
    reply.put_u32((count as usize * (ID.len() + 2)) as u32);
    for _ in 0..count {
        reply.put_slice(&[0x0A, ID.len() as u8]);
        reply.put_slice(ID);
    }
    reply.freeze()
}
