//! What one Publish brought: its messages lie where they arrived.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::refusal::Refusal;
use super::wire::{Digits, Fields, Value, put_bytes, put_varint, varint_len};

/// <https://cloud.google.com/pubsub/quotas#resource_limits>
const REQUEST_BYTES: usize = 10_000_000;
const REQUEST_MESSAGES: usize = 1_000;
const ATTRIBUTES: usize = 100;
const ATTRIBUTE_NAME_BYTES: usize = 256;
const ATTRIBUTE_VALUE_BYTES: usize = 1_024;
const ORDERING_KEY_BYTES: usize = 1_024;

/// Messages that were published together.
#[derive(Debug)]
pub(super) struct Segment {
    body: Bytes,
    /// Where each message lies in the body.
    spans: Vec<(u32, u32)>,
    /// The number of the first message; the others follow.
    first_id: u64,
    published: Duration,
    /// `publish_time`, encoded.
    time: Vec<u8>,
    /// The ordering key that they share; empty if they have none.
    key: Bytes,
    /// What all segments together take.
    total: Arc<AtomicUsize>,
}

/// A `PublishRequest` that was looked at.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) topic: String,
    body: Bytes,
    spans: Vec<(u32, u32)>,
    key: Bytes,
}

impl Published {
    /// Looks at a request: what the service refuses is refused.
    pub(super) fn read(body: Bytes) -> Result<Published, Refusal> {
        if body.len() > REQUEST_BYTES {
            return Err(Refusal::invalid(format!(
                "Request payload size exceeds the limit: {REQUEST_BYTES} bytes."
            )));
        }
        let mut topic = String::new();
        let mut spans = Vec::new();
        let mut key: Option<&[u8]> = None;
        for field in Fields::of(&body) {
            match field.ok_or_else(Refusal::malformed)? {
                (1, Value::Bytes(name, _)) => {
                    topic = String::from_utf8_lossy(name).into_owned();
                }
                (2, Value::Bytes(message, start)) => {
                    let its = look_at(message)?;
                    if *key.get_or_insert(its) != its {
                        return Err(Refusal::invalid(
                            "In a single publish request, all messages must have no ordering key \
                             or they must all have the same ordering key.",
                        ));
                    }
                    spans.push((start as u32, (start + message.len()) as u32));
                }
                _ => {}
            }
        }
        if spans.is_empty() {
            return Err(Refusal::invalid(
                "The value for message_count is too small. You passed 0 in the request, but the \
                 minimum value is 1.",
            ));
        }
        if spans.len() > REQUEST_MESSAGES {
            return Err(Refusal::invalid(format!(
                "The value for message_count is too large. You passed {} in the request, but the \
                 maximum value is {REQUEST_MESSAGES}.",
                spans.len()
            )));
        }
        Ok(Published {
            topic,
            spans,
            key: key.map_or_else(Bytes::new, |key| body.slice_ref(key)),
            body,
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.spans.len() as u64
    }

    /// What is to be kept.
    pub(super) fn segment(
        self,
        first_id: u64,
        published: Duration,
        total: &Arc<AtomicUsize>,
    ) -> Segment {
        let mut time = vec![1 << 3];
        put_varint(published.as_secs(), &mut time);
        time.push(2 << 3);
        put_varint(u64::from(published.subsec_nanos()), &mut time);
        total.fetch_add(weight(&self.body, &self.spans), Ordering::Relaxed);
        Segment {
            body: self.body,
            spans: self.spans,
            first_id,
            published,
            time,
            key: self.key,
            total: Arc::clone(total),
        }
    }
}

/// What keeping it costs, about.
fn weight(body: &Bytes, spans: &[(u32, u32)]) -> usize {
    body.len() + spans.len() * 32
}

/// Checks one message; returns its ordering key.
fn look_at(message: &[u8]) -> Result<&[u8], Refusal> {
    let (mut key, mut has_data, mut attributes): (&[u8], _, _) = (&[], false, 0);
    for field in Fields::of(message) {
        match field.ok_or_else(Refusal::malformed)? {
            (1, Value::Bytes(data, _)) => has_data = !data.is_empty(),
            (2, Value::Bytes(attribute, _)) => {
                attributes += 1;
                look_at_attribute(attribute)?;
            }
            (5, Value::Bytes(its, _)) => key = its,
            _ => {}
        }
    }
    if !has_data && attributes == 0 {
        return Err(Refusal::invalid(
            "Some messages in the batch are empty. Every message must contain either non-empty \
             data, or at least one attribute.",
        ));
    }
    if attributes > ATTRIBUTES {
        return Err(Refusal::invalid(format!(
            "A message has {attributes} attributes, but the maximum is {ATTRIBUTES}."
        )));
    }
    if key.len() > ORDERING_KEY_BYTES {
        return Err(Refusal::invalid(format!(
            "An ordering key has {} bytes, but the maximum is {ORDERING_KEY_BYTES}.",
            key.len()
        )));
    }
    Ok(key)
}

fn look_at_attribute(attribute: &[u8]) -> Result<(), Refusal> {
    let (mut name, mut value): (&[u8], &[u8]) = (&[], &[]);
    for field in Fields::of(attribute) {
        match field.ok_or_else(Refusal::malformed)? {
            (1, Value::Bytes(text, _)) => name = text,
            (2, Value::Bytes(text, _)) => value = text,
            _ => {}
        }
    }
    let is_good = !name.is_empty()
        && name.len() <= ATTRIBUTE_NAME_BYTES
        && !name.starts_with(b"goog")
        && value.len() <= ATTRIBUTE_VALUE_BYTES;
    if is_good {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The attribute `{}` is not valid: a key has 1 to {ATTRIBUTE_NAME_BYTES} bytes and does not \
         begin with goog, a value has {ATTRIBUTE_VALUE_BYTES} bytes at most.",
        String::from_utf8_lossy(name)
    )))
}

