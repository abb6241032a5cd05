//! What librdkafka tells its application.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rdkafka::bindings as rd;
use rdkafka::bindings::rd_kafka_resp_err_t as Raw;

use super::owned;

/// An error code of librdkafka (negative) or of the broker. A plain number, since a broker may send
/// one that this version of librdkafka has not heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(i32);

impl Code {
    pub(crate) const NONE: Code = Code::of(Raw::RD_KAFKA_RESP_ERR_NO_ERROR);
    pub(crate) const AUTHENTICATION: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__AUTHENTICATION);
    pub(crate) const SSL: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__SSL);
    pub(crate) const RESOLVE: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__RESOLVE);
    pub(crate) const ALL_BROKERS_DOWN: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
    pub(crate) const QUEUE_FULL: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__QUEUE_FULL);
    pub(crate) const TOO_LARGE: Code = Code::of(Raw::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    pub(crate) const PURGED_FROM_QUEUE: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__PURGE_QUEUE);
    pub(crate) const PURGED_IN_FLIGHT: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__PURGE_INFLIGHT);
    pub(crate) const TOPIC_FORBIDDEN: Code =
        Code::of(Raw::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    pub(crate) const CLUSTER_FORBIDDEN: Code =
        Code::of(Raw::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    pub(crate) const UNKNOWN_TOPIC: Code = Code::of(Raw::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    /// librdkafka's own: the cluster's metadata have no such topic.
    pub(crate) const TOPIC_GONE: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC);
    /// librdkafka's own: the topic has fewer partitions.
    pub(crate) const PARTITION_GONE: Code = Code::of(Raw::RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION);

    /// Whether it says that nobody with these credentials may write here.
    pub(crate) fn is_forbidden(self) -> bool {
        self == Code::TOPIC_FORBIDDEN || self == Code::CLUSTER_FORBIDDEN
    }

    /// Whether it says that the topic is not there, or not all of it. That may pass: a broker that has
    /// just started can have metadata of before, and librdkafka believes the first that answers.
    pub(crate) fn is_gone(self) -> bool {
        [Code::UNKNOWN_TOPIC, Code::TOPIC_GONE, Code::PARTITION_GONE].contains(&self)
    }

    pub(super) const fn of(code: Raw) -> Code {
        Code(code as i32)
    }

    /// The name, e.g. `MSG_TIMED_OUT`. The underscore in front of librdkafka's own codes is left
    /// out: people count errors, they do not care who raised them.
    pub(crate) fn name(self) -> String {
        let name = self.describe().map(|(name, _)| name);
        name.map_or_else(
            || format!("ERROR_{}", self.0),
            |name| name.trim_start_matches('_').to_owned(),
        )
    }

    /// What it means, in librdkafka's words.
    pub(crate) fn words(self) -> String {
        let words = self.describe().map(|(_, words)| words);
        words.unwrap_or_else(|| format!("the broker answered with error code {}", self.0))
    }

    /// Name and meaning from librdkafka's table.
    fn describe(self) -> Option<(String, String)> {
        let (mut table, mut count) = (ptr::null(), 0);
        // SAFETY: the table is static, has `count` entries, and its texts end with a zero. An
        // entry without a name is a gap in the numbers.
        unsafe {
            rd::rd_kafka_get_err_descs(&raw mut table, &raw mut count);
            (0..count).map(|at| table.add(at)).find_map(|entry| {
                let is_ours =
                    raw_code(&raw const (*entry).code) == self && !(*entry).name.is_null();
                is_ours.then(|| (owned((*entry).name), owned((*entry).desc)))
            })
        }
    }
}

/// Reads a code as a number, since it may be none that the enumeration has.
///
/// # Safety
/// `code` can be read.
pub(super) unsafe fn raw_code(code: *const Raw) -> Code {
    // SAFETY: by contract; an enumeration of C is an `i32` here.
    Code(unsafe { code.cast::<i32>().read() })
}

/// Something that happened. Freed with the records it reports on when it is dropped.
pub(crate) struct Event<'client> {
    raw: NonNull<rd::rd_kafka_event_t>,
    client: PhantomData<&'client ()>,
}

/// What an event is about.
pub(crate) enum Kind<'event> {
    /// What became of records.
    Reports(Reports<'event>),
    /// Something went wrong with the client as a whole.
    Trouble {
        /// What.
        code: Code,
        /// In more words.
        text: String,
        /// Whether the client can't be used any more.
        is_fatal: bool,
    },
    /// Statistics, as JSON.
    Statistics(&'event [u8]),
    /// The OAUTHBEARER token is about to expire, or there is none yet.
    TokenWanted,
    /// Of no interest.
    Other,
}

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// The number it was produced with: batch slot and index.
    pub(crate) ticket: u64,
    /// Why it was not acknowledged.
    pub(crate) refused: Option<Refused>,
}

/// Why a record was not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The reason.
    pub(crate) code: Code,
    /// Whether it may have arrived all the same: it was sent, and the answer never came.
    pub(crate) may_have_arrived: bool,
}

/// The records of one event.
pub(crate) struct Reports<'event> {
    raw: NonNull<rd::rd_kafka_event_t>,
    event: PhantomData<&'event mut ()>,
}

impl Event<'_> {
    /// # Safety
    /// `raw` is an event of a client that outlives this one, and nobody else has it.
    pub(super) unsafe fn from_raw(raw: *mut rd::rd_kafka_event_t) -> Option<Self> {
        NonNull::new(raw).map(|raw| Event {
            raw,
            client: PhantomData,
        })
    }

    /// What it is about.
    pub(crate) fn kind(&mut self) -> Kind<'_> {
        let raw = self.raw.as_ptr();
        // SAFETY: the event is alive as long as `self`, and what is borrowed from it is bound to
        // the borrow of `self`; the texts end with a zero.
        unsafe {
            match rd::rd_kafka_event_type(raw) {
                rd::RD_KAFKA_EVENT_DR => Kind::Reports(Reports {
                    raw: self.raw,
                    event: PhantomData,
                }),
                rd::RD_KAFKA_EVENT_ERROR => Kind::Trouble {
                    code: Code::of(rd::rd_kafka_event_error(raw)),
                    text: owned(rd::rd_kafka_event_error_string(raw)),
                    is_fatal: rd::rd_kafka_event_error_is_fatal(raw) != 0,
                },
                rd::RD_KAFKA_EVENT_STATS => {
                    let text = rd::rd_kafka_event_stats(raw);
                    Kind::Statistics(CStr::from_ptr(text).to_bytes())
                }
                rd::RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH => Kind::TokenWanted,
                _ => Kind::Other,
            }
        }
    }
}

impl Drop for Event<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and its client is still there.
        unsafe { rd::rd_kafka_event_destroy(self.raw.as_ptr()) };
    }
}

impl Iterator for Reports<'_> {
    type Item = Report;

    fn next(&mut self) -> Option<Report> {
        // SAFETY: the event is alive as long as `self`; a message is null or valid until the event
        // is freed, and only read here.
        unsafe {
            let message = rd::rd_kafka_event_message_next(self.raw.as_ptr());
            if message.is_null() {
                return None;
            }
            let code = raw_code(&raw const (*message).err);
            let refused = (code != Code::NONE).then(|| Refused {
                code,
                may_have_arrived: rd::rd_kafka_message_status(message)
                    != rd::rd_kafka_msg_status_t::RD_KAFKA_MSG_STATUS_NOT_PERSISTED,
            });
            Some(Report {
                ticket: (*message)._private as u64,
                refused,
            })
        }
    }
}
