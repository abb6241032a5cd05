//! Destination and Producer: the contract, in words and types.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use batch::{Batch, Clock, Nanos, Receipt};
use options::{Location, Problems, about, visible};

use crate::Server;

/// A future that can be handed around; the control plane is not in a hurry.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The control plane of a destination, implemented by its options struct.
pub trait Destination: fmt::Debug + Send + Sync {
    /// The word in the scenario, e.g. `event_hubs`.
    fn name(&self) -> &'static str;

    /// Where exactly, in one line and without a secret, e.g. `event_hubs profiles at ns.servicebus.windows.net:9093`.
    fn describe(&self) -> String;

    /// What a record and a batch may be at most, and what the service is documented to take.
    fn limits(&self) -> Limits;

    /// Mistakes that can be seen without a connection. `at` is where these options stand.
    fn problems(&self, at: &Location, problems: &mut Problems);

    /// The servers that a run talks to, so that the way to them can be looked at. Reads what the options and
    /// the environment say, and asks none of them.
    fn servers(&self) -> BoxFuture<'_, Result<Vec<Server>, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Who we are there, and until when. Where that takes a token, one is asked for. No secret is in it.
    fn identity(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        Box::pin(async { Ok(Findings::new()) })
    }

    /// Asks the service itself: is it there, may we, will it hold. `hydrant doctor` and `hydrant check
    /// --connect` print the findings; `run` calls it before the clock starts.
    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>>;

    /// The same for a load that is known: whether it will hold too.
    fn check_for(&self, _demand: Demand) -> BoxFuture<'_, Result<Findings, Error>> {
        self.check()
    }

    /// Whom these options name to send a credential or a token to, besides the service itself. Who has them from
    /// somebody else may not want that.
    fn recipients(&self) -> Vec<Recipient> {
        Vec::new()
    }

    /// How the names of the threads begin that the clients of its producers work on. What they use of a
    /// core is watched, since one without idle time is the limit of the run.
    fn threads(&self) -> &'static [&'static str] {
        &[]
    }

    /// A producer for one lane. Resolves secrets and connects before it returns, as far as the
    /// client allows, so that the first records do not pay for it. Called before the clock starts,
    /// on a thread that may block.
    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error>;
}

/// The data plane of a destination: one per lane, used by one thread.
///
/// The laws, which [`conformance`](crate::conformance) holds every implementation to:
/// - every record of every batch accepted by [`submit`](Producer::submit) gets exactly one receipt,
///   from `poll` or `close`, unless `close` ran out of time: the engine then counts it abandoned;
/// - a batch's last receipt is handed over only after the producer has dropped its `Arc`;
/// - the producer retries what its service lets it retry; the engine never does;
/// - nothing is allocated per record, and the clock is read per answer, not per record.
pub trait Producer: Send {
    /// Takes a batch. Never waits for an acknowledgement and never blocks for long; what does not
    /// fit is given back in [`Full`] and offered again after a `poll`.
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full>;

    /// Waits for receipts until the moment `until`, and not longer; returns as soon as there are
    /// some. With `until` in the past it looks once and does not wait. This is the only place in
    /// which a lane waits.
    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal>;

    /// Sends what is still buffered and waits for the last receipts, at most until `until`. Records
    /// without a receipt after that are abandoned.
    fn close(self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>);

    /// What the client knows about where time goes; asked for at every interval's end. Empties what
    /// was collected since the last call.
    fn telemetry(&mut self, _into: &mut Telemetry) {}
}

/// No room: the batch comes back.
#[derive(Debug)]
pub struct Full(pub Arc<Batch>);

/// The destination can't be used any more: a wrong password, a fenced producer, a client whose thread
/// has died. The run drains and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fatal {
    /// What happened, with the service's own words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether the client itself has failed: what became of records that it had is not known, and will
    /// not be.
    pub is_broken: bool,
}

impl Fatal {
    /// An end of the run for a reason that lies with the destination.
    pub fn new(message: impl Into<String>) -> Fatal {
        Fatal {
            message: message.into(),
            help: None,
            is_broken: false,
        }
    }

