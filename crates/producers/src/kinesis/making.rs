//! Makes the stream that is missing, and removes what was made: that one, and no other.

use std::time::{Duration, Instant};

use aws_sdk_kinesis::config::Builder;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::types::{
    StreamDescriptionSummary, StreamMode, StreamModeDetails, StreamStatus,
};

use super::Options;
use super::control::{Stream, record_bytes};
use super::noted::Noted;
use super::session::{Session, has_code};
use super::strategy;
use crate::Error;
use crate::creation::{Creation, Told};

/// How long a stream may take to come up.
const PATIENCE: Duration = Duration::from_mins(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// How often it is asked for.
const TRIES: u32 = 3;

/// A creation on its way.
#[derive(Default)]
struct Making {
    /// How it is noted, from the intent on.
    noted: Option<String>,
    /// Whether it can only be us who made it, if it is there.
    is_ours: bool,
    tries: u32,
}

/// What came of asking for it once.
enum Asked {
    Made,
    /// Somebody else was faster.
    Taken,
    Refused(Error),
    /// Too many ask for too much at once.
    Later(Error),
    /// Nobody knows whether it was made.
    Unheard(Error),
}

impl Stream {
    /// Makes sure that it is there and active, and returns how large its records may be. Who may
    /// not look at a stream may still write to it: `None`.
    pub(super) async fn ready(
        &self,
        options: &Options,
        region: &str,
        told: Told<'_>,
    ) -> Result<Option<u64>, Error> {
        let deadline = Instant::now() + PATIENCE;
        let mut making = Making::default();
        loop {
            match self.look().await {
                Err(look) if look.is_forbidden => return Ok(None),
                Err(look) => return Err(look.error),
                Ok(None) if options.create.is_off() => return Err(self.missing()),
                Ok(None) => making.ask(self, options, region, told).await?,
                Ok(Some(summary)) if is_up(&summary.stream_status) => {
                    making.done(&summary, told)?;
                    strategy::fits(options, &summary)?;
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
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks for it once.
    async fn create(&self, options: &Options, name: &str) -> Result<Asked, Error> {
        let mode = if options.create.shards.is_some() {
            StreamMode::Provisioned
        } else {
            StreamMode::OnDemand
        };
        let mode = StreamModeDetails::builder().stream_mode(mode).build();
        let mode = mode.map_err(|error| Error::new(error.to_string()))?;
        // A repetition in the dark would be told that the stream is there, and not by whom.
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let made = self
            .client
            .create_stream()
            .stream_name(name)
            .set_shard_count(options.create.shards.map(|shards| shards as i32))
            .stream_mode_details(mode)
            .set_record_distribution_strategy(strategy::of_new(options))
            .customize()
            .config_override(once)
            .send()
            .await;
        let Err(error) = made else {
            return Ok(Asked::Made);
        };
        let why = self.refused("make the stream", &error);
        let is_refusal = error
            .raw_response()
            .is_some_and(|answer| (400..500).contains(&answer.status().as_u16()));
        Ok(if has_code(&error, "ResourceInUseException") {
            Asked::Taken
        } else if !is_refusal {
            Asked::Unheard(why)
        } else if ["LimitExceededException", "ThrottlingException"]
            .iter()
            .any(|code| has_code(&error, code))
        {
            Asked::Later(why)
        } else {
            Asked::Refused(why)
        })
    }
}

impl Making {
    async fn ask(
        &mut self,
        stream: &Stream,
        options: &Options,
        region: &str,
        told: Told<'_>,
    ) -> Result<(), Error> {
        let name = options.name().ok_or_else(|| stream.missing())?;
        let noted = match &mut self.noted {
            Some(noted) => noted,
            none => {
                let intent = Noted::intent(region, name);
                told(Creation::Intended(&intent))?;
                none.insert(intent)
            }
        };
        self.tries += 1;
        let asked = stream.create(options, name).await?;
        let error = match asked {
            Asked::Made => {
                self.is_ours = true;
                return Ok(());
            }
            Asked::Taken if self.is_ours => return Ok(()),
            Asked::Taken => {
                told(Creation::NotMade(noted))?;
                self.noted = None;
                return Ok(());
            }
            Asked::Unheard(error) => {
                self.is_ours = true;
                error
            }
            Asked::Later(error) => error,
            Asked::Refused(error) => {
                self.tries = TRIES;
                error
            }
        };
        if self.tries < TRIES {
            return Ok(());
        }
        // What may have been made after all stays noted.
        if !self.is_ours || matches!(stream.look().await, Ok(None)) {
            told(Creation::NotMade(noted))?;
        }
        Err(error)
    }

    /// It is there.
    fn done(&self, summary: &StreamDescriptionSummary, told: Told<'_>) -> Result<(), Error> {
        match &self.noted {
            Some(intended) if self.is_ours => told(Creation::Made {
                intended,
                name: &summary.stream_arn,
            }),
            Some(intended) => told(Creation::NotMade(intended)),
            None => Ok(()),
        }
    }
}

/// Removes the stream that is noted; that it is gone already is no error. `false`: these options mean
/// another stream, region or account, and nothing was removed.
pub(super) async fn remove(options: &Options, noted: &str) -> Result<bool, Error> {
    let noted = Noted::read(noted);
    let is_other = |arn: &str| noted.arn.is_some_and(|noted| noted != arn);
    if options.name() != Some(noted.name) || options.arn.as_deref().is_some_and(is_other) {
        return Ok(false);
    }
    let session = Session::new(options).await?;
    if noted.region.is_some_and(|region| region != session.region) {
        return Ok(false);
    }
    let stream = Stream {
        client: session.client,
        name: noted.arn.is_none().then(|| noted.name.to_owned()),
        arn: noted.arn.map(str::to_owned),
        endpoint: session.endpoint,
    };
    match stream.look().await.map_err(|look| look.error)? {
        None => Ok(true),
        Some(summary) if is_other(&summary.stream_arn) => Ok(false),
        Some(_) => stream.delete().await.map(|()| true),
    }
}

fn is_up(status: &StreamStatus) -> bool {
    matches!(status, StreamStatus::Active | StreamStatus::Updating)
}
