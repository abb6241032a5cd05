//! Where a cluster is and who we are there, as far as that can be told without asking it.

use std::path::PathBuf;

use super::endpoint::Endpoint;
use super::making::apart;
use super::settings::{Properties, Property};
use crate::tokens::TokenKeeper;
use crate::{Error, Finding, Findings, Server, Trust};

/// The brokers of a list of `host:port`, any one of which knows the others. `trust`: how they prove who they are,
/// where the connection is encrypted. What `properties` say comes last: the last word counts.
pub(crate) fn brokers(
    bootstrap: &str,
    trust: Option<Trust>,
    properties: &Properties,
) -> Vec<Server> {
    let property = |name: &str| properties.get(name).map(|Property(value)| value.as_str());
    let is_encrypted = match property("security.protocol") {
        Some(protocol) => protocol.to_lowercase().ends_with("ssl"),
        None => trust.is_some(),
    };
    let trust = is_encrypted.then(|| {
        let mut trust = trust.unwrap_or_default();
        let file = |name: &str| {
            property(name)
                .filter(|it| *it != "probe")
                .map(PathBuf::from)
        };
        trust.ca_certificate = file("ssl.ca.location").or(trust.ca_certificate);
        trust.certificate = file("ssl.certificate.location").or(trust.certificate);
        // As librdkafka reads them.
        let is_one_of = |name: &str, values: &[&str]| {
            let is = |value: &str| values.iter().any(|it| value.eq_ignore_ascii_case(it));
            property(name).is_some_and(is)
        };
        trust.is_blind |= is_one_of("enable.ssl.certificate.verification", &["false", "f", "0"]);
        trust.is_any_name |= is_one_of("ssl.endpoint.identification.algorithm", &["none"]);
        trust
    });
    let addresses = bootstrap.split(',').filter_map(|address| {
        let (host, port) = address.trim().rsplit_once(':')?;
        Some((host, port.parse().ok()?))
    });
    let brokers = addresses.map(|(host, port)| Server {
        tls: trust.clone(),
        is_one_of_many: true,
        ..Server::on("brokers", host, port)
    });
    brokers.collect()
}

/// Who shows up at the door. Where that takes a token, it is asked for.
pub(crate) async fn identity(
    endpoint: impl FnOnce() -> Result<Endpoint, Error> + Send + 'static,
) -> Result<Findings, Error> {
    apart(move || Ok(vec![who(&endpoint()?)])).await
}

fn who(endpoint: &Endpoint) -> Finding {
    let last = |wanted: &str| {
        let way = endpoint.way().filter(|(name, _)| *name == wanted);
        way.last().map(|(_, value)| value.to_owned())
    };
    if let Some(token) = endpoint.tokens.as_ref().map(TokenKeeper::current) {
        return Finding::token(&token.principal, token.expires_at);
    }
    let mechanism = last("sasl.mechanism").or_else(|| last("sasl.mechanisms"));
    let found = match (
        mechanism,
        last("sasl.username"),
        last("ssl.certificate.location"),
    ) {
        (Some(_), Some(name), _) if name == "$ConnectionString" => {
            "a shared access policy, by its connection string".to_owned()
        }
        (Some(mechanism), Some(name), _) => format!("user {name}, by {mechanism}"),
        (Some(mechanism), None, _) => format!("by {mechanism}"),
        (None, _, Some(certificate)) => format!("the owner of the certificate {certificate}"),
        (None, _, None) => "anonymous: no credentials are set".to_owned(),
    };
    Finding::good("who we are", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(json: &str) -> Properties {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn brokers_are_those_of_the_list_and_properties_have_the_last_word() {
        let none = Properties::default();
        let plain = brokers("a:9092, [::1]:9093,nonsense", None, &none);
        let named: Vec<_> = plain.iter().map(Server::authority).collect();
        assert_eq!(named, ["a:9092", "[::1]:9093"]);
        assert!(plain.iter().all(|it| it.tls.is_none() && it.is_one_of_many));
        let blind = properties(
            r#"{"security.protocol": "SASL_SSL", "ssl.ca.location": "ca.pem",
                "enable.ssl.certificate.verification": false}"#,
        );
        let trust = brokers("a:1", None, &blind)[0].tls.clone().unwrap();
        assert_eq!(trust.ca_certificate, Some("ca.pem".into()));
        assert!(trust.is_blind && !trust.is_any_name);
        let trust = |json: &str| {
            let trusted = brokers("a:1", Some(Trust::default()), &properties(json));
            trusted[0].tls.clone().unwrap()
        };
        for off in ["false", "\"F\"", "0", "\"False\""] {
            let json = format!(r#"{{"enable.ssl.certificate.verification": {off}}}"#);
            assert!(trust(&json).is_blind, "{off}");
        }
        assert!(!trust(r#"{"enable.ssl.certificate.verification": true}"#).is_blind);
        assert!(trust(r#"{"ssl.endpoint.identification.algorithm": "none"}"#).is_any_name);
        assert!(!trust(r#"{"ssl.endpoint.identification.algorithm": "https"}"#).is_any_name);
        let clear = properties(r#"{"security.protocol": "plaintext"}"#);
        assert_eq!(brokers("a:1", Some(Trust::default()), &clear)[0].tls, None);
    }
}
