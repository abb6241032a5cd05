//! The official clients for the control plane, and what their errors mean.

use std::time::Duration;

use access::{chain, refusal, through};
use google_cloud_gax::error::Error as GaxError;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicyExt as _};
use google_cloud_pubsub::client::{SchemaService, SubscriptionAdmin, TopicAdmin};

use super::Options;
use super::place::Place;
use crate::Error;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Clients for one place, with the same credentials as the publisher.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) topics: TopicAdmin,
    pub(super) subscriptions: SubscriptionAdmin,
    /// The client that has the questions about rights.
    pub(super) rights: SchemaService,
    place: Place,
}

/// Why a question had no good answer.
#[derive(Debug)]
pub(super) enum No {
    /// There is nothing of that name.
    NotFound,
    /// There is something of that name already.
    AlreadyThere,
    /// Not with these credentials.
    Forbidden(Error),
    /// Anything else.
    Other(Error),
}

impl From<No> for Error {
    fn from(no: No) -> Error {
        match no {
            No::NotFound => Error::new("not found"),
            No::AlreadyThere => Error::new("it is there already"),
            No::Forbidden(error) | No::Other(error) => error,
        }
    }
}

impl Control {
    pub(super) async fn connect(options: &Options, place: &Place) -> Result<Control, Error> {
        let credentials = place.credentials(options)?;
        let failed = |error: google_cloud_gax::client_builder::Error| {
            Error::new(format!(
                "cannot make a client for {}: {}",
                place.host(),
                chain(&error)
            ))
        };
        // By default these clients go on for ten minutes.
        let retry = || Aip194Strict.with_attempt_limit(2);
        Ok(Control {
            topics: TopicAdmin::builder()
                .with_endpoint(&place.url)
                .with_credentials(credentials.clone())
                .with_retry_policy(retry())
                .build()
                .await
                .map_err(failed)?,
            subscriptions: SubscriptionAdmin::builder()
                .with_endpoint(&place.url)
                .with_credentials(credentials.clone())
                .with_retry_policy(retry())
                .build()
                .await
                .map_err(failed)?,
            rights: SchemaService::builder()
                .with_endpoint(&place.url)
                .with_credentials(credentials)
                .with_retry_policy(retry())
                .build()
                .await
                .map_err(failed)?,
            place: place.clone(),
        })
    }

    /// Asks, and says what an error means. `what` is what was tried, e.g. `look at the topic x`.
    pub(super) async fn ask<T>(
        &self,
        what: &str,
        question: impl Future<Output = Result<T, GaxError>>,
    ) -> Result<T, No> {
        let Ok(answer) = tokio::time::timeout(PATIENCE, question).await else {
            let why = format!("no answer within {PATIENCE:?}");
            return Err(No::Other(self.unreachable(&why)));
        };
        answer.map_err(|error| self.explain(what, &error))
    }

    /// These clients go through a proxy where one is set, other than the publisher.
    fn unreachable(&self, why: &str) -> Error {
        let way = through(&self.place.url);
        self.place.unreachable(&format!("{why}{way}"))
    }

    fn explain(&self, what: &str, error: &GaxError) -> No {
        let Some(status) = error.status() else {
            if error.is_authentication() {
                let message = format!("no access token from Google Cloud: {}", chain(error));
                return No::Forbidden(Error::new(message).help(
                    "are the credentials still valid, and, with `impersonate`, may they make \
                     tokens for that service account?",
                ));
            }
            let code = error.http_status_code();
            if let Some((code, help)) =
                code.and_then(|code| Some((code, refusal(&self.place.url, code)?)))
            {
                return No::Other(Error::new(format!("cannot {what}: {code}")).help(help));
            }
            return match code {
                Some(404) => No::NotFound,
                Some(409) => No::AlreadyThere,
                Some(code @ (401 | 403)) => No::Forbidden(Error::new(format!(
                    "no right to {what}: {} answers {code}",
                    self.place.host()
                ))),
                Some(code) => No::Other(Error::new(format!(
                    "cannot {what}: {} answers {code}",
                    self.place.host()
                ))),
                None => No::Other(self.unreachable(&chain(error))),
            };
        };
        match status.code {
            Code::NotFound => No::NotFound,
            Code::AlreadyExists => No::AlreadyThere,
            Code::PermissionDenied | Code::Unauthenticated => No::Forbidden(
                Error::new(format!("no right to {what}: {}", status.message))
                    .help("is the project right, and is it the right account?"),
            ),
            code => No::Other(Error::new(format!(
                "cannot {what}: {} ({})",
                status.message,
                code.name()
            ))),
        }
    }
}
