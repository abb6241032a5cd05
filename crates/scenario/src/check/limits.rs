//! Records and rates next to what the destination takes.

use options::{ByteSize, Problem, Rate};
use pacing::Load;
use producers::{DestinationOptions, EmptyKeys, Limits};
use records::Template;

use super::Checker;
use crate::document::Stream;

impl Checker<'_> {
    /// A record that is too large is a mistake; one that may be, and a rate above what the service
    /// documents, is a warning.
    pub(super) fn limits(
        &mut self,
        stream: &Stream<'_>,
        destination: &DestinationOptions,
        template: &Template,
        load: &Load,
    ) {
        let Some(destination) = destination.get() else {
            return;
        };
        let (name, limits) = (destination.name(), destination.limits());
        let at = stream.at.join("records");
        if let Some(limit) = limits.record_bytes {
            let (key, headers) = (key_len(template), headers_len(template));
            let mean = template.mean_len() + key + headers;
            let longest = longest(template);
            let most = ByteSize(limit);
            let word = if limits.beside.contains(&"attributes") {
                "attributes"
            } else {
                "headers"
            };
            let with = match (key > 0.0, headers > 0.0) {
                (false, false) => String::new(),
                (true, false) => " with its key".to_owned(),
                (false, true) => format!(" with its {word}"),
                (true, true) => format!(" with its key and its {word}"),
            };
            if mean > limit as f64 {
                let message = format!(
                    "a record has {mean:.0} bytes{with}; {name} takes at most {most} at once"
                );
                self.report_key(Problem::new(at, message).help("make its fields smaller"));
            } else if longest > limit {
                let message = format!(
                    "a record may have up to {longest} bytes{with}; {name} takes at most {most} at once"
                );
                let help = "larger ones will be rejected; records of this scenario have";
                self.report_key(
                    Problem::warning(at, message).help(format!("{help} {mean:.0} on average")),
                );
            }
        }
        self.empty_keys(stream, name, limits.empty_keys, template);
        self.beside(stream, name, &limits, template);
        self.lines(stream, name, &limits);
        if let Some((rate, limit)) = beyond(load, template.mean_len(), &limits) {
            let message = format!("{name} is documented to take {limit}, and {rate} is asked for");
            self.report_key(
                Problem::warning(stream.at.join("load"), message)
                    .help("expect throttling, unless the service was told to take more"),
            );
        }
    }
}

impl Checker<'_> {
    /// A format with any byte in it can't be taken apart at line feeds.
    fn lines(&mut self, stream: &Stream<'_>, name: &str, limits: &Limits) {
        let format = stream.records.map(|records| &records.format);
        if let Some(format) = format.filter(|format| limits.are_lines && format.is_binary()) {
            let word = format.word();
            let message = format!(
                "{name} tells records apart by line feeds, and `{word}` may have them in a record"
            );
            self.report_key(
                Problem::new(stream.at.join("records").join("format"), message).help(
                    "write `framing: length` in the destination: the length before each record",
                ),
            );
        }
    }

    /// Keys that are empty mean something else with each service.
    fn empty_keys(
        &mut self,
        stream: &Stream<'_>,
        name: &str,
        fate: EmptyKeys,
        template: &Template,
    ) {
        const SOME: u64 = 1_000;
        let mut key = Vec::new();
        let is_empty = |n: &u64| {
            key.clear();
            template.key(*n, &mut key) && key.is_empty()
        };
        let empty = (0..SOME).filter(is_empty).count() as u64;
        if empty == 0 || fate == EmptyKeys::Taken {
            return;
        }
        let at = stream.at.join("records").join("key");
        let share = if empty == SOME {
            "records have an empty key".to_owned()
        } else {
            format!("{empty} of the first {SOME} records have an empty key")
        };
        let problem = match fate {
            EmptyKeys::Refused if empty == SOME => {
                Problem::new(at, format!("{share}, and {name} refuses those"))
            }
            EmptyKeys::Refused => {
                Problem::warning(at, format!("{share}, and {name} refuses those"))
            }
            EmptyKeys::Unordered | EmptyKeys::Taken => Problem::warning(
                at,
                format!("{share}: for {name} they have none, and no order"),
            ),
        };
        self.report_key(problem.help(
            "take a field that every record has and that is never empty, or leave `key` out",
        ));
    }
}

/// How long a key is on average: of a few, since keys are alike.
pub(crate) fn key_len(template: &Template) -> f64 {
    const SOME: u64 = 32;
    let mut keys = Vec::new();
    for n in 0..SOME {
        template.key(n, &mut keys);
    }
    keys.len() as f64 / SOME as f64
}

/// How long the headers are on average, with their names: of a few records, since they are alike.
pub(crate) fn headers_len(template: &Template) -> f64 {
    const SOME: u64 = 32;
    let mut bytes = 0;
    for n in 0..SOME {
        template.headers(n, |name, value| bytes += name.len() + value.len());
    }
    bytes as f64 / SOME as f64
}

/// How long a record can be, with its key and its headers.
pub(crate) fn longest(template: &Template) -> u64 {
    let headers = template.longest_headers();
    let headers: usize = headers.map(|(name, longest)| name.len() + longest).sum();
    (template.max_len() + headers) as u64 + key_len(template).ceil() as u64
}

/// The highest rate of the load in words, and the limit that it is beyond.
fn beyond(load: &Load, mean_bytes: f64, limits: &Limits) -> Option<(String, String)> {
    let rate = load.peak_rate()?;
    if let Some(limit) = limits.records_per_second.filter(|limit| rate > *limit) {
        // People write whole numbers; more digits than that help nobody here.
        let asked = Rate::per_second(rate.round() as u64);
        return Some((asked.to_string(), format!("{limit:.0} records a second")));
    }
    let bytes = rate * mean_bytes;
    let limit = limits.bytes_per_second.filter(|limit| bytes > *limit)?;
    let words = |bytes: f64| format!("{}/s", ByteSize(bytes.round() as u64));
    Some((words(bytes), words(limit)))
}

#[cfg(test)]
mod tests {
    use pacing::{Phase, Stop};

    use super::*;

    #[test]
    fn the_highest_rate_counts() {
        let load: Vec<Phase> = serde_json::from_str(
            r#"[{"hold": {"rate": "1k/s", "for": "1m"}}, {"ramp": {"to": "5k/s", "over": "1m"}}]"#,
        )
        .unwrap();
        let load = Load::compile(&load, &Stop::default(), 100.0).unwrap();
        let limits = |records, bytes| Limits {
            records_per_second: records,
            bytes_per_second: bytes,
            ..Limits::default()
        };
        assert_eq!(beyond(&load, 100.0, &limits(None, None)), None);
        assert_eq!(beyond(&load, 100.0, &limits(Some(5e3), Some(5e5))), None);
        let found = beyond(&load, 100.0, &limits(Some(2e3), None));
        assert_eq!(found, Some(("5k/s".into(), "2000 records a second".into())));
        let found = beyond(&load, 100.0, &limits(None, Some(1e5)));
        assert_eq!(found, Some(("500 kB/s".into(), "100 kB/s".into())));
    }
}
