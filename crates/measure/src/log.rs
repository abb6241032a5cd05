//! `latency.hlog`: the histograms of a run as a standard HdrHistogram log, readable by other tools.
//!
//! One line per stream, latency and interval. The tag is `<stream>:<latency>`; values are nanoseconds,
//! and the maximum that stands readable in each line is in milliseconds. Records of the warm-up are in none of
//! them. What landed, or came to the
//! profile, is known at the end only: one line for the whole run, tagged `<stream>:landing` or
//! `<stream>:profile`.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, LogEntry as Line, Tag,
};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};
use jiff::Timestamp;

use crate::{Interval, Measured};

/// Nanoseconds in the unit of the readable maximum.
const NANOS_PER_MILLI: f64 = 1e6;

/// One line of a log.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// The stream, with what a tag can't hold replaced by `_`.
    pub stream: String,
    /// `lateness`, `service`, `response`, `landing` or `profile`.
    pub latency: String,
    /// From the run's zero to the beginning of the interval.
    pub start: Duration,
    /// The interval's length.
    pub length: Duration,
    /// The values, in nanoseconds.
    pub histogram: Histogram<u64>,
}

/// A log that is not one.
#[derive(Debug, thiserror::Error)]
#[error("this is no histogram log: {0}")]
pub struct LogError(String);

/// A latency of a whole run that is known at its end only.
#[derive(Clone, Copy, Debug)]
pub struct Afterwards<'a> {
    /// The stream.
    pub stream: &'a str,
    /// `landing` or `profile`.
    pub latency: &'static str,
    /// The values, in nanoseconds.
    pub histogram: &'a Histogram<u64>,
}

