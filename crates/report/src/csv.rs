//! `intervals.csv`: one line per stream and interval, for spreadsheets and notebooks.
//!
//! | column | unit |
//! | --- | --- |
//! | `stream` | name |
//! | `start_s`, `end_s` | seconds from the run's zero |
//! | `target_per_s` | records a second that the load asked for; empty if unpaced |
//! | `acknowledged_per_s` | records a second |
//! | `scheduled`, `acknowledged`, `rejected`, `abandoned`, `skipped`, `unsent` | records, where they were settled |
//! | `acknowledged_bytes` | bytes of record values |
//! | `in_flight` | records, at the interval's end |
//! | `throttled` | how often the client heard that it was too fast |
//! | `lateness_p50_ms` … `response_max_ms` | milliseconds; empty if nothing was settled |
//! | `warm_up` | 1 while the warm-up lasts, whose records are in no latency; else 0 |

use std::io::{self, Write};

use hdrhistogram::Histogram;
use measure::Interval;

use crate::run::{Exporter, Run};
use crate::summary::Distribution;

/// The series of every stream as CSV (RFC 4180, but with plain line feeds).
#[derive(Clone, Copy, Debug)]
pub struct Csv;

const COUNTS: &str = "stream,start_s,end_s,target_per_s,acknowledged_per_s,scheduled,acknowledged,\
                      rejected,abandoned,skipped,unsent,acknowledged_bytes,in_flight,throttled";
const STATISTICS: [&str; 6] = ["mean", "p50", "p90", "p99", "p99.9", "max"];

impl Exporter for Csv {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{COUNTS}")?;
        for latency in ["lateness", "service", "response"] {
            for statistic in STATISTICS {
                write!(out, ",{latency}_{statistic}_ms")?;
            }
        }
        writeln!(out, ",warm_up")?;
        for stream in &run.measured.streams {
            let name = quoted(&stream.name);
            for interval in &stream.intervals {
                line(&name, interval, out)?;
                let warm_up = interval.start < stream.warm_up.until;
                writeln!(out, ",{}", u8::from(warm_up))?;
            }
        }
        Ok(())
    }
}

fn line(name: &str, interval: &Interval, out: &mut dyn Write) -> io::Result<()> {
    let counts = &interval.counts;
    let seconds = interval.end.duration_since(interval.start).as_secs_f64();
    let per_second = (seconds > 0.0).then(|| counts.acknowledged as f64 / seconds);
    write!(
        out,
        "{name},{},{},{},{},{},{},{},{},{},{},{},{},{}",
        number(interval.start.as_secs_f64()),
        number(interval.end.as_secs_f64()),
        interval.target_rate.map(number).unwrap_or_default(),
        per_second.map(number).unwrap_or_default(),
        counts.scheduled,
        counts.acknowledged,
        counts.rejected,
        counts.abandoned,
        counts.skipped,
        counts.unsent,
        counts.acknowledged_bytes,
        interval.in_flight,
        interval.throttled,
    )?;
    let latencies = interval.latencies.unpack();
    for histogram in [&latencies.lateness, &latencies.service, &latencies.response] {
        statistics(histogram, out)?;
    }
    Ok(())
}

fn statistics(histogram: &Histogram<u64>, out: &mut dyn Write) -> io::Result<()> {
    let Some(d) = Distribution::of(histogram) else {
        return write!(out, "{}", ",".repeat(STATISTICS.len()));
    };
    for value in [d.mean, d.p50, d.p90, d.p99, d.p99_9, d.max] {
        write!(out, ",{}", number(value))?;
    }
    Ok(())
}

/// At most six decimals: nanoseconds of a millisecond, microseconds of a second.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_survive_a_spreadsheet() {
        assert_eq!(quoted("profiles"), "profiles");
        assert_eq!(quoted("a,b \"c\""), "\"a,b \"\"c\"\"\"");
        assert_eq!(
            [number(1.0), number(0.25), number(1e-7)],
            ["1", "0.25", "0"]
        );
    }
}
