//! librdkafka's statistics, of which a few numbers explain a slow tail.
//!
//! <https://github.com/confluentinc/librdkafka/blob/v2.12.1/STATISTICS.md>

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Telemetry, Window};

/// How often librdkafka is asked to count up.
pub(crate) const INTERVAL_MS: u32 = 1_000;

/// What was collected since it was last asked for.
#[derive(Default)]
pub(crate) struct Statistics {
    collected: Telemetry,
    before: BTreeMap<&'static str, u64>,
}

/// What is read of the JSON; everything else is skipped.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    brokers: BTreeMap<Cow<'a, str>, Broker>,
    #[serde(borrow, default)]
    topics: BTreeMap<Cow<'a, str>, Topic<'a>>,
}

/// The client's only topic.
#[derive(Deserialize)]
struct Topic<'a> {
    #[serde(borrow, default)]
    partitions: BTreeMap<Cow<'a, str>, Partition>,
}

#[derive(Deserialize)]
#[serde(default)]
struct Partition {
    partition: i32,
    /// The broker that has it; -1 if nobody knows.
    leader: i32,
    /// Whether the cluster does not have it.
    unknown: bool,
}

impl Default for Partition {
    fn default() -> Partition {
        Partition {
            partition: -1,
            leader: -1,
            unknown: true,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Broker {
    int_latency: Distribution,
    outbuf_latency: Distribution,
    rtt: Distribution,
    throttle: Distribution,
    req_timeouts: u64,
    txerrs: u64,
    disconnects: u64,
}

/// One of librdkafka's windows, over the last interval.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Distribution {
    max: i64,
    sum: i64,
    cnt: i64,
}

impl Distribution {
    /// In milliseconds, from units of which `per_milli` make one.
    fn window(self, per_milli: f64) -> Window {
        Window {
            count: self.cnt.max(0) as u64,
            sum: self.sum.max(0) as f64 / per_milli,
            max: self.max.max(0) as f64 / per_milli,
        }
    }
}

impl Statistics {
    /// Takes one interval's statistics. What is not understood is left out: statistics explain a
    /// run, they do not decide it. Returns how many partitions the topic has by now.
    pub(crate) fn add(&mut self, json: &[u8]) -> u32 {
        let Ok(written) = serde_json::from_slice::<Written<'_>>(json) else {
            return 0;
        };
        let partitions = written
            .topics
            .values()
            .flat_map(|it| it.partitions.values());
        let known = partitions.filter(|it| it.partition >= 0 && it.leader >= 0 && !it.unknown);
        let known = known.count() as u32;
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        for broker in written.brokers.values() {
            // Microseconds, but for `throttle`, which is the broker's own answer in milliseconds
            // and counts throttled answers only.
            for (name, distribution, per_milli) in [
                ("queue", broker.int_latency, 1e3),
                ("send_buffer", broker.outbuf_latency, 1e3),
                ("round_trip", broker.rtt, 1e3),
                ("throttle", broker.throttle, 1.0),
            ] {
                if distribution.cnt > 0 {
                    let window = self.collected.windows.entry(name).or_default();
                    window.add(distribution.window(per_milli));
                }
            }
            self.count("throttled", broker.throttle.cnt.max(0) as u64);
            for (name, total) in [
                ("request_timeouts", broker.req_timeouts),
                ("request_errors", broker.txerrs),
                ("disconnects", broker.disconnects),
            ] {
                *counts.entry(name).or_default() += total;
            }
        }
        for (name, total) in counts {
            let before = self.before.insert(name, total).unwrap_or(0);
            self.count(name, total.saturating_sub(before));
        }
        known
    }

    /// Hands over what was collected and starts afresh.
    pub(crate) fn take(&mut self, into: &mut Telemetry) {
        let Telemetry { windows, counters } = std::mem::take(&mut self.collected);
        for (name, window) in windows {
            into.windows.entry(name).or_default().add(window);
        }
        for (name, count) in counters {
            *into.counters.entry(name).or_default() += count;
        }
    }

    fn count(&mut self, name: &str, more: u64) {
        if more > 0 {
            *self.collected.counters.entry(name.to_owned()).or_default() += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"name": "x#producer-1", "msg_cnt": 4, "brokers": {
        "localhost:9092/1": {"name": "localhost:9092/1", "nodeid": 1, "disconnects": 1, "rtt": {"min": 1, "max": 2500, "avg": 2, "sum": 4000, "cnt": 2},
            "throttle": {"min": 0, "max": 1060, "avg": 700, "sum": 1400, "cnt": 2},
            "toppars": {}}}, "topics": {"t": {"topic": "t", "age": 12, "partitions": {
            "0": {"partition": 0, "broker": 1, "leader": 1, "desired": false, "unknown": false},
            "1": {"partition": 1, "broker": 1, "leader": 1, "desired": false, "unknown": false},
            "2": {"partition": 2, "broker": -1, "leader": -1, "desired": false, "unknown": false},
            "-1": {"partition": -1, "broker": -1, "leader": -1, "desired": false, "unknown": false}}}}}"#;

    #[test]
    fn windows_come_in_milliseconds_and_counters_as_differences() {
        let mut statistics = Statistics::default();
        assert_eq!(statistics.add(JSON.as_bytes()), 2);
        statistics.add(
            JSON.replace("\"disconnects\": 1", "\"disconnects\": 3")
                .as_bytes(),
        );
        assert_eq!(statistics.add(b"no JSON"), 0);
        let mut telemetry = Telemetry::default();
        statistics.take(&mut telemetry);
        let round_trip = Window {
            count: 4,
            sum: 8.0,
            max: 2.5,
        };
        assert_eq!(telemetry.windows["round_trip"], round_trip);
        assert_eq!(
            telemetry.windows["throttle"],
            Window {
                count: 4,
                sum: 2800.0,
                max: 1060.0
            }
        );
        assert!(
            !telemetry.windows.contains_key("queue"),
            "nothing was seen of it"
        );
        assert_eq!(telemetry.counters["throttled"], 4);
        assert_eq!(telemetry.counters["disconnects"], 3);
        let mut empty = Telemetry::default();
        statistics.take(&mut empty);
        assert!(empty.windows.is_empty() && empty.counters.is_empty());
    }
}
