//! A subscription is opened: looked for, or made for the time of one reader.

use std::time::{Duration, Instant};

use access::{chain, refusal, through};
use google_cloud_gax::error::Error as GaxError;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicyExt as _};
use google_cloud_pubsub::client::SubscriptionAdmin;
use google_cloud_pubsub::model::{SeekRequest, Subscription as Model};
use jiff::Timestamp;
use serde_json::json;
use tonic::Status;

use super::calls::Calls;
use super::kept::{Kept, MADE_AT};
use super::place;
use super::{KEEP, PubsubOptions, Subscription};
use crate::Error;
use crate::horizon::now;

/// How long to go on where nobody answers: what has just started answers soon.
const OPENING: Duration = Duration::from_secs(30);
/// How soon to ask again.
const AGAIN: Duration = Duration::from_millis(500);
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The least that the service lets a subscription live that nobody reads.
const DAY: Duration = Duration::from_hours(24);

/// A subscription that is ready to be read.
#[derive(Debug)]
pub(super) struct Opened {
    /// One per stream; at least one.
    pub(super) calls: Vec<Calls>,
    /// Whom to ask to remove it, if it is for the time of this reader only.
    pub(super) temporary: Option<SubscriptionAdmin>,
    pub(super) kept: Kept,
}

/// Opens it, as soon as somebody answers.
pub(super) async fn open(options: &PubsubOptions) -> Result<Opened, Error> {
    let began = Instant::now();
    // What was made by a call that nobody answered is found again by its name.
    let own = |topic: &str, ordered: bool, keep: Option<Duration>| -> Result<Way<'_>, Error> {
        let own = own(topic, ordered, keep).map_err(|why| options.error(why))?;
        Ok(Way::Make(Box::new(own)))
    };
    let way = match &options.subscription {
        Subscription::Existing(name) => Way::Find(name),
        Subscription::Again(name) => Way::Rewind(name),
        Subscription::Temporary { topic, ordered } => own(topic, *ordered, None)?,
        Subscription::Kept {
            topic,
            ordered,
            keep,
        } => own(topic, *ordered, Some(*keep))?,
    };
    loop {
        match attempt(options, &way).await {
            Err(no) if no.may_pass() && began.elapsed() < OPENING => {
                tracing::debug!(error = %no.error(options), "not opened yet");
                tokio::time::sleep(AGAIN).await;
            }
            outcome => return outcome.map_err(|no| no.error(options)),
        }
    }
}

