//! Amazon's services: region, credentials and certificates, by AWS's own rules.

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_types::service_config::ServiceConfigKey;

use crate::{Error, chain, through};

/// How long one attempt at a call may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where those credentials come from that AWS itself gives out.
const TOKENS: &str = "https://sts.amazonaws.com";

/// What a scenario says about the way in; everything left out is for environment, profile, container or
/// instance to say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The region.
    pub region: Option<String>,
    /// The profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// The ARN of a role to assume.
    pub role: Option<String>,
    /// The authorities to trust, a PEM file; `None`: those of the operating system.
    pub ca_certificate: Option<PathBuf>,
    /// Credentials from elsewhere than the standard chain.
    pub credentials: Option<SharedCredentialsProvider>,
    /// Where the service is, if that is not for AWS to say.
    pub endpoint: Option<String>,
}

impl Options {
    /// Whether nothing of AWS is asked: endpoint and credentials are given, and there is no encryption.
    fn is_stand_in(&self) -> bool {
        let is_plain = |endpoint: &String| endpoint.starts_with("http://");
        self.credentials.is_some() && self.endpoint.as_ref().is_some_and(is_plain)
    }

    /// The configuration of any of AWS's clients. Its credentials are those of the role, if there is one;
    /// none are asked for yet. The endpoint is not in it: it is one service's.
    ///
    /// # Errors
    /// `ca_certificate` can't be read.
    pub async fn load(&self) -> Result<SdkConfig, Error> {
        let config = self.without_role().await?;
        let Some(role) = &self.role else {
            return Ok(config);
        };
        let role = AssumeRoleProvider::builder(role)
            .session_name("hydrant")
            .configure(&config);
        let role = SharedCredentialsProvider::new(role.build().await);
        Ok(config.into_builder().credentials_provider(role).build())
    }

    async fn without_role(&self) -> Result<SdkConfig, Error> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(PATIENCE)
            .build();
        let region = self.region.clone().map(Region::new);
        if self.is_stand_in() {
            // Whatever environment and profiles ask for: it is meant for AWS.
            let mut config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .timeout_config(timeouts)
                .region(region)
                .http_client(Builder::new().build_http());
            config.set_credentials_provider(self.credentials.clone());
            return Ok(config.build());
        }
        // With a setting of its own the SDK does not end the program over one that it can't read.
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts);
        if let Some(region) = region {
            loader = loader.region(region);
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(provider) = &self.credentials {
            loader = loader.credentials_provider(provider.clone());
        }
        if let Some(path) = &self.ca_certificate {
            let context = trusting(path)?;
            // The SDK's own client with other authorities: that one goes through proxies, too.
            let client = Builder::new().build_with_connector_fn(move |settings, components| {
                let mut connector = ConnectorBuilder::default()
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .tls_context(context.clone())
                    .proxy_config(ProxyConfig::from_env());
                connector.set_connector_settings(settings.cloned());
                if let Some(components) = components {
                    connector.set_sleep_impl(components.sleep_impl());
                }
                connector.build()
            });
            loader = loader.http_client(client);
        }
        Ok(loader.load().await)
    }
}

fn trusting(path: &Path) -> Result<TlsContext, Error> {
    let bad = |what: String| Error::new(format!("`ca_certificate`: {}: {what}", path.display()));
    let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| bad(error.to_string()))
}

/// Another address of `service`, e.g. `Kinesis`, than AWS's own, if the environment or the profile names one:
/// `AWS_ENDPOINT_URL_KINESIS`, then `AWS_ENDPOINT_URL`.
pub fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_service = config
        .service_config()
        .and_then(|service| service.load_config(key));
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Where credentials come from.
///
/// # Errors
/// There is no such place.
pub fn provider(config: &SdkConfig) -> Result<SharedCredentialsProvider, Error> {
    let provider = config.credentials_provider();
    provider.ok_or_else(|| Error::new("there are no credentials for AWS"))
}

/// Credentials that are good now.
///
/// # Errors
/// There are none, or they can't be had.
pub async fn credentials(provider: SharedCredentialsProvider) -> Result<Credentials, Error> {
    provider.provide_credentials().await.map_err(|error| {
        let way = through(TOKENS);
        Error::new(format!("no credentials for AWS{way}: {}", chain(&error))).help(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a `profile` that you are logged in with",
        )
    })
}

/// An access key as AWS's own tool shows it: the last four characters.
pub fn masked(key: &str) -> String {
    let count = key.chars().count();
    let last: String = key.chars().skip(count.saturating_sub(4)).collect();
    format!("****{last}")
}

/// Made-up credentials, for a stand-in.
pub fn made_up() -> SharedCredentialsProvider {
    let made_up = Credentials::new("STANDIN", "stand-in", None, None, "stand-in");
    SharedCredentialsProvider::new(made_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_its_end_only() {
        assert_eq!(masked("AKIAIOSFODNN7EXAMPLE"), "****MPLE");
        assert_eq!(masked("ab"), "****ab");
    }

    #[tokio::test]
    async fn a_stand_in_asks_nothing_of_aws() {
        let options = Options {
            region: Some("eu-west-1".to_owned()),
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            credentials: Some(made_up()),
            ca_certificate: Some("/nowhere.pem".into()),
            ..Options::default()
        };
        let config = options.load().await.unwrap();
        assert_eq!(config.region().map(AsRef::as_ref), Some("eu-west-1"));
        let key = credentials(provider(&config).unwrap()).await.unwrap();
        assert_eq!(key.access_key_id(), "STANDIN");

        let encrypted = Options {
            endpoint: Some("https://127.0.0.1:1".to_owned()),
            ..options
        };
        let error = encrypted.load().await.unwrap_err();
        assert!(
            error
                .message
                .starts_with("`ca_certificate`: /nowhere.pem: "),
            "{error}"
        );
    }
}
