//! The way to the service: HTTP/1.1, one operation per call.

use std::convert::Infallible;
use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;

use super::refusal::Refusal;
use super::{Service, control, get, listing, put};
use crate::faults::{Faults, Misbehaviour};
use crate::store::hex;

/// What every operation's name has before it.
const TARGET: &str = "Kinesis_20131202.";
const JSON: &str = "application/x-amz-json-1.1";
/// 10 MiB of data in base64, and what stands around 500 records.
const BODY_BYTES: usize = 16 << 20;

/// Everything that a call needs.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) service: Arc<Service>,
    pub(super) faults: Arc<Faults>,
    pub(super) latency: Duration,
}

/// The connection is to break, without an answer.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sandbox was told to break the connection")
    }
}

impl std::error::Error for Broken {}

impl Server {
    /// Takes connections until it is dropped.
    pub(super) async fn run(self, listener: TcpListener) -> Result<Infallible, std::io::Error> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (client, _) = listener.accept().await?;
            client.set_nodelay(true)?;
            let server = self.clone();
            tokio::spawn(async move {
                let serve = service_fn(|request| server.serve(request));
                let served = http1::Builder::new().serve_connection(TokioIo::new(client), serve);
                // A client that goes away in the middle is its own business.
                if let Err(error) = served.await {
                    tracing::debug!(%error, "a connection to Kinesis broke");
                }
            });
        }
    }

    async fn serve(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Broken> {
        let (head, body) = request.into_parts();
        let length = header(&head.headers, CONTENT_LENGTH.as_str());
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        let body = match read(body, length).await {
            Ok(body) => body,
            Err(Some(refusal)) => return Ok(refused(&refusal)),
            Err(None) => return Err(Broken),
        };
        let operation = match operation(&head.headers) {
            Ok(operation) => operation,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        let path = format!("/kinesis/{operation}");
        let is_data = matches!(operation, "PutRecord" | "PutRecords" | "GetRecords");
        let struck = if is_data {
            // There may be millions of them: they are not written down.
            self.faults.hit("POST", &path)
        } else {
            self.faults.strike("POST", &path)
        };
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let answer = match &struck {
            Some(Misbehaviour::Status(status)) => return Ok(refused(&Refusal::of_status(*status))),
            Some(Misbehaviour::Exception(name)) => {
                let why = "the sandbox was told to answer this";
                return Ok(refused(&Refusal::new(name, why)));
            }
            Some(Misbehaviour::Code(code)) => {
                return Ok(refused(&Refusal::of_status(code.status())));
            }
            Some(Misbehaviour::Soft) => return Ok(refused(&Refusal::of_status(500))),
            Some(Misbehaviour::ResetBefore) => return Err(Broken),
            Some(Misbehaviour::Delay(time)) => {
                tokio::time::sleep(*time).await;
                self.carry_out(operation, &body)
            }
            _ => self.carry_out(operation, &body),
        };
        match struck {
            Some(Misbehaviour::ResetAfter) => Err(Broken),
            Some(Misbehaviour::Garbage) => Ok(answered(StatusCode::OK, b"garbage".to_vec())),
            Some(Misbehaviour::StatusAfter(status)) => Ok(refused(&Refusal::of_status(status))),
            Some(Misbehaviour::CodeAfter(code)) => Ok(refused(&Refusal::of_status(code.status()))),
            _ => Ok(answer.map_or_else(
                |refusal| refused(&refusal),
                |body| answered(StatusCode::OK, body),
            )),
        }
    }

    fn carry_out(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let service = &self.service;
        let faults = RecordFaults {
            faults: &self.faults,
            operation,
            are_any: self.faults.hits_records(),
        };
        if operation == "PutRecords" {
            return put::records(service, &faults, body);
        }
        let read: Value =
            serde_json::from_slice(body).map_err(|error| Refusal::unreadable(&error))?;
        let answer = match operation {
            "GetRecords" => return get::records(service, &read),
            "PutRecord" => put::record(service, &faults, body),
            "GetShardIterator" => get::iterator(service, &read),
            "CreateStream" => control::create(service, &read),
            "DeleteStream" => control::delete(service, &read),
            "DescribeStream" => listing::describe(service, &read),
            "DescribeStreamSummary" => control::summary(service, &read),
            "ListStreams" => listing::streams(service, &read),
            "ListShards" => listing::shards(service, &read),
            "SplitShard" => control::split(service, &read),
            "MergeShards" => control::merge(service, &read),
            "UpdateShardCount" => control::update_shard_count(service, &read),
            "UpdateMaxRecordSize"
            | "UpdateStreamMode"
            | "UpdateStreamRecordDistributionStrategy" => control::update(service, &read),
            _ => Err(Refusal::new("UnknownOperationException", operation)),
        }?;
        // Operations that have nothing to say send nothing.
        Ok(if answer.is_null() {
            Vec::new()
        } else {
            answer.to_string().into_bytes()
        })
    }
}

/// What goes wrong with single records.
#[derive(Debug)]
pub(super) struct RecordFaults<'f> {
    faults: &'f Faults,
    operation: &'f str,
    are_any: bool,
}

impl RecordFaults<'_> {
    /// The code that a record on its way into this shard is refused with.
    pub(super) fn strike(&self, stream: &str, shard: &str) -> Option<&'static str> {
        if !self.are_any {
            return None;
        }
        let path = format!("/kinesis/{}/{stream}/{shard}", self.operation);
        match self.faults.hit("RECORD", &path)? {
            Misbehaviour::Exception(name) => Some(name),
            // Whatever else was asked for: the record fails.
            _ => Some("InternalFailure"),
        }
    }
}

/// The whole body. Without a refusal the client is gone.
async fn read(body: Incoming, length: usize) -> Result<Vec<u8>, Option<Refusal>> {
    let mut whole = Vec::with_capacity(length.min(BODY_BYTES));
    let mut body = Limited::new(body, BODY_BYTES);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Some(data) = frame.data_ref() {
                    whole.extend_from_slice(data);
                }
            }
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(Some(Refusal {
                    status: 413,
                    ..Refusal::new("RequestEntityTooLargeException", "the request is too large")
                }));
            }
            Err(_) => return Err(None),
        }
    }
    Ok(whole)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The operation, of a call that is signed and in JSON. Who signed it, and whether well, is not asked.
fn operation(headers: &HeaderMap) -> Result<&str, Refusal> {
    let target = header(headers, "x-amz-target").and_then(|target| target.strip_prefix(TARGET));
    let target = target.ok_or_else(|| Refusal::new("UnknownOperationException", "no operation"))?;
    if header(headers, CONTENT_TYPE.as_str()).is_none_or(|kind| !kind.starts_with(JSON)) {
        return Err(Refusal::new(
            "SerializationException",
            format!("the sandbox speaks {JSON}"),
        ));
    }
    match header(headers, AUTHORIZATION.as_str()) {
        None => Err(Refusal::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )),
        Some(signed) if signed.starts_with("AWS4-HMAC-SHA256") && signed.contains("Signature=") => {
            Ok(target)
        }
        Some(_) => Err(Refusal::new(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters",
        )),
    }
}

fn refused(refusal: &Refusal) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    answered(status, refusal.body())
}

fn answered(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(JSON));
    if let Ok(id) = hex(32).parse() {
        headers.insert("x-amzn-requestid", id);
    }
    answer
}
