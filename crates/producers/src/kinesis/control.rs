//! The control plane: is the stream there, what can it take, which shards has it, make it, remove it.

use std::time::{Duration, Instant};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{
    Shard, StreamDescriptionSummary, StreamMode, StreamModeDetails, StreamStatus,
};

use super::session::{Session, has_code, refused};
use super::shards::Listed;
use super::{Options, RECORD_BYTES};
use crate::Error;

/// How long a stream may take to come up.
const CREATE_PATIENCE: Duration = Duration::from_mins(5);

/// A stream, and the client to ask for it with.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    client: Client,
    name: Option<String>,
    arn: Option<String>,
}

impl Stream {
    pub(super) fn new(options: &Options, session: &Session) -> Stream {
        Stream {
            client: session.client.clone(),
            name: options.stream.clone(),
            arn: options.arn.clone(),
        }
    }

    fn label(&self) -> &str {
        self.name
            .as_deref()
            .or(self.arn.as_deref())
            .unwrap_or_default()
    }

    /// What the service says about it; `None` if it is not there.
    async fn look(&self) -> Result<Option<StreamDescriptionSummary>, Look> {
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
                error: refused(&format!("look at the stream {}", self.label()), &error),
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

    /// Whether it is not there, as far as one may look.
    pub(super) async fn is_missing(&self) -> Result<bool, Error> {
        match self.look().await {
            Ok(summary) => Ok(summary.is_none()),
            Err(look) if look.is_forbidden => Ok(false),
            Err(look) => Err(look.error),
        }
    }

    fn missing(&self) -> Error {
        Error::new(format!("there is no stream {}", self.label())).help(
            "check the name, `region` and account; `create: true` makes a stream that is missing",
        )
    }

    /// Makes sure that it is there and active, and returns how large its records may be. Who may
    /// not look at a stream may still write to it: `None`.
    pub(super) async fn ready(&self, options: &Options) -> Result<Option<u64>, Error> {
        let deadline = Instant::now() + CREATE_PATIENCE;
        loop {
            match self.look().await {
                Err(look) if look.is_forbidden => return Ok(None),
                Err(look) => return Err(look.error),
                Ok(None) if options.create.is_off() => return Err(self.missing()),
                Ok(None) => self.create(options).await?,
                Ok(Some(summary)) if is_up(&summary.stream_status) => {
                    return Ok(Some(record_bytes(&summary)));
                }
                Ok(Some(summary))
                    if summary.stream_status == StreamStatus::Deleting
                        && options.create.is_off() =>
                {
                    return Err(Error::new(format!(
                        "the stream {} is being deleted",
                        self.label()
                    )));
                }
                Ok(Some(_)) => {}
            }
            if Instant::now() > deadline {
                return Err(Error::new(format!(
                    "the stream {} did not become active",
                    self.label()
                )));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn create(&self, options: &Options) -> Result<(), Error> {
        let name = options.name().ok_or_else(|| self.missing())?;
        let mode = if options.create.shards.is_some() {
            StreamMode::Provisioned
        } else {
            StreamMode::OnDemand
        };
        let mode = StreamModeDetails::builder().stream_mode(mode).build();
        let mode = mode.map_err(|error| Error::new(error.to_string()))?;
        let made = self
            .client
            .create_stream()
            .stream_name(name)
            .set_shard_count(options.create.shards.map(|shards| shards as i32))
            .stream_mode_details(mode)
            .send()
            .await;
        match made {
            Ok(_) => Ok(()),
            // Another lane was faster.
            Err(error) if has_code(&error, "ResourceInUseException") => Ok(()),
            Err(error) => Err(refused(&format!("make the stream {name}"), &error)),
        }
    }

    /// Removes it. That it is not there is no error.
    pub(super) async fn remove(&self) -> Result<(), Error> {
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
            Err(error) => Err(refused(
                &format!("remove the stream {}", self.label()),
                &error,
            )),
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
                Err(error) => {
                    return Err(refused(
                        &format!("list the shards of {}", self.label()),
                        &error,
                    ));
                }
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
struct Look {
    is_forbidden: bool,
    error: Error,
}

fn is_up(status: &StreamStatus) -> bool {
    matches!(status, StreamStatus::Active | StreamStatus::Updating)
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
