//! Amazon MSK with IAM: the token is a request to connect that is signed for a quarter of an hour.
//!
//! <https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html>, and as AWS's own signers
//! make it: <https://github.com/aws/aws-msk-iam-sasl-signer-python>.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use access::aws;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use base64_simd::URL_SAFE_NO_PAD;
use options::{Location, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::file_problems;
use crate::Error;
use crate::tokens::{Source, Token};

/// How long a signed request to connect is good, as AWS's own signers have it.
const LIFETIME: Duration = Duration::from_mins(15);

/// Amazon MSK with IAM. Credentials come from where AWS's own tools find them: environment, profile, web
/// identity, container, instance. The brokers' port is 9098 (9198 from the Internet).
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MskIam {
    /// The cluster's region. Default: the one in the brokers' names, else `AWS_REGION` or the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The profile of `~/.aws/config` to use. Default: `AWS_PROFILE`, or `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The ARN of a role to assume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The authorities to trust, a PEM file. Default: those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<PathBuf>,
}

impl MskIam {
    /// Mistakes that can be seen without a connection.
    pub(super) fn problems(&self, at: &Location, problems: &mut Problems) {
        let at_file = at.join("ca_certificate");
        file_problems(self.ca_certificate.as_deref(), &at_file, problems);
    }

    /// Where tokens for the brokers at these addresses come from.
    pub(super) fn source(&self, bootstrap: &str) -> MskTokens {
        MskTokens {
            options: self.clone(),
            named: region_in(bootstrap),
            ready: None,
        }
    }
}

/// The region in a broker's name, as in `b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098`.
fn region_in(bootstrap: &str) -> Option<String> {
    let host = bootstrap.split([',', ':']).next()?.trim();
    let mut labels = host.split('.');
    labels.find(|label| matches!(*label, "kafka" | "kafka-serverless"))?;
    let region = labels.next()?;
    (labels.next() == Some("amazonaws")).then(|| region.to_owned())
}

/// Signs requests to connect.
#[derive(Debug)]
pub(super) struct MskTokens {
    options: MskIam,
    /// The region that the brokers' names have.
    named: Option<String>,
    /// The region, and where credentials come from, once that is known.
    ready: Option<(String, SharedCredentialsProvider)>,
}

impl MskTokens {
    /// By AWS's own rules. Asks for no credentials yet.
    async fn prepare(&self) -> Result<(String, SharedCredentialsProvider), Error> {
        let options = aws::Options {
            region: self.options.region.clone().or_else(|| self.named.clone()),
            profile: self.options.profile.clone(),
            role: self.options.role.clone(),
            ..aws::Options::default()
        };
        let config = options.load().await?;
        let region = config.region().map(ToString::to_string).ok_or_else(|| {
            Error::new("the cluster's region is not known")
                .help("give `security.msk_iam.region`, or set AWS_REGION")
        })?;
        Ok((region, aws::provider(&config)?))
    }
}

impl Source for MskTokens {
    async fn token(&mut self) -> Result<Token, Error> {
        if self.ready.is_none() {
            self.ready = Some(self.prepare().await?);
        }
        let Some((region, provider)) = &self.ready else {
            return Err(Error::new("there are no credentials for AWS"));
        };
        let credentials = aws::credentials(provider.clone()).await?;
        let now = SystemTime::now();
        let value = signed(region, &credentials, now).map_err(|what| {
            Error::new(format!("the request to connect can't be signed: {what}"))
        })?;
        // What credentials have signed is worth nothing once they have ended.
        let lifetime = match credentials.expiry() {
            None => LIFETIME,
            Some(end) => end
                .duration_since(now)
                .map_err(|_| {
                    Error::new("the credentials for AWS have expired").help("log in again")
                })?
                .min(LIFETIME),
        };
        let whose = format!("access key {}", aws::masked(credentials.access_key_id()));
        Ok(Token::new(value.into(), whose, lifetime))
    }
}

/// The token: the address of the request, signed, as text without anything that HTTP might mind.
fn signed(region: &str, credentials: &Credentials, now: SystemTime) -> Result<String, String> {
    let mut address = Url::parse(&format!("https://kafka.{region}.amazonaws.com/"))
        .map_err(|_| format!("`{region}` is no region"))?;
    address.set_query(Some("Action=kafka-cluster%3AConnect"));
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LIFETIME);
    let identity = credentials.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("kafka-cluster")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?;
    let body = SignableBody::Bytes(&[]);
    let request = SignableRequest::new("GET", address.as_str(), std::iter::empty(), body)
        .map_err(|error| error.to_string())?;
    let (signature, _) = sign(request, &params.into())
        .map_err(|error| error.to_string())?
        .into_parts();
    let mut query = address.query_pairs_mut();
    for (name, value) in signature.params() {
        query.append_pair(name, value);
    }
    // Not a part of what is signed.
    query.append_pair("User-Agent", concat!("hydrant/", env!("CARGO_PKG_VERSION")));
    drop(query);
    Ok(URL_SAFE_NO_PAD.encode_to_string(address.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What the token's address asks for, by name.
    fn asked(token: &str) -> (String, BTreeMap<String, String>) {
        let address = URL_SAFE_NO_PAD.decode_to_vec(token).unwrap();
        let address = Url::parse(std::str::from_utf8(&address).unwrap()).unwrap();
        let query = address.query_pairs().into_owned().collect();
        let place = format!("{}{}", address.host_str().unwrap(), address.path());
        (place, query)
    }

    /// Tokens that AWS's own signer made for the same credentials and the same moment:
    /// aws-msk-iam-sasl-signer-python 1.0.2, its clock held at 2026-01-02T03:04:05Z, once without and once
    /// with a session token. Only the user agent, which is not signed, may differ.
    #[test]
    fn tokens_are_those_of_aws_s_own_signer() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let made: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("msk_iam/tokens.json")).unwrap();
        assert_eq!(made.len(), 2);
        for one in made {
            let session = one["session_token"].as_str().map(str::to_owned);
            let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
            let credentials = Credentials::new("AKIDEXAMPLE", secret, session, None, "test");
            let ours = signed(one["region"].as_str().unwrap(), &credentials, now).unwrap();
            let (place, mut query) = asked(&ours);
            let (theirs, mut expected) = asked(one["token"].as_str().unwrap());
            assert_eq!(place, theirs);
            assert!(query.remove("User-Agent").unwrap().starts_with("hydrant/"));
            assert!(expected.remove("User-Agent").is_some());
            assert_eq!(query, expected);
            let is_text = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            assert!(ours.bytes().all(is_text), "{ours}");
        }
    }

    #[test]
    fn a_region_stands_in_the_brokers_names() {
        for (bootstrap, region) in [
            (
                "b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098,b-2.demo:9098",
                Some("eu-west-1"),
            ),
            (
                "boot-x.c1.kafka-serverless.us-east-1.amazonaws.com:9098",
                Some("us-east-1"),
            ),
            (
                "b-1.demo.kafka.cn-north-1.amazonaws.com.cn:9098",
                Some("cn-north-1"),
            ),
            ("kafka.example.com:9098", None),
            ("localhost:9098", None),
        ] {
            assert_eq!(region_in(bootstrap).as_deref(), region, "{bootstrap}");
        }
    }

    /// The token that credentials sign which end at this moment.
    fn signed_by(end: Option<SystemTime>) -> Result<Token, Error> {
        let credentials = Credentials::new("AKIDEXAMPLE", "SECRET", None, end, "test");
        let mut tokens = MskIam::default().source("localhost:1");
        let provider = SharedCredentialsProvider::new(credentials);
        tokens.ready = Some(("eu-west-1".to_owned(), provider));
        let runtime = tokio::runtime::Builder::new_current_thread();
        { runtime }.build().unwrap().block_on(tokens.token())
    }

    #[test]
    fn a_token_does_not_outlast_the_credentials_that_signed_it() {
        let (minute, before) = (Duration::from_mins(1), SystemTime::now());
        let expires_at = |end| {
            let token = signed_by(end).unwrap();
            assert_eq!(token.principal, "access key ****MPLE");
            SystemTime::UNIX_EPOCH + token.expires_at
        };
        let whole = before + LIFETIME;
        assert!(expires_at(None) >= whole);
        assert!(expires_at(Some(whole + 60 * minute)) >= whole);
        assert!(expires_at(Some(before + 5 * minute)) < whole);
        let error = signed_by(Some(before - minute)).unwrap_err();
        assert_eq!(error.message, "the credentials for AWS have expired");
    }
}
