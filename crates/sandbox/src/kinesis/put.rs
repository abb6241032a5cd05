//! Records in.

use std::borrow::Cow;

use base64_simd::STANDARD;
use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::server::RecordFaults;
use super::shard::DIGITS;
use super::stream::{Stream, now};
use super::{Service, control, lock};

/// Records in a call, at most.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>
const CALL_RECORDS: usize = 500;
/// Bytes of data and keys in a call, at most.
const CALL_BYTES: usize = 10 << 20;

#[derive(Deserialize)]
struct PutRecords<'a> {
    #[serde(rename = "StreamName", borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(rename = "StreamARN", borrow, default)]
    arn: Option<Cow<'a, str>>,
    #[serde(rename = "Records", borrow)]
    records: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct PutRecord<'a> {
    #[serde(rename = "StreamName", borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(rename = "StreamARN", borrow, default)]
    arn: Option<Cow<'a, str>>,
    #[serde(rename = "Data", borrow)]
    data: Cow<'a, str>,
    #[serde(rename = "PartitionKey", borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(rename = "ExplicitHashKey", borrow, default)]
    hash_key: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "Data", borrow)]
    data: Cow<'a, str>,
    #[serde(rename = "PartitionKey", borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(rename = "ExplicitHashKey", borrow, default)]
    hash_key: Option<Cow<'a, str>>,
}

/// What became of a record.
enum Fate {
    Stored([u8; DIGITS], u32),
    Failed(Refusal),
}

/// What has to be known of a stream before its records are looked at.
#[derive(Clone, Copy)]
struct Rules {
    record_bytes: usize,
    needs_key: bool,
}

impl Rules {
    fn of(stream: &Stream) -> Rules {
        Rules {
            record_bytes: stream.record_kib as usize * 1_024,
            needs_key: !stream.is_auto,
        }
    }
}

/// A record that may be stored: what decides on its shard, and its size with its key.
struct Checked {
    hash: Option<u128>,
    bytes: usize,
}

pub(super) fn records(
    service: &Service,
    faults: &RecordFaults<'_>,
    body: &[u8],
) -> Result<Vec<u8>, Refusal> {
    let call: PutRecords<'_> =
        serde_json::from_slice(body).map_err(|error| Refusal::unreadable(&error))?;
    if !(1..=CALL_RECORDS).contains(&call.records.len()) {
        return Err(Refusal::constraint(
            "records",
            "have length between 1 and 500",
        ));
    }
    let name = control::name(call.name.as_deref(), call.arn.as_deref())?;
    let stream = service.stream(name)?;
    let rules = Rules::of(&lock(&stream));
    let mut checked = Vec::with_capacity(call.records.len());
    let mut bytes = 0;
    for (at, entry) in call.records.iter().enumerate() {
        let entry = check(entry, rules, at)?;
        bytes += entry.bytes;
        checked.push(entry);
    }
    if bytes > CALL_BYTES {
        return Err(Refusal::argument("Records size exceeds 10 MB limit"));
    }
    let mut answer = Vec::with_capacity(64 + checked.len() * 120);
    answer.extend_from_slice(b"{\"Records\":[");
    let mut failed = 0;
    {
        let mut stream = lock(&stream);
        let mut store = Store::new(service, faults, &mut stream);
        for (entry, checked) in call.records.iter().zip(&checked) {
            match store.put(entry, checked) {
                Fate::Stored(sequence, number) => {
                    answer.extend_from_slice(b"{\"SequenceNumber\":\"");
                    answer.extend_from_slice(&sequence);
                    answer.extend_from_slice(b"\",\"ShardId\":\"");
                    answer.extend_from_slice(store.stream.shards[number as usize].id.as_bytes());
                    answer.extend_from_slice(b"\"},");
                }
                Fate::Failed(why) => {
                    failed += 1;
                    let shown = json!({"ErrorCode": why.code, "ErrorMessage": why.message});
                    answer.extend_from_slice(shown.to_string().as_bytes());
                    answer.push(b',');
                }
            }
        }
        let grown = store.grown;
        stream.grown(grown);
    }
    answer.pop();
    answer.extend_from_slice(format!("],\"FailedRecordCount\":{failed}}}").as_bytes());
    Ok(answer)
}

