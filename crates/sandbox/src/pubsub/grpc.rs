//! gRPC over HTTP/2: how messages are framed, and how a call ends.
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use std::fmt::Write as _;
use std::future::poll_fn;

use bytes::{Buf as _, Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Response};

use super::refusal::{Code, Refusal};

/// A flag and a length in front of each message.
const HEAD: usize = 5;
/// Longer messages are not taken in at all: what a request may have is checked by the service.
const LONGEST: usize = 32 << 20;

/// The messages of one direction of a call.
#[derive(Debug)]
pub(super) struct Incoming {
    stream: RecvStream,
    read: BytesMut,
    is_over: bool,
}

impl Incoming {
    pub(super) fn new(stream: RecvStream) -> Incoming {
        Incoming {
            stream,
            read: BytesMut::new(),
            is_over: false,
        }
    }

    /// The next message; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            if let Some(message) = self.framed()? {
                return Ok(Some(message));
            }
            if self.is_over {
                return Ok(None);
            }
            match self.stream.data().await {
                Some(Ok(data)) => {
                    // The window is opened again for what is taken.
                    let _ = self.stream.flow_control().release_capacity(data.len());
                    self.read.extend_from_slice(&data);
                }
                Some(Err(error)) => {
                    return Err(Refusal::new(Code::Cancelled, error.to_string()));
                }
                None => self.is_over = true,
            }
        }
    }

    fn framed(&mut self) -> Result<Option<Bytes>, Refusal> {
        let Some(&[flag, a, b, c, d]) = self.read.first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        if flag != 0 {
            return Err(Refusal::not_here("compressed requests"));
        }
        if len > LONGEST {
            let message = format!("a message of {len} bytes is too long");
            return Err(Refusal::new(Code::ResourceExhausted, message));
        }
        if self.read.len() < HEAD + len {
            self.read.reserve(HEAD + len - self.read.len());
            return Ok(None);
        }
        self.read.advance(HEAD);
        Ok(Some(self.read.split_to(len).freeze()))
    }
}

/// An empty body with room for the head, to be filled with a message.
pub(super) fn body() -> Vec<u8> {
    vec![0; HEAD]
}

/// The answers to a call.
#[derive(Debug)]
pub(super) struct Outgoing {
    stream: SendStream<Bytes>,
}

impl Outgoing {
    /// Says that an answer is to come.
    pub(super) fn begin(respond: &mut SendResponse<Bytes>) -> Result<Outgoing, h2::Error> {
        let stream = respond.send_response(head(), false)?;
        Ok(Outgoing { stream })
    }

    /// Sends a message that was written behind a [`body`], as fast as the other end takes it.
    pub(super) async fn send(&mut self, mut body: Vec<u8>) -> Result<(), h2::Error> {
        let len = (body.len() - HEAD) as u32;
        body[1..HEAD].copy_from_slice(&len.to_be_bytes());
        let mut left = Bytes::from(body);
        while !left.is_empty() {
            self.stream.reserve_capacity(left.len());
            let granted = self.stream.capacity().min(left.len());
            if granted == 0 {
                match poll_fn(|context| self.stream.poll_capacity(context)).await {
                    Some(granted) => drop(granted?),
                    None => return Err(h2::Reason::CANCEL.into()),
                }
                continue;
            }
            self.stream.send_data(left.split_to(granted), false)?;
        }
        Ok(())
    }

    /// Ends the call.
    pub(super) fn end(mut self, outcome: &Result<(), Refusal>) -> Result<(), h2::Error> {
        self.stream.send_trailers(status(outcome))
    }

    /// Resolves when the other end has given the call up.
    pub(super) async fn given_up(&mut self) {
        let _ = poll_fn(|context| self.stream.poll_reset(context)).await;
    }
}

/// Answers a call with one message, or with none.
pub(super) async fn answer(
    respond: &mut SendResponse<Bytes>,
    outcome: Result<Vec<u8>, Refusal>,
) -> Result<(), h2::Error> {
    match outcome {
        Ok(body) => {
            let mut outgoing = Outgoing::begin(respond)?;
            outgoing.send(body).await?;
            outgoing.end(&Ok(()))
        }
        Err(refusal) => {
            let mut response = head();
            response.headers_mut().extend(status(&Err(refusal)));
            respond.send_response(response, true).map(drop)
        }
    }
}

fn head() -> Response<()> {
    let mut response = Response::new(());
    let kind = HeaderValue::from_static("application/grpc");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}

fn status(outcome: &Result<(), Refusal>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let code = outcome
        .as_ref()
        .err()
        .map_or(0, |refusal| refusal.code as u16);
    headers.insert("grpc-status", HeaderValue::from(code));
    if let Err(refusal) = outcome
        && let Ok(message) = HeaderValue::from_str(&escaped(&refusal.message))
    {
        headers.insert("grpc-message", message);
    }
    headers
}

/// Percent-encoded, as the protocol wants everything that is not printable ASCII.
fn escaped(message: &str) -> String {
    let mut escaped = String::with_capacity(message.len());
    for byte in message.bytes() {
        if matches!(byte, b' '..=b'~') && byte != b'%' {
            escaped.push(char::from(byte));
        } else {
            // A string has room.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