/// How to come by a subscription.
enum Way<'o> {
    Make(Box<Model>),
    /// The one of this name.
    Find(&'o str),
    /// The same, from its first message on.
    Rewind(&'o str),
}

async fn attempt(options: &PubsubOptions, way: &Way<'_>) -> Result<Opened, No> {
    let credentials = place::credentials(options).map_err(No::Lasting)?;
    let admin = SubscriptionAdmin::builder()
        .with_endpoint(options.url())
        .with_credentials(credentials.clone())
        // By default it goes on for ten minutes.
        .with_retry_policy(Aip194Strict.with_attempt_limit(2))
        .build()
        .await
        .map_err(|error| No::Lasting(options.error(chain(&error))))?;
    let is_temporary = matches!(options.subscription, Subscription::Temporary { .. });
    let look = async |name: &str| {
        let question = admin.get_subscription().set_subscription(name).send();
        match ask(options, question).await {
            Ok(model) => Ok(Some(model)),
            // Whoever may read it may not always look at it.
            Err(No::Forbidden) => Ok(None),
            Err(no) => Err(no),
        }
    };
    let (name, kept) = match way {
        Way::Make(own) => (
            make(&admin, options, own).await?,
            Some(Kept::new(own, now())),
        ),
        Way::Find(name) => {
            let found = look(name).await?;
            ((*name).to_owned(), found.map(|model| Kept::of(&model)))
        }
        Way::Rewind(name) => {
            // As far back as any subscription reaches.
            let since = Timestamp::now() - *KEEP.end();
            let wanted = json!({"subscription": name, "time": since.to_string()});
            let wanted = serde_json::from_value(wanted);
            let wanted: SeekRequest =
                wanted.map_err(|error| No::Lasting(options.error(error.to_string())))?;
            let question = admin.seek().with_request(wanted).send();
            ask(options, question).await?;
            let found = look(name).await?;
            let kept = found.map(|model| Kept::again(&model, now()));
            ((*name).to_owned(), kept)
        }
    };
    let mut calls = Vec::new();
    for _ in 0..options.streams() {
        let connected = place::connect(options, &credentials, &name).await;
        calls.push(connected.map_err(No::Lasting)?);
    }
    Ok(Opened {
        calls,
        temporary: is_temporary.then_some(admin),
        kept: kept.unwrap_or_default(),
    })
}

/// Makes a subscription of this reader's, and says what it is called.
async fn make(
    admin: &SubscriptionAdmin,
    options: &PubsubOptions,
    own: &Model,
) -> Result<String, No> {
    let question = admin.create_subscription().with_request(own.clone()).send();
    match ask(options, question).await {
        Ok(made) => Ok(made.name),
        // By a call before, of whose answer nobody heard.
        Err(No::Exists) => Ok(own.name.clone()),
        Err(no) => Err(no),
    }
}

/// One that goes away by itself a day after its reader was cut off, or after what it keeps.
fn own(topic: &str, ordered: bool, keep: Option<Duration>) -> Result<Model, String> {
    let project = topic.split('/').nth(1);
    let project = project.ok_or_else(|| format!("`{topic}` is not the full name of a topic"))?;
    let id = uuid::Uuid::new_v4().simple();
    let seconds = |time: Duration| format!("{}s", time.as_secs());
    let subscription = json!({
        "name": format!("projects/{project}/subscriptions/hydrant-reader-{id}"),
        "topic": topic,
        "ackDeadlineSeconds": 60,
        "enableMessageOrdering": ordered,
        "messageRetentionDuration": seconds(keep.unwrap_or(DAY)),
        "retainAckedMessages": keep.is_some(),
        "expirationPolicy": {"ttl": seconds(keep.map_or(DAY, |keep| keep.max(DAY)))},
        "labels": {"made-by": "hydrant", MADE_AT: (now() / 1_000).to_string()},
    });
    serde_json::from_value(subscription).map_err(|error| error.to_string())
}

/// Removes a subscription that was made here.
pub(super) async fn remove(admin: &SubscriptionAdmin, name: &str) -> Result<(), Status> {
    let question = admin.delete_subscription().set_subscription(name).send();
    match question.await {
        Err(error) if !is_missing(&error) => Err(Status::unknown(chain(&error))),
        _ => Ok(()),
    }
}

/// Why a question had no good answer.
enum No {
    Forbidden,
    /// It is not there.
    Missing,
    /// It is there already.
    Exists,
    /// Nobody answers, or not now.
    Passing(String),
    Other(String),
    Lasting(Error),
}

impl No {
    fn may_pass(&self) -> bool {
        matches!(self, No::Passing(_))
    }

    fn error(&self, options: &PubsubOptions) -> Error {
        options.error(match self {
            No::Forbidden => "these credentials have no right to it".to_owned(),
            No::Missing => "it is not there".to_owned(),
            No::Exists => "it is there already".to_owned(),
            No::Passing(message) | No::Other(message) => message.clone(),
            No::Lasting(error) => return error.clone(),
        })
    }
}

async fn ask<T>(
    options: &PubsubOptions,
    question: impl Future<Output = Result<T, GaxError>>,
) -> Result<T, No> {
    let Ok(answer) = tokio::time::timeout(PATIENCE, question).await else {
        let way = through(&options.url());
        let why = format!(
            "{}{way} has not answered within {PATIENCE:?}",
            options.url()
        );
        return Err(No::Passing(why));
    };
    let error = match answer {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    if let Some(help) = by_proxy(options, &error) {
        return Err(No::Other(help));
    }
    Err(match error.status() {
        _ if is_missing(&error) => No::Missing,
        _ if error.http_status_code() == Some(403) => No::Forbidden,
        Some(status) if status.code == Code::PermissionDenied => No::Forbidden,
        Some(status) => {
            let message = format!("{} ({})", status.message, status.code.name());
            match status.code {
                Code::AlreadyExists => No::Exists,
                Code::Unavailable | Code::DeadlineExceeded | Code::Internal | Code::Aborted => {
                    No::Passing(message)
                }
                _ => No::Other(message),
            }
        }
        None if error.is_authentication() => No::Other(chain(&error)),
        // This client goes through a proxy where one is set, other than the streams.
        None => No::Passing(format!(
            "no answer{}: {}",
            through(&options.url()),
            chain(&error)
        )),
    })
}

/// What to do about it, if a proxy has refused rather than the service.
fn by_proxy(options: &PubsubOptions, error: &GaxError) -> Option<String> {
    // Google's own answers say more than a number.
    let status = error
        .http_status_code()
        .filter(|_| error.status().is_none())?;
    let help = refusal(&options.url(), status)?;
    Some(format!("{status}: {help}"))
}

fn is_missing(error: &GaxError) -> bool {
    let code = error.status().map(|status| status.code);
    code == Some(Code::NotFound) || error.http_status_code() == Some(404)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_subscription_goes_away_by_itself_in_the_end() {
        let made = own("projects/p/topics/t", true, None).unwrap();
        assert!(
            made.name
                .starts_with("projects/p/subscriptions/hydrant-reader-")
        );
        assert_eq!(made.topic, "projects/p/topics/t");
        assert!(made.enable_message_ordering);
        assert_eq!(lasts(&made), [86_400, 86_400]);
        assert!(!made.retain_acked_messages);
        let other = own("projects/p/topics/t", true, None).unwrap();
        assert_ne!(other.name, made.name);
        assert!(own("t", true, None).is_err());
    }

    #[test]
    fn one_that_is_kept_keeps_what_was_handed_over() {
        let (hour, week) = (Duration::from_hours(1), Duration::from_hours(7 * 24));
        for (keep, expected) in [(hour, [3_600, 86_400]), (week, [604_800, 604_800])] {
            let made = own("projects/p/topics/t", false, Some(keep)).unwrap();
            assert!(made.retain_acked_messages);
            assert_eq!(lasts(&made), expected);
        }
    }

    /// For how many seconds it keeps messages, and itself.
    fn lasts(made: &Model) -> [i64; 2] {
        let ttl = made.expiration_policy.as_ref().and_then(|it| it.ttl);
        [made.message_retention_duration, ttl].map(|it| it.unwrap().seconds())
    }
}