    /// An end of the run for a reason that lies with the client: its books can't be trusted.
    pub fn broken(message: impl Into<String>) -> Fatal {
        Fatal {
            is_broken: true,
            ..Fatal::new(message).help("this is a mistake in Hydrant: please report it")
        }
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Fatal {
        self.help = Some(help.into());
        self
    }
}

impl From<Error> for Fatal {
    fn from(Error { message, help }: Error) -> Fatal {
        Fatal {
            message,
            help,
            is_broken: false,
        }
    }
}

/// What a lane tells the producer that is opened for it.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Which lane of this stream, from 0.
    pub index: usize,
    /// How many lanes this stream has.
    pub count: usize,
    /// The run's clock: receipts are stamped with it.
    pub clock: Clock,
    /// Batches that can be in flight at once, and records in each of them.
    pub batches: usize,
    /// Records in a batch, at most.
    pub records_per_batch: usize,
    /// Bytes that can be in flight at once, roughly: sizes the client's own buffers.
    pub bytes_in_flight: u64,
    /// Names this client to the service, e.g. `hydrant-profiles-0`.
    pub client_id: String,
}

/// What a service takes at most. `None`: no such limit is documented.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Bytes of one record with its key.
    pub record_bytes: Option<u64>,
    /// Bytes of a key.
    pub key_bytes: Option<u64>,
    /// What becomes of a record whose key is empty.
    pub empty_keys: EmptyKeys,
    /// What it takes besides a record and its key, by the words of `records`: `headers`, `attributes`, `partition`,
    /// `hash_key`, `tombstones`. What is not among them would go nowhere.
    pub beside: &'static [&'static str],
    /// Whether records are told apart by line feeds, so that a format with any byte in it can't be taken.
    pub are_lines: bool,
    /// What a record's headers, or attributes, may be.
    pub headers: HeaderLimits,
    /// Records a second that the documented quota allows, where it is known without asking.
    pub records_per_second: Option<f64>,
    /// Bytes a second, likewise.
    pub bytes_per_second: Option<f64>,
}

/// What a service takes at most of headers. `None`: no such limit is documented.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderLimits {
    /// How many a record may have.
    pub count: Option<usize>,
    /// Bytes of a name.
    pub name_bytes: Option<usize>,
    /// Bytes of a value.
    pub value_bytes: Option<usize>,
    /// Names that begin so are the service's own.
    pub reserved: Option<&'static str>,
    /// Names that every record has by the destination's own options.
    pub taken: Vec<String>,
}

/// What a service makes of a key that is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyKeys {
    /// It is a key like any other, or keys go nowhere.
    #[default]
    Taken,
    /// It is the same as none: the record has no order.
    Unordered,
    /// The record is refused.
    Refused,
}

/// What a load asks of a destination at its peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Records a second.
    pub records_per_second: f64,
    /// Bytes a second, keys included.
    pub bytes_per_second: f64,
    /// Bytes of the largest record with its key.
    pub largest_record: u64,
}

/// The control plane's refusal, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What was tried and what came of it. Never contains a secret.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Error {
    /// A refusal.
    pub fn new(message: impl Into<String>) -> Error {
        Error {
            message: visible(&message.into()).into_owned(),
            help: None,
        }
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Error {
        self.help = Some(visible(&help.into()).into_owned());
        self
    }
}

impl From<access::Error> for Error {
    fn from(error: access::Error) -> Error {
        let new = Error::new(error.message);
        match error.help {
            Some(help) => new.help(help),
            None => new,
        }
    }
}

/// Somebody whom options name to send a credential or a token to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The host; an IPv6 address in brackets.
    pub host: String,
    /// What it is said to be, e.g. `broker`.
    pub what: &'static str,
    /// Variables of the environment that have the addresses of such as the user knows.
    pub variables: &'static [&'static str],
}