/// Writes the log of a run, with what was found out about it `afterwards`. Intervals without a value
/// are left out.
pub fn write_log(
    measured: &Measured,
    afterwards: &[Afterwards<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    // The writer wants to know its target's type; a run's log is small enough to be made in memory.
    let mut bytes = Vec::new();
    let failed = |error: &dyn std::fmt::Debug| io::Error::other(format!("{error:?}"));
    {
        let since = Duration::try_from(measured.started_at.duration_since(Timestamp::UNIX_EPOCH));
        let zero = SystemTime::UNIX_EPOCH + since.unwrap_or_default();
        let mut serializer = V2DeflateSerializer::new();
        let mut log = IntervalLogWriterBuilder::new()
            .add_comment(
                "[Logged with Hydrant; values are nanoseconds, the readable maximum milliseconds]",
            )
            .add_comment("[Histogram log format version 1.3]")
            .with_start_time(zero)
            .with_base_time(zero)
            .with_max_value_divisor(NANOS_PER_MILLI)
            .begin_log_with(&mut bytes, &mut serializer)?;
        let mut write = |stream: &str, latency: &str, start, length, values: &Histogram<u64>| {
            if values.is_empty() {
                return Ok(());
            }
            let tag = tag(stream, latency);
            let tag = Tag::new(&tag);
            log.write_histogram(values, start, length, tag)
                .map_err(|error| failed(&error))
        };
        // In the order of their beginnings: readers that look for a span of time stop behind its end.
        for whole in afterwards {
            let (start, length) = (Duration::ZERO, measured.elapsed);
            write(whole.stream, whole.latency, start, length, whole.histogram)?;
        }
        for (stream, interval) in by_start(measured) {
            let latencies = interval.latencies.unpack();
            let start = Duration::from_nanos(interval.start.0);
            let length = Duration::from_nanos(interval.end.0.saturating_sub(interval.start.0));
            let all = [
                ("lateness", &latencies.lateness),
                ("service", &latencies.service),
                ("response", &latencies.response),
            ];
            for (latency, values) in all {
                write(stream, latency, start, length, values)?;
            }
        }
    }
    out.write_all(&bytes)
}

/// The intervals of all streams, in the order in which they began.
fn by_start(measured: &Measured) -> Vec<(&str, &Interval)> {
    let mut intervals: Vec<_> = measured
        .streams
        .iter()
        .flat_map(|stream| {
            stream
                .intervals
                .iter()
                .map(|interval| (&*stream.name, interval))
        })
        .collect();
    intervals.sort_by_key(|(_, interval)| interval.start);
    intervals
}

/// Reads a log back, line by line, without loss.
pub fn read_log(text: &[u8]) -> Result<Vec<LogEntry>, LogError> {
    let failed = |error: &dyn std::fmt::Debug| LogError(format!("{error:?}"));
    let mut deserializer = Deserializer::new();
    let mut entries = Vec::new();
    for line in IntervalLogIterator::new(text) {
        let Line::Interval(line) = line.map_err(|error| failed(&error))? else {
            continue;
        };
        let tag = line.tag().map_or("", |tag| tag.as_str());
        let (stream, latency) = tag
            .rsplit_once(':')
            .ok_or_else(|| LogError(format!("the tag `{tag}` is not ours")))?;
        let bytes = BASE64_STANDARD
            .decode(line.encoded_histogram())
            .map_err(|error| failed(&error))?;
        entries.push(LogEntry {
            stream: stream.to_owned(),
            latency: latency.to_owned(),
            start: line.start_timestamp(),
            length: line.duration(),
            histogram: deserializer
                .deserialize(&mut &*bytes)
                .map_err(|error| failed(&error))?,
        });
    }
    Ok(entries)
}

/// A tag has no commas, no blanks and no line ends.
fn tag(stream: &str, latency: &str) -> String {
    let stream: String = stream
        .chars()
        .map(|c| {
            if c.is_whitespace() || c == ',' {
                '_'
            } else {
                c
            }
        })
        .collect();
    format!("{stream}:{latency}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use batch::Nanos;

    use super::*;
    use crate::{
        ClockTrouble, Counts, EndedBy, Latencies, PackedLatencies, StreamMeasured, WarmUp,
        histogram,
    };

    fn interval(second: u64, values: &[u64]) -> Interval {
        let mut latencies = Latencies::default();
        for value in values {
            latencies.response.record(*value).unwrap();
            latencies.service.record(value / 2).unwrap();
        }
        Interval {
            start: Nanos(second * 1_000_000_000),
            end: Nanos((second + 1) * 1_000_000_000),
            counts: Counts::default(),
            warm_up: Counts::default(),
            in_flight: 0,
            throttled: 0,
            target_rate: None,
            latencies: PackedLatencies::from(&latencies),
        }
    }

    fn measured() -> Measured {
        let stream = StreamMeasured {
            name: "a stream, with words".to_owned(),
            counts: Counts::default(),
            warm_up: WarmUp::default(),
            latencies: Latencies::default(),
            intervals: vec![
                interval(0, &[4_000_000, 5_000_000]),
                interval(1, &[]),
                interval(2, &[7_777_777]),
            ],
            target_rate: None,
            scheduled_for: Duration::from_secs(3),
            last_acknowledged: None,
            errors: BTreeMap::new(),
            ledger: Vec::new(),
            versions: Vec::new(),
            blocked: Duration::ZERO,
            sending: Duration::ZERO,
            busy: None,
            telemetry: BTreeMap::new(),
            counters: BTreeMap::new(),
        };
        Measured {
            started_at: Timestamp::from_second(1_700_000_000).unwrap(),
            elapsed: Duration::from_secs(3),
            drain: Duration::ZERO,
            ended_by: EndedBy::Schedule,
            streams: vec![stream],
            broken: Vec::new(),
            clocks: ClockTrouble::default(),
            cpu: Duration::ZERO,
            peak_rss: 0,
        }
    }

    #[test]
    fn what_was_written_is_read_back_without_loss() {
        let (measured, mut out) = (measured(), Vec::new());
        write_log(&measured, &[], &mut out).unwrap();
        let entries = read_log(&out).unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| {
                (
                    entry.latency.as_str(),
                    entry.start.as_secs(),
                    entry.length.as_secs(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("service", 0, 1),
                ("response", 0, 1),
                ("service", 2, 1),
                ("response", 2, 1)
            ]
        );
        assert!(
            entries
                .iter()
                .all(|entry| entry.stream == "a_stream__with_words")
        );
        let mut whole = histogram();
        for entry in entries.iter().filter(|entry| entry.latency == "response") {
            whole.add(&entry.histogram).unwrap();
        }
        let mut wanted = histogram();
        for value in [4_000_000, 5_000_000, 7_777_777] {
            wanted.record(value).unwrap();
        }
        assert_eq!(whole, wanted);
    }

    #[test]
    fn the_text_is_as_the_format_wants_it() {
        let mut out = Vec::new();
        write_log(&measured(), &[], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("#[Histogram log format version 1.3]\n"),
            "{text}"
        );
        assert!(text.contains("#[StartTime: 1700000000.000"), "{text}");
        let line = text
            .lines()
            .find(|line| line.contains(":response"))
            .unwrap();
        let parts: Vec<_> = line.split(',').collect();
        // Tag, start and length in seconds, maximum in milliseconds, histogram.
        assert_eq!(
            &parts[..3],
            ["Tag=a_stream__with_words:response", "0.000", "1.000"]
        );
        let maximum: f64 = parts[3].parse().unwrap();
        assert!((maximum - 5.0).abs() < 0.01, "{line}");
        assert!(parts[4].starts_with("HISTFAAAA"), "{line}");
    }

    #[test]
    fn lines_of_several_streams_are_in_the_order_of_time() {
        let (mut measured, mut out) = (measured(), Vec::new());
        let mut second = measured.streams[0].clone();
        second.name = "second".to_owned();
        measured.streams.push(second);
        write_log(&measured, &[], &mut out).unwrap();
        let entries = read_log(&out).unwrap();
        assert!(entries.is_sorted_by_key(|entry| entry.start));
        assert_eq!(entries.len(), 8);
    }

    #[test]
    fn what_is_no_log_is_refused() {
        assert!(read_log(b"one,two").is_err());
        assert!(read_log(b"Tag=x:response,0.0,1.0,2.0,!!!!").is_err());
        assert!(read_log(b"").unwrap().is_empty());
    }
}