impl Segment {
    pub(super) fn count(&self) -> u64 {
        self.spans.len() as u64
    }

    pub(super) fn key(&self) -> &Bytes {
        &self.key
    }

    /// Since 1970.
    pub(super) fn published(&self) -> Duration {
        self.published
    }

    pub(super) fn weight(&self) -> usize {
        weight(&self.body, &self.spans)
    }

    /// Adds message `index` to an answer, as an entry of `received_messages`. Returns how many bytes
    /// the message itself has.
    pub(super) fn put_received(&self, index: u64, ack_id: &[u8], out: &mut Vec<u8>) -> usize {
        let (start, end) = self.spans[index as usize];
        let message = &self.body[start as usize..end as usize];
        let id = Digits::of(self.first_id + index);
        // Id and time are fields 3 and 4, each with a tag and a length of one byte.
        let message_len = message.len() + 4 + id.bytes().len() + self.time.len();
        let len = 2 + ack_id.len() + 1 + varint_len(message_len as u64) + message_len;
        out.push(1 << 3 | 2);
        put_varint(len as u64, out);
        put_bytes(1, ack_id, out);
        out.push(2 << 3 | 2);
        put_varint(message_len as u64, out);
        // What comes last counts: the service's id and time replace a publisher's.
        out.extend_from_slice(message);
        put_bytes(3, id.bytes(), out);
        put_bytes(4, &self.time, out);
        message.len()
    }

    /// How many bytes message `index` has.
    pub(super) fn message_len(&self, index: u64) -> usize {
        let (start, end) = self.spans[index as usize];
        (end - start) as usize
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.total.fetch_sub(self.weight(), Ordering::Relaxed);
    }
}

/// The ids of `count` messages, as a `PublishResponse`.
pub(super) fn put_publish_response(first_id: u64, count: u64, out: &mut Vec<u8>) {
    out.reserve(count as usize * 22);
    for id in first_id..first_id + count {
        put_bytes(1, Digits::of(id).bytes(), out);
    }
}
