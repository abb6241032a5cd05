//! The inlet's address, and what every request to it carries.

use std::sync::Arc;

use http::Uri;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::Url;

use super::Options;
use super::target::Target;
use crate::Error;

const AGENT: &str = concat!("hydrant/", env!("CARGO_PKG_VERSION"));

/// Where requests go.
pub(super) struct Inlet {
    pub(super) target: Arc<Target>,
    /// Path and query.
    pub(super) uri: Uri,
    /// All but the token.
    pub(super) headers: HeaderMap,
}

impl Inlet {
    /// The inlet that the options name.
    pub(super) fn new(options: &Options) -> Result<Inlet, Error> {
        let text = options.inlet_url.as_deref().ok_or_else(|| {
            Error::new("the inlet's address is not known")
                .help("give `inlet_url` and `flow_id`, or a `flow` section, which makes an inlet")
        })?;
        let target = Target::new(text, options.ca_certificate.as_deref())?;
        let bad = || Error::new(format!("`{text}` is no address of an inlet"));
        let mut url = Url::parse(text).map_err(|_| bad())?;
        if options.batch() > 1 {
            url.set_path(&batch_path(url.path()).ok_or_else(bad)?);
        }
        if options.is_validated() {
            url.query_pairs_mut().append_pair("syncValidation", "true");
        }
        let query = url.query().map(|query| format!("?{query}"));
        let uri = format!("{}{}", url.path(), query.unwrap_or_default());
        Ok(Inlet {
            headers: headers(options, &target.authority)?,
            target: Arc::new(target),
            uri: uri.parse().map_err(|_| bad())?,
        })
    }
}

/// `/collection/{id}` → `/collection/batch/{id}`.
fn batch_path(path: &str) -> Option<String> {
    let (before, id) = path.trim_end_matches('/').rsplit_once('/')?;
    let before = before.strip_suffix("/batch").unwrap_or(before);
    (!id.is_empty()).then(|| format!("{before}/batch/{id}"))
}

fn headers(options: &Options, authority: &str) -> Result<HeaderMap, Error> {
    let value = |name: &str, value: &str| {
        HeaderValue::from_str(value)
            .map_err(|_| Error::new(format!("`{name}` can't be sent: it is no plain text")))
    };
    let sandbox = options.sandbox.clone();
    let sandbox = sandbox.or_else(|| super::token::variable("AEP_SANDBOX"));
    let sandbox = sandbox.as_deref().unwrap_or("prod");
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(HOST, value("inlet_url", authority)?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(
        HeaderName::from_static("x-sandbox-name"),
        value("sandbox", sandbox)?,
    );
    if let Some(flow) = &options.flow_id {
        headers.insert(
            HeaderName::from_static("x-adobe-flow-id"),
            value("flow_id", flow)?,
        );
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inlet(json: &str) -> Result<Inlet, Error> {
        Inlet::new(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn many_messages_go_to_the_inlets_batch_address() {
        for (batch, more, uri) in [
            (1, "", "/collection/abc"),
            (2, "", "/collection/batch/abc"),
            (
                1,
                r#", "synchronous_validation": true"#,
                "/collection/abc?syncValidation=true",
            ),
        ] {
            let json = format!(
                r#"{{"inlet_url": "https://dcs.adobedc.net/collection/abc", "flow_id": "f", "batch": {batch}{more}}}"#
            );
            let inlet = inlet(&json).unwrap();
            assert_eq!(inlet.uri.to_string(), uri);
            assert_eq!(inlet.target.authority, "dcs.adobedc.net");
            assert_eq!(inlet.headers["x-adobe-flow-id"], "f");
        }
        assert_eq!(
            batch_path("/collection/batch/abc").as_deref(),
            Some("/collection/batch/abc")
        );
    }

    #[test]
    fn an_inlet_that_is_not_known_is_said() {
        let error = inlet("{}").err().unwrap();
        assert_eq!(error.message, "the inlet's address is not known");
        assert!(inlet(r#"{"inlet_url": "https://dcs.adobedc.net/"}"#).is_err());
        assert!(inlet(r#"{"inlet_url": "abc"}"#).is_err());
    }
}
