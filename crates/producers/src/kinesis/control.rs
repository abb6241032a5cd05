//! The control plane: is the stream there, what can it take, which shards has it.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::types::{Shard, StreamDescriptionSummary};

use super::session::{Session, has_code, refused};
use super::shards::Listed;
use super::{Options, RECORD_BYTES};
use crate::Error;

/// A stream, and the client to ask for it with.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) client: Client,
    pub(super) name: Option<String>,
    pub(super) arn: Option<String>,
    /// Where the client goes, for messages.
    pub(super) endpoint: String,
}

impl Stream {
    pub(super) fn new(options: &Options, session: &Session) -> Stream {
        Stream {
            client: session.client.clone(),
            name: options.stream.clone(),
            arn: options.arn.clone(),
            endpoint: session.endpoint.clone(),
        }
    }

    pub(super) fn label(&self) -> &str {
        self.name
            .as_deref()
            .or(self.arn.as_deref())
            .unwrap_or_default()
    }

    /// What was tried with it, and why that failed.
    pub(super) fn refused<E>(&self, what: &str, error: &SdkError<E>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        refused(&format!("{what} {}", self.label()), &self.endpoint, error)
    }

    /// What the service says about it; `None` if it is not there.
    pub(super) async fn look(&self) -> Result<Option<StreamDescriptionSummary>, Look> {
        let asked = self
            .client
            .describe_stream_summary()
            .set_stream_name(self.name.clone())
            .set_stream_arn(self.arn.clone())
            .send()
            .await;
        match asked {
            Ok(answer) => Ok(answer.stream_description_summary),
            Err(error) if has_code(&error, "ResourceNotFoundException") => Ok(None),
            Err(error) => Err(Look {
                is_forbidden: has_code(&error, "AccessDeniedException"),
                error: self.refused("look at the stream", &error),
            }),
        }
    }

    /// What the service says about it. That it is not there is an error.
    pub(super) async fn describe(&self) -> Result<StreamDescriptionSummary, Error> {
        self.look()
            .await
            .map_err(|look| look.error)?
            .ok_or_else(|| self.missing())
    }

    pub(super) fn missing(&self) -> Error {
        Error::new(format!("there is no stream {}", self.label())).help(
            "check the name, `region` and account; `create: true` makes a stream that is missing",
        )
    }

    /// Removes it. That it is not there is no error.
    pub(super) async fn delete(&self) -> Result<(), Error> {
        let removed = self
            .client
            .delete_stream()
            .set_stream_name(self.name.clone())
            .set_stream_arn(self.arn.clone())
            .enforce_consumer_deletion(true)
            .send()
            .await;
        match removed {
            Ok(_) => Ok(()),
            Err(error) if has_code(&error, "ResourceNotFoundException") => Ok(()),
            Err(error) => Err(self.refused("remove the stream", &error)),
        }
    }

    /// Its open shards. `Ok(None)` if the credentials do not allow to ask.
    pub(super) async fn list(&self) -> Result<Option<Vec<Listed>>, Error> {
        let mut listed = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let ask = self.client.list_shards();
            // The token stands for the stream, which must not be named then.
            let ask = match token.take() {
                Some(token) => ask.next_token(token),
                None => ask
                    .set_stream_name(self.name.clone())
                    .set_stream_arn(self.arn.clone()),
            };
            let page = match ask.send().await {
                Ok(page) => page,
                Err(error) if has_code(&error, "AccessDeniedException") => return Ok(None),
                Err(error) => return Err(self.refused("list the shards of", &error)),
            };
            listed.extend(page.shards.unwrap_or_default().iter().filter_map(open));
            match page.next_token {
                Some(next) => token = Some(next),
                None => return Ok(Some(listed)),
            }
        }
    }
}

/// Why a look failed.
pub(super) struct Look {
    pub(super) is_forbidden: bool,
    pub(super) error: Error,
}

/// How large a record of the stream may be. Streams have the first limit there was unless told
/// otherwise.
pub(super) fn record_bytes(summary: &StreamDescriptionSummary) -> u64 {
    summary
        .max_record_size_in_kib
        .map_or(RECORD_BYTES, |kib| u64::from(kib.unsigned_abs()) * 1024)
}

/// The shard, if it is open.
fn open(shard: &Shard) -> Option<Listed> {
    let sequence = shard.sequence_number_range.as_ref();
    if sequence.is_some_and(|range| range.ending_sequence_number.is_some()) {
        return None;
    }
    let range = shard.hash_key_range.as_ref()?;
    Some(Listed {
        id: shard.shard_id.clone(),
        start: range.starting_hash_key.parse().ok()?,
        end: range.ending_hash_key.parse().ok()?,
    })
}
