//! One line on how a run is doing, while it runs.

use std::time::Duration;

use crate::format;

/// A moment of a run. Rates and percentiles are those of the last interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Since the run's zero.
    pub elapsed: Duration,
    /// Until the schedule is through; `None` if it has no end of its own.
    pub left: Option<Duration>,
    /// Records a second that the load asks for; `None` if unpaced.
    pub target_rate: Option<f64>,
    /// Acknowledged records a second.
    pub rate: f64,
    /// Acknowledged so far.
    pub acknowledged: u64,
    /// Rejected so far.
    pub rejected: u64,
    /// Skipped so far.
    pub skipped: u64,
    /// In flight at the moment.
    pub in_flight: u64,
    /// Median response in milliseconds; `None` if nothing was acknowledged.
    pub response_p50: Option<f64>,
    /// 99th percentile of the response in milliseconds.
    pub response_p99: Option<f64>,
    /// Whether the interval began in the warm-up.
    pub warming_up: bool,
    /// Whether a stream has yet to begin, when another one has ended.
    pub waiting: bool,
    /// What keeps records from being acknowledged: `broker b:9092 does not answer`.
    pub trouble: Option<String>,
    /// Whether the schedule is through and only receipts are waited for.
    pub draining: bool,
}

impl Progress {
    /// The line, e.g. `12s  1,000/s of 1,000/s  11,987 acknowledged  13 in flight  response p50
    /// 4.1 ms p99 9.8 ms  48s left`. What is zero and should be is left out.
    pub fn line(&self) -> String {
        let mut parts = vec![format::duration(self.elapsed)];
        parts.push(match self.target_rate {
            Some(target) if !self.draining => {
                format!("{} of {}", format::rate(self.rate), format::rate(target))
            }
            _ => format::rate(self.rate),
        });
        parts.push(format!("{} acknowledged", format::count(self.acknowledged)));
        for (number, word) in [(self.rejected, "rejected"), (self.skipped, "skipped")] {
            if number > 0 {
                parts.push(format!("{} {word}", format::count(number)));
            }
        }
        parts.push(format!("{} in flight", format::count(self.in_flight)));
        if let (Some(p50), Some(p99)) = (self.response_p50, self.response_p99) {
            parts.push(format!(
                "response p50 {} p99 {}",
                format::millis(p50),
                format::millis(p99)
            ));
        }
        if self.warming_up && !self.waiting {
            parts.push("warming up".to_owned());
        }
        parts.extend(self.trouble.clone());
        parts.push(match (self.draining, self.left) {
            (true, _) => "draining".to_owned(),
            (false, Some(left)) => format!("{} left", format::duration(left)),
            (false, None) if self.waiting => "waiting for another stream".to_owned(),
            (false, None) => "until stopped".to_owned(),
        });
        parts.join("  ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_the_run_is_doing() {
        let steady = Progress {
            elapsed: Duration::from_secs(12),
            left: Some(Duration::from_secs(48)),
            target_rate: Some(1000.0),
            rate: 999.6,
            acknowledged: 11_987,
            in_flight: 13,
            response_p50: Some(4.12),
            response_p99: Some(9.81),
            ..Progress::default()
        };
        assert_eq!(
            steady.line(),
            "12s  999.6/s of 1,000/s  11,987 acknowledged  13 in flight  \
             response p50 4.12 ms p99 9.81 ms  48s left"
        );
        let drain = Progress {
            draining: true,
            rejected: 3,
            response_p50: None,
            trouble: Some("broker b:9092 does not answer".to_owned()),
            ..steady
        };
        assert_eq!(
            drain.line(),
            "12s  999.6/s  11,987 acknowledged  3 rejected  13 in flight  broker b:9092 does not answer  \
             draining"
        );
        let waiting = Progress {
            elapsed: Duration::from_secs(1),
            target_rate: Some(0.0),
            warming_up: true,
            waiting: true,
            ..Progress::default()
        };
        assert_eq!(
            waiting.line(),
            "1s  0/s of 0/s  0 acknowledged  0 in flight  waiting for another stream"
        );
        let warming = Progress {
            left: Some(Duration::from_secs(1)),
            warming_up: true,
            ..Progress::default()
        };
        assert_eq!(
            warming.line(),
            "0s  0/s  0 acknowledged  0 in flight  warming up  1s left"
        );
        let endless = Progress {
            left: None,
            target_rate: None,
            ..Progress::default()
        };
        assert_eq!(
            endless.line(),
            "0s  0/s  0 acknowledged  0 in flight  until stopped"
        );
    }
}
