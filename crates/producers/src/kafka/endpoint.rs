//! A topic of a cluster and the way in, with secrets read: what both words come down to.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

use super::diagnosis;
use super::settings::Property;
use super::settings::{Tuning, refusal_words};
use super::{Properties, statistics};
use crate::Error;
use crate::librdkafka::{Client, Cluster, Code, Config, Kind};
use crate::tokens::TokenKeeper;

/// How long a look at a cluster may take, sign-on included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long all brokers have to be out of reach before that is believed. A name can have several
/// addresses, of which librdkafka tries another with every attempt.
const DOWN: Duration = Duration::from_secs(3);
/// How long librdkafka may take for one of them, sign-on included (30 s is its own idea): one that never
/// answers has to leave time for the next.
pub(super) const SET_UP: (&str, &str) = ("socket.connection.setup.timeout.ms", "4000");

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
    /// Whether topics have limits of their own that the cluster tells.
    pub(crate) has_limits: bool,
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
        let own = [
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
        let own = own.into_iter().chain(tuning);
        for (name, value) in own.chain(self.way()) {
            config.set(name, value).map_err(|refusal| {
                Error::new(format!("librdkafka: {}", refusal_words(name, &refusal)))
            })?;
        }
        Ok(config)
    }

    /// What any client of this cluster needs, whatever it is for. Some of the values are secrets. What the
    /// user says comes last: the last word counts.
    pub(super) fn way(&self) -> impl Iterator<Item = (&str, &str)> {
        let way_in = self.way_in.iter();
        let way_in = way_in.map(|(name, value)| (*name, value.expose_secret()));
        let passed = self.properties.iter();
        let passed = passed.map(|(name, Property(value))| (name.as_str(), value.as_str()));
        [("bootstrap.servers", self.bootstrap.as_str()), SET_UP]
            .into_iter()
            .chain(self.recommended.iter().copied())
            .chain(way_in)
            .chain(passed)
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

    /// Gives librdkafka a newer token, if there is one.
    pub(super) fn renew_token(&mut self, client: &Client) {
        if let Some(token) = self.tokens.as_mut().and_then(TokenKeeper::newer) {
            // A refusal shows as an authentication error, when the old one has expired.
            let _ = client.set_token(&token);
        }
    }

    /// Connects and asks what is there, with ever more patience, until there is an answer or a
    /// reason why there won't be one.
    pub(super) fn look(&self, client_id: &str) -> Result<(Client, Cluster), Error> {
        let client = Client::new(self.config(client_id)?)
            .map_err(|text| Error::new(format!("librdkafka refuses these settings: {text}")))?;
        if let Some(token) = self.tokens.as_ref().map(TokenKeeper::current) {
            client
                .set_token(&token)
                .map_err(|text| Error::new(format!("librdkafka refuses the token: {text}")))?;
        }
        let started = Instant::now();
        let mut patience = Duration::from_millis(250);
        let mut last = None;
        let mut down: Option<Instant> = None;
        loop {
            let answer = client.cluster(None, patience);
            if let Ok(cluster) = answer {
                return Ok((client, cluster));
            }
            if self.troubles(&client, &mut last)? {
                down.get_or_insert_with(Instant::now);
            }
            let is_hopeless = down.is_some_and(|since| since.elapsed() >= DOWN);
            if is_hopeless || started.elapsed() >= PATIENCE {
                return Err(diagnosis::unreachable(
                    self,
                    last.as_deref(),
                    PATIENCE.as_secs(),
                ));
            }
            let left = PATIENCE.saturating_sub(started.elapsed());
            let until_believed = down.map(|since| DOWN.saturating_sub(since.elapsed()));
            patience = (patience * 2).min(until_believed.unwrap_or(left)).min(left);
        }
    }

    /// Looks through what went wrong so far. True if all brokers are out of reach.
    fn troubles(&self, client: &Client, last: &mut Option<String>) -> Result<bool, Error> {
        let mut are_down = false;
        while let Some(mut event) = client.next_event() {
            if let Kind::Trouble { code, text, .. } = event.kind() {
                if code == Code::ALL_BROKERS_DOWN {
                    are_down = true;
                } else if let Some(error) = diagnosis::while_connecting(self, client, code, &text) {
                    return Err(error);
                } else {
                    *last = Some(text);
                }
            }
        }
        Ok(are_down)
    }

    /// Whether the topic is there. That it may not be seen is an error.
    pub(super) fn has_topic(&self) -> Result<bool, Error> {
        let (client, cluster) = self.look("hydrant-create")?;
        match self.find(&client, &cluster) {
            Ok(found) => Ok(found.is_some()),
            Err(code) => Err(diagnosis::topic(self, &cluster, Some(code))),
        }
    }

    /// Asks for the topic by its name, upon which brokers make it that make topics by themselves.
    pub(super) fn ask_for_topic(&self) -> Result<(), Error> {
        let (client, cluster) = self.look("hydrant-create")?;
        let started = Instant::now();
        loop {
            let asked = client.cluster(Some(&self.topic), PATIENCE);
            match asked.unwrap_or_default().topics.get(&self.topic) {
                Some(Ok(partitions)) if *partitions > 0 => return Ok(()),
                found if started.elapsed() > PATIENCE => {
                    let code = found.and_then(|found| found.err());
                    return Err(diagnosis::topic(self, &cluster, code));
                }
                _ => {}
            }
        }
    }

    fn partitions(&self, client: &Client, cluster: &Cluster) -> Result<u32, Error> {
        let found = self.find(client, cluster);
        let found = found.map_err(|code| diagnosis::topic(self, cluster, Some(code)))?;
        found.ok_or_else(|| diagnosis::topic(self, cluster, None))
    }

    /// How many partitions the topic has, if it is there.
    pub(super) fn find(&self, client: &Client, cluster: &Cluster) -> Result<Option<u32>, Code> {
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
            Some(Ok(partitions)) if *partitions > 0 => Ok(Some(*partitions)),
            Some(Err(code)) if *code != Code::UNKNOWN_TOPIC => Err(*code),
            _ => Ok(None),
        }
    }
}
