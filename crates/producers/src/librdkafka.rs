//! librdkafka behind types that can't be misused: the only module of this crate with `unsafe` in it.
//!
//! Its own binding rather than rdkafka's `BaseProducer`, because that one pays per record for what
//! this one pays per batch: a topic look-up, a partitioner, a lock and a callback.
#![expect(unsafe_code, reason = "the C interface of librdkafka")]

mod certificate;
mod client;
mod config;
mod event;
mod outbox;
mod rights;

pub(crate) use certificate::Certificate;
pub(crate) use client::{Client, Cluster, show_token};
pub(crate) use config::{Config, Refusal, property_names};
pub(crate) use event::{Code, Event, Kind, Refused, Report};
pub(crate) use outbox::Outbox;
pub(crate) use rights::Rights;

use std::ffi::{CStr, CString, c_char};

/// Room for a message from librdkafka.
type Text = [c_char; 512];

/// What librdkafka wrote into `text`.
fn text_of(text: &Text) -> String {
    // SAFETY: librdkafka ends every text it writes with a zero, within the size it was told.
    unsafe { owned(text.as_ptr()) }
}

/// A copy of a C string; empty for a null pointer.
///
/// # Safety
/// `text` is null or points to a string that ends with a zero.
unsafe fn owned(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// A C string. A zero inside of `text`, which C can't carry, ends it.
fn c_string(text: &str) -> CString {
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(text).unwrap_or_default()
}
