//! A topic of a cluster and the way in, with secrets read: what both words come down to.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

use super::diagnosis;
use super::settings::Property;
use super::settings::{Tuning, refusal_words};
use super::{Properties, statistics};
use crate::event_hubs::TokenKeeper;
use crate::librdkafka::{Client, Cluster, Code, Config, Kind};
use crate::{Error, Finding, Findings};

/// How long a look at a cluster may take, sign-on included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where, how, and with what.
pub(crate) struct Endpoint {
    /// `host:port`, several separated by commas.
    pub(crate) bootstrap: String,
    pub(crate) topic: String,
    /// librdkafka's properties for the way in. Some of the values are secrets.
    pub(crate) way_in: Vec<(&'static str, SecretString)>,
    /// librdkafka's properties that the service recommends; `properties` can change them.
    pub(crate) recommended: &'static [(&'static str, &'static str)],
    pub(crate) tuning: Tuning,
    pub(crate) properties: Properties,
    /// Where tokens come from, if that is the way in.
    pub(crate) tokens: Option<TokenKeeper>,
    /// Whether to ask for the topic by its name where a list does not show it. A cluster that makes
    /// topics by itself would make it then, misspelt as it may be.
    pub(crate) ask_by_name: bool,
    pub(crate) words: Words,
}

/// What things are called in messages.
pub(crate) struct Words {
    /// `topic` or `event hub`.
    pub(crate) topic: &'static str,
    /// The option that has the address.
    pub(crate) address: &'static str,
    /// What is shown at the door.
    pub(crate) credential: &'static str,
    pub(crate) credential_help: String,
    /// What to do where a right is missing.
    pub(crate) right_help: String,
}

impl Endpoint {
    /// librdkafka's configuration.
    pub(crate) fn config(&self, client_id: &str) -> Result<Config, Error> {
        let mut config = Config::new();
        let interval = statistics::INTERVAL_MS.to_string();
        let backoff = self.longest_backoff().to_string();
        let way_in = self
            .way_in
            .iter()
            .map(|(name, value)| (*name, value.expose_secret()));
        let own = [
            ("bootstrap.servers", self.bootstrap.as_str()),
            ("client.id", client_id),
            ("statistics.interval.ms", &interval),
            // The engine's pool bounds what is in flight, in records and in bytes.
            ("queue.buffering.max.messages", "0"),
            ("queue.buffering.max.kbytes", "2147483647"),
            ("batch.num.messages", "100000"),
            // Connect to all brokers at once: the first records should not pay for it.
            ("enable.sparse.connections", "false"),
            ("reconnect.backoff.max.ms", &backoff),
            ("enable.metrics.push", "false"),
        ];
        let tuning = self.tuning.settings();
        let tuning = tuning.iter().map(|(name, value)| (*name, value.as_str()));
        let passed = self
            .properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.0.as_str()));
        let recommended = self.recommended.iter().copied();
        for (name, value) in own
            .into_iter()
            .chain(recommended)
            .chain(way_in)
            .chain(tuning)
            .chain(passed)
        {
            config.set(name, value).map_err(|refusal| {
                Error::new(format!("librdkafka: {}", refusal_words(name, &refusal)))
            })?;
        }
        Ok(config)
    }

    /// How long to wait at most, in milliseconds, before connecting again. While librdkafka waits it lets
    /// nothing time out (2.12.1: a broker's thread looks at its queues when its state changes, which
    /// with the default is every ten seconds). Also, a broker that is back should not seem to be gone.
    fn longest_backoff(&self) -> u64 {
        let first = self.properties.get("reconnect.backoff.ms");
        let first = first.and_then(|Property(text)| text.parse().ok());
        first.unwrap_or(0).max(1_000)
    }

    /// A client that has been let in, and the number of the topic's partitions.
    pub(super) fn connect(&self, client_id: &str) -> Result<(Client, u32), Error> {
        let (client, cluster) = self.look(client_id)?;
        let partitions = self.partitions(&client, &cluster)?;
        Ok((client, partitions))
    }

    /// What is there, for people.
    pub(super) fn check(&self) -> Result<Findings, Error> {
        let (client, cluster) = self.look("hydrant-check")?;
        let partitions = self.partitions(&client, &cluster)?;
        let found = |what: &str, found| Finding {
            what: what.to_owned(),
            found,
            warning: None,
        };
        Ok(vec![
            found("brokers", cluster.brokers.join(", ")),
            found(
                self.words.topic,
                format!("`{}` has {partitions} partition(s)", self.topic),
            ),
        ])
    }

    /// Gives librdkafka a newer token, if there is one.
    pub(super) fn renew_token(&mut self, client: &Client) {
        if let Some(token) = self.tokens.as_mut().and_then(TokenKeeper::newer) {
            // A refusal shows as an authentication error, when the old one has expired.
            let _ = client.set_token(&token.value, &token.principal, token.expires_at);
        }
    }

    /// Connects and asks what is there, with ever more patience, until there is an answer or a
    /// reason why there won't be one.
    fn look(&self, client_id: &str) -> Result<(Client, Cluster), Error> {
        let client = Client::new(self.config(client_id)?)
            .map_err(|text| Error::new(format!("librdkafka refuses these settings: {text}")))?;
        if let Some(token) = self.tokens.as_ref().map(TokenKeeper::current) {
            client
                .set_token(&token.value, &token.principal, token.expires_at)
                .map_err(|text| Error::new(format!("librdkafka refuses the token: {text}")))?;
        }
        let started = Instant::now();
        let mut patience = Duration::from_millis(250);
        let mut last = None;
        loop {
            let answer = client.cluster(None, patience);
            if let Ok(cluster) = answer {
                return Ok((client, cluster));
            }
            let is_hopeless = self.troubles(&client, &mut last)?;
            if is_hopeless || started.elapsed() >= PATIENCE {
                return Err(diagnosis::unreachable(
                    self,
                    last.as_deref(),
                    PATIENCE.as_secs(),
                ));
            }
            patience = (patience * 2).min(PATIENCE.saturating_sub(started.elapsed()));
        }
    }

    /// Looks through what went wrong so far. True if no broker is left to try.
    fn troubles(&self, client: &Client, last: &mut Option<String>) -> Result<bool, Error> {
        let mut is_hopeless = false;
        while let Some(mut event) = client.next_event() {
            if let Kind::Trouble { code, text, .. } = event.kind() {
                if code == Code::ALL_BROKERS_DOWN {
                    is_hopeless = true;
                } else if let Some(error) = diagnosis::while_connecting(self, code, &text) {
                    return Err(error);
                } else {
                    *last = Some(text);
                }
            }
        }
        Ok(is_hopeless)
    }

    fn partitions(&self, client: &Client, cluster: &Cluster) -> Result<u32, Error> {
        let topic = self.topic.as_str();
        let by_name;
        let found = match cluster.topics.get(topic) {
            None if self.ask_by_name => {
                by_name = client.cluster(Some(topic), PATIENCE).unwrap_or_default();
                by_name.topics.get(topic)
            }
            found => found,
        };
        match found {
            Some(Ok(partitions)) if *partitions > 0 => Ok(*partitions),
            Some(Err(code)) => Err(diagnosis::topic(self, cluster, Some(*code))),
            _ => Err(diagnosis::topic(self, cluster, None)),
        }
    }
}
