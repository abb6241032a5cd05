//! Google's services: credentials in any of their forms.

use google_cloud_auth::credentials::{
    self, Credentials, external_account, impersonated, service_account, user_account,
};
use options::may_carry_secret;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Error, chain, through};

/// What the token of whoever makes tokens for another account has to be good for.
/// <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>
const SCOPE_TO_IMPERSONATE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Where tokens come from.
const TOKENS: &str = "https://oauth2.googleapis.com";

const HELP: &str = "give the JSON file of a service account (`gcloud iam service-accounts keys create`), or \
    leave `credentials` out to use what `gcloud auth application-default login` has left";

/// What a scenario says about the way in.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Credentials in Google's JSON form, of any of its types; `None`: Application Default Credentials.
    pub json: Option<&'a SecretString>,
    /// The service account to speak as, by its e-mail address.
    pub impersonate: Option<&'a str>,
    /// What a token is to be good for, e.g. `https://www.googleapis.com/auth/pubsub`.
    pub scope: &'a str,
}

impl Options<'_> {
    /// Credentials for calls to `url`. None are asked for yet.
    ///
    /// # Errors
    /// There are none, they can't be read, or they would be sent in the clear.
    pub fn credentials(&self, url: &str) -> Result<Credentials, Error> {
        may_carry_secret(url)?;
        let source = self.source()?;
        let Some(principal) = self.impersonate else {
            return Ok(source);
        };
        impersonated::Builder::from_source_credentials(source)
            .with_target_principal(principal)
            .with_scopes([self.scope])
            .build()
            .map_err(|error| none(&error))
    }

    /// The e-mail address of the service account that calls are made as, where it is known: credentials of a
    /// person do not say whose they are.
    pub async fn account(&self) -> Option<String> {
        if let Some(account) = self.impersonate {
            return Some(account.to_owned());
        }
        let Some(json) = self.json else {
            // The crate tells it where it can sign, which is where there is a service account.
            let signer = credentials::Builder::default().build_signer().ok()?;
            return signer.client_email().await.ok();
        };
        let json: serde_json::Value = serde_json::from_str(json.expose_secret()).ok()?;
        let url = json["service_account_impersonation_url"].as_str();
        // `…/serviceAccounts/robot@project.iam.gserviceaccount.com:generateAccessToken`
        let robot = url.and_then(|url| url.rsplit_once("/serviceAccounts/"));
        let robot = robot.and_then(|(_, rest)| rest.split(':').next());
        robot.or(json["client_email"].as_str()).map(str::to_owned)
    }

    /// The credentials that were given or found. They call, or make tokens for the account that does.
    fn source(&self) -> Result<Credentials, Error> {
        let scope = match self.impersonate {
            None => self.scope,
            Some(_) => SCOPE_TO_IMPERSONATE,
        };
        match self.json {
            Some(json) => written(json, scope),
            None => credentials::Builder::default()
                .with_scopes([scope])
                .build()
                .map_err(|error| none(&error)),
        }
    }
}

fn written(json: &SecretString, scope: &str) -> Result<Credentials, Error> {
    // A parser's message can show what it has read.
    let json: serde_json::Value = serde_json::from_str(json.expose_secret())
        .map_err(|_| Error::new("`credentials` is no JSON").help(HELP))?;
    let kind = json["type"].as_str().unwrap_or_default().to_owned();
    let built = match kind.as_str() {
        "service_account" => service_account::Builder::new(json)
            .with_access_specifier(service_account::AccessSpecifier::from_scopes([scope]))
            .build(),
        "authorized_user" => user_account::Builder::new(json).build(),
        "external_account" => external_account::Builder::new(json)
            .with_scopes([scope])
            .build(),
        "impersonated_service_account" => impersonated::Builder::new(json)
            .with_scopes([scope])
            .build(),
        _ => {
            let message =
                format!("`credentials` are of the type `{kind}`, which is not known here");
            return Err(Error::new(message).help(HELP));
        }
    };
    built.map_err(|error| none(&error))
}

fn none(error: &dyn std::error::Error) -> Error {
    Error::new(format!("no credentials for Google Cloud: {}", chain(error))).help(HELP)
}

/// That credentials gave no token.
pub fn no_token(error: &dyn std::error::Error) -> Error {
    Error::new(format!(
        "no access token from Google Cloud{}: {}",
        through(TOKENS),
        chain(error)
    ))
    .help(
        "are the credentials still valid, and, with `impersonate`, do they have the role \
         `roles/iam.serviceAccountTokenCreator` on that service account?",
    )
}

#[cfg(test)]
mod tests;
