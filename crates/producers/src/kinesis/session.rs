//! The way in: region, credentials and endpoint, by AWS's own rules, and the control plane's client.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_kinesis::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_types::service_config::ServiceConfigKey;

use super::Options;
use crate::Error;
use crate::proxy::through;

/// The control plane answers within that.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where those credentials come from that AWS itself gives out.
const TOKENS: &str = "https://sts.amazonaws.com";

/// Everything that the scenario and the environment say about the way in.
#[derive(Debug)]
pub(super) struct Session {
    /// The control plane.
    pub(super) client: Client,
    credentials: SharedCredentialsProvider,
    /// Where PutRecords goes.
    pub(super) endpoint: String,
    /// What is signed for.
    pub(super) region: String,
}

impl Session {
    /// Reads environment and profile; asks for no credentials yet.
    pub(super) async fn new(options: &Options) -> Result<Session, Error> {
        let config = load(options).await?;
        let region = config.region().map(ToString::to_string).ok_or_else(|| {
            Error::new("the stream's region is not known")
                .help("give `region`, or set AWS_REGION, or name a profile that has one")
        })?;
        let credentials = match &options.role {
            Some(role) => {
                let role = AssumeRoleProvider::builder(role)
                    .session_name("hydrant")
                    .configure(&config);
                SharedCredentialsProvider::new(role.build().await)
            }
            None => config
                .credentials_provider()
                .ok_or_else(|| Error::new("there are no credentials for AWS"))?,
        };
        let override_ = options
            .endpoint
            .clone()
            .or_else(|| configured_endpoint(&config));
        let endpoint = endpoint(options, &config, &region, override_.clone()).await?;
        let mut builder = aws_sdk_kinesis::config::Builder::from(&config)
            .credentials_provider(credentials.clone());
        if let Some(url) = override_ {
            builder = builder.endpoint_url(url);
        }
        Ok(Session {
            client: Client::from_conf(builder.build()),
            credentials,
            endpoint,
            region,
        })
    }

    /// Credentials that are good now.
    pub(super) async fn credentials(&self) -> Result<Credentials, Error> {
        fetch_credentials(self.credentials.clone()).await
    }

    /// Where credentials come from, for later.
    pub(super) fn provider(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }
}

/// Asks the chain.
pub(super) async fn fetch_credentials(
    provider: SharedCredentialsProvider,
) -> Result<Credentials, Error> {
    provider.provide_credentials().await.map_err(|error| {
        let way = through(TOKENS);
        Error::new(format!("no credentials for AWS{way}: {}", DisplayErrorContext(&error))).help(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a `profile` that you are logged in with",
        )
    })
}

async fn load(options: &Options) -> Result<SdkConfig, Error> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(PATIENCE)
        .build();
    let of_arn = || options.arn.as_deref()?.split(':').nth(3);
    let region = options.region.as_deref().or_else(of_arn);
    let region = region.map(|region| Region::new(region.to_owned()));
    if options.is_stand_in() {
        // Whatever environment and profiles ask for: it is meant for AWS.
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .region(region)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        config.set_credentials_provider(options.credentials.clone());
        return Ok(config.build());
    }
    // With a setting of its own the SDK does not end the program over one that it can't read.
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts);
    if let Some(region) = region {
        loader = loader.region(region);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(provider) = &options.credentials {
        loader = loader.credentials_provider(provider.clone());
    }
    if let Some(path) = &options.ca_certificate {
        let pem = std::fs::read(path).map_err(|error| {
            Error::new(format!("`ca_certificate`: {}: {error}", path.display()))
        })?;
        let trust = TrustStore::empty().with_pem_certificate(pem);
        let context = TlsContext::builder()
            .with_trust_store(trust)
            .build()
            .map_err(|error| {
                Error::new(format!("`ca_certificate`: {}: {error}", path.display()))
            })?;
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context)
            .build_https();
        loader = loader.http_client(client);
    }
    Ok(loader.load().await)
}

/// `AWS_ENDPOINT_URL_KINESIS`, then `AWS_ENDPOINT_URL`, or the same from the profile.
fn configured_endpoint(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("Kinesis")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_service = config
        .service_config()
        .and_then(|service| service.load_config(key));
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// The data plane's endpoint, as the SDK would choose it.
async fn endpoint(
    options: &Options,
    config: &SdkConfig,
    region: &str,
    override_: Option<String>,
) -> Result<String, Error> {
    let params = Params::builder()
        .region(region)
        .use_fips(config.use_fips().unwrap_or(false))
        .use_dual_stack(config.use_dual_stack().unwrap_or(false))
        .set_endpoint(override_)
        .set_stream_arn(options.arn.clone())
        .operation_type("data")
        .build()
        .map_err(|error| Error::new(format!("no endpoint for Kinesis: {error}")))?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await;
    let endpoint = endpoint.map_err(|error| {
        Error::new(format!("no endpoint for Kinesis: {error}"))
            .help("check `region`, `arn` and `endpoint`")
    })?;
    Ok(endpoint.url().to_owned())
}

/// The control plane's refusal, for people. `what` was tried, at `endpoint`.
pub(super) fn refused<E>(what: &str, endpoint: &str, error: &SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let Some(service) = error.as_service_error() else {
        let way = through(endpoint);
        return Error::new(format!(
            "cannot {what}{way}: {}",
            DisplayErrorContext(error)
        ))
        .help("check `region` and `endpoint`, and the way there");
    };
    let code = service.code().unwrap_or("an error without a code");
    let message = service.message().unwrap_or_default();
    let help = match code {
        "ResourceNotFoundException" => {
            "check the stream's name, `region` and account; `create: true` makes a stream that is missing"
        }
        "AccessDeniedException" => "the credentials lack the right to do that",
        "ExpiredTokenException" => "the credentials have expired: log in again",
        "UnrecognizedClientException" | "InvalidSignatureException" => {
            "check the access key, the secret and this machine's clock"
        }
        _ => return Error::new(format!("cannot {what}: {code}: {message}")),
    };
    Error::new(format!("cannot {what}: {code}: {message}")).help(help)
}

/// Whether the service said this code.
pub(super) fn has_code<E: ProvideErrorMetadata>(error: &SdkError<E>, code: &str) -> bool {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
        == Some(code)
}
