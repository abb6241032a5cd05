//! What a consumer needs to read back what a producer wrote: the same place and the same way in.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

use super::endpoint::{Endpoint, SET_UP};
use crate::tokens::TokenKeeper;

/// A topic for a consumer, with secrets read.
#[derive(Debug)]
pub struct Reading {
    /// `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// The topic.
    pub topic: String,
    /// librdkafka's properties, by its own names. Some of the values are secrets.
    pub properties: Vec<(String, SecretString)>,
    /// Where tokens come from, if that is the way in.
    pub tokens: Option<Tokens>,
}

/// Tokens for OAUTHBEARER, kept fresh in the background as long as this lives.
pub struct Tokens(Mutex<TokenKeeper>);

/// A token.
#[derive(Clone, Debug)]
pub struct BearerToken {
    /// The token itself.
    pub value: SecretString,
    /// Whose it is.
    pub principal: String,
    /// When it ends, counted from 1970.
    pub expires_at: std::time::Duration,
    /// What the broker is told beside it: SASL extensions by name.
    pub extensions: Vec<(String, String)>,
}

impl Tokens {
    /// The newest token.
    pub fn current(&self) -> BearerToken {
        let keeper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = keeper.current();
        BearerToken {
            value: token.value,
            principal: token.principal,
            expires_at: token.expires_at,
            extensions: token.extensions.to_vec(),
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl From<Endpoint> for Reading {
    fn from(endpoint: Endpoint) -> Reading {
        // What the service recommends, the way in, and what the user says, in this order: the last
        // word counts. The producer's own settings mean nothing here.
        let recommended = endpoint.recommended.iter();
        let recommended = recommended
            .filter(|(name, _)| *name != "request.timeout.ms")
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()));
        let way_in = endpoint.way_in.into_iter();
        let way_in = way_in.map(|(name, value)| (name.to_owned(), value));
        let passed = endpoint.properties.into_iter();
        let passed = passed.map(|(name, value)| (name, value.0.into()));
        let (name, value) = SET_UP;
        let set_up = std::iter::once((name.to_owned(), value.to_owned().into()));
        Reading {
            bootstrap_servers: endpoint.bootstrap,
            topic: endpoint.topic,
            properties: set_up
                .chain(recommended)
                .chain(way_in)
                .chain(passed)
                .collect(),
            tokens: endpoint.tokens.map(|keeper| Tokens(Mutex::new(keeper))),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use crate::DestinationOptions;

    #[test]
    fn a_consumer_gets_in_as_the_producer_does() {
        let key = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(key.path(), "hunter2").unwrap();
        let json = format!(
            r#"{{"kafka": {{"bootstrap_servers": "a:1", "topic": "t", "acks": "leader",
                 "properties": {{"socket.timeout.ms": 7000}},
                 "security": {{"sasl": {{"mechanism": "plain", "username": "u",
                     "password": {{"file": "{}"}}, "ca_certificate": "/ca.pem"}}}}}}}}"#,
            key.path().display()
        );
        let options: DestinationOptions = serde_json::from_str(&json).unwrap();
        let reading = options.kafka.unwrap().reading().unwrap();
        assert_eq!(reading.bootstrap_servers, "a:1");
        let properties: Vec<_> = reading
            .properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        assert_eq!(
            properties,
            [
                ("socket.connection.setup.timeout.ms", "4000"),
                ("security.protocol", "sasl_ssl"),
                ("sasl.mechanism", "PLAIN"),
                ("ssl.ca.location", "/ca.pem"),
                ("sasl.username", "u"),
                ("sasl.password", "hunter2"),
                ("socket.timeout.ms", "7000"),
            ]
        );
        assert!(!format!("{reading:?}").contains("hunter2"));
    }
}
