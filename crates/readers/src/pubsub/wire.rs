//! The messages of Pub/Sub that come in great numbers, taken apart where they lie, and the few that
//! go back.
//! <https://github.com/googleapis/googleapis/blob/master/google/pubsub/v1/pubsub.proto>

/// A body that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// A message as it was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) ack_id: &'a [u8],
    /// What the service calls it: the same each time it is delivered.
    pub(super) id: &'a [u8],
    pub(super) data: &'a [u8],
    /// Its ordering key, if it has one.
    pub(super) key: Option<&'a [u8]>,
    /// When it was published, in milliseconds since 1970.
    pub(super) published: Option<i64>,
    /// The whole of it, for its attributes: they are rarely asked for.
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Names and values. What is no text has no name.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        fields(self.body).filter_map(|field| match field {
            Ok((2, Value::Bytes(entry))) => Some(attribute(entry)),
            _ => None,
        })
    }
}

/// An entry of the map: the name is its first field, the value its second. Either may be missing if it is empty.
fn attribute(entry: &[u8]) -> (&str, &[u8]) {
    let (mut name, mut value) = ("", &[][..]);
    for field in fields(entry) {
        match field {
            Ok((1, Value::Bytes(text))) => name = std::str::from_utf8(text).unwrap_or_default(),
            Ok((2, Value::Bytes(text))) => value = text,
            _ => {}
        }
    }
    (name, value)
}

/// The messages of a `StreamingPullResponse`.
pub(super) fn messages(body: &[u8]) -> impl Iterator<Item = Result<Message<'_>, Malformed>> {
    fields(body).filter_map(|field| match field {
        Ok((1, Value::Bytes(received))) => Some(received_message(received)),
        Ok(_) => None,
        Err(malformed) => Some(Err(malformed)),
    })
}

fn received_message(body: &[u8]) -> Result<Message<'_>, Malformed> {
    let mut found = Message::default();
    for field in fields(body) {
        match field? {
            (1, Value::Bytes(id)) => found.ack_id = id,
            (2, Value::Bytes(message)) => pubsub_message(message, &mut found)?,
            _ => {}
        }
    }
    Ok(found)
}

fn pubsub_message<'a>(body: &'a [u8], found: &mut Message<'a>) -> Result<(), Malformed> {
    found.body = body;
    for field in fields(body) {
        match field? {
            (1, Value::Bytes(data)) => found.data = data,
            (3, Value::Bytes(id)) => found.id = id,
            (4, Value::Bytes(time)) => found.published = Some(millis(time)?),
            (5, Value::Bytes(key)) if !key.is_empty() => found.key = Some(key),
            _ => {}
        }
    }
    Ok(())
}

fn millis(timestamp: &[u8]) -> Result<i64, Malformed> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in fields(timestamp) {
        match field? {
            (1, Value::Varint(value)) => seconds = value as i64,
            (2, Value::Varint(value)) => nanos = value as i64,
            _ => {}
        }
    }
    Ok(seconds
        .saturating_mul(1_000)
        .saturating_add(nanos / 1_000_000))
}

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed,
}

fn fields(mut rest: &[u8]) -> impl Iterator<Item = Result<(u64, Value<'_>), Malformed>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest).ok_or(Malformed);
        if field.is_err() {
            rest = &[];
        }
        Some(field)
    })
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => Value::Varint(varint(rest)?),
        1 => {
            take(rest, 8)?;
            Value::Fixed
        }
        2 => {
            let len = varint(rest)?;
            Value::Bytes(take(rest, usize::try_from(len).ok()?)?)
        }
        5 => {
            take(rest, 4)?;
            Value::Fixed
        }
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(len)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, left) = rest.split_first()?;
        *rest = left;
        value |= u64::from(byte & 0x7F) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Longer requests that acknowledge or change deadlines are refused; this leaves room for the name.
/// <https://cloud.google.com/pubsub/quotas#resource_limits>
const REQUEST_BYTES: usize = 524_288 - 2_048;

const SUBSCRIPTION: u8 = 0x0A;
const ACK_IDS_OF_ACKNOWLEDGE: u8 = 0x12;
const SECONDS_OF_MODIFY: u8 = 0x18;
const ACK_IDS_OF_MODIFY: u8 = 0x22;
const STREAM_SECONDS: u8 = 0x28;
const CLIENT_ID: u8 = 0x32;
const MOST_MESSAGES: u8 = 0x38;
const MOST_BYTES: u8 = 0x40;

/// Ids of messages, one after the other, each with its length.
pub(super) fn put_id(id: &[u8], ids: &mut Vec<u8>) {
    put_varint(id.len() as u64, ids);
    ids.extend_from_slice(id);
}

/// `AcknowledgeRequest`s for ids.
pub(super) fn acknowledge(subscription: &str, ids: &[u8]) -> Vec<Vec<u8>> {
    requests(ids, ACK_IDS_OF_ACKNOWLEDGE, || {
        let mut request = Vec::new();
        put_text(SUBSCRIPTION, subscription, &mut request);
        request
    })
}

/// `ModifyAckDeadlineRequest`s for ids. Zero seconds: they are to be delivered again at once.
pub(super) fn modify(subscription: &str, seconds: u32, ids: &[u8]) -> Vec<Vec<u8>> {
    requests(ids, ACK_IDS_OF_MODIFY, || {
        let mut request = Vec::new();
        put_text(SUBSCRIPTION, subscription, &mut request);
        request.push(SECONDS_OF_MODIFY);
        put_varint(u64::from(seconds), &mut request);
        request
    })
}

/// A `ModifyAckDeadlineRequest` for nothing, upon which nothing happens: whoever answers is there.
pub(super) fn nothing(subscription: &str) -> Vec<u8> {
    let mut request = Vec::new();
    put_text(SUBSCRIPTION, subscription, &mut request);
    request
}

fn requests(mut ids: &[u8], tag: u8, begin: impl Fn() -> Vec<u8>) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    while let Some(id) = varint(&mut ids).and_then(|len| take(&mut ids, len as usize)) {
        let is_full = |request: &Vec<u8>| request.len() + id.len() + 8 > REQUEST_BYTES;
        if all.last().is_none_or(is_full) {
            all.push(begin());
        }
        if let Some(request) = all.last_mut() {
            request.push(tag);
            put_id(id, request);
        }
    }
    all
}

/// How much the service may have lent to a stream at a time. What is on the way beyond what its reader
/// has room for would wait in the connection's buffers, where nobody renews its lease.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) messages: u32,
    pub(super) bytes: u32,
}

/// The `StreamingPullRequest` that opens a stream.
pub(super) fn open_stream(subscription: &str, seconds: u32, client: &str, most: Most) -> Vec<u8> {
    let mut request = Vec::new();
    put_text(SUBSCRIPTION, subscription, &mut request);
    request.push(STREAM_SECONDS);
    put_varint(u64::from(seconds), &mut request);
    put_text(CLIENT_ID, client, &mut request);
    for (tag, most) in [(MOST_MESSAGES, most.messages), (MOST_BYTES, most.bytes)] {
        request.push(tag);
        put_varint(u64::from(most), &mut request);
    }
    request
}

fn put_text(tag: u8, text: &str, out: &mut Vec<u8>) {
    out.push(tag);
    put_varint(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests;
