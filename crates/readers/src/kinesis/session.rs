//! The way in: region, credentials and endpoint, by AWS's own rules.

use access::aws;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::Builder;
use aws_sdk_kinesis::config::retry::RetryConfig;

use super::{KinesisOptions, failed};
use crate::Error;

/// A client whose credentials are good now, and the address of the service.
pub(super) async fn client(options: &KinesisOptions) -> Result<(Client, String), Error> {
    let broken = |error: access::Error| failed(&options.stream, error.message);
    let of_arn = || options.stream.strip_prefix("arn:")?.split(':').nth(2);
    let region = options.region.as_deref().or_else(of_arn);
    let aws = aws::Options {
        region: region.map(str::to_owned),
        profile: options.profile.clone(),
        role: options.role.clone(),
        ca_certificate: options.ca_certificate.clone(),
        credentials: options.credentials.clone(),
        endpoint: options.endpoint.clone(),
    };
    let config = aws.load().await.map_err(broken)?;
    let Some(region) = config.region() else {
        return Err(failed(
            &options.stream,
            "its region is not known: give `region`, set AWS_REGION, or name a profile that has one"
                .to_owned(),
        ));
    };
    // An error about credentials is to look like one, not like a slow stream.
    let provider = aws::provider(&config).map_err(broken)?;
    aws::credentials(provider).await.map_err(broken)?;
    let endpoint = options
        .endpoint
        .clone()
        .or_else(|| aws::endpoint(&config, "Kinesis"));
    let url = format!("https://kinesis.{region}.amazonaws.com");
    // What is tried again is decided shard by shard, here.
    let mut builder = Builder::from(&config).retry_config(RetryConfig::disabled());
    if let Some(endpoint) = &endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    Ok((Client::from_conf(builder.build()), endpoint.unwrap_or(url)))
}
