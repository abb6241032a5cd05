//! Text to [`Threshold`], with the place of the mistake where there is one.

use std::fmt;

use measure::HIGHEST_NANOS;
use options::{Period, Rate, RateUnit, suggest};

use super::{Count, Latency, Limit, Measure, Needed, Operator, Statistic, Threshold};

/// Why a text is no threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where the mistake begins, in bytes from the start of the text.
    pub offset: usize,
    /// How many bytes it takes; zero where something is missing.
    pub len: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

/// What other tools call a measure of ours.
const MEASURES: &[(&str, &str)] = &[
    ("latency", "response"),
    ("duration", "response"),
    ("response_time", "response"),
    ("throughput", "rate"),
    ("tps", "rate"),
    ("rps", "rate"),
    ("qps", "rate"),
    ("failures", "errors"),
    ("failed", "errors"),
    ("loss", "lost"),
    ("missing", "lost"),
    ("reordered", "out_of_order"),
];

/// What other tools call a statistic of ours.
const STATISTICS: &[(&str, &str)] = &[
    ("avg", "mean"),
    ("average", "mean"),
    ("median", "p50"),
    ("med", "p50"),
];

/// Whether a measure is not known while a run lasts: it is verified, or what the end leaves over.
fn is_late(word: &str) -> bool {
    let latency = Latency::ALL.iter().find(|(name, _)| *name == word);
    let count = Count::ALL.iter().find(|(name, _)| *name == word);
    latency.is_some_and(|(_, latency)| latency.evidence() != Needed::Nothing)
        || count.is_some_and(|(_, count)| {
            count.evidence() != Needed::Nothing || matches!(count, Count::Abandoned | Count::Unsent)
        })
}

/// The word of ours for one of another tool's.
fn ours(word: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    let word = word.to_lowercase().replace('-', "_");
    let found = words.iter().find(|(theirs, _)| *theirs == word);
    found.map(|(_, ours)| *ours)
}

/// Reads one threshold. The grammar is that of the [module](super).
pub fn parse(text: &str) -> Result<Threshold, ParseError> {
    threshold(text, false)
}

/// Reads one that can be judged while a run lasts.
pub(crate) fn parse_live(text: &str) -> Result<Threshold, ParseError> {
    threshold(text, true)
}

fn threshold(text: &str, is_live: bool) -> Result<Threshold, ParseError> {
    let mut scanner = Scanner {
        text,
        position: 0,
        is_live,
    };
    let stream = scanner.stream()?;
    let start = scanner.position;
    let measure = measure(&mut scanner)?;
    let measured = text[start..scanner.position].trim();
    let operator = operator(&mut scanner, measure)?;
    let limit = limit(&mut scanner, measure, measured)?;
    Ok(Threshold {
        text: text.trim().to_owned(),
        stream,
        measure,
        operator,
        limit,
    })
}

/// A place in the text.
struct Scanner<'a> {
    text: &'a str,
    position: usize,
    /// Whether it has to be known while a run lasts.
    is_live: bool,
}

/// A part of the text with its place.
#[derive(Clone, Copy)]
struct Token<'a> {
    offset: usize,
    text: &'a str,
}

impl Token<'_> {
    fn error(self, message: impl Into<String>, help: impl Into<String>) -> ParseError {
        ParseError {
            offset: self.offset,
            len: self.text.len(),
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn skip_space(&mut self) {
        self.position += self.rest().len() - self.rest().trim_start().len();
    }

    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Token<'a> {
        let token = Token {
            offset: self.position,
            text: &self.rest()[..len],
        };
        self.position += len;
        token
    }

    /// Everything up to a space or an operator. Empty at the end of the text.
    fn word(&mut self) -> Token<'a> {
        self.skip_space();
        let ends = |c: char| c.is_whitespace() || "<>=!".contains(c);
        self.take(self.rest().find(ends).unwrap_or(self.rest().len()))
    }

    /// Everything that is left, without space around it.
    fn last(&mut self) -> Token<'a> {
        self.skip_space();
        self.take(self.rest().trim_end().len())
    }

    /// The name in front of a colon, if there is one.
    fn stream(&mut self) -> Result<Option<String>, ParseError> {
        let Some(colon) = self.text.find(':') else {
            return Ok(None);
        };
        // `response p99 < 1:30` has a wrong limit, not a strange stream.
        if self.text[..colon].contains(['<', '>', '=', '!']) {
            return Ok(None);
        }
        let name = self.take(colon);
        self.position += 1;
        if name.text.trim().is_empty() {
            return Err(Token {
                offset: colon,
                text: ":",
            }
            .error(
                "the name of a stream is missing before `:`",
                "write `profiles: response p99 < 250ms`, or no colon for all streams",
            ));
        }
        Ok(Some(name.text.trim().to_owned()))
    }
}

