//! One attempt at `google.pubsub.v1.Publisher/Publish`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::BufMut as _;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use tonic::client::Grpc;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::http::{Extensions, HeaderMap};
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Extensions as GrpcExtensions, Request as GrpcRequest, Status};

use super::request::Request;
use super::wire::count_ids;

const METHOD: &str = "/google.pubsub.v1.Publisher/Publish";

/// The connections of a lane, and what goes with every request.
#[derive(Debug)]
pub(super) struct Publisher {
    channels: Vec<Grpc<Channel>>,
    credentials: Option<Credentials>,
    headers: HeaderMap,
    turn: AtomicUsize,
}

impl Publisher {
    /// `headers` are sent with every request; so are the credentials', where there are some.
    pub(super) fn new(
        channels: Vec<Channel>,
        credentials: Option<Credentials>,
        headers: HeaderMap,
    ) -> Publisher {
        Publisher {
            channels: channels.into_iter().map(Grpc::new).collect(),
            credentials,
            headers,
            turn: AtomicUsize::new(0),
        }
    }

    /// Sends a request once. Channels take turns.
    pub(super) async fn attempt(&self, request: &Arc<Request>) -> Result<(), Status> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.channels.len();
        let mut channel = self.channels[turn].clone();
        let mut headers = self.headers.clone();
        if let Some(credentials) = &self.credentials {
            headers.extend(authorization(credentials).await?);
        }
        channel
            .ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let call = GrpcRequest::from_parts(
            MetadataMap::from_headers(headers),
            GrpcExtensions::new(),
            Arc::clone(request),
        );
        let method = PathAndQuery::from_static(METHOD);
        let answer = channel.unary(call, method, PublishCodec).await?;
        let (ids, messages) = (answer.into_inner(), request.messages());
        if ids == messages {
            Ok(())
        } else {
            Err(Status::data_loss(format!(
                "the answer has {ids} message ids for {messages} messages"
            )))
        }
    }
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

/// Sends a body that is encoded already, and counts the ids in the answer.
#[derive(Clone, Copy, Debug)]
struct PublishCodec;

impl Codec for PublishCodec {
    type Encode = Arc<Request>;
    type Decode = u32;
    type Encoder = PublishCodec;
    type Decoder = PublishCodec;

    fn encoder(&mut self) -> PublishCodec {
        PublishCodec
    }

    fn decoder(&mut self) -> PublishCodec {
        PublishCodec
    }
}

impl Encoder for PublishCodec {
    type Item = Arc<Request>;
    type Error = Status;

    fn encode(&mut self, request: Arc<Request>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        // Asked for by the connection itself, as the last step before the bytes leave.
        request.departs();
        out.reserve(request.body().len());
        out.put_slice(request.body());
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        // Nothing to begin with: `encode` knows what it needs.
        BufferSettings::new(0, usize::MAX)
    }
}

impl Decoder for PublishCodec {
    type Item = u32;
    type Error = Status;

    fn decode(&mut self, answer: &mut DecodeBuf<'_>) -> Result<Option<u32>, Status> {
        match count_ids(answer) {
            Some(ids) => Ok(Some(ids)),
            None => Err(Status::data_loss("the answer is no PublishResponse")),
        }
    }
}
