//! Signature Version 4, by AWS's own implementation, over a body that is there as bytes.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

const TARGET: &str = "Kinesis_20131202.PutRecords";
const JSON: &str = "application/x-amz-json-1.1";
const AGENT: &str = concat!("hydrant/", env!("CARGO_PKG_VERSION"));

/// Signs calls for one region and one host.
#[derive(Debug)]
pub(super) struct Signer {
    region: String,
    host: HeaderValue,
    url: String,
}

impl Signer {
    /// For calls to `authority` (host, and port if it is not the scheme's own).
    pub(super) fn new(region: String, scheme: &str, authority: &str) -> Result<Signer, String> {
        let host =
            HeaderValue::from_str(authority).map_err(|_| format!("`{authority}` is no host"))?;
        Ok(Signer {
            region,
            host,
            url: format!("{scheme}://{authority}/"),
        })
    }

    /// The headers of a call of PutRecords with this body.
    pub(super) fn headers(
        &self,
        credentials: &Credentials,
        body: &[u8],
        now: SystemTime,
    ) -> Result<HeaderMap, String> {
        let identity = credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("kinesis")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?;
        let host = self.host.to_str().map_err(|error| error.to_string())?;
        let signed = [
            ("host", host),
            ("content-type", JSON),
            ("x-amz-target", TARGET),
        ];
        let body = SignableBody::Bytes(body);
        let request = SignableRequest::new("POST", &self.url, signed.into_iter(), body)
            .map_err(|error| error.to_string())?;
        let (signature, _) = sign(request, &params.into())
            .map_err(|error| error.to_string())?
            .into_parts();
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(
            HeaderName::from_static("x-amz-target"),
            HeaderValue::from_static(TARGET),
        );
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        for header in signature.into_parts().0 {
            let mut value =
                HeaderValue::from_str(header.value()).map_err(|error| error.to_string())?;
            value.set_sensitive(header.sensitive());
            headers.insert(HeaderName::from_static(header.name()), value);
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_signature_covers_target_and_token_and_changes_with_the_body() {
        let signer = Signer::new(
            "eu-west-1".to_owned(),
            "https",
            "kinesis.eu-west-1.amazonaws.com",
        )
        .unwrap();
        let credentials =
            Credentials::new("AKID", "SECRET", Some("TOKEN".to_owned()), None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let headers = signer.headers(&credentials, b"{}", now).unwrap();
        let value = |headers: &HeaderMap, name: &str| headers[name].to_str().unwrap().to_owned();
        let authorization = value(&headers, "authorization");
        assert!(authorization.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKID/20231114/eu-west-1/kinesis/aws4_request"
        ));
        assert!(authorization.contains(
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,"
        ));
        assert!(headers["x-amz-security-token"].is_sensitive());
        assert_eq!(value(&headers, "x-amz-date"), "20231114T221320Z");
        assert_eq!(value(&headers, "x-amz-security-token"), "TOKEN");
        let other = signer.headers(&credentials, b"{ }", now).unwrap();
        assert_ne!(authorization, value(&other, "authorization"));
    }
}