fn measure(scanner: &mut Scanner<'_>) -> Result<Measure, ParseError> {
    let word = scanner.word();
    if scanner.is_live {
        if word.text == "in_flight" {
            return Ok(Measure::Count(Count::InFlight));
        }
        if is_late(word.text) {
            let message = format!("`{}` is known only when a run is over", word.text);
            let help = if matches!(word.text, "abandoned" | "unsent") {
                "write it below `thresholds`: the end decides on what is left"
            } else {
                "write it below `thresholds`: verification begins when all has been sent"
            };
            return Err(word.error(message, help));
        }
    }
    if let Some((_, latency)) = Latency::ALL.iter().find(|(name, _)| *name == word.text) {
        return Ok(Measure::Latency(*latency, statistic(scanner, word.text)?));
    }
    if let Some((_, count)) = Count::ALL.iter().find(|(name, _)| *name == word.text) {
        return Ok(Measure::Count(*count));
    }
    match word.text {
        "errors" => return Ok(Measure::Errors),
        "rate" => return Ok(Measure::Rate),
        "" => {
            return Err(word.error(
                "a threshold is missing",
                "for example `response p99 < 250ms`",
            ));
        }
        _ => {}
    }
    let known: Vec<&str> = Latency::ALL
        .iter()
        .map(|(name, _)| *name)
        .chain(["errors", "rate"])
        .chain(Count::ALL.iter().map(|(name, _)| *name))
        .chain(scanner.is_live.then_some("in_flight"))
        .filter(|name| !(scanner.is_live && is_late(name)))
        .collect();
    let message = format!("`{}` is not measured", word.text);
    let near = ours(word.text, MEASURES).or_else(|| suggest(word.text, known.iter().copied()));
    Err(match near {
        Some(near) => word.error(message, format!("did you mean `{near}`?")),
        None if percentile(word.text).is_some() => word.error(
            message,
            format!("say of what: `response {} < 250ms`", word.text),
        ),
        None => word.error(message, format!("one of {}", known.join(", "))),
    })
}

/// `p99.9` → 99.9.
fn percentile(word: &str) -> Option<f64> {
    let number = word.strip_prefix('p')?;
    if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    number.parse().ok()
}

/// `99`, `99%`, `99th`, `P99` → `p99`.
fn bare_percentile(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let number = word
        .trim_start_matches('p')
        .trim_end_matches(['%', 't', 'h']);
    let near = format!("p{number}");
    percentile(&near)
        .filter(|percent| *percent > 0.0 && *percent <= 100.0)
        .map(|_| near)
}

fn statistic(scanner: &mut Scanner<'_>, latency: &str) -> Result<Statistic, ParseError> {
    let word = scanner.word();
    let help = || "one of `p99` (any percentile up to p100), `mean`, `min`, `max`";
    match word.text {
        "mean" => Ok(Statistic::Mean),
        "min" => Ok(Statistic::Min),
        "max" => Ok(Statistic::Max),
        "" => Err(word.error(
            format!("`{latency}` is a distribution: say which number of it"),
            format!("for example `{latency} p99 < 250ms`; {}", help()),
        )),
        other => match percentile(other) {
            Some(percent) if percent > 0.0 && percent <= 100.0 => {
                Ok(Statistic::Percentile(percent))
            }
            Some(_) => Err(word.error(
                format!("`{other}` is no percentile"),
                "a percentile lies above p0 and at p100 at most",
            )),
            None => {
                let message = format!("`{other}` is no statistic of `{latency}`");
                let near = ours(other, STATISTICS).map(str::to_owned);
                let near = near.or_else(|| bare_percentile(other));
                let near =
                    near.or_else(|| suggest(other, ["mean", "min", "max"]).map(str::to_owned));
                Err(match near {
                    Some(near) => word.error(message, format!("did you mean `{near}`?")),
                    None => word.error(message, help()),
                })
            }
        },
    }
}

