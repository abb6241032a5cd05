//! A connected client, its events and what it knows of the cluster.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::ClientContext;
use secrecy::ExposeSecret as _;

use super::certificate::{Certificate, Verdict};
use super::event::raw_code;
use super::{Code, Config, Event, Text, c_string, owned, text_of};
use crate::tokens::Token;

/// A producer handle of librdkafka with its main queue. Runs its own threads until it is dropped.
pub(crate) struct Client {
    raw: NonNull<rd::rd_kafka_t>,
    queue: NonNull<rd::rd_kafka_queue_t>,
    /// Written to by librdkafka's threads, so it stays open until they are gone.
    signal: Option<OwnedFd>,
    /// The same.
    verdict: Arc<Verdict>,
}

// SAFETY: librdkafka's handles can be used from any thread.
unsafe impl Send for Client {}

/// What a cluster says of itself.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    /// `host:port` of each broker.
    pub(crate) brokers: Vec<String>,
    /// Topics, with the number of their partitions or the reason why it can't be told.
    pub(crate) topics: BTreeMap<String, Result<u32, Code>>,
}

impl Client {
    /// Starts a client. The error is librdkafka's own and names properties, not values.
    pub(crate) fn new(config: Config) -> Result<Client, String> {
        let conf = config.into_raw();
        // SAFETY: `conf` is ours.
        let verdict = unsafe { Verdict::watch(conf) };
        let mut text: Text = [0; 512];
        // SAFETY: `conf` is ours and goes over to the client if there is one; `text` has the
        // stated size.
        let raw = unsafe {
            let kind = rd::rd_kafka_type_t::RD_KAFKA_PRODUCER;
            rd::rd_kafka_new(kind, conf, text.as_mut_ptr(), text.len())
        };
        let Some(raw) = NonNull::new(raw) else {
            // SAFETY: without a client the configuration is still ours.
            unsafe { rd::rd_kafka_conf_destroy(conf) };
            return Err(text_of(&text));
        };
        // SAFETY: `raw` was just made; its main queue always exists.
        let queue = unsafe { rd::rd_kafka_queue_get_main(raw.as_ptr()) };
        let queue = NonNull::new(queue).unwrap_or_else(|| unreachable!("every client has one"));
        Ok(Client {
            raw,
            queue,
            signal: None,
            verdict,
        })
    }

    /// Why a broker's certificate was not taken, if one was not.
    pub(crate) fn certificate(&self) -> Option<Certificate> {
        self.verdict.certificate()
    }

    /// From now on a `1` is written to `signal` (an eventfd) when an event comes.
    pub(crate) fn signal_on(&mut self, signal: OwnedFd) {
        let one = 1_u64.to_ne_bytes();
        let (fd, payload) = (signal.as_raw_fd(), one.as_ptr().cast());
        // SAFETY: the queue is ours, librdkafka copies the payload, and the descriptor stays open
        // until the client is gone.
        unsafe { rd::rd_kafka_queue_io_event_enable(self.queue.as_ptr(), fd, payload, one.len()) };
        self.signal = Some(signal);
    }

