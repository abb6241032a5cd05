//! Streams made, looked at, changed and removed.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::stream::{Mode, RECORD_KIB, Stream};
use super::{Service, lock};

/// A text that the request has to have.
pub(super) fn text<'v>(body: &'v Value, name: &str) -> Result<&'v str, Refusal> {
    body[name].as_str().ok_or_else(|| {
        let member = format!("{}{}", name[..1].to_lowercase(), &name[1..]);
        Refusal::constraint(&member, "not be null")
    })
}

/// The name of the stream that is meant.
pub(super) fn name<'n>(name: Option<&'n str>, arn: Option<&'n str>) -> Result<&'n str, Refusal> {
    let of_arn = |arn: &'n str| {
        let name = arn
            .strip_prefix("arn:")
            .and_then(|rest| rest.split_once(":stream/"));
        name.map(|(_, name)| name)
            .ok_or_else(|| Refusal::argument(format!("{arn} is no ARN of a stream")))
    };
    match (name, arn) {
        (Some(name), None) => Ok(name),
        (given, Some(arn)) => {
            let name = of_arn(arn)?;
            if given.is_some_and(|given| given != name) {
                return Err(Refusal::argument(
                    "StreamName and StreamARN are of two streams",
                ));
            }
            Ok(name)
        }
        (None, None) => Err(Refusal::argument(
            "Either StreamName or StreamARN must be specified.",
        )),
    }
}

/// The same, of a request that was read.
pub(super) fn named(body: &Value) -> Result<&str, Refusal> {
    name(body["StreamName"].as_str(), body["StreamARN"].as_str())
}

/// A hash key.
pub(super) fn hash_key(member: &str, text: &str) -> Result<u128, Refusal> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(|| {
        Refusal::argument(format!(
            "Invalid {member}. {member} must be in the range: [0, 2^128-1]. Specified value was {text}"
        ))
    })
}

/// A number of shards.
fn count(body: &Value, name: &str) -> Result<Option<u32>, Refusal> {
    match &body[name] {
        Value::Null => Ok(None),
        value => match value.as_u64() {
            // What an account may have at most without asking for more.
            Some(count @ 1..=20_000) => Ok(Some(count as u32)),
            _ => Err(Refusal::constraint(name, "be from 1 to 20000")),
        },
    }
}

fn mode(body: &Value) -> Result<Mode, Refusal> {
    match body
        .pointer("/StreamModeDetails/StreamMode")
        .and_then(Value::as_str)
    {
        None | Some("PROVISIONED") => Ok(Mode::Provisioned),
        Some("ON_DEMAND") => Ok(Mode::OnDemand),
        Some(_) => Err(Refusal::constraint(
            "streamModeDetails.streamMode",
            "satisfy enum value set: [PROVISIONED, ON_DEMAND]",
        )),
    }
}

fn is_auto(body: &Value, mode: Mode) -> Result<Option<bool>, Refusal> {
    match body["RecordDistributionStrategy"].as_str() {
        None => Ok(None),
        Some("USER_PARTITION_KEY") => Ok(Some(false)),
        Some("AUTO") if mode == Mode::OnDemand => Ok(Some(true)),
        Some("AUTO") => Err(Refusal::argument(
            "The record distribution strategy AUTO is for on-demand streams",
        )),
        Some(_) => Err(Refusal::constraint(
            "recordDistributionStrategy",
            "satisfy enum value set: [AUTO, USER_PARTITION_KEY]",
        )),
    }
}

fn record_kib(body: &Value) -> Result<Option<u32>, Refusal> {
    match &body["MaxRecordSizeInKiB"] {
        Value::Null => Ok(None),
        value => match value.as_u64() {
            Some(kib @ 1_024..=10_240) => Ok(Some(kib as u32)),
            _ => Err(Refusal::constraint(
                "maxRecordSizeInKiB",
                "be from 1024 to 10240",
            )),
        },
    }
}

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html>
pub(super) fn create(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let name = text(body, "StreamName")?;
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !(1..=128).contains(&name.len()) || !name.chars().all(is_legal) {
        return Err(Refusal::constraint(
            "streamName",
            "satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and have length between 1 and 128",
        ));
    }
    let mode = mode(body)?;
    let shards = match (mode, count(body, "ShardCount")?) {
        (Mode::Provisioned, Some(shards)) => shards,
        (Mode::Provisioned, None) => {
            return Err(Refusal::new(
                "ValidationException",
                "ShardCount has to be given for a stream in the mode PROVISIONED",
            ));
        }
        (Mode::OnDemand, None) => 4,
        (Mode::OnDemand, Some(_)) => {
            return Err(Refusal::new(
                "ValidationException",
                "ShardCount has no place for a stream in the mode ON_DEMAND",
            ));
        }
    };
    let mut stream = Stream::new(name, mode, shards, service.memory);
    stream.record_kib = record_kib(body)?.unwrap_or(RECORD_KIB);
    stream.is_auto = is_auto(body, mode)?.unwrap_or(false);
    let mut streams = service
        .streams
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    if streams.contains_key(name) {
        return Err(Refusal::new(
            "ResourceInUseException",
            format!(
                "Stream {name} under account {} already exists.",
                super::ACCOUNT
            ),
        ));
    }
    streams.insert(name.to_owned(), Arc::new(Mutex::new(stream)));
    Ok(Value::Null)
}