pub(super) fn record(
    service: &Service,
    faults: &RecordFaults<'_>,
    body: &[u8],
) -> Result<Value, Refusal> {
    let call: PutRecord<'_> =
        serde_json::from_slice(body).map_err(|error| Refusal::unreadable(&error))?;
    let name = control::name(call.name.as_deref(), call.arn.as_deref())?;
    let stream = service.stream(name)?;
    let mut stream = lock(&stream);
    let record = Entry {
        data: call.data,
        key: call.key,
        hash_key: call.hash_key,
    };
    let checked = check(&record, Rules::of(&stream), 0)?;
    let mut store = Store::new(service, faults, &mut stream);
    let fate = store.put(&record, &checked);
    let grown = store.grown;
    stream.grown(grown);
    match fate {
        Fate::Stored(sequence, number) => Ok(json!({
            "SequenceNumber": String::from_utf8_lossy(&sequence),
            "ShardId": stream.shards[number as usize].id,
        })),
        Fate::Failed(why) => Err(why),
    }
}

/// Everything about a record that needs no lock.
fn check(entry: &Entry<'_>, rules: Rules, at: usize) -> Result<Checked, Refusal> {
    let data = entry.data.as_bytes();
    let length = STANDARD
        .decoded_length(data)
        .ok()
        .filter(|_| STANDARD.check(data).is_ok());
    let Some(length) = length else {
        return Err(Refusal::new(
            "SerializationException",
            format!("records.{}.member.data is not base64", at + 1),
        ));
    };
    let key = entry.key.as_deref().unwrap_or_default();
    let characters = || key.chars().count();
    if (key.is_empty() && rules.needs_key) || (key.len() > 256 && characters() > 256) {
        return Err(Refusal::constraint(
            &format!("records.{}.member.partitionKey", at + 1),
            "have length between 1 and 256",
        ));
    }
    let bytes = length + key.len();
    if bytes > rules.record_bytes {
        return Err(Refusal::constraint(
            &format!("records.{}.member.data", at + 1),
            &format!(
                "have length less than or equal to {} with its partition key",
                rules.record_bytes
            ),
        ));
    }
    let hash = match &entry.hash_key {
        _ if !rules.needs_key => None,
        None => Some(u128::from_be_bytes(Md5::digest(key.as_bytes()).into())),
        Some(hash_key) => Some(control::hash_key("ExplicitHashKey", hash_key)?),
    };
    Ok(Checked { hash, bytes })
}

/// A stream that is being added to.
struct Store<'s> {
    service: &'s Service,
    faults: &'s RecordFaults<'s>,
    stream: &'s mut Stream,
    millis: i64,
    /// The time as GetRecords shows it.
    time: String,
    grown: usize,
}

impl<'s> Store<'s> {
    fn new(
        service: &'s Service,
        faults: &'s RecordFaults<'s>,
        stream: &'s mut Stream,
    ) -> Store<'s> {
        let millis = now();
        Store {
            service,
            faults,
            stream,
            millis,
            time: format!("{}.{:03}", millis / 1_000, millis % 1_000),
            grown: 0,
        }
    }

    fn put(&mut self, entry: &Entry<'_>, checked: &Checked) -> Fate {
        let number = match checked.hash {
            Some(hash) => self.stream.shard_of(hash),
            None => self.stream.next_turn(),
        };
        let shard = &mut self.stream.shards[number as usize];
        if let Some(code) = self.faults.strike(&self.stream.name, &shard.id) {
            let why = match code {
                "ProvisionedThroughputExceededException" => {
                    Refusal::throttled(&shard.id, &self.stream.name)
                }
                "InternalFailure" => Refusal::new(code, "Internal service failure."),
                _ => Refusal::new(code, "the sandbox was told to answer this"),
            };
            return Fate::Failed(why);
        }
        if self.service.has_quotas && !shard.quota.may_write(checked.bytes, self.millis) {
            return Fate::Failed(Refusal::throttled(&shard.id, &self.stream.name));
        }
        let sequence = shard.count();
        let time = &self.time;
        self.grown += shard.log.push(self.millis, |text| {
            text.extend_from_slice(b"{\"SequenceNumber\":\"");
            text.extend_from_slice(&sequence);
            text.extend_from_slice(b"\",\"ApproximateArrivalTimestamp\":");
            text.extend_from_slice(time.as_bytes());
            text.extend_from_slice(b",\"Data\":\"");
            text.extend_from_slice(entry.data.as_bytes());
            text.push(b'"');
            if let Some(key) = &entry.key {
                text.extend_from_slice(b",\"PartitionKey\":");
                quote(text, key);
            }
            text.push(b'}');
        });
        Fate::Stored(sequence, number)
    }
}

/// The text as JSON.
fn quote(into: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        into.push(b'"');
        into.extend_from_slice(text.as_bytes());
        into.push(b'"');
    } else {
        into.extend_from_slice(json!(text).to_string().as_bytes());
    }
}
