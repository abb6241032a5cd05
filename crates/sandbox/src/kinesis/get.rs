//! Records out.

use std::sync::atomic::Ordering;

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shard::{DIGITS, Shard, id};
use super::stream::{Stream, now};
use super::{Service, control, lock};

/// Records in an answer, at most.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html>
const PAGE_RECORDS: u64 = 10_000;
/// Bytes of an answer that has more than one record. The service gives up to 10 MiB, and may give less;
/// here nobody can write to the stream while an answer is being put together.
const PAGE_BYTES: usize = 2 << 20;
/// How long an iterator is good for.
const ITERATOR_MILLIS: i64 = 300_000;

/// A place in a shard. Its token is opaque to clients.
#[derive(Debug, PartialEq, Eq)]
struct Iterator {
    stream: String,
    /// A stream that was deleted and made again is another one.
    created: i64,
    shard: u32,
    /// The next record.
    ordinal: u64,
    issued: i64,
}

impl Iterator {
    fn token(&self) -> String {
        let Iterator {
            stream,
            created,
            shard,
            ordinal,
            issued,
        } = self;
        STANDARD.encode_to_string(format!("{stream}|{created}|{shard}|{ordinal}|{issued}"))
    }

    fn read(token: &str) -> Option<Iterator> {
        let text = String::from_utf8(STANDARD.decode_to_vec(token).ok()?).ok()?;
        let parts: Vec<_> = text.split('|').collect();
        let [stream, created, shard, ordinal, issued] = parts[..] else {
            return None;
        };
        Some(Iterator {
            stream: stream.to_owned(),
            created: created.parse().ok()?,
            shard: shard.parse().ok()?,
            ordinal: ordinal.parse().ok()?,
            issued: issued.parse().ok()?,
        })
    }
}

pub(super) fn iterator(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let stream = service.stream(control::named(body)?)?;
    let stream = lock(&stream);
    let wanted = control::text(body, "ShardId")?;
    let number = stream
        .find(wanted)
        .ok_or_else(|| Refusal::no_shard(wanted, &stream.name))?;
    let shard = &stream.shards[number as usize];
    let numbered = || {
        let sequence = control::text(body, "StartingSequenceNumber")?;
        place_of(shard, sequence, &stream.name)
    };
    let ordinal = match control::text(body, "ShardIteratorType")? {
        "TRIM_HORIZON" => shard.log.first(),
        "LATEST" => shard.log.next(),
        "AT_SEQUENCE_NUMBER" => numbered()?,
        "AFTER_SEQUENCE_NUMBER" => numbered()? + 1,
        "AT_TIMESTAMP" => {
            let seconds = body["Timestamp"].as_f64().ok_or_else(|| {
                Refusal::argument("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current Timestamp: null")
            })?;
            let millis = (seconds * 1_000.0).round() as i64;
            let now = now();
            if millis > now {
                return Err(Refusal::argument(format!(
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {millis}, currentTimestampInMillis: {now}"
                )));
            }
            shard.log.since(millis)
        }
        _ => {
            return Err(Refusal::constraint(
                "shardIteratorType",
                "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
            ));
        }
    };
    let iterator = Iterator {
        stream: stream.name.clone(),
        created: stream.created,
        shard: number,
        ordinal,
        issued: now(),
    };
    Ok(json!({"ShardIterator": iterator.token()}))
}

/// The ordinal of a sequence number, which has to be one of the shard's.
fn place_of(shard: &Shard, sequence: &str, stream: &str) -> Result<u64, Refusal> {
    let found = shard
        .ordinal(sequence)
        .filter(|ordinal| *ordinal <= shard.log.next() && sequence.len() == DIGITS);
    found.ok_or_else(|| {
        Refusal::argument(format!(
            "StartingSequenceNumber {sequence} used in GetShardIterator on shard {} in stream {stream} under account {} is invalid because it did not come from this stream.",
            shard.id,
            super::ACCOUNT
        ))
    })
}

/// The answer's text.
pub(super) fn records(service: &Service, body: &Value) -> Result<Vec<u8>, Refusal> {
    let token = control::text(body, "ShardIterator")?;
    let limit = match &body["Limit"] {
        Value::Null => PAGE_RECORDS,
        limit => limit
            .as_u64()
            .filter(|limit| (1..=PAGE_RECORDS).contains(limit))
            .ok_or_else(|| Refusal::constraint("limit", "be from 1 to 10000"))?,
    };
    let at = Iterator::read(token).ok_or_else(|| Refusal::argument("Invalid ShardIterator."))?;
    let now = now();
    if now - at.issued > ITERATOR_MILLIS {
        return Err(Refusal::new(
            "ExpiredIteratorException",
            format!(
                "Iterator expired. The iterator was created at time {} while right now it is {now} which is further in the future than the tolerated delay of {ITERATOR_MILLIS} milliseconds.",
                at.issued
            ),
        ));
    }
    let stream = service.stream(&at.stream)?;
    let mut stream = lock(&stream);
    if stream.created != at.created || stream.shards.len() <= at.shard as usize {
        return Err(Refusal::no_stream(&at.stream));
    }
    let name = stream.name.clone();
    let shard = &mut stream.shards[at.shard as usize];
    if service.has_quotas && !shard.quota.may_read(now) {
        return Err(Refusal::throttled(&shard.id, &name));
    }
    let log = &shard.log;
    // What it was to read next is not there any more.
    let missed = log.first().saturating_sub(at.ordinal);
    service.dropped.fetch_add(missed, Ordering::Relaxed);
    let part = log.part(at.ordinal + missed, limit as usize, PAGE_BYTES);
    let is_at_tip = part.next >= log.next();
    let behind = if is_at_tip {
        0
    } else {
        log.arrival(part.next)
            .map_or(0, |arrival| (now - arrival).max(1))
    };
    let is_over = is_at_tip && shard.closed.is_some();
    let mut answer = Vec::with_capacity(part.text.len() + 512);
    answer.extend_from_slice(b"{\"Records\":[");
    answer.extend_from_slice(&part.text);
    answer.extend_from_slice(format!("],\"MillisBehindLatest\":{behind}").as_bytes());
    if is_over {
        let children = children(&stream, at.shard);
        answer.extend_from_slice(format!(",\"ChildShards\":{children}}}").as_bytes());
    } else {
        let next = Iterator {
            ordinal: part.next,
            issued: now,
            ..at
        };
        let token = next.token();
        answer.extend_from_slice(format!(",\"NextShardIterator\":\"{token}\"}}").as_bytes());
    }
    Ok(answer)
}

fn children(stream: &Stream, parent: u32) -> Value {
    let is_child = |shard: &&Shard| shard.parents.contains(&parent);
    let children = stream.shards.iter().filter(is_child).map(|shard| {
        let parents: Vec<_> = shard.parents.iter().map(|parent| id(*parent)).collect();
        json!({"ShardId": shard.id, "ParentShards": parents, "HashKeyRange": shard.range()})
    });
    children.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let at = || Iterator {
            stream: "profiles".to_owned(),
            created: 1_700_000_000_000,
            shard: 3,
            ordinal: 77,
            issued: 1_700_000_000_001,
        };
        assert_eq!(Iterator::read(&at().token()), Some(at()));
        assert_eq!(Iterator::read("AAAA"), None);
        assert_eq!(Iterator::read("?"), None);
    }
}
