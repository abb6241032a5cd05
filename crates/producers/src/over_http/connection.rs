//! One connection, one request at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use tokio::time::timeout;

use super::target::{Stream, Target};

/// A connection that was idle for longer may be closed by the other side just as it is used.
const IDLE: Duration = Duration::from_secs(20);

/// A connection to one server. It connects when it has to.
pub(crate) struct Connection {
    target: Arc<Target>,
    sender: Option<SendRequest<Full<Bytes>>>,
    used: Instant,
    timeout: Duration,
    /// The body of the last answer.
    pub(crate) content: Vec<u8>,
    /// How often it had to connect again.
    pub(crate) reconnects: u64,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The request did not leave.
    NotSent(String),
    /// It left, and the answer did not come: it may have been served.
    Lost(String),
}

/// The first lines of an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
}

impl Connection {
    /// Not connected yet. No step of a request takes longer than `timeout`.
    pub(crate) fn new(target: Arc<Target>, timeout: Duration) -> Connection {
        Connection {
            target,
            sender: None,
            used: Instant::now(),
            timeout,
            content: Vec::new(),
            reconnects: 0,
        }
    }

    /// Connects, so that the first request need not.
    pub(crate) async fn connect(&mut self) -> Result<(), String> {
        let stream = timeout(self.timeout, self.target.connect(self.timeout)).await;
        let stream = stream.map_err(|_| {
            let within = options::about(self.timeout);
            format!(
                "no connection to {} within {within}",
                self.target.directly()
            )
        })?;
        let stream = stream
            .map_err(|error| format!("no connection to {}: {error}", self.target.directly()))?;
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

    /// Posts a body and reads the answer's into [`content`](Self::content). Without an answer the
    /// connection is given up.
    pub(crate) async fn post(
        &mut self,
        uri: Uri,
        headers: HeaderMap,
        body: &Bytes,
    ) -> Result<Head, Broken> {
        let result = self.exchange(uri, headers, body).await;
        self.used = Instant::now();
        if result.is_err() {
            self.sender = None;
        }
        result
    }

    /// The next request goes over a new connection.
    pub(crate) fn give_up(&mut self) {
        self.sender = None;
    }

    async fn exchange(
        &mut self,
        uri: Uri,
        headers: HeaderMap,
        body: &Bytes,
    ) -> Result<Head, Broken> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let response = loop {
            let is_fresh = self.make_sure_of_connection().await?;
            let Some(sender) = &mut self.sender else {
                return Err(Broken::NotSent("there is no connection".to_owned()));
            };
            match timeout(self.timeout, sender.try_send_request(request)).await {
                Err(_) => {
                    return Err(Broken::Lost(format!(
                        "no answer within {}",
                        options::about(self.timeout)
                    )));
                }
                Ok(Ok(response)) => break response,
                Ok(Err(mut refused)) => {
                    let error = refused.error().to_string();
                    match refused.take_message() {
                        // It was closed while idle, and nothing has left: once more.
                        Some(back) if !is_fresh => request = back,
                        Some(_) => {
                            return Err(Broken::NotSent(format!("the connection broke: {error}")));
                        }
                        None => {
                            return Err(Broken::Lost(format!("the connection broke: {error}")));
                        }
                    }
                    self.sender = None;
                }
            }
        };
        let (parts, body) = response.into_parts();
        let read = timeout(self.timeout, self.read(body)).await;
        match read {
            Err(_) => Err(Broken::Lost(format!(
                "no whole answer within {}",
                options::about(self.timeout)
            ))),
            Ok(Err(error)) => Err(Broken::Lost(format!("the answer broke off: {error}"))),
            Ok(Ok(())) => Ok(Head {
                status: parts.status.as_u16(),
                headers: parts.headers,
            }),
        }
    }

    /// Whether it had to connect.
    async fn make_sure_of_connection(&mut self) -> Result<bool, Broken> {
        if let Some(sender) = &mut self.sender
            && self.used.elapsed() < IDLE
            && matches!(timeout(self.timeout, sender.ready()).await, Ok(Ok(())))
        {
            return Ok(false);
        }
        self.sender = None;
        self.reconnects += 1;
        self.connect().await.map_err(Broken::NotSent)?;
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
    // What ends the connection ends the request too, which says so.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}
