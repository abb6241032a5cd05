//! A look before the run: is the stream there, and will it hold.

use aws_sdk_kinesis::types::{StreamDescriptionSummary, StreamMode, StreamStatus};
use options::{Way, way_to};

use super::control::{Stream, record_bytes};
use super::limiter::{SHARD_BYTES, SHARD_RECORDS};
use super::session::Session;
use super::strategy;
use super::{Options, Spread};
use crate::{Demand, Error, Finding, Findings};

/// What a new on-demand stream takes, in bytes a second.
/// <https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html>
const NEW_ON_DEMAND: f64 = 4.0 * SHARD_BYTES;

/// Asks the service.
pub(super) async fn look(options: &Options, demand: Option<Demand>) -> Result<Findings, Error> {
    let session = Session::new(options).await?;
    session.credentials().await?;
    let stream = Stream::new(options, &session);
    let summary = match stream.describe().await {
        Ok(summary) => summary,
        Err(error) if options.create.is_off() => return Err(error),
        Err(_) => return Ok(to_be_made(options, demand)),
    };
    strategy::fits(options, &summary)?;
    let mut findings = vec![
        status(&summary, &session.region),
        capacity(&summary, demand),
        record_size(options, &summary, demand),
        retention(&summary),
    ];
    // What the scenario names is judged with its other mistakes.
    if options.endpoint.is_none()
        && let Way::InClear(host) = way_to(&session.endpoint)
    {
        let warning = format!(
            "the records go to `{host}` over `http://`: whoever is on the way can read them"
        );
        findings.push(finding("endpoint", session.endpoint.clone(), Some(warning)));
    }
    let distribution = strategy::finding(options, &summary);
    let by_key = options.spread() == Spread::Keys && distribution.is_none();
    findings.extend(distribution);
    if by_key
        && options.order_per_key != Some(true)
        && let Some(hottest) = hottest(demand, &summary)
    {
        findings.push(hottest);
    }
    Ok(findings)
}

fn finding(what: &str, found: String, warning: Option<String>) -> Finding {
    Finding {
        what: what.to_owned(),
        found,
        warning,
    }
}

fn to_be_made(options: &Options, demand: Option<Demand>) -> Findings {
    let name = options.name().unwrap_or_default();
    let (found, warning) = match options.create.shards {
        Some(shards) => (
            format!(
                "{name} is not there; it will be made with {}",
                plural(shards)
            ),
            demand.and_then(|demand| too_few(demand, shards)),
        ),
        None => (
            match options.spread() {
                Spread::Auto => format!(
                    "{name} is not there; it will be made, on demand, and distribute records by itself (AUTO)"
                ),
                _ => format!("{name} is not there; it will be made, on demand"),
            },
            demand.and_then(|demand| beyond(demand, NEW_ON_DEMAND, "a new on-demand stream")),
        ),
    };
    vec![finding("stream", found, warning)]
}

fn status(summary: &StreamDescriptionSummary, region: &str) -> Finding {
    let name = &summary.stream_name;
    let status = &summary.stream_status;
    let warning = match status {
        StreamStatus::Active => None,
        StreamStatus::Updating => Some("it is being changed: wait until that is done".to_owned()),
        StreamStatus::Creating => Some("it is being made: wait until it is active".to_owned()),
        _ => Some("nothing can be written to it".to_owned()),
    };
    finding("stream", format!("{name} in {region} is {status}"), warning)
}

/// For how long the stream keeps records.
fn retention(summary: &StreamDescriptionSummary) -> Finding {
    let hours = summary.retention_period_hours;
    Finding::good("retention", format!("records are kept for {hours} h"))
}

fn is_on_demand(summary: &StreamDescriptionSummary) -> bool {
    let mode = summary
        .stream_mode_details
        .as_ref()
        .map(|details| &details.stream_mode);
    mode == Some(&StreamMode::OnDemand)
}

