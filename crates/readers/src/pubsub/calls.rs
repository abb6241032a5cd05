//! Calls of `google.pubsub.v1.Subscriber`, their bodies encoded already.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use futures::{Stream, StreamExt as _};
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use tokio::sync::watch;
use tonic::client::Grpc;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::http::{Extensions, HeaderMap, HeaderValue};
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, Extensions as GrpcExtensions, Request, Status};

const STREAMING_PULL: &str = "/google.pubsub.v1.Subscriber/StreamingPull";
pub(super) const ACKNOWLEDGE: &str = "/google.pubsub.v1.Subscriber/Acknowledge";
pub(super) const MODIFY_ACK_DEADLINE: &str = "/google.pubsub.v1.Subscriber/ModifyAckDeadline";

/// A subscription, and the way to it.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) subscription: String,
    channel: Grpc<Channel>,
    credentials: Option<Credentials>,
    headers: HeaderMap,
}

impl Calls {
    pub(super) fn new(
        channel: Channel,
        credentials: Option<Credentials>,
        subscription: &str,
    ) -> Calls {
        let mut headers = HeaderMap::new();
        let routing = format!("subscription={}", subscription.replace('/', "%2F"));
        if let Ok(value) = HeaderValue::from_str(&routing) {
            headers.insert("x-goog-request-params", value);
        }
        Calls {
            subscription: subscription.to_owned(),
            // A message may have 10 MB, and several come at once.
            channel: Grpc::new(channel).max_decoding_message_size(1 << 28),
            credentials,
            headers,
        }
    }

    /// Opens a stream of responses. It lasts as long as `requests` does.
    pub(super) async fn pull(
        &self,
        requests: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Result<Streaming<Bytes>, Status> {
        let mut channel = self.channel.clone();
        let call = self.call(requests).await?;
        ready(&mut channel).await?;
        let method = PathAndQuery::from_static(STREAMING_PULL);
        Ok(channel.streaming(call, method, Encoded).await?.into_inner())
    }

    /// Calls a method whose answer is empty.
    pub(super) async fn tell(&self, method: &'static str, body: Bytes) -> Result<(), Status> {
        let mut channel = self.channel.clone();
        let call = self.call(body).await?;
        ready(&mut channel).await?;
        let method = PathAndQuery::from_static(method);
        channel.unary(call, method, Encoded).await.map(drop)
    }

    async fn call<T>(&self, what: T) -> Result<Request<T>, Status> {
        let mut headers = self.headers.clone();
        if let Some(credentials) = &self.credentials {
            headers.extend(authorization(credentials).await?);
        }
        let metadata = MetadataMap::from_headers(headers);
        Ok(Request::from_parts(metadata, GrpcExtensions::new(), what))
    }
}

async fn ready(channel: &mut Grpc<Channel>) -> Result<(), Status> {
    let ready = channel.ready().await;
    ready.map_err(|error| Status::unavailable(error.to_string()))
}

/// The headers that say who we are: a cached token, renewed in time by the official crate.
async fn authorization(credentials: &Credentials) -> Result<HeaderMap, Status> {
    match credentials.headers(Extensions::new()).await {
        Ok(CacheableResource::New { data, .. }) => Ok(data),
        Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
        Err(error) if error.is_transient() => Err(Status::unavailable(error.to_string())),
        Err(error) => Err(Status::unauthenticated(error.to_string())),
    }
}

/// The requests of a stream: one that opens it, and then an empty one now and again, or the service
/// takes the stream for dead (Google's own clients send one every 30 s). They end when the other end of
/// `stopped` goes, and with them the stream.
pub(super) fn requests(
    first: Vec<u8>,
    stopped: watch::Receiver<()>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    const KEEP_ALIVE: Duration = Duration::from_secs(30);
    let later = futures::stream::unfold(stopped, |mut stopped| async {
        tokio::select! {
            _ = stopped.changed() => None,
            () = tokio::time::sleep(KEEP_ALIVE) => Some((Bytes::new(), stopped)),
        }
    });
    futures::stream::once(std::future::ready(first.into())).chain(later)
}

/// Whether another try may get through.
pub(super) fn is_passing(status: &Status) -> bool {
    !matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::DataLoss
            | Code::Unauthenticated
    )
}

/// Bodies as they are.
#[derive(Clone, Copy, Debug)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Encoded;
    type Decoder = Encoded;

    fn encoder(&mut self) -> Encoded {
        Encoded
    }

    fn decoder(&mut self) -> Encoded {
        Encoded
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, body: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(body.len());
        out.put_slice(&body);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, body: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        // Not copied: it is split off the connection's buffer.
        Ok(Some(body.copy_to_bytes(body.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(1 << 20, usize::MAX)
    }
}
