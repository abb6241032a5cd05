//! The calls that reading needs, and what to do when they fail.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use access::{chain, refusal, through};
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::operation::get_shard_iterator::builders::GetShardIteratorFluentBuilder;
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::{Shard, ShardIteratorType};

use super::ends::Ends;
use super::position::Position;
use super::retention::Retention;
use super::{KinesisOptions, failed, session};
use crate::Error;

/// Records of a page, at most: as many as the service gives.
pub(super) const PAGE: i32 = 10_000;
/// After the first failure in a row, and at most.
const BACKOFF: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(2)];
/// Opening gives up after failures in a row for so long. What has been opened goes on.
const OPENING: Duration = Duration::from_secs(30);

/// A stream, and the client to ask for it with.
#[derive(Debug)]
pub(super) struct Service {
    client: Client,
    /// Where the service is.
    url: String,
    stream: String,
    name: Option<String>,
    arn: Option<String>,
    is_open: AtomicBool,
    troubles: Troubles,
    pub(super) ends: Ends,
    retention: Retention,
}

/// A shard, as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    /// The one that was split, or the two that were merged.
    pub(super) parents: Vec<String>,
    /// The hash keys that belong to it.
    pub(super) range: RangeInclusive<u128>,
    pub(super) is_open: bool,
}

type Ask = GetShardIteratorFluentBuilder;

/// Why a call failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may work later.
    Passing(String),
    /// The iterator is too old: another one is needed.
    Expired,
    /// It will not work.
    Lasting(Error),
}

/// By shard, what went wrong last, until it works again.
#[derive(Debug, Default)]
struct Troubles(Mutex<BTreeMap<String, crate::Trouble>>);

impl Troubles {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, crate::Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, shard: &str, trouble: crate::Trouble) {
        self.lock().insert(shard.to_owned(), trouble);
    }

    fn clear(&self, shard: &str) {
        self.lock().remove(shard);
    }

    /// What has lasted longest.
    fn oldest(&self) -> Option<crate::Trouble> {
        let troubles = self.lock();
        troubles.values().min_by_key(|it| it.since).cloned()
    }
}

/// How long to wait before the next attempt.
#[derive(Debug)]
pub(super) struct Backoff<'s> {
    /// What is attempted.
    shard: &'s str,
    failing: Option<(Instant, Duration)>,
}

