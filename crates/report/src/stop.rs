//! What ends a run early: conditions over what is measured while it lasts.
//!
//! ```text
//! <condition> ::= [ <stream> ":" ] <measure> <operator> <limit> "for" <duration>
//! ```
//!
//! Stream, operator and limit are those of a [threshold](crate::thresholds). A measure is one that is known
//! while a run lasts: `lateness`, `service` and `response` with a statistic, `errors`, `rate`, `scheduled`,
//! `acknowledged`, `rejected`, `skipped` and `in_flight`. It is taken over the last so many seconds as a whole,
//! once a second, and not before there are so many.

mod options;
mod window;

use std::str::FromStr;

use ::options::Period;
use measure::Stopped;

pub use options::StopWhen;
pub use window::Windows;

use crate::format;
use crate::thresholds::{Limit, ParseError, Threshold, Unit, parse_live};

/// One condition, e.g. `errors > 5% for 10s`. See the [module](self) for the grammar.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As written, without space around it.
    pub text: String,
    /// What is compared with what.
    pub(crate) threshold: Threshold,
    /// The length of the window that it is measured over.
    pub window: Period,
}

impl FromStr for Condition {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Condition, ParseError> {
        const HELP: &str = "end it with the time to measure over: `errors > 5% for 10s`";
        let Some(at) = text.rfind(" for ") else {
            // A mistake before that is the better one to begin with.
            parse_live(text)?;
            return Err(ParseError {
                offset: text.trim_end().len(),
                len: 0,
                message: "a condition needs a time to be measured over".to_owned(),
                help: Some(HELP.to_owned()),
            });
        };
        let threshold = parse_live(&text[..at])?;
        let written = &text[at + " for ".len()..];
        let window = written.trim().parse().map_err(|message| ParseError {
            offset: text.len() - written.trim_start().len(),
            len: written.trim().len(),
            message,
            help: Some(HELP.to_owned()),
        })?;
        Ok(Condition {
            text: text.trim().to_owned(),
            threshold,
            window,
        })
    }
}

/// A condition's limit and the unit of what is measured.
pub(crate) fn limit(condition: &Condition) -> (f64, Unit) {
    match condition.threshold.limit {
        Limit::Nanos(nanos) => (nanos as f64 / 1e6, Unit::Millis),
        Limit::Records(records) => (records as f64, Unit::Records),
        Limit::Percent(percent) => (percent, Unit::Percent),
        Limit::PerSecond(rate) => (rate, Unit::PerSecond),
    }
}

/// What ended a run, in words: `` stopped after 12s by `stop_when`: `errors > 5% for 10s` held, with 7.3%``.
pub(crate) fn words(stopped: &Stopped, several: bool) -> String {
    let at = format::seconds(stopped.at.as_secs_f64());
    let stream = if several && !stopped.condition.contains(':') {
        format!(" of stream `{}`", stopped.stream)
    } else {
        String::new()
    };
    let value = match stopped.condition.parse() {
        Ok(condition) => format::quantity(stopped.value, limit(&condition).1),
        Err(_) => stopped.value.to_string(),
    };
    format!(
        "stopped after {at} by `stop_when`: `{}` held{stream}, with {value}",
        stopped.condition
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (String, String) {
        let error = text.parse::<Condition>().expect_err(text);
        let end = error.offset + error.len;
        (text[error.offset..end].to_owned(), error.to_string())
    }

    #[test]
    fn what_people_write_is_understood() {
        for (text, limit_of, seconds) in [
            ("errors > 5% for 10s", (5.0, Unit::Percent), 10),
            ("lateness p99 > 50ms for 5s", (50.0, Unit::Millis), 5),
            ("a: rate < 90% for 1m", (90.0, Unit::Percent), 60),
            ("rate < 900/s for 1m 30s", (900.0, Unit::PerSecond), 90),
            (" in_flight >= 1_000 for 2s ", (1_000.0, Unit::Records), 2),
        ] {
            let condition: Condition = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(limit(&condition), limit_of, "{text}");
            assert_eq!(condition.window, Period::from_secs(seconds), "{text}");
        }
        // A stream may have any name.
        let condition: Condition = "wait for it: errors > 5% for 10s".parse().unwrap();
        assert_eq!(condition.threshold.stream.as_deref(), Some("wait for it"));
    }

    /// Of every number of records, a condition either looks at it or is told where it belongs.
    #[test]
    fn what_is_known_only_at_the_end_ends_no_run() {
        use crate::thresholds::Count;
        for (name, count) in Count::ALL {
            let parsed = format!("{name} > 3 for 10s").parse::<Condition>();
            match count {
                Count::Scheduled | Count::Acknowledged | Count::Rejected | Count::Skipped => {
                    assert!(parsed.is_ok(), "{name}");
                }
                _ => {
                    let error = parsed.expect_err(name);
                    let message = format!("`{name}` is known only when a run is over");
                    assert_eq!(error.message, message);
                    let help = error.help.unwrap();
                    assert!(help.starts_with("write it below `thresholds`: "), "{name}");
                }
            }
        }
    }

    #[test]
    fn a_mistake_is_told_at_its_place() {
        let all = [
            "errors > 5%",
            "errors > 5% for a while",
            "errors > 5% for 10",
            "lost > 0 for 10s",
            "landing p99 > 1m for 10s",
            "abandoned > 5 for 10s",
            "latency p99 > 1s for 10s",
            "errors > 5 for 10s",
            "for 10s",
            "",
        ];
        let told: Vec<_> = all
            .iter()
            .map(|text| {
                let (place, message) = error(text);
                format!("{text:?}, at {place:?}: {message}")
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