fn operator(scanner: &mut Scanner<'_>, measure: Measure) -> Result<Operator, ParseError> {
    scanner.skip_space();
    let found = Operator::ALL
        .iter()
        .find(|(sign, _)| scanner.rest().starts_with(sign));
    let Some((sign, operator)) = found else {
        let word = scanner.word();
        let message = match word.text {
            "" => "a comparison is missing here".to_owned(),
            other => format!("expected a comparison, found `{other}`"),
        };
        return Err(word.error(message, "one of `<`, `<=`, `>`, `>=`, `=`, `!=`"));
    };
    let token = scanner.take(sign.len());
    let exact = matches!(operator, Operator::Equal | Operator::NotEqual);
    if exact && matches!(measure, Measure::Latency(..) | Measure::Rate) {
        return Err(token.error(
            format!("a measured time or rate is never exactly something, so `{sign}` says nothing"),
            "use `<`, `<=`, `>` or `>=`",
        ));
    }
    Ok(*operator)
}

fn limit(scanner: &mut Scanner<'_>, measure: Measure, measured: &str) -> Result<Limit, ParseError> {
    let token = scanner.last();
    let examples = match measure {
        Measure::Latency(..) => "a duration such as `250ms`, `1.5s` or `10m`",
        Measure::Count(_) => "a whole number of records such as `0` or `1_000`",
        Measure::Errors => "a share of the scheduled records such as `0.1%`, or `0`",
        Measure::Rate => "a share of the target such as `99%`, or a rate such as `990/s`",
    };
    let limit = match measure {
        Measure::Latency(..) => token
            .text
            .parse()
            .ok()
            .map(|p: Period| Limit::Nanos(p.as_nanos())),
        Measure::Count(_) => whole(token.text).map(Limit::Records),
        // Nothing is nothing, with or without a unit.
        Measure::Errors if token.text == "0" => Some(Limit::Percent(0.0)),
        Measure::Errors => percent(token.text)
            .filter(|p| *p <= 100.0)
            .map(Limit::Percent),
        Measure::Rate => percent(token.text)
            .map(Limit::Percent)
            .or_else(|| per_second(token.text)),
    };
    if let Some(Limit::Nanos(nanos)) = limit
        && nanos > HIGHEST_NANOS
    {
        let message = "times of more than seven days are not measured";
        return Err(token.error(message, "compare with `168h` at most"));
    }
    limit.ok_or_else(|| {
        let message = match token.text {
            "" => "a limit is missing here".to_owned(),
            other => format!("`{measured}` can't be compared with `{other}`"),
        };
        token.error(message, format!("expected {examples}"))
    })
}

fn whole(text: &str) -> Option<u64> {
    let starts_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    starts_with_digit
        .then(|| text.replace('_', "").parse().ok())
        .flatten()
}

fn percent(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim_end();
    if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    number.parse().ok()
}

fn per_second(text: &str) -> Option<Limit> {
    let rate: Rate = text.parse().ok()?;
    (rate.unit == RateUnit::Records).then(|| Limit::PerSecond(rate.as_per_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str) -> String {
        parse(text).expect_err(text).help.unwrap_or_default()
    }

    #[test]
    fn the_words_of_other_tools_lead_to_ours() {
        for (text, meant) in [
            ("latency p99 < 250ms", "response"),
            ("response_time p99 < 250ms", "response"),
            ("lateny p99 < 1s", "lateness"),
            ("throughput > 990/s", "rate"),
            ("failures = 0", "errors"),
            ("loss = 0", "lost"),
            ("response avg < 1s", "mean"),
            ("response median < 1s", "p50"),
            ("response 99 < 1s", "p99"),
            ("response P99.9 < 1s", "p99.9"),
            ("response 95th < 1s", "p95"),
        ] {
            assert_eq!(help(text), format!("did you mean `{meant}`?"), "{text}");
        }
        assert!(!help("response p101 < 1s").contains("did you mean"));
    }

    #[test]
    fn a_limit_that_does_not_fit_is_told_what_it_stands_against() {
        for (text, message) in [
            (
                "response p99 < 250",
                "`response p99` can't be compared with `250`",
            ),
            ("a: lost = some", "`lost` can't be compared with `some`"),
            ("rate >= 1 s", "`rate` can't be compared with `1 s`"),
        ] {
            assert_eq!(parse(text).expect_err(text).message, message);
        }
    }
}
