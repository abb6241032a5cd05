//! Protocol Buffers by hand: a Publish request written straight into a reused buffer, and its answer
//! counted without being unpacked.
//!
//! ```text
//! message PublishRequest  { string topic = 1;  repeated PubsubMessage messages = 2; }
//! message PubsubMessage   { bytes data = 1;  map<string, string> attributes = 2;  string ordering_key = 5; }
//! message PublishResponse { repeated string message_ids = 1; }
//! ```
//!
//! <https://github.com/googleapis/googleapis/blob/master/google/pubsub/v1/pubsub.proto>; a test holds
//! the bytes against prost's. A message costs what copying it costs: the generated types would cost
//! five allocations more.

use std::collections::BTreeMap;

use bytes::Buf;

/// Tags of length-delimited fields: the field's number, and 2 for the wire type.
const FIELD_1: u8 = 1 << 3 | 2;
const FIELD_2: u8 = 2 << 3 | 2;
const FIELD_5: u8 = 5 << 3 | 2;

/// Where a record's key goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyPlace {
    /// Nowhere.
    Dropped,
    /// Into the message's ordering key.
    OrderingKey,
    /// Into the attribute of this name.
    Attribute(String),
}

/// What all messages of a destination share, encoded once.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The request's first field.
    topic: Vec<u8>,
    /// The attributes that every message has.
    attributes: Vec<u8>,
    key: KeyField,
}

#[derive(Clone, Debug)]
enum KeyField {
    Dropped,
    OrderingKey,
    /// The attribute's name, encoded, and the tag of its value.
    Attribute(Vec<u8>),
}

impl Shape {
    /// `topic` is the full name, `projects/…/topics/…`.
    pub(super) fn new(topic: &str, attributes: &BTreeMap<String, String>, key: &KeyPlace) -> Shape {
        let mut shape = Shape {
            topic: Vec::new(),
            attributes: Vec::new(),
            key: match key {
                KeyPlace::Dropped => KeyField::Dropped,
                KeyPlace::OrderingKey => KeyField::OrderingKey,
                KeyPlace::Attribute(name) => {
                    let mut encoded = Vec::new();
                    put_field(FIELD_1, name.as_bytes(), &mut encoded);
                    encoded.push(FIELD_2);
                    KeyField::Attribute(encoded)
                }
            },
        };
        put_field(FIELD_1, topic.as_bytes(), &mut shape.topic);
        let mut entry = Vec::new();
        for (name, value) in attributes {
            entry.clear();
            put_field(FIELD_1, name.as_bytes(), &mut entry);
            put_field(FIELD_2, value.as_bytes(), &mut entry);
            put_field(FIELD_2, &entry, &mut shape.attributes);
        }
        shape
    }

    /// Starts a request.
    pub(super) fn put_topic(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.topic);
    }

    /// How many bytes of a request the topic takes.
    pub(super) fn topic_len(&self) -> usize {
        self.topic.len()
    }

    /// How long a message is, without the tag and the length in front of it; `headers` become attributes.
    /// Zero: it has neither data nor attributes, which the service refuses.
    pub(super) fn message_len<'h>(
        &self,
        data: &[u8],
        key: Option<&[u8]>,
        headers: impl Iterator<Item = Header<'h>>,
    ) -> usize {
        let data = if data.is_empty() {
            0
        } else {
            field_len(data.len())
        };
        let headers = headers.map(|(name, value)| field_len(entry_len(name, value)));
        data + self.attributes.len() + self.key_len(key) + headers.sum::<usize>()
    }

    /// Adds a message to a request. `len` is its [`message_len`](Shape::message_len).
    pub(super) fn put_message<'h>(
        &self,
        data: &[u8],
        key: Option<&[u8]>,
        headers: impl Iterator<Item = Header<'h>>,
        len: usize,
        out: &mut Vec<u8>,
    ) {
        out.reserve(field_len(len));
        out.push(FIELD_2);
        put_varint(len, out);
        if !data.is_empty() {
            put_field(FIELD_1, data, out);
        }
        out.extend_from_slice(&self.attributes);
        for (name, value) in headers {
            out.push(FIELD_2);
            put_varint(entry_len(name, value), out);
            put_field(FIELD_1, name.as_bytes(), out);
            put_field(FIELD_2, value, out);
        }
        match (&self.key, key) {
            (KeyField::Dropped, _) | (_, None) => {}
            (KeyField::OrderingKey, Some(key)) => {
                if !key.is_empty() {
                    put_field(FIELD_5, key, out);
                }
            }
            (KeyField::Attribute(name), Some(key)) => {
                out.push(FIELD_2);
                put_varint(name.len() + field_len(key.len()) - 1, out);
                out.extend_from_slice(name);
                put_varint(key.len(), out);
                out.extend_from_slice(key);
            }
        }
    }

    fn key_len(&self, key: Option<&[u8]>) -> usize {
        match (&self.key, key) {
            (KeyField::Dropped, _) | (_, None) | (KeyField::OrderingKey, Some([])) => 0,
            (KeyField::OrderingKey, Some(key)) => field_len(key.len()),
            (KeyField::Attribute(name), Some(key)) => {
                field_len(name.len() + field_len(key.len()) - 1)
            }
        }
    }
}

/// The name and the value of a header.
type Header<'h> = (&'h str, &'h [u8]);

/// An attribute's entry in the map, without its tag and its length.
fn entry_len(name: &str, value: &[u8]) -> usize {
    field_len(name.len()) + field_len(value.len())
}

/// A field with its tag and its length.
pub(super) fn field_len(len: usize) -> usize {
    1 + varint_len(len) + len
}

fn put_field(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    put_varint(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn varint_len(value: usize) -> usize {
    (usize::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize
}

fn put_varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many message ids a `PublishResponse` has; `None` if it is none.
pub(super) fn count_ids(answer: &mut impl Buf) -> Option<u32> {
    let mut count = 0;
    while answer.has_remaining() {
        let tag = take_varint(answer)?;
        let skip = match tag & 7 {
            0 => {
                take_varint(answer)?;
                0
            }
            1 => 8,
            2 => take_varint(answer)?,
            5 => 4,
            _ => return None,
        };
        if answer.remaining() < skip {
            return None;
        }
        answer.advance(skip);
        count += u32::from(tag == usize::from(FIELD_1));
    }
    Some(count)
}

fn take_varint(from: &mut impl Buf) -> Option<usize> {
    let mut value = 0;
    for shift in (0..usize::BITS).step_by(7) {
        if !from.has_remaining() {
            return None;
        }
        let byte = from.get_u8();
        value |= usize::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
