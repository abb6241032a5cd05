//! One connection, one call at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use tokio::time::timeout;

use super::answer::{Answer, Refusal};
use super::call::Call;
use super::outcome::Trouble;
use super::target::{Stream, Target};

/// A connection that was idle for longer may be closed by the other side just as it is used.
const IDLE: Duration = Duration::from_secs(20);

/// A connection with the memory for its call. It connects when it has to.
pub(super) struct Connection {
    target: Arc<Target>,
    sender: Option<SendRequest<Full<Bytes>>>,
    used: Instant,
    timeout: Duration,
    pub(super) call: Call,
    pub(super) answer: Answer,
    content: Vec<u8>,
    /// How often it had to connect again.
    pub(super) reconnects: u64,
}

/// How a call went.
pub(super) struct Done {
    /// The answer is read, or there is none.
    pub(super) result: Result<(), Trouble>,
    /// From the call's start to the answer's last byte.
    pub(super) took: Duration,
    /// When the answer's last byte was there.
    pub(super) at: Instant,
}

impl Connection {
    /// Not connected yet. No step of a call takes longer than `timeout`.
    pub(super) fn new(target: Arc<Target>, timeout: Duration) -> Connection {
        Connection {
            target,
            sender: None,
            used: Instant::now(),
            timeout,
            call: Call::default(),
            answer: Answer::default(),
            content: Vec::new(),
            reconnects: 0,
        }
    }

    /// Connects, so that the first call need not.
    pub(super) async fn connect(&mut self) -> Result<(), String> {
        let stream = timeout(self.timeout, self.target.connect()).await;
        let stream = stream.map_err(|_| {
            format!(
                "no connection to {} within {:?}",
                self.target.authority, self.timeout
            )
        })?;
        let stream = stream
            .map_err(|error| format!("no connection to {}: {error}", self.target.authority))?;
        let sender = match stream {
            Stream::Clear(io) => greet(io).await,
            Stream::Tls(io) => greet(*io).await,
        };
        self.sender = Some(
            sender.map_err(|error| format!("no HTTP with {}: {error}", self.target.authority))?,
        );
        self.used = Instant::now();
        Ok(())
    }

    /// Sends the body of [`call`](Self::call) and reads the answer into [`answer`](Self::answer).
    pub(super) async fn send(&mut self, headers: HeaderMap) -> Done {
        let start = Instant::now();
        let body = Bytes::from(std::mem::take(&mut self.call.body));
        let result = self.exchange(headers, &body).await;
        let at = Instant::now();
        if body.is_unique() {
            // The memory comes back: nothing is copied.
            self.call.body = body.into();
        }
        self.used = at;
        let result = result.and_then(|status| {
            if status == 200 {
                self.answer.read(&self.content).map_err(Trouble::Lost)
            } else {
                Err(Trouble::Refused(Refusal::read(status, &self.content)))
            }
        });
        if !matches!(result, Ok(()) | Err(Trouble::Refused(_))) {
            self.sender = None;
        }
        Done {
            result,
            took: at - start,
            at,
        }
    }

    /// The status of the answer.
    async fn exchange(&mut self, headers: HeaderMap, body: &Bytes) -> Result<u16, Trouble> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = headers;
        let response = loop {
            let is_fresh = self.make_sure_of_connection().await?;
            let Some(sender) = &mut self.sender else {
                return Err(Trouble::NotSent("there is no connection".to_owned()));
            };
            match timeout(self.timeout, sender.try_send_request(request)).await {
                Err(_) => {
                    return Err(Trouble::Lost(format!(
                        "no answer within {:?}",
                        self.timeout
                    )));
                }
                Ok(Ok(response)) => break response,
                Ok(Err(mut refused)) => {
                    let error = refused.error().to_string();
                    match refused.take_message() {
                        // It was closed while idle, and nothing has left: once more.
                        Some(back) if !is_fresh => request = back,
                        Some(_) => {
                            return Err(Trouble::NotSent(format!("the connection broke: {error}")));
                        }
                        None => {
                            return Err(Trouble::Lost(format!("the connection broke: {error}")));
                        }
                    }
                    self.sender = None;
                }
            }
        };
        let status = response.status().as_u16();
        let read = timeout(self.timeout, self.read(response.into_body())).await;
        match read {
            Err(_) => Err(Trouble::Lost(format!(
                "no whole answer within {:?}",
                self.timeout
            ))),
            Ok(Err(error)) => Err(Trouble::Lost(format!("the answer broke off: {error}"))),
            Ok(Ok(())) => Ok(status),
        }
    }

    /// Whether it had to connect.
    async fn make_sure_of_connection(&mut self) -> Result<bool, Trouble> {
        if let Some(sender) = &mut self.sender
            && self.used.elapsed() < IDLE
            && matches!(timeout(self.timeout, sender.ready()).await, Ok(Ok(())))
        {
            return Ok(false);
        }
        self.sender = None;
        self.reconnects += 1;
        self.connect().await.map_err(Trouble::NotSent)?;
        Ok(true)
    }

    async fn read(&mut self, mut body: hyper::body::Incoming) -> Result<(), hyper::Error> {
        self.content.clear();
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame?.data_ref() {
                self.content.extend_from_slice(data);
            }
        }
        Ok(())
    }
}

/// Begins HTTP/1.1 and lets the connection run by itself.
async fn greet<T: Read + Write + Unpin + Send + 'static>(
    io: T,
) -> Result<SendRequest<Full<Bytes>>, hyper::Error> {
    let (sender, connection) = handshake(io).await?;
    // What ends the connection ends the call too, which says so.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}