pub(super) fn delete(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let name = named(body)?;
    let mut streams = service
        .streams
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    let gone = streams.remove(name);
    gone.map(|_| Value::Null)
        .ok_or_else(|| Refusal::no_stream(name))
}

pub(super) fn summary(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let stream = service.stream(named(body)?)?;
    let stream = lock(&stream);
    let strategy = if stream.is_auto {
        "AUTO"
    } else {
        "USER_PARTITION_KEY"
    };
    let mut shown = about(&stream);
    shown["OpenShardCount"] = json!(stream.open().len());
    shown["ConsumerCount"] = json!(0);
    shown["MaxRecordSizeInKiB"] = json!(stream.record_kib);
    shown["RecordDistributionStrategy"] = json!(strategy);
    Ok(json!({"StreamDescriptionSummary": shown}))
}

/// What both descriptions say.
pub(super) fn about(stream: &Stream) -> Value {
    json!({
        "StreamName": stream.name,
        "StreamARN": stream.arn(),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": stream.mode.word()},
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": stream.created / 1_000,
        "EncryptionType": "NONE",
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
    })
}

/// `UpdateMaxRecordSize`, `UpdateStreamMode`, `UpdateStreamRecordDistributionStrategy`: each changes
/// what it names.
pub(super) fn update(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let stream = service.stream(named(body)?)?;
    let mut stream = lock(&stream);
    let kib = record_kib(body)?;
    let wanted = match &body["StreamModeDetails"] {
        Value::Null => stream.mode,
        _ => mode(body)?,
    };
    let auto = is_auto(body, wanted)?;
    stream.mode = wanted;
    stream.record_kib = kib.unwrap_or(stream.record_kib);
    // What is provisioned goes by its keys.
    stream.is_auto = auto.unwrap_or(stream.is_auto) && wanted == Mode::OnDemand;
    Ok(Value::Null)
}

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html>
pub(super) fn update_shard_count(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let stream = service.stream(named(body)?)?;
    let mut stream = lock(&stream);
    if text(body, "ScalingType")? != "UNIFORM_SCALING" {
        return Err(Refusal::constraint(
            "scalingType",
            "satisfy enum value set: [UNIFORM_SCALING]",
        ));
    }
    let target = count(body, "TargetShardCount")?
        .ok_or_else(|| Refusal::constraint("targetShardCount", "not be null"))?;
    let current = stream.open().len() as u32;
    if target > current * 2 || target * 2 < current {
        return Err(Refusal::new(
            "LimitExceededException",
            format!(
                "UpdateShardCount cannot scale the {current} shards of stream {} to more than double or less than half of them",
                stream.name
            ),
        ));
    }
    stream.rescale(target);
    Ok(json!({
        "StreamName": stream.name,
        "StreamARN": stream.arn(),
        "CurrentShardCount": current,
        "TargetShardCount": target,
    }))
}

pub(super) fn split(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let stream = service.stream(named(body)?)?;
    let mut stream = lock(&stream);
    let shard = open_shard(&stream, text(body, "ShardToSplit")?)?;
    let at = hash_key("NewStartingHashKey", text(body, "NewStartingHashKey")?)?;
    stream.split(shard, at).ok_or_else(|| {
        Refusal::argument(format!(
            "NewStartingHashKey {at} used in SplitShard() on shard {} in stream {} under account {} is not both greater than one plus the shard's StartingHashKey and less than the shard's EndingHashKey",
            stream.shards[shard as usize].id,
            stream.name,
            super::ACCOUNT
        ))
    })?;
    Ok(Value::Null)
}

pub(super) fn merge(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let stream = service.stream(named(body)?)?;
    let mut stream = lock(&stream);
    let one = open_shard(&stream, text(body, "ShardToMerge")?)?;
    let other = open_shard(&stream, text(body, "AdjacentShardToMerge")?)?;
    stream.merge(one, other).ok_or_else(|| {
        Refusal::argument(format!(
            "Shards {} and {} in stream {} under account {} are not an adjacent pair of shards eligible for merging",
            stream.shards[one as usize].id,
            stream.shards[other as usize].id,
            stream.name,
            super::ACCOUNT
        ))
    })?;
    Ok(Value::Null)
}

fn open_shard(stream: &Stream, id: &str) -> Result<u32, Refusal> {
    let number = stream
        .find(id)
        .ok_or_else(|| Refusal::no_shard(id, &stream.name))?;
    if stream.shards[number as usize].closed.is_some() {
        return Err(Refusal::new(
            "ResourceInUseException",
            format!("Shard {id} in stream {} is closed", stream.name),
        ));
    }
    Ok(number)
}
