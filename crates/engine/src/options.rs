//! The `run:` section: how a run is carried out.

use options::{ByteSize, Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::in_flight::{bytes_at_most, pool_bytes};

/// How a run is carried out. Every key has a default that suits most runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunOptions {
    /// Lanes of each stream: threads with a connection of their own each, which share the load
    /// evenly. One lane generates and times millions of records a second; more are worth while
    /// where one connection is the limit (one TLS connection takes a few hundred MB/s), and where
    /// there are idle cores for them.
    pub lanes: usize,
    /// Records of each stream that may be on their way at once, in all its lanes together. At this
    /// bound `when_full` says what happens.
    pub in_flight: u64,
    /// Bytes of each stream that may be on their way at once, in all its lanes together.
    pub in_flight_bytes: ByteSize,
    /// Records that are handed to the client at once, at most. Records are handed over when they
    /// are due and not held back until a batch is full, so this matters at high rates only.
    pub batch: usize,
    /// What happens to records that are due while as many are on their way as may be.
    pub when_full: WhenFull,
    /// How long the run may last beyond the end of its load, at most: for records that had no room
    /// until then, and for the last acknowledgements. What has no answer by then counts as abandoned,
    /// and what could not be sent as unsent.
    pub drain: Period,
    /// Accuracy against CPU time, while waiting for the next record to be due.
    pub pacing: Pacing,
    /// Whether the run is there to measure time. Then it is not valid (exit code 96) if the generator
    /// was late by its own fault, as on a machine with other work. Left out, a stream is measured if a
    /// threshold about it rests on time: on a latency, the lateness or the rate. Otherwise a late
    /// generator is a remark, and the latencies are marked as not to be trusted.
    pub measure: bool,
}

/// What happens to records that are due while as many are on their way as may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// They wait, and leave late. Since latency counts from the moment a record was due, the wait
    /// is part of it: this is what callers of a stalled service would have seen.
    #[default]
    Wait,
    /// They are left out, and counted as skipped.
    Skip,
}

/// Accuracy against CPU time, while waiting for the next record to be due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pacing {
    /// Every record leaves when it is due: on an idle machine less than 0.1 ms late. Costs about
    /// a third of a core at 10 000 records a second and a whole one from 100 000 on.
    #[default]
    Precise,
    /// A lane looks once a millisecond for what is due, so that records leave up to a millisecond
    /// late, for a few per cent of a core at any rate. The lateness is measured and part of the
    /// response time.
    Relaxed,
}

/// More lanes than this are a slip: each is a thread with a connection.
const LANES_MAX: usize = 256;
/// Beyond this a batch gains nothing, and a straggler holds all of it.
const BATCH_MAX: usize = 10_000;
/// Each takes memory for its due time and its bytes.
const IN_FLIGHT_MAX: u64 = 100_000_000;
/// What a stream's batches may take before anything is sent: beyond it, the machine that runs out of
/// memory is the one that measures.
const POOL_BYTES_MAX: u64 = 2 << 30;

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            lanes: 1,
            in_flight: 100_000,
            in_flight_bytes: ByteSize(256 << 20),
            batch: 256,
            when_full: WhenFull::Wait,
            drain: Period::from_secs(30),
            pacing: Pacing::Precise,
            measure: false,
        }
    }
}

impl RunOptions {
    /// Every mistake in this section, which stands at `at`.
    pub fn problems(&self, at: &Location, problems: &mut Problems) {
        let mut within = |name: &str, value: u64, most: u64, help: &str| {
            if value == 0 || value > most {
                let message = format!("`{name}` has to be from 1 to {most}, not {value}");
                problems.push(Problem::new(at.join(name), message).help(help));
            }
        };
        let lanes = self.lanes as u64;
        within(
            "lanes",
            lanes,
            LANES_MAX as u64,
            "one lane is enough for most destinations",
        );
        within(
            "in_flight",
            self.in_flight,
            IN_FLIGHT_MAX,
            "leave it out for 100000",
        );
        within(
            "batch",
            self.batch as u64,
            BATCH_MAX as u64,
            "leave it out for 256",
        );
        within(
            "in_flight_bytes",
            self.in_flight_bytes.0,
            u64::MAX,
            "leave it out for 256 MiB",
        );
        if lanes > self.in_flight && (1..=IN_FLIGHT_MAX).contains(&self.in_flight) {
            let message = format!(
                "{lanes} lanes cannot share {} records in flight",
                self.in_flight
            );
            let problem = Problem::new(at.join("in_flight"), message);
            problems.push(problem.help("allow at least one record for each lane"));
        }
        self.pool_problem(at, problems);
        if self.drain.as_nanos() == 0 {
            let message = "with no time to drain, the last records are always abandoned";
            problems.push(Problem::warning(at.join("drain"), message).help("leave it out for 30s"));
        }
    }
}

impl RunOptions {
    /// About how many bytes of memory a stream takes while as much of it is on its way as may be: its batches,
    /// and the client's copy of what is in them. `record_len` is that of its longest record, with the key
    /// and what is beside it.
    pub fn memory(&self, record_len: u64) -> u64 {
        let records = bytes_at_most(self, record_len);
        pool_bytes(self).saturating_add(records.saturating_mul(2))
    }

