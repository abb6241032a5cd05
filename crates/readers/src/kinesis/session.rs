//! The way in: region, credentials and endpoint, by AWS's own rules.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::DisplayErrorContext;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use super::{KinesisOptions, failed};
use crate::Error;

/// A call that takes longer has failed. A page has 10 MiB at most.
const PATIENCE: Duration = Duration::from_secs(15);

/// A client whose credentials are good now.
pub(super) async fn client(options: &KinesisOptions) -> Result<Client, Error> {
    let broken = |message: String| failed(&options.stream, message);
    let config = load(options).await?;
    if config.region().is_none() {
        return Err(broken(
            "its region is not known: give `region`, set AWS_REGION, or name a profile that has one"
                .to_owned(),
        ));
    }
    let credentials = match &options.role {
        Some(role) => {
            let role = AssumeRoleProvider::builder(role)
                .session_name("hydrant-reader")
                .configure(&config);
            SharedCredentialsProvider::new(role.build().await)
        }
        None => config
            .credentials_provider()
            .ok_or_else(|| broken("there are no credentials for AWS".to_owned()))?,
    };
    // An error about credentials is to look like one, not like a slow stream.
    if let Err(error) = credentials.provide_credentials().await {
        let told = format!("no credentials for AWS: {}", DisplayErrorContext(&error));
        return Err(broken(told));
    }
    // What is tried again is decided shard by shard, here.
    let mut builder = aws_sdk_kinesis::config::Builder::from(&config)
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled());
    if let Some(endpoint) = &options.endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    Ok(Client::from_conf(builder.build()))
}

async fn load(options: &KinesisOptions) -> Result<SdkConfig, Error> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(PATIENCE)
        .build();
    let of_arn = || options.stream.strip_prefix("arn:")?.split(':').nth(2);
    let region = options.region.as_deref().or_else(of_arn);
    let region = region.map(|region| Region::new(region.to_owned()));
    let is_plain = |endpoint: &String| endpoint.starts_with("http://");
    if options.credentials.is_some() && options.endpoint.as_ref().is_some_and(is_plain) {
        // A stand-in: what environment and profiles ask for is meant for AWS.
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
        .retry_config(RetryConfig::disabled())
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
        let broken = |what: String| {
            let message = format!("the certificates in {}: {what}", path.display());
            failed(&options.stream, message)
        };
        let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
        let context = TlsContext::builder()
            .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
            .build()
            .map_err(|error| broken(error.to_string()))?;
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context)
            .build_https();
        loader = loader.http_client(client);
    }
    Ok(loader.load().await)
}
