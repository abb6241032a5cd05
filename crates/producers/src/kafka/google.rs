//! Google's Managed Service for Apache Kafka: an access token of Google Cloud in the shape of a JWT.
//!
//! <https://cloud.google.com/managed-service-for-apache-kafka/docs/authentication-kafka>, and as Google's own
//! handler makes it: <https://github.com/googleapis/managedkafka>.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use access::google::{self, no_token};
use base64_simd::URL_SAFE_NO_PAD;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use options::{Location, Problems, SecretRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tonic::codegen::http::Extensions;

use super::{file_problems, secret_problems};
use crate::Error;
use crate::tokens::{Source, Token};

/// What the access token is good for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Google's crate does not say when a token ends. It has the next one ready four minutes before.
const LIFETIME: Duration = Duration::from_mins(3);

/// Google's Managed Service for Apache Kafka. The service account needs the role
/// `roles/managedkafka.client`. The port is 9092.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Google {
    /// Credentials in Google's JSON form (service account, workload identity, …). Default:
    /// Application Default Credentials, that is `GOOGLE_APPLICATION_CREDENTIALS`, what
    /// `gcloud auth application-default login` has left, or the machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<SecretRef>,
    /// Connect as this service account, given by its e-mail address, on whose behalf the credentials
    /// may make tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonate: Option<String>,
    /// Whose credentials they are, an e-mail address. Only needed where they do not say so: those of
    /// a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
}

impl Google {
    /// Mistakes that can be seen without a connection.
    pub(super) fn problems(&self, at: &Location, problems: &mut Problems) {
        let at_file = at.join("ca_certificate");
        file_problems(self.ca_certificate.as_deref(), &at_file, problems);
        if let Some(secret) = &self.credentials {
            secret_problems(secret, &at.join("credentials"), problems);
        }
    }

    /// Where tokens come from.
    pub(super) fn source(&self) -> GoogleTokens {
        GoogleTokens {
            options: self.clone(),
            ready: None,
        }
    }
}

/// Wraps access tokens.
#[derive(Debug)]
pub(super) struct GoogleTokens {
    options: Google,
    /// Where access tokens come from, and whose they are, once that is known.
    ready: Option<(Credentials, String)>,
}

impl GoogleTokens {
    /// Finds the credentials. Asks for no token yet.
    async fn prepare(&self) -> Result<(Credentials, String), Error> {
        let options = &self.options;
        let json = options
            .credentials
            .as_ref()
            .map(SecretRef::read)
            .transpose();
        let json = json.map_err(|error| Error::new(error.to_string()))?;
        let way = google::Options {
            json: json.as_ref(),
            impersonate: options.impersonate.as_deref(),
            scope: SCOPE,
        };
        // Tokens go to brokers, and connections to these are always encrypted.
        let found = way.credentials("https://managedkafka.googleapis.com")?;
        let principal = match &options.principal {
            Some(principal) => Some(principal.clone()),
            None => way.account().await,
        };
        let principal = principal.ok_or_else(|| {
            Error::new("the credentials for Google Cloud do not say whose they are")
                .help("give the e-mail address in `security.google.principal`")
        })?;
        Ok((found, principal))
    }
}

impl Source for GoogleTokens {
    async fn token(&mut self) -> Result<Token, Error> {
        if self.ready.is_none() {
            self.ready = Some(self.prepare().await?);
        }
        let Some((credentials, principal)) = &self.ready else {
            return Err(Error::new("there are no credentials for Google Cloud"));
        };
        let headers = credentials.headers(Extensions::new()).await;
        let headers = match headers.map_err(|error| Error::from(no_token(&error)))? {
            CacheableResource::New { data, .. } => data,
            CacheableResource::NotModified => {
                return Err(Error::new("Google Cloud gave no access token"));
            }
        };
        let access = headers.get("authorization").and_then(|it| it.to_str().ok());
        let access = access
            .and_then(|it| it.strip_prefix("Bearer "))
            .ok_or_else(|| Error::new("Google Cloud gave something that is no access token"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let value = wrapped(access, principal, now.unwrap_or_default());
        Ok(Token::new(value.into(), principal.clone(), LIFETIME))
    }
}

/// Header, claims and, where a JWT has its signature, the access token.
fn wrapped(access: &str, principal: &str, now: Duration) -> String {
    let header = json!({"typ": "JWT", "alg": "GOOG_OAUTH2_TOKEN"});
    let claims = json!({
        "exp": (now + LIFETIME).as_secs(),
        "iat": now.as_secs(),
        "iss": "Google",
        "scope": "kafka",
        "sub": principal,
    });
    let parts = [header.to_string(), claims.to_string(), access.to_owned()];
    parts
        .map(|part| URL_SAFE_NO_PAD.encode_to_string(part))
        .join(".")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::rsa;
    use base64_simd::STANDARD;
    use secrecy::ExposeSecret as _;
    use serde_json::Value;

    use super::*;

    /// The key file of a service account, with a key of our own.
    fn service_account() -> Value {
        let key = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let der = STANDARD.encode_to_string(key.as_der().unwrap().as_ref());
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
        json!({
            "type": "service_account",
            "client_email": "load@test.iam.gserviceaccount.com",
            "private_key_id": "1",
            "private_key": format!("{begin}\n{der}\n{end}\n"),
            "project_id": "test",
        })
    }

    fn first(options: &Google) -> Result<Token, Error> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(async { options.source().token().await })
    }

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode_to_vec(part).unwrap()).unwrap()
    }

    #[test]
    fn an_access_token_travels_where_a_jwt_has_its_signature() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), service_account().to_string()).unwrap();
        let options = Google {
            credentials: Some(SecretRef::File(file.path().to_owned())),
            ..Google::default()
        };
        let token = first(&options).unwrap();
        let whose = "load@test.iam.gserviceaccount.com";
        assert_eq!(token.principal, whose);
        let value = token.value.expose_secret();
        assert_eq!(
            part(value, 0),
            json!({"typ": "JWT", "alg": "GOOG_OAUTH2_TOKEN"})
        );
        let claims = part(value, 1);
        assert_eq!(
            (&claims["sub"], &claims["scope"]),
            (&json!(whose), &json!("kafka"))
        );
        assert_eq!(
            claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
            180
        );
        // The access token is one that the service account has signed for itself.
        let access = value.split('.').nth(2).unwrap();
        let access = URL_SAFE_NO_PAD.decode_to_vec(access).unwrap();
        let claims = part(std::str::from_utf8(&access).unwrap(), 1);
        assert_eq!(
            (&claims["iss"], &claims["scope"]),
            (&json!(whose), &json!(SCOPE))
        );
    }

    #[test]
    fn a_person_has_to_say_who_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let person = json!({"type": "authorized_user", "client_id": "c", "client_secret": "hunter2",
                            "refresh_token": "hunter2"});
        std::fs::write(file.path(), person.to_string()).unwrap();
        let options = Google {
            credentials: Some(SecretRef::File(file.path().to_owned())),
            ..Google::default()
        };
        let error = first(&options).unwrap_err();
        assert!(
            error.message.ends_with("do not say whose they are"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
