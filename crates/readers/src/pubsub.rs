//! A subscription of Google Pub/Sub, read over gRPC.
//!
//! A subscription is the position: everything that is published after it was made and is not
//! acknowledged is handed over, and again if it was lent for too long. Responses of StreamingPull are
//! taken apart where they lie, so that a message costs no allocation; acknowledgements leave on their
//! own when they are [settled](Reader::settle), and the lease on the others is renewed until then.
//! What is delivered again all the same is told by its id, acknowledged again and not handed over.

mod calls;
mod control;
mod courier;
mod desk;
mod kept;
mod place;
mod seen;
mod wire;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use crate::{Error, Gap, Positions, Read, Reader, Received};
use courier::Courier;
use desk::Desk;
use seen::Seen;

/// What to read, and where.
#[derive(Clone, Debug)]
pub struct PubsubOptions {
    /// `https://pubsub.googleapis.com` or a region's endpoint, or `http://host:port` of an emulator.
    pub url: String,
    /// How to get in.
    pub access: Access,
    /// What to read.
    pub subscription: Subscription,
    /// How many streams read at the same time, each on its own connection. The service gives each
    /// 10 MB/s. `None`: one for an emulator, four otherwise.
    pub streams: Option<u32>,
}

/// How to get into a Pub/Sub.
#[derive(Clone, Debug)]
pub enum Access {
    /// An emulator asks nobody.
    Anonymous,
    /// As Google asks for it.
    Google {
        /// Credentials in Google's JSON form; `None`: Application Default Credentials.
        credentials: Option<SecretString>,
        /// Read as this service account, by its e-mail address.
        impersonate: Option<String>,
    },
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// One that is there, by its full name `projects/PROJECT/subscriptions/SUBSCRIPTION`: from where
    /// it stands.
    Existing(String),
    /// One that is made now, reads what is published from now on, and is removed with the reader. It
    /// needs the right to make subscriptions (`roles/pubsub.editor`).
    Temporary {
        /// The topic's full name, `projects/PROJECT/topics/TOPIC`.
        topic: String,
        /// Whether messages of one ordering key come in their order.
        ordered: bool,
    },
    /// One that is made now and reads what is published from now on, but stays: its name is this
    /// reader's [position](Reader::positions), and [`Subscription::Again`] reads the same once more.
    Kept {
        /// The topic's full name.
        topic: String,
        /// Whether messages of one ordering key come in their order.
        ordered: bool,
        /// For how long it keeps messages, handed over or not; from [`KEEP`]'s start to its end. It
        /// goes away by itself when nobody has read it for so long, or for a day.
        keep: Duration,
    },
    /// One that was kept, from its first message on, whoever has read it meanwhile.
    Again(String),
}

/// For how long a subscription can keep messages that were handed over.
/// <https://cloud.google.com/pubsub/docs/subscription-properties>
pub const KEEP: RangeInclusive<Duration> = Duration::from_mins(10)..=Duration::from_hours(31 * 24);

/// The name under which a kept subscription stands among [`Positions`].
const POSITION: &str = "subscription";

impl Subscription {
    /// The one that another reader has kept; `None` if it kept none.
    pub fn kept_in(positions: &Positions) -> Option<Subscription> {
        let name = positions.0.get(POSITION)?;
        Some(Subscription::Again(name.clone()))
    }
}

/// With how many streams Google's servers are read.
const STREAMS: u32 = 4;

impl PubsubOptions {
    fn url(&self) -> String {
        self.url.trim_end_matches('/').to_owned()
    }

    fn streams(&self) -> u32 {
        let usual = match self.access {
            Access::Anonymous => 1,
            Access::Google { .. } => STREAMS,
        };
        self.streams.unwrap_or(usual).max(1)
    }

    /// In words.
    fn what(&self) -> String {
        match &self.subscription {
            Subscription::Existing(name) | Subscription::Again(name) => {
                format!("the subscription `{name}`")
            }
            Subscription::Temporary { topic, .. } | Subscription::Kept { topic, .. } => {
                format!("the topic `{topic}`")
            }
        }
    }

    fn error(&self, message: String) -> Error {
        Error {
            what: self.what(),
            message,
        }
    }
}

/// A subscription that is being read.
///
/// Dropped, it acknowledges what was settled, gives back what was not, and removes a temporary
/// subscription.
#[derive(Debug)]
pub struct Pubsub {
    desk: Arc<Desk>,
    courier: Courier,
    seen: Seen,
    subscription: String,
    is_kept: bool,
    what: String,
}

impl Pubsub {
    /// Opens a subscription. When this returns, it is there: what is published from now on is read.
    pub fn open(options: &PubsubOptions) -> Result<Pubsub, Error> {
        let desk = Arc::new(Desk::new());
        let (courier, subscription) = Courier::start(options.clone(), Arc::clone(&desk))?;
        Ok(Pubsub {
            desk,
            courier,
            seen: Seen::default(),
            subscription,
            is_kept: matches!(
                options.subscription,
                Subscription::Kept { .. } | Subscription::Again(_)
            ),
            what: options.what(),
        })
    }

    /// The subscription's full name.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }
}

impl Reader for Pubsub {
    fn read(
        &mut self,
        timeout: Duration,
        limit: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, Error> {
        let until = Instant::now() + timeout;
        let mut read = Read::default();
        while read.count < limit {
            let patience = if read.count == 0 {
                until.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            let chunk = match self.desk.next(patience) {
                Ok(Some(chunk)) => chunk,
                // What was handed over counts; the error is there the next time too.
                Ok(None) => break,
                Err(_) if read.count > 0 => break,
                Err(error) => return Err(error),
            };
            for message in wire::messages(&chunk.body) {
                let message = message.map_err(|wire::Malformed| Error {
                    what: self.what.clone(),
                    message: "a response is malformed".to_owned(),
                })?;
                if !self.seen.is_new(message.id) {
                    read.again += 1;
                    continue;
                }
                read.count += 1;
                let attributes: Vec<_> = message.attributes().collect();
                take(Received {
                    partition: 0,
                    after: &[],
                    key: message.key,
                    value: message.data,
                    headers: &attributes,
                    timestamp_millis: message.published,
                });
            }
            self.desk.handed_over(chunk.lease);
        }
        (read.trouble, read.end) = (self.desk.trouble(), self.desk.end());
        if self.desk.take_gone() {
            read.gaps.push(Gap {
                partition: String::new(),
                count: None,
            });
        }
        Ok(read)
    }

    fn settle(&mut self) -> Result<(), Error> {
        let leases = self.desk.settle();
        if !leases.is_empty() {
            self.courier.settle(leases);
        }
        Ok(())
    }

    fn seek_end(&mut self) {
        self.desk.ask();
    }

    /// The name of a subscription that is kept; of others none, since the service keeps the position.
    fn positions(&self) -> Positions {
        let kept = self
            .is_kept
            .then(|| (POSITION.to_owned(), self.subscription.clone()));
        Positions(kept.into_iter().collect())
    }
}
