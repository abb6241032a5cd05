//! Lists of streams and of shards, a page at a time.

use std::sync::PoisonError;

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shard::Shard;
use super::stream::Stream;
use super::{Service, control, lock};

pub(super) fn streams(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let limit = limit(body, "Limit", 100, 10_000)?;
    let after = body["ExclusiveStartStreamName"]
        .as_str()
        .or(body["NextToken"].as_str())
        .unwrap_or_default();
    let streams = service
        .streams
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    let mut left = streams.iter().filter(|(name, _)| name.as_str() > after);
    let page: Vec<_> = left.by_ref().take(limit).collect();
    let names: Vec<_> = page.iter().map(|(name, _)| name.as_str()).collect();
    let summaries: Vec<_> = page
        .iter()
        .map(|(_, stream)| {
            let mut shown = control::about(&lock(stream));
            if let Some(shown) = shown.as_object_mut() {
                shown.retain(|member, _| member.starts_with("Stream"));
            }
            shown
        })
        .collect();
    let has_more = left.next().is_some();
    let mut answer = json!({
        "StreamNames": names,
        "StreamSummaries": summaries,
        "HasMoreStreams": has_more,
    });
    if has_more {
        answer["NextToken"] = json!(names.last());
    }
    Ok(answer)
}

/// `DescribeStream`, the older way to list shards.
pub(super) fn describe(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let limit = limit(body, "Limit", 100, 10_000)?;
    let stream = service.stream(control::named(body)?)?;
    let stream = lock(&stream);
    let from = after(&stream, body)?;
    let page = stream.shards.iter().skip(from).take(limit).map(Shard::json);
    let mut shown = control::about(&stream);
    shown["Shards"] = page.collect();
    shown["HasMoreShards"] = json!(from + limit < stream.shards.len());
    Ok(json!({"StreamDescription": shown}))
}

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html>
pub(super) fn shards(service: &Service, body: &Value) -> Result<Value, Refusal> {
    let limit = limit(body, "MaxResults", 1_000, 10_000)?;
    let (name, from, filter) = match body["NextToken"].as_str() {
        Some(_) if !body["StreamName"].is_null() || !body["StreamARN"].is_null() => {
            return Err(Refusal::argument(
                "NextToken and StreamName cannot be provided together.",
            ));
        }
        Some(token) => read(token).ok_or_else(|| Refusal::argument("Invalid NextToken."))?,
        None => (
            control::named(body)?.to_owned(),
            0,
            body["ShardFilter"].to_string(),
        ),
    };
    let stream = service.stream(&name)?;
    let stream = lock(&stream);
    let from = from.max(after(&stream, body)?);
    let wanted = serde_json::from_str(&filter).unwrap_or_default();
    let fitting = Filter::read(&stream, &wanted)?;
    let mut left = stream
        .shards
        .iter()
        .enumerate()
        .skip(from)
        .filter(|(at, it)| fitting.has(*at, it));
    let page: Vec<_> = left.by_ref().take(limit).collect();
    let mut answer = json!({
        "Shards": page.iter().map(|(_, shard)| shard.json()).collect::<Vec<_>>(),
    });
    if let Some((next, _)) = left.next() {
        let token = format!("{name}|{next}|{filter}");
        answer["NextToken"] = json!(STANDARD.encode_to_string(token));
    }
    Ok(answer)
}

fn read(token: &str) -> Option<(String, usize, String)> {
    let text = String::from_utf8(STANDARD.decode_to_vec(token).ok()?).ok()?;
    let mut parts = text.splitn(3, '|');
    Some((
        parts.next()?.to_owned(),
        parts.next()?.parse().ok()?,
        parts.next()?.to_owned(),
    ))
}

/// Which shards are wanted. Times are milliseconds.
enum Filter {
    All,
    /// Those with a higher number.
    After(usize),
    /// Those that were open then.
    OpenAt(i64),
    /// Those that were open then or later.
    OpenSince(i64),
}

impl Filter {
    fn read(stream: &Stream, filter: &Value) -> Result<Filter, Refusal> {
        let time = || {
            let seconds = filter["Timestamp"].as_f64();
            seconds
                .map(|seconds| (seconds * 1_000.0) as i64)
                .ok_or_else(|| Refusal::argument("ShardFilter needs a Timestamp"))
        };
        match filter["Type"].as_str() {
            // Nothing is trimmed by time here.
            None | Some("FROM_TRIM_HORIZON") => Ok(Filter::All),
            Some("AT_TRIM_HORIZON") => Ok(Filter::OpenAt(stream.created)),
            Some("AT_LATEST") => Ok(Filter::OpenAt(i64::MAX)),
            Some("AT_TIMESTAMP") => Ok(Filter::OpenAt(time()?.max(stream.created))),
            Some("FROM_TIMESTAMP") => Ok(Filter::OpenSince(time()?)),
            Some("AFTER_SHARD_ID") => {
                let id = control::text(filter, "ShardId")?;
                let number = stream.find(id);
                let number = number.ok_or_else(|| Refusal::no_shard(id, &stream.name))?;
                Ok(Filter::After(number as usize))
            }
            Some(_) => Err(Refusal::constraint(
                "shardFilter.type",
                "satisfy enum value set: [FROM_TRIM_HORIZON, AT_LATEST, FROM_TIMESTAMP, AT_TRIM_HORIZON, AT_TIMESTAMP, AFTER_SHARD_ID]",
            )),
        }
    }

    fn has(&self, number: usize, shard: &Shard) -> bool {
        let is_open_after = |time: i64| shard.closed.is_none_or(|closed| closed > time);
        match self {
            Filter::All => true,
            Filter::After(after) => number > *after,
            Filter::OpenAt(time) => shard.created <= *time && is_open_after(*time),
            Filter::OpenSince(time) => is_open_after(*time),
        }
    }
}

/// How many shards to skip.
fn after(stream: &Stream, body: &Value) -> Result<usize, Refusal> {
    match body["ExclusiveStartShardId"].as_str() {
        None => Ok(0),
        Some(id) => stream
            .find(id)
            .map(|number| number as usize + 1)
            .ok_or_else(|| Refusal::no_shard(id, &stream.name)),
    }
}

fn limit(body: &Value, name: &str, default: usize, most: u64) -> Result<usize, Refusal> {
    match &body[name] {
        Value::Null => Ok(default),
        value => value
            .as_u64()
            .filter(|limit| (1..=most).contains(limit))
            .map(|limit| limit as usize)
            .ok_or_else(|| Refusal::constraint(name, &format!("be from 1 to {most}"))),
    }
}
