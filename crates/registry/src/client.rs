//! The calls.

use std::time::Duration;

use access::{http_client, in_words, redact};
use records::format::{Registration, RegistryOptions, Version};
use reqwest::{Certificate, Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::error::{Error, Refused};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// <https://docs.confluent.io/platform/current/schema-registry/develop/api.html#content-types>
const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// So much of an answer is shown that is no error of the registry's.
const SHOWN: usize = 300;

/// A schema as the registry shows it.
#[derive(Debug, Deserialize)]
pub(crate) struct Found {
    pub(crate) id: u32,
    #[serde(default)]
    pub(crate) schema: String,
    #[serde(default, rename = "schemaType")]
    kind: Option<String>,
}

impl Found {
    /// The schema's language: Avro, where nothing is said.
    pub(crate) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("AVRO")
    }
}

/// Whether a schema is compatible with the newest of its subject.
#[derive(Debug, Deserialize)]
pub(crate) struct Compatibility {
    pub(crate) is_compatible: bool,
    #[serde(default)]
    messages: Vec<String>,
    /// What Apicurio's says instead.
    reason: Option<String>,
}

impl Compatibility {
    /// Why it is not, in the registry's words.
    pub(crate) fn reasons(self) -> Vec<String> {
        self.messages.into_iter().chain(self.reason).collect()
    }
}

#[derive(Deserialize)]
struct Id {
    id: u32,
}

#[derive(Deserialize)]
struct Wrong {
    error_code: u32,
    message: String,
}

/// Speaks to one registry.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    login: Login,
}

enum Login {
    None,
    User(String, SecretString),
    Token(SecretString),
}

impl Client {
    pub(crate) fn new(options: &RegistryOptions) -> Result<Client, Error> {
        let bad = |error: &dyn std::fmt::Display| Error::Options(error.to_string());
        let base = Url::parse(&options.url).map_err(|error| bad(&error))?;
        let login = match (&options.username, &options.password, &options.token) {
            (Some(user), Some(password), _) => {
                Login::User(user.clone(), password.read().map_err(|error| bad(&error))?)
            }
            (_, _, Some(token)) => Login::Token(token.read().map_err(|error| bad(&error))?),
            _ => Login::None,
        };
        let mut http = http_client([options.url.as_str()]).timeout(PATIENCE);
        if let Some(path) = &options.ca_certificate {
            let pem = std::fs::read(path).map_err(|error| {
                Error::Options(format!("cannot read `{}`: {error}", path.display()))
            })?;
            let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| {
                Error::Options(format!("{}: {}", path.display(), in_words(&error)))
            })?;
            http = http.tls_certs_only(authorities);
        }
        let http = http
            .build()
            .map_err(|error| Error::Options(in_words(&error)))?;
        Ok(Client { http, base, login })
    }

    /// The subject's schema of a version.
    pub(crate) async fn version(&self, subject: &str, version: Version) -> Result<Found, Error> {
        let version = version.to_string();
        let path = ["subjects", subject, "versions", &version];
        self.call(Method::GET, &path, None).await
    }

    /// The subject's schema of a version, which has to be of the same kind as `schema`.
    pub(crate) async fn of_kind(
        &self,
        subject: &str,
        version: Version,
        schema: &Registration,
    ) -> Result<Found, Error> {
        let found = self.version(subject, version).await?;
        if found.kind() == schema.kind.word() {
            return Ok(found);
        }
        Err(Error::OtherKind {
            subject: subject.to_owned(),
            found: found.kind().to_owned(),
            wanted: schema.kind.word(),
        })
    }

    /// The schema as it is registered under the subject.
    pub(crate) async fn look_up(
        &self,
        subject: &str,
        schema: &Registration,
    ) -> Result<Found, Error> {
        self.call(Method::POST, &["subjects", subject], Some(body(schema)))
            .await
    }

    /// Registers the schema under the subject; its id.
    pub(crate) async fn register(
        &self,
        subject: &str,
        schema: &Registration,
    ) -> Result<u32, Error> {
        let path = ["subjects", subject, "versions"];
        let registered: Id = self.call(Method::POST, &path, Some(body(schema))).await?;
        Ok(registered.id)
    }

    /// Whether the subject's rules would take the schema.
    pub(crate) async fn compatible(
        &self,
        subject: &str,
        schema: &Registration,
    ) -> Result<Compatibility, Error> {
        let path = ["compatibility", "subjects", subject, "versions", "latest"];
        self.call(Method::POST, &path, Some(body(schema))).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<T, Error> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if path[0] == "compatibility" {
            url.set_query(Some("verbose=true"));
        }
        let path = url.path().to_owned();
        let mut request = self
            .http
            .request(method.clone(), url)
            .header("Accept", MEDIA_TYPE);
        if let Some(body) = body {
            request = request
                .header("Content-Type", MEDIA_TYPE)
                .body(body.to_string());
        }
        let answer = self.signed(request).send().await;
        let unreachable = |error: &reqwest::Error| {
            let reason = in_words(error);
            if error.is_builder() {
                Error::Options(reason)
            } else {
                let url = self.base.to_string();
                Error::Unreachable { url, reason }
            }
        };
        let answer = answer.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| unreachable(&error))?;
        let method = method.to_string();
        if !status.is_success() {
            let wrong = serde_json::from_str::<Wrong>(&text).ok();
            let code = wrong.as_ref().map(|wrong| wrong.error_code);
            let message = wrong.map_or_else(|| text.chars().take(SHOWN).collect(), |it| it.message);
            return Err(Error::Refused(Box::new(Refused {
                method,
                path,
                status: status.as_u16(),
                code,
                message: redact(&message, &self.secrets()),
            })));
        }
        serde_json::from_str(&text).map_err(|error| Error::Unreadable {
            method,
            path,
            reason: error.to_string(),
        })
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.login {
            Login::None => request,
            Login::User(user, password) => request.basic_auth(user, Some(password.expose_secret())),
            Login::Token(token) => request.bearer_auth(token.expose_secret()),
        }
    }

    fn secrets(&self) -> Vec<SecretString> {
        match &self.login {
            Login::None => Vec::new(),
            Login::User(_, secret) | Login::Token(secret) => vec![secret.clone()],
        }
    }
}

fn body(schema: &Registration) -> Value {
    match schema.kind.word() {
        // What every registry takes without a word; old ones know no `schemaType`.
        "AVRO" => json!({"schema": schema.text}),
        kind => json!({"schema": schema.text, "schemaType": kind}),
    }
}