impl<'s> Backoff<'s> {
    /// Nothing has failed yet.
    pub(super) fn new(shard: &'s str) -> Backoff<'s> {
        Backoff {
            shard,
            failing: None,
        }
    }

    /// It works.
    pub(super) fn reset(&mut self, service: &Service) {
        if self.failing.take().is_some() {
            service.troubles.clear(self.shard);
        }
    }

    /// It failed. Waits; an error if the stream could not be opened for too long.
    pub(super) async fn wait(&mut self, service: &Service, message: String) -> Result<(), Error> {
        let [first, longest] = BACKOFF;
        let (since, pause) = self.failing.unwrap_or((Instant::now(), first));
        if since.elapsed() > OPENING && !service.is_open.load(Ordering::Relaxed) {
            return Err(failed(&service.stream, message));
        }
        let trouble = crate::Trouble { message, since };
        service.troubles.set(self.shard, trouble);
        self.failing = Some((since, (pause * 2).min(longest)));
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

impl Service {
    pub(super) async fn new(options: &KinesisOptions) -> Result<Service, Error> {
        let stream = options.stream.clone();
        let is_arn = stream.starts_with("arn:");
        let (client, url) = session::client(options).await?;
        Ok(Service {
            client,
            url,
            name: (!is_arn).then(|| stream.clone()),
            arn: is_arn.then(|| stream.clone()),
            stream,
            is_open: AtomicBool::new(false),
            troubles: Troubles::default(),
            ends: Ends::default(),
            retention: Retention::default(),
        })
    }

    /// From now on nothing that may pass ends it.
    pub(super) fn opened(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }

    /// What stands in the way now.
    pub(super) fn standing(&self) -> Option<crate::Trouble> {
        self.troubles.oldest()
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        failed(&self.stream, message.into())
    }

    /// All shards that still have records, or may get some.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        let mut token: Option<String> = None;
        // The list is of no shard.
        let mut backoff = Backoff::new("");
        loop {
            let ask = self.client.list_shards();
            // The token stands for the stream, which must not be named then.
            let ask = match token.clone() {
                Some(token) => ask.next_token(token),
                None => ask
                    .set_stream_name(self.name.clone())
                    .set_stream_arn(self.arn.clone()),
            };
            match ask.send().await {
                Ok(page) => {
                    backoff.reset(self);
                    listed.extend(page.shards.unwrap_or_default().iter().filter_map(shard));
                    token = page.next_token;
                    if token.is_none() {
                        return Ok(listed);
                    }
                }
                Err(error) => match self.trouble(&error) {
                    Trouble::Passing(message) => backoff.wait(self, message).await?,
                    Trouble::Expired => {
                        // The token was too old: from the start.
                        (token, listed) = (None, Vec::new());
                    }
                    Trouble::Lasting(error) => return Err(error),
                },
            }
        }
    }

    /// An iterator for the position. Not for the end, where there is nothing.
    pub(super) async fn iterator(&self, shard: &str, at: &Position) -> Result<String, Error> {
        let starting = |ask: Ask| match at {
            Position::Beginning | Position::End => {
                ask.shard_iterator_type(ShardIteratorType::TrimHorizon)
            }
            Position::After(number) => ask
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .starting_sequence_number(number),
            Position::At(millis) => ask
                .shard_iterator_type(ShardIteratorType::AtTimestamp)
                .timestamp(DateTime::from_millis(*millis)),
        };
        self.iterator_by(shard, &starting).await
    }

    /// An iterator for the record of this number.
    pub(super) async fn iterator_with(&self, shard: &str, number: &str) -> Result<String, Error> {
        let starting = |ask: Ask| {
            ask.shard_iterator_type(ShardIteratorType::AtSequenceNumber)
                .starting_sequence_number(number)
        };
        self.iterator_by(shard, &starting).await
    }

    async fn iterator_by(
        &self,
        shard: &str,
        starting: &(dyn Fn(Ask) -> Ask + Sync),
    ) -> Result<String, Error> {
        let mut backoff = Backoff::new(shard);
        loop {
            let ask = self
                .client
                .get_shard_iterator()
                .set_stream_name(self.name.clone())
                .set_stream_arn(self.arn.clone())
                .shard_id(shard);
            let ask = starting(ask);
            match ask.send().await {
                Ok(answer) => match answer.shard_iterator {
                    Some(iterator) => {
                        backoff.reset(self);
                        return Ok(iterator);
                    }
                    None => return Err(self.error("the service gave no iterator")),
                },
                Err(error) => match self.trouble(&error) {
                    Trouble::Passing(message) => backoff.wait(self, message).await?,
                    Trouble::Expired => return Err(self.error("the position has expired")),
                    Trouble::Lasting(error) => return Err(error),
                },
            }
        }
    }

    /// For how long the stream keeps records, as of a minute ago.
    pub(super) async fn retention(&self) -> Duration {
        self.retention
            .get(Instant::now(), self.ask_retention())
            .await
    }

    async fn ask_retention(&self) -> Option<Duration> {
        let ask = self
            .client
            .describe_stream_summary()
            .set_stream_name(self.name.clone())
            .set_stream_arn(self.arn.clone());
        let answer = ask.send().await.ok()?;
        let hours = answer.stream_description_summary?.retention_period_hours;
        Some(Duration::from_hours(u64::try_from(hours).ok()?))
    }

    /// A page of so many records at most.
    pub(super) async fn records(
        &self,
        iterator: &str,
        limit: i32,
    ) -> Result<GetRecordsOutput, Trouble> {
        let asked = self
            .client
            .get_records()
            .set_stream_arn(self.arn.clone())
            .shard_iterator(iterator)
            .limit(limit)
            .send()
            .await;
        asked.map_err(|error| self.trouble(&error))
    }

    fn trouble<E>(&self, error: &SdkError<E>) -> Trouble
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code);
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        if let Some(status) = status
            && code.is_none()
            && let Some(help) = refusal(&self.url, status)
        {
            return Trouble::Lasting(self.error(format!("{status}: {help}")));
        }
        let Some(service) = error.as_service_error() else {
            let message = format!("no answer{}: {}", through(&self.url), chain(error));
            return match error {
                // Nothing of it has left, nor would it the next time.
                SdkError::ConstructionFailure(_) => Trouble::Lasting(self.error(message)),
                _ => Trouble::Passing(message),
            };
        };
        let code = code.unwrap_or("an error without a code");
        let told = format!("{code}: {}", service.message().unwrap_or_default());
        match code {
            "ExpiredIteratorException" | "ExpiredNextTokenException" => Trouble::Expired,
            "ResourceNotFoundException" => Trouble::Lasting(self.error(format!(
                "{told}; the stream is not there (any more), or is in another region or account"
            ))),
            "AccessDeniedException" => Trouble::Lasting(self.error(format!(
                "{told}; reading needs kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords"
            ))),
            "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException"
            | "InvalidClientTokenId" => Trouble::Lasting(self.error(format!(
                "{told}; check the access key, the secret and this machine's clock"
            ))),
            "InvalidArgumentException"
            | "ValidationException"
            | "SerializationException"
            | "OptInRequired"
            | "UnknownOperationException"
            | "KMSAccessDeniedException"
            | "KMSDisabledException"
            | "KMSInvalidStateException"
            | "KMSNotFoundException"
            | "KMSOptInRequired" => Trouble::Lasting(self.error(told)),
            // Throttled, failed inside, credentials being renewed; an unknown code is more likely new
            // than permanent.
            _ => Trouble::Passing(told),
        }
    }
}

fn shard(shard: &Shard) -> Option<Listed> {
    let keys = shard.hash_key_range.as_ref()?;
    let sequence = shard.sequence_number_range.as_ref();
    let parents = [&shard.parent_shard_id, &shard.adjacent_parent_shard_id];
    Some(Listed {
        id: shard.shard_id.clone(),
        parents: parents.into_iter().flatten().cloned().collect(),
        range: keys.starting_hash_key.parse().ok()?..=keys.ending_hash_key.parse().ok()?,
        is_open: sequence.is_none_or(|range| range.ending_sequence_number.is_none()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_that_recovers_leaves_the_trouble_of_others() {
        let troubles = Troubles::default();
        let began = Instant::now();
        let trouble = |message: &str, after: Duration| crate::Trouble {
            message: message.to_owned(),
            since: began + after,
        };
        troubles.set("b", trouble("first", Duration::ZERO));
        troubles.set("a", trouble("later", BACKOFF[0]));
        let oldest = || troubles.oldest().map(|it| it.message);
        assert_eq!(oldest().as_deref(), Some("first"));
        troubles.clear("b");
        assert_eq!(oldest().as_deref(), Some("later"));
        troubles.clear("a");
        assert_eq!(oldest(), None);
    }
}