    /// The numbers of lanes, of records in flight and in a batch, each fine by itself, may come to
    /// more batches than there is memory for.
    fn pool_problem(&self, at: &Location, problems: &mut Problems) {
        let is_fine = (1..=LANES_MAX).contains(&self.lanes)
            && (1..=BATCH_MAX).contains(&self.batch)
            && (self.lanes as u64..=IN_FLIGHT_MAX).contains(&self.in_flight);
        let bytes = pool_bytes(self);
        if !is_fine || bytes <= POOL_BYTES_MAX {
            return;
        }
        let with = |in_flight: u64| {
            let less = RunOptions {
                in_flight,
                ..self.clone()
            };
            pool_bytes(&less)
        };
        // The more may be in flight, the more memory it takes.
        let (mut fits, mut fits_not) = (self.lanes as u64, self.in_flight);
        while fits_not - fits > 1 {
            let middle = fits + (fits_not - fits) / 2;
            if with(middle) <= POOL_BYTES_MAX {
                fits = middle;
            } else {
                fits_not = middle;
            }
        }
        let (most, batch) = (ByteSize(POOL_BYTES_MAX), self.batch);
        let message = format!(
            "{} records in flight, in batches of at most {batch}, take about {} GiB before anything is \
             sent; there may be {most}",
            self.in_flight,
            bytes.div_ceil(1 << 30),
        );
        let help = format!("at most {fits} can be in flight here; larger batches allow more");
        problems.push(Problem::new(at.join("in_flight"), message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> RunOptions {
        serde_json::from_str(json).unwrap()
    }

    fn found(options: &RunOptions) -> Vec<String> {
        let mut problems = Vec::new();
        options.problems(&Location::root().join("run"), &mut problems);
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem.at, problem.message))
            .collect()
    }

    #[test]
    fn everything_can_be_left_out() {
        assert_eq!(read("{}"), RunOptions::default());
        assert_eq!(found(&RunOptions::default()), Vec::<String>::new());
        let some =
            read(r#"{"when_full": "skip", "pacing": "relaxed", "in_flight_bytes": "1 MiB"}"#);
        assert_eq!(some.when_full, WhenFull::Skip);
        assert_eq!(some.pacing, Pacing::Relaxed);
        assert_eq!(some.in_flight_bytes, ByteSize(1 << 20));
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let options = read(
            r#"{"lanes": 0, "in_flight": 0, "batch": 20000, "in_flight_bytes": "0 B", "drain": "0s"}"#,
        );
        assert_eq!(
            found(&options),
            [
                "run.lanes: `lanes` has to be from 1 to 256, not 0",
                "run.in_flight: `in_flight` has to be from 1 to 100000000, not 0",
                "run.batch: `batch` has to be from 1 to 10000, not 20000",
                "run.in_flight_bytes: `in_flight_bytes` has to be from 1 to 18446744073709551615, \
                 not 0",
                "run.drain: with no time to drain, the last records are always abandoned",
            ]
        );
        let crowded = read(r#"{"lanes": 8, "in_flight": 4}"#);
        assert_eq!(
            found(&crowded),
            ["run.in_flight: 8 lanes cannot share 4 records in flight"]
        );
    }

    #[test]
    fn memory_is_bounded_by_bytes_or_by_records() {
        let options = RunOptions {
            lanes: 2,
            in_flight: 1_000,
            in_flight_bytes: ByteSize(1 << 20),
            ..RunOptions::default()
        };
        let pool = pool_bytes(&options);
        // A thousand records of 100 bytes, and twice a mebibyte of records of a kibibyte and more.
        assert_eq!(options.memory(100), pool + 2 * 100_000);
        assert_eq!(options.memory(10_000), pool + (2 << 20));
    }

    #[test]
    fn what_no_memory_holds_is_a_mistake() {
        let options = |lanes, in_flight, batch| RunOptions {
            lanes,
            in_flight,
            batch,
            ..RunOptions::default()
        };
        let huge = options(1, 100_000_000, 1);
        assert_eq!(
            found(&huge),
            [
                "run.in_flight: 100000000 records in flight, in batches of at most 1, take about 39 GiB \
                 before anything is sent; there may be 2 GiB"
            ]
        );
        // What is said to fit does.
        for (lanes, batch) in [(1, 1), (1, 256), (1, 10_000), (8, 10), (256, 256)] {
            let mut problems = Problems::new();
            let too_many = options(lanes, IN_FLIGHT_MAX, batch);
            too_many.problems(&Location::root(), &mut problems);
            let Some(help) = problems.first().and_then(|problem| problem.help.as_deref()) else {
                continue;
            };
            let words: Vec<_> = help.split(' ').collect();
            let fits: u64 = words[2].parse().unwrap();
            assert_eq!(found(&options(lanes, fits, batch)), Vec::<String>::new());
            assert_eq!(found(&options(lanes, fits + 1, batch)).len(), 1, "{help}");
        }
        for fine in [
            options(1, 1_000_000, 1),
            options(8, 100_000, 10_000),
            options(16, 10_000_000, 256),
            options(256, 100_000, 256),
        ] {
            assert_eq!(found(&fine), Vec::<String>::new());
        }
    }
}