    /// The next event, if there is one. Does not wait.
    pub(crate) fn next_event(&self) -> Option<Event<'_>> {
        // SAFETY: the queue is ours, and so is the event that comes out; it borrows `self`.
        unsafe { Event::from_raw(rd::rd_kafka_queue_poll(self.queue.as_ptr(), 0)) }
    }

    /// What the cluster says of itself: of all its topics, or of `topic` only.
    pub(crate) fn cluster(&self, topic: Option<&str>, patience: Duration) -> Result<Cluster, Code> {
        let millis = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
        let mut metadata: *const rd::rd_kafka_metadata = ptr::null();
        // SAFETY: the client is ours; the topic handle lives until after the call.
        let code = unsafe {
            let only = topic.map_or(ptr::null_mut(), |name| self.raw_topic(name));
            let all = c_int::from(only.is_null());
            let raw = self.raw.as_ptr();
            let code = rd::rd_kafka_metadata(raw, all, only, &raw mut metadata, millis);
            if !only.is_null() {
                rd::rd_kafka_topic_destroy(only);
            }
            code
        };
        if Code::of(code) != Code::NONE {
            return Err(Code::of(code));
        }
        // SAFETY: after success `metadata` is valid until it is destroyed, and its arrays have the
        // stated lengths.
        unsafe {
            let cluster = read_cluster(&*metadata);
            rd::rd_kafka_metadata_destroy(metadata);
            Ok(cluster)
        }
    }

    /// Hands over an OAUTHBEARER token.
    pub(crate) fn set_token(&self, token: &Token) -> Result<(), String> {
        // SAFETY: the client is ours.
        unsafe { set_token(self.raw.as_ptr(), token) }
    }

    /// Gives up on every record that is still waiting or under way. Their reports come as events.
    pub(crate) fn purge(&self) {
        let what = rd::RD_KAFKA_PURGE_F_QUEUE
            | rd::RD_KAFKA_PURGE_F_INFLIGHT
            | rd::RD_KAFKA_PURGE_F_NON_BLOCKING;
        // SAFETY: the client is ours.
        unsafe { rd::rd_kafka_purge(self.raw.as_ptr(), what) };
    }

    /// The client itself, for calls of this module.
    pub(super) fn raw(&self) -> *mut rd::rd_kafka_t {
        self.raw.as_ptr()
    }

    /// A handle of a topic. The caller destroys it, before the client is dropped.
    pub(super) fn raw_topic(&self, name: &str) -> *mut rd::rd_kafka_topic_t {
        let name = c_string(name);
        // SAFETY: the client is ours, the name ends with a zero, and no configuration means the
        // client's default.
        unsafe { rd::rd_kafka_topic_new(self.raw.as_ptr(), name.as_ptr(), ptr::null_mut()) }
    }
}

/// Hands an OAUTHBEARER token over to a client of rdkafka's, which knows of no extensions.
pub(crate) fn show_token<C: ClientContext>(
    client: &rdkafka::client::Client<C>,
    token: &Token,
) -> Result<(), String> {
    // SAFETY: the client is alive as long as it is borrowed.
    unsafe { set_token(client.native_ptr(), token) }
}

/// # Safety
/// `client` is one that is alive.
unsafe fn set_token(client: *mut rd::rd_kafka_t, token: &Token) -> Result<(), String> {
    let (value, principal) = (
        c_string(token.value.expose_secret()),
        c_string(&token.principal),
    );
    let extensions = token.extensions.iter();
    let extensions: Vec<_> = extensions
        .flat_map(|(name, value)| [c_string(name), c_string(value)])
        .collect();
    let mut extensions: Vec<_> = extensions.iter().map(|text| text.as_ptr()).collect();
    let mut text: Text = [0; 512];
    // SAFETY: by contract; the strings end with a zero and outlive the call, librdkafka copies them and
    // writes to none of them; `text` has the stated size.
    let code = unsafe {
        rd::rd_kafka_oauthbearer_set_token(
            client,
            value.as_ptr(),
            i64::try_from(token.expires_at.as_millis()).unwrap_or(i64::MAX),
            principal.as_ptr(),
            extensions.as_mut_ptr(),
            extensions.len(),
            text.as_mut_ptr(),
            text.len(),
        )
    };
    if Code::of(code) == Code::NONE {
        Ok(())
    } else {
        Err(text_of(&text))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: both are ours. Every event borrows `self` and is gone by now; topic handles are
        // gone by `raw_topic`'s contract.
        unsafe {
            rd::rd_kafka_queue_destroy(self.queue.as_ptr());
            rd::rd_kafka_destroy(self.raw.as_ptr());
        }
    }
}

/// # Safety
/// The arrays of `metadata` have the lengths that it states.
unsafe fn read_cluster(metadata: &rd::rd_kafka_metadata) -> Cluster {
    let mut cluster = Cluster::default();
    // SAFETY: by contract.
    unsafe {
        for at in 0..metadata.broker_cnt as usize {
            let broker = &*metadata.brokers.add(at);
            cluster
                .brokers
                .push(format!("{}:{}", owned(broker.host), broker.port));
        }
        for at in 0..metadata.topic_cnt as usize {
            let topic = metadata.topics.add(at);
            let partitions = match raw_code(&raw const (*topic).err) {
                Code::NONE => Ok((*topic).partition_cnt as u32),
                code => Err(code),
            };
            cluster.topics.insert(owned((*topic).topic), partitions);
        }
    }
    cluster
}