impl Recipient {
    /// The host of an address, unless it is one of the service's own: `is_own` tells by the host, in lower case.
    pub(crate) fn beyond(
        is_own: impl FnOnce(&str) -> bool,
        url: &str,
        what: &'static str,
        variables: &'static [&'static str],
    ) -> Option<Recipient> {
        let host = options::host_of(url);
        let plain = host.trim_end_matches('.').to_ascii_lowercase();
        let is_own = options::is_https(url) && is_own(&plain);
        (!is_own).then(|| Recipient {
            host: host.to_owned(),
            what,
            variables,
        })
    }

    /// Each of a list of brokers, `host:port`, separated by commas.
    pub(crate) fn brokers(list: &str) -> Vec<Recipient> {
        let hosts = list.split(',').map(options::host_of);
        let brokers = hosts.map(|host| Recipient {
            host: host.to_owned(),
            what: "broker",
            variables: &["KAFKA_BOOTSTRAP_SERVERS"],
        });
        brokers.collect()
    }
}

/// What a look at the service found.
pub type Findings = Vec<Finding>;

/// One thing that [`Destination::check`] looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, e.g. `topic`.
    pub what: String,
    /// What was found, e.g. `profiles has 4 partitions`.
    pub found: String,
    /// What to do about it, where it is not good.
    pub warning: Option<String>,
}

impl Finding {
    /// Something that is good.
    pub(crate) fn good(what: &str, found: impl Into<String>) -> Finding {
        Finding {
            what: what.to_owned(),
            found: found.into(),
            warning: None,
        }
    }

    /// Whose a token is that was given, and for how long it is good; it ends `expires_at`, counted from 1970.
    pub(crate) fn token(whose: &str, expires_at: Duration) -> Finding {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let left = expires_at.saturating_sub(now.unwrap_or_default());
        Finding::good(
            "who we are",
            format!("{whose} with a token for {}", about(left)),
        )
    }

    /// What to do about it.
    pub(crate) fn warn(mut self, warning: impl Into<String>) -> Finding {
        self.warning = Some(warning.into());
        self
    }
}

/// Where time goes inside the client and the service, so that a slow tail can be explained.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// By name, e.g. `throttle`, `queue`, `round_trip`; every value in milliseconds.
    pub windows: BTreeMap<&'static str, Window>,
    /// By name, e.g. `retries`, `reconnects`, `throttled`.
    pub counters: BTreeMap<String, u64>,
    /// What keeps records from being acknowledged at the moment, in words that name the server or its
    /// answer. The newest counts; nothing is added up.
    pub trouble: Option<String>,
}

impl Telemetry {
    /// Adds what was collected later.
    pub fn add(&mut self, later: Telemetry) {
        for (name, window) in later.windows {
            self.windows.entry(name).or_default().add(window);
        }
        for (name, times) in later.counters {
            *self.counters.entry(name).or_default() += times;
        }
        self.trouble = later.trouble;
    }

    /// Tells the errors that were heard since the last time as the trouble there is, the most frequent
    /// first.
    pub(crate) fn heard(&mut self, errors: &[(String, u64)]) {
        let most = errors.iter().max_by_key(|(_, times)| *times);
        let words = most.map(|(code, times)| match times {
            1 => format!("answered with {code}"),
            times => format!("answered {times} times with {code}"),
        });
        self.trouble = words.or(self.trouble.take());
    }

    /// Tells what of the `queue` is waiting for more records to share a request with, which is `linger` for
    /// each at most.
    pub(crate) fn lingered(&mut self, linger: Duration) {
        let Some(queue) = self.windows.get("queue").copied() else {
            return;
        };
        let most = linger.as_secs_f64() * 1e3;
        let lingered = Window {
            count: queue.count,
            sum: queue.sum.min(most * queue.count as f64),
            max: queue.max.min(most),
        };
        self.windows.insert("linger", lingered);
    }
}

/// A distribution as a client reports it, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// How many values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The largest.
    pub max: f64,
}

impl Window {
    /// Adds another window to this one.
    pub fn add(&mut self, other: Window) {
        self.count += other.count;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }
}
