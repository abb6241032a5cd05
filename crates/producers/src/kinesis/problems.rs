//! Mistakes in the options that can be seen without a connection.

use options::{Location, Problem, Problems, Way, way_to};

use super::{CALL_BYTES, CALL_RECORDS, Options, RECORD_BYTES, Spread};
use crate::kafka::file_problems;

/// All of them.
pub(super) fn find(options: &Options, at: &Location, problems: &mut Problems) {
    names(options, at, problems);
    sizes(options, at, problems);
    distribution(options, at, problems);
    times(options, at, problems);
    file_problems(
        options.ca_certificate.as_deref(),
        &at.join("ca_certificate"),
        problems,
    );
    if let Some(endpoint) = &options.endpoint
        && !is_endpoint(endpoint)
    {
        problems.push(
            Problem::new(at.join("endpoint"), format!("`{endpoint}` is no address of a server"))
                .help("an endpoint looks like `https://kinesis.eu-west-1.amazonaws.com` or `http://127.0.0.1:4568`"),
        );
    } else if let Some(endpoint) = &options.endpoint
        && let Way::InClear(host) = way_to(endpoint)
    {
        // Calls are signed: the secret itself is not in them.
        let message = format!(
            "the records go to `{host}` over `http://`: whoever is on the way can read them"
        );
        problems.push(
            Problem::warning(at.join("endpoint"), message)
                .help("use `https://`, or allow this host by its name in `HYDRANT_ALLOW_HTTP`"),
        );
    }
    if let Some(role) = &options.role
        && !(role.starts_with("arn:") && role.contains(":role/"))
    {
        problems.push(
            Problem::new(at.join("role"), format!("`{role}` is no ARN of a role"))
                .help("a role looks like `arn:aws:iam::123456789012:role/name`"),
        );
    }
}

fn is_endpoint(text: &str) -> bool {
    let good = |url: &url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    url::Url::parse(text).is_ok_and(|url| good(&url))
}

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html>
fn is_name(name: &str) -> bool {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=128).contains(&name.len()) && name.chars().all(is_legal)
}

fn names(options: &Options, at: &Location, problems: &mut Problems) {
    match (&options.stream, &options.arn) {
        (Some(name), None) if is_name(name) => {}
        (Some(name), None) => problems.push(
            Problem::new(
                at.join("stream"),
                format!("`{name}` can't be the name of a stream"),
            )
            .help("letters, digits, `.`, `_` and `-`; at most 128 of them"),
        ),
        (None, Some(arn)) if name_in(arn).is_some_and(is_name) => {}
        (None, Some(arn)) => problems.push(
            Problem::new(at.join("arn"), format!("`{arn}` is no ARN of a stream"))
                .help("an ARN looks like `arn:aws:kinesis:eu-west-1:123456789012:stream/name`"),
        ),
        (Some(_), Some(_)) => problems.push(
            Problem::new(at.clone(), "`stream` and `arn` are both given")
                .help("give the stream's name or its ARN; another account's stream needs the ARN"),
        ),
        (None, None) => problems.push(
            Problem::new(at.clone(), "the stream is not named")
                .help("give `stream` (its name) or `arn`"),
        ),
    }
}

/// The name at the end of a stream's ARN.
pub(super) fn name_in(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let is_kinesis = parts.next()? == "arn" && parts.next().is_some() && parts.next()? == "kinesis";
    let has_place = parts.next().is_some_and(|region| !region.is_empty())
        && parts.next().is_some_and(|account| account.len() == 12);
    let name = parts.next()?.strip_prefix("stream/")?;
    (is_kinesis && has_place).then_some(name)
}

fn sizes(options: &Options, at: &Location, problems: &mut Problems) {
    let mut bound = |name: &str, value: Option<u64>, low: u64, high: u64, help: &str| {
        if let Some(value) = value
            && !(low..=high).contains(&value)
        {
            let message = format!("`{name}` has to be from {low} to {high}");
            problems.push(Problem::new(at.join(name), message).help(help));
        }
    };
    let bytes = |size: Option<options::ByteSize>| size.map(|size| size.0);
    bound(
        "batch_records",
        options.batch_records.map(u64::from),
        1,
        CALL_RECORDS,
        "PutRecords takes 500 records",
    );
    bound(
        "batch_bytes",
        bytes(options.batch_bytes),
        1 << 10,
        2 * CALL_BYTES,
        "PutRecords takes 10 MiB, and 5 MiB everywhere",
    );
    bound(
        "record_size",
        bytes(options.record_size),
        RECORD_BYTES,
        10 * RECORD_BYTES,
        "streams take records of 1 MiB, and up to 10 MiB where `UpdateMaxRecordSize` says so",
    );
    bound(
        "connections",
        options.connections.map(u64::from),
        1,
        256,
        "each takes one call at a time",
    );
    bound(
        "limit_per_shard",
        options.limit_per_shard.map(u64::from),
        1,
        1_000,
        "in percent of what a shard takes; the Kinesis Producer Library uses 150",
    );
    let aggregate = options.aggregate.as_ref().map(super::Aggregate::bytes);
    bound(
        "aggregate",
        aggregate,
        1 << 10,
        RECORD_BYTES,
        "an aggregate is a record of the stream: `size: 50 KiB`",
    );
    let shards = options.create.shards.map(u64::from);
    bound(
        "create",
        shards,
        1,
        20_000,
        "a stream has one shard at least",
    );
}

fn distribution(options: &Options, at: &Location, problems: &mut Problems) {
    if options.order_per_key == Some(true) && options.spread() != Spread::Keys {
        problems.push(
            Problem::new(
                at.join("order_per_key"),
                "order is kept in a shard, and here keys do not decide on it",
            )
            .help("write `spread: keys`, or leave `order_per_key` out"),
        );
    }
    if options.spread() == Spread::Auto {
        if options.create.shards.is_some() {
            problems.push(
                Problem::new(
                    at.join("create"),
                    "a stream with a number of shards goes by keys, and here the stream is to decide",
                )
                .help("`create: true` makes an on-demand stream, which can"),
            );
        }
        for (name, is_given) in [
            ("aggregate", options.aggregate.is_some()),
            ("limit_per_shard", options.limit_per_shard.is_some()),
        ] {
            if is_given {
                problems.push(
                    Problem::new(
                        at.join(name),
                        "the shard of a record has to be known for that",
                    )
                    .help("write `spread: keys` or `spread: even`"),
                );
            }
        }
    }
}

fn times(options: &Options, at: &Location, problems: &mut Problems) {
    if options.request_timeout().is_zero() {
        problems.push(Problem::new(
            at.join("request_timeout"),
            "no call is answered in no time",
        ));
    }
    if options.record_deadline() < options.request_timeout() {
        problems.push(
            Problem::warning(
                at.join("record_deadline"),
                "a record whose first call gets no answer is not tried again",
            )
            .help("give a longer `record_deadline`, or a shorter `request_timeout`"),
        );
    }
    let retry = options.retry.clone().unwrap_or_default();
    if retry.first.0.is_zero() || retry.longest < retry.first {
        problems.push(Problem::new(
            at.join("retry"),
            "`first` has to be more than nothing and at most `longest`",
        ));
    }
}
