//! librdkafka's statistics, of which a few numbers explain a slow tail.
//!
//! <https://github.com/confluentinc/librdkafka/blob/v2.12.1/STATISTICS.md>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{Telemetry, Window};

/// How often librdkafka is asked to count up.
pub(crate) const INTERVAL_MS: u32 = 1_000;

/// What was collected since it was last asked for.
#[derive(Default)]
pub(crate) struct Statistics {
    collected: Telemetry,
    before: BTreeMap<&'static str, u64>,
    /// Brokers that were not connected when somebody looked last, though they had been.
    away: BTreeSet<String>,
    /// Brokers that were connected at some time.
    known: BTreeSet<String>,
}

/// What is read of the JSON; everything else is skipped.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    brokers: BTreeMap<Cow<'a, str>, Broker<'a>>,
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
struct Broker<'a> {
    /// Negative for those that are only there to begin with.
    nodeid: i64,
    #[serde(borrow)]
    nodename: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
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
        self.look_for_brokers(&written);
        for (name, total) in counts {
            let before = self.before.insert(name, total).unwrap_or(0);
            self.count(name, total.saturating_sub(before));
        }
        known
    }

    /// A broker that was connected and is not, two times in a row: a connection that is only renewed is
    /// no trouble.
    fn look_for_brokers(&mut self, written: &Written<'_>) {
        let mut away = BTreeSet::new();
        for broker in written.brokers.values().filter(|it| it.nodeid >= 0) {
            let name = broker.nodename.to_string();
            match &*broker.state {
                "UP" | "UPDATE" => drop(self.known.insert(name)),
                "INIT" => {}
                _ if self.known.contains(&name) => drop(away.insert(name)),
                _ => {}
            }
        }
        let both: Vec<_> = away.intersection(&self.away).cloned().collect();
        self.collected.trouble = match &both[..] {
            [] => None,
            [one] => Some(format!("broker {one} does not answer")),
            several => Some(format!("brokers {} do not answer", several.join(", "))),
        };
        self.away = away;
    }

    /// Hands over what was collected and starts afresh. Trouble lasts until it is over.
    pub(crate) fn take(&mut self, into: &mut Telemetry) {
        let trouble = self.collected.trouble.clone();
        into.add(std::mem::take(&mut self.collected));
        self.collected.trouble = trouble;
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

    #[test]
    fn a_broker_that_went_away_is_named_until_it_is_back() {
        let mut statistics = Statistics::default();
        let mut told = |state: &str| {
            let of = |id: i64, host: &str, state: &str| {
                format!(
                    r#""{host}/{id}": {{"nodename": "{host}", "nodeid": {id}, "state": "{state}"}}"#
                )
            };
            let brokers = [
                of(-1, "b:9092", "DOWN"),
                of(1, "b:9092", state),
                of(2, "c:9092", "UP"),
                // Nobody has needed it yet.
                of(3, "d:9092", "INIT"),
                of(4, "e:9092", "TRY_CONNECT"),
            ];
            statistics.add(format!(r#"{{"brokers": {{{}}}}}"#, brokers.join(",")).as_bytes());
            let mut telemetry = Telemetry::default();
            statistics.take(&mut telemetry);
            telemetry.trouble
        };
        let away = Some("broker b:9092 does not answer".to_owned());
        assert_eq!(told("UP"), None);
        assert_eq!(told("DOWN"), None, "perhaps only a new connection");
        assert_eq!(told("TRY_CONNECT"), away);
        assert_eq!(told("DOWN"), away);
        assert_eq!(told("UP"), None);
    }
}
