//! The way in: region, credentials and endpoint, by AWS's own rules, and the control plane's client.

use access::aws::{self, SdkConfig};
use access::{chain, refusal, through};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};

use super::Options;
use crate::Error;

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
        let config = options.aws().load().await?;
        let region = config.region().map(ToString::to_string).ok_or_else(|| {
            Error::new("the stream's region is not known")
                .help("give `region`, or set AWS_REGION, or name a profile that has one")
        })?;
        let credentials = aws::provider(&config)?;
        let override_ = options
            .endpoint
            .clone()
            .or_else(|| aws::endpoint(&config, "Kinesis"));
        let endpoint = endpoint(options, &config, &region, override_.clone()).await?;
        let mut builder = aws_sdk_kinesis::config::Builder::from(&config);
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
        Ok(aws::credentials(self.credentials.clone()).await?)
    }

    /// Where credentials come from, for later.
    pub(super) fn provider(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }
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
    let code = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code);
    let status = error.raw_response().map(|answer| answer.status().as_u16());
    if let Some(status) = status
        && code.is_none()
        && let Some(help) = refusal(endpoint, status)
    {
        return Error::new(format!("cannot {what}: {status}")).help(help);
    }
    let Some(service) = error.as_service_error() else {
        let way = through(endpoint);
        return Error::new(format!("cannot {what}{way}: {}", chain(error)))
            .help("check `region` and `endpoint`, and the way there");
    };
    let code = code.unwrap_or("an error without a code");
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
