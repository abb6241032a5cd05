//! Records into requests: what fits, and what the service would never take.

use std::sync::Arc;

use batch::{Batch, Nanos, Outcome, Receipt, Rejection};

use super::request::{Full, REQUEST_BYTES, Request};
use super::wire::{Shape, field_len};

/// The longest ordering key that the service takes, and the longest value of an attribute, in bytes.
/// <https://cloud.google.com/pubsub/quotas#resource_limits>
pub(super) const KEY_BYTES: usize = 1_024;

/// How requests are put together.
#[derive(Debug)]
pub(super) struct Packer {
    shape: Shape,
    /// Whether records' keys are sent.
    uses_key: bool,
    pub(super) full: Full,
    /// The longest message that fits into a request of its own.
    message_bytes: usize,
    spare: Vec<Request>,
    refused: Vec<Receipt>,
    reasons: Reasons,
}

/// Why a record is not even sent: alone it would be refused, and with it all its neighbours.
#[derive(Debug)]
struct Reasons {
    too_large: Arc<Rejection>,
    is_empty: Arc<Rejection>,
    key_too_long: Arc<Rejection>,
    key_is_no_text: Arc<Rejection>,
}

impl Packer {
    pub(super) fn new(shape: Shape, uses_key: bool, full: Full) -> Packer {
        let message_bytes = longest_message(&shape);
        let too_large = format!(
            "not sent: the message is longer than {message_bytes} bytes, the service's limit"
        );
        Packer {
            shape,
            uses_key,
            full,
            message_bytes,
            spare: Vec::new(),
            refused: Vec::new(),
            reasons: Reasons {
                too_large: Rejection::new("MESSAGE_TOO_LARGE", too_large),
                is_empty: Rejection::new(
                    "MESSAGE_EMPTY",
                    "not sent: the message has neither data nor attributes",
                ),
                key_too_long: Rejection::new(
                    "KEY_TOO_LONG",
                    format!("not sent: the key is longer than {KEY_BYTES} bytes"),
                ),
                key_is_no_text: Rejection::new("KEY_NOT_UTF8", "not sent: the key is not UTF-8"),
            },
        }
    }

    /// An empty request for queue `queue`.
    pub(super) fn begin(&mut self, queue: u32, now: Nanos) -> Request {
        let mut request = self.spare.pop().unwrap_or_default();
        request.begin(&self.shape, queue, now);
        request
    }

    /// Takes a request that is done with.
    pub(super) fn give_back(&mut self, request: Request) {
        self.spare.push(request);
    }

    /// The length of record `index`'s message, or `None` if it is refused, which is noted.
    pub(super) fn measure(&mut self, batch: &Batch, index: u32, now: Nanos) -> Option<usize> {
        let key = batch.key(index as usize);
        let (data, headers) = (batch.record(index as usize), batch.headers(index as usize));
        let len = self.shape.message_len(data, key, headers);
        let reason = match key {
            _ if len > self.message_bytes => &self.reasons.too_large,
            _ if len == 0 => &self.reasons.is_empty,
            Some(key) if self.uses_key && key.len() > KEY_BYTES => &self.reasons.key_too_long,
            Some(key) if self.uses_key && std::str::from_utf8(key).is_err() => {
                &self.reasons.key_is_no_text
            }
            _ => return Some(len),
        };
        self.refused.push(Receipt {
            batch: batch.id(),
            records: index..index + 1,
            outcome: Outcome::Rejected(Arc::clone(reason)),
            at: now,
        });
        None
    }

    /// Adds a record that was [measured](Packer::measure).
    pub(super) fn add(&self, request: &mut Request, batch: &Batch, index: u32, len: usize) {
        request.add(&self.shape, (batch, index), len);
    }

    /// Whether a record was refused.
    pub(super) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Hands over what was refused.
    pub(super) fn take_refused(&mut self, receipts: &mut Vec<Receipt>) {
        receipts.append(&mut self.refused);
    }
}

/// The longest message that fits into a request of its own, without its tag and its length.
fn longest_message(shape: &Shape) -> usize {
    let room = REQUEST_BYTES - shape.topic_len();
    // The length of a message takes one to four bytes.
    (0..=5)
        .map(|head| room - head)
        .find(|len| field_len(*len) <= room)
        .unwrap_or(0)
}

/// The longest record, key included, that is sent: what is left of the longest message beside the
/// attributes and what the fields' heads take.
pub(super) fn longest_record(shape: &Shape, has_key: bool) -> u64 {
    // The lengths in the heads take most room with the longest key.
    let key = has_key.then_some(&[b'k'; KEY_BYTES][..]);
    let rest = shape.message_len(b"", key, std::iter::empty()) - key.map_or(0, <[u8]>::len);
    let room = longest_message(shape) - rest;
    (0..=5)
        .map(|head| room - head)
        .find(|len| field_len(*len) <= room)
        .unwrap_or(0) as u64
}