fn capacity(summary: &StreamDescriptionSummary, demand: Option<Demand>) -> Finding {
    let shards = summary.open_shard_count.unsigned_abs();
    if is_on_demand(summary) {
        let warm = summary
            .warm_throughput
            .as_ref()
            .and_then(|warm| warm.current_mibps);
        let bytes = warm.map_or(NEW_ON_DEMAND, |mib| f64::from(mib) * SHARD_BYTES);
        let found = match warm {
            Some(mib) => format!("on demand, {} now, warm for {mib} MiB/s", plural(shards)),
            None => format!(
                "on demand, {} now, 4 MiB/s when new and twice its earlier peak later",
                plural(shards)
            ),
        };
        // What it has grown to shows in its shards.
        let bytes = bytes.max(f64::from(shards) * SHARD_BYTES);
        let warning = demand.and_then(|demand| beyond(demand, bytes, "the stream"));
        return finding("capacity", found, warning);
    }
    let found = format!(
        "{} take {} records/s and {shards} MiB/s",
        plural(shards),
        u64::from(shards) * 1_000
    );
    finding(
        "capacity",
        found,
        demand.and_then(|demand| too_few(demand, shards)),
    )
}

fn plural(shards: u32) -> String {
    if shards == 1 {
        "1 shard".to_owned()
    } else {
        format!("{shards} shards")
    }
}

/// The shards that a load needs.
fn shards_for(demand: Demand) -> u32 {
    let by_records = demand.records_per_second / SHARD_RECORDS;
    let by_bytes = demand.bytes_per_second / SHARD_BYTES;
    by_records.max(by_bytes).ceil().max(1.0) as u32
}

fn too_few(demand: Demand, shards: u32) -> Option<String> {
    let needed = shards_for(demand);
    let has = if shards == 1 {
        "1".to_owned()
    } else {
        shards.to_string()
    };
    (needed > shards).then(|| {
        format!("this load needs {needed} shards, the stream has {has}: what is too much will be throttled")
    })
}

fn beyond(demand: Demand, bytes: f64, whose: &str) -> Option<String> {
    let needed = f64::from(shards_for(demand)) * SHARD_BYTES;
    (needed > bytes).then(|| {
        format!(
            "this load asks for the throughput of {} MiB/s, {whose} takes {} MiB/s at first: warm it up \
             (UpdateStreamWarmThroughput), or measure how it scales",
            (needed / SHARD_BYTES).ceil(),
            (bytes / SHARD_BYTES).floor(),
        )
    })
}

fn record_size(
    options: &Options,
    summary: &StreamDescriptionSummary,
    demand: Option<Demand>,
) -> Finding {
    let limit = record_bytes(summary);
    let largest = demand
        .map(|demand| demand.largest_record)
        .filter(|largest| *largest > limit);
    let wanted = options
        .record_size
        .map(|size| size.0)
        .filter(|wanted| *wanted > limit);
    let warning = largest
        .map(|largest| format!("the largest record has {largest} bytes: it will be refused"))
        .or_else(|| wanted.map(|_| "`record_size` is more than that".to_owned()))
        .map(|warning| format!("{warning}; `aws kinesis update-max-record-size` raises the limit"));
    finding(
        "record size",
        format!("at most {} KiB with the key", limit / 1024),
        warning,
    )
}

/// Even a stream that is large enough has a hottest shard.
fn hottest(demand: Option<Demand>, summary: &StreamDescriptionSummary) -> Option<Finding> {
    let shards = summary.open_shard_count.unsigned_abs();
    let needed = shards_for(demand?);
    let is_tight = needed <= shards && f64::from(needed) > 0.8 * f64::from(shards) && shards > 1;
    is_tight.then(|| {
        finding(
            "headroom",
            format!("the load needs {needed} of {shards} shards if keys spread evenly"),
            Some("keys never spread quite evenly: some shards will be throttled; `spread: even` avoids that".to_owned()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(records: f64, bytes: f64) -> Demand {
        Demand {
            records_per_second: records,
            bytes_per_second: bytes,
            largest_record: 100,
        }
    }

    #[test]
    fn a_load_needs_shards_by_records_and_by_bytes() {
        assert_eq!(shards_for(demand(8_500.0, 1e6)), 9);
        assert_eq!(shards_for(demand(10.0, 3.5 * SHARD_BYTES)), 4);
        assert_eq!(shards_for(demand(0.1, 1.0)), 1);
        let warning = too_few(demand(8_500.0, 1e6), 4).unwrap();
        assert!(
            warning.starts_with("this load needs 9 shards, the stream has 4"),
            "{warning}"
        );
        assert_eq!(too_few(demand(4_000.0, 1e6), 4), None);
        assert!(
            beyond(demand(8_500.0, 1e6), NEW_ON_DEMAND, "the stream")
                .unwrap()
                .contains("9 MiB/s")
        );
    }
}
