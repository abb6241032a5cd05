//! A subscription is opened: looked for, or made for the time of one reader.

use std::time::Duration;

use google_cloud_gax::error::Error as GaxError;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicyExt as _};
use google_cloud_pubsub::client::SubscriptionAdmin;
use google_cloud_pubsub::model::Subscription as Model;
use serde_json::json;
use tonic::Status;

use super::calls::Calls;
use super::place::{self, chain};
use super::{PubsubOptions, Subscription};
use crate::Error;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A subscription that is ready to be read.
#[derive(Debug)]
pub(super) struct Opened {
    /// One per stream; at least one.
    pub(super) calls: Vec<Calls>,
    /// Whom to ask to remove it, if it is for the time of this reader only.
    pub(super) temporary: Option<SubscriptionAdmin>,
}

pub(super) async fn open(options: &PubsubOptions) -> Result<Opened, Error> {
    let credentials = place::credentials(options)?;
    let admin = SubscriptionAdmin::builder()
        .with_endpoint(options.url())
        .with_credentials(credentials.clone())
        // By default it goes on for ten minutes.
        .with_retry_policy(Aip194Strict.with_attempt_limit(2))
        .build()
        .await
        .map_err(|error| options.error(chain(&error)))?;
    let (name, is_temporary) = match &options.subscription {
        Subscription::Existing(name) => {
            let question = admin.get_subscription().set_subscription(name).send();
            match ask(options, question).await {
                // Whoever may read it may not always look at it.
                Ok(_) | Err(No::Forbidden) => (name.clone(), false),
                Err(no) => return Err(no.error(options)),
            }
        }
        Subscription::Temporary { topic, ordered } => {
            let wanted = temporary(topic, *ordered).map_err(|why| options.error(why))?;
            let question = admin.create_subscription().with_request(wanted).send();
            let made = ask(options, question).await;
            (made.map_err(|no| no.error(options))?.name, true)
        }
    };
    let mut calls = Vec::new();
    for _ in 0..options.streams() {
        calls.push(place::connect(options, &credentials, &name).await?);
    }
    Ok(Opened {
        calls,
        temporary: is_temporary.then_some(admin),
    })
}

/// One that goes away by itself a day after its reader was cut off.
fn temporary(topic: &str, ordered: bool) -> Result<Model, String> {
    let project = topic.split('/').nth(1);
    let project = project.ok_or_else(|| format!("`{topic}` is not the full name of a topic"))?;
    let id = uuid::Uuid::new_v4().simple();
    let subscription = json!({
        "name": format!("projects/{project}/subscriptions/hydrant-reader-{id}"),
        "topic": topic,
        "ackDeadlineSeconds": 60,
        "enableMessageOrdering": ordered,
        "messageRetentionDuration": "86400s",
        "expirationPolicy": {"ttl": "86400s"},
        "labels": {"made-by": "hydrant"},
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
    Other(String),
}

impl No {
    fn error(self, options: &PubsubOptions) -> Error {
        options.error(match self {
            No::Forbidden => "these credentials have no right to it".to_owned(),
            No::Other(message) => message,
        })
    }
}

async fn ask<T>(
    options: &PubsubOptions,
    question: impl Future<Output = Result<T, GaxError>>,
) -> Result<T, No> {
    let Ok(answer) = tokio::time::timeout(PATIENCE, question).await else {
        let why = format!("{} has not answered within {PATIENCE:?}", options.url());
        return Err(No::Other(why));
    };
    answer.map_err(|error| match error.status() {
        _ if is_missing(&error) => No::Other("it is not there".to_owned()),
        _ if error.http_status_code() == Some(403) => No::Forbidden,
        Some(status) if status.code == Code::PermissionDenied => No::Forbidden,
        Some(status) => No::Other(format!("{} ({})", status.message, status.code.name())),
        None => No::Other(chain(&error)),
    })
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
        let made = temporary("projects/p/topics/t", true).unwrap();
        assert!(
            made.name
                .starts_with("projects/p/subscriptions/hydrant-reader-")
        );
        assert_eq!(made.topic, "projects/p/topics/t");
        assert!(made.enable_message_ordering);
        let ttl = made.expiration_policy.unwrap().ttl.unwrap();
        assert_eq!(ttl.seconds(), 86_400);
        assert_ne!(
            temporary("projects/p/topics/t", true).unwrap().name,
            made.name
        );
        assert!(temporary("t", true).is_err());
    }
}
