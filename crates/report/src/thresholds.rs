//! What a run has to achieve, as one-line comparisons over its numbers.
//!
//! ```text
//! <threshold> ::= [ <stream> ":" ] <measure> <operator> <limit>
//! <measure>   ::= <latency> <statistic> | <count> | "errors" | "rate"
//! <latency>   ::= "lateness" | "service" | "response" | "landing" | "profile"
//! <statistic> ::= "p" <number> | "mean" | "min" | "max"            0 < number <= 100
//! <count>     ::= "scheduled" | "acknowledged" | "rejected" | "abandoned" | "skipped"
//!               | "unsent" | "landed" | "lost" | "duplicated" | "corrupted" | "refused" | "unexpected"
//!               | "defects"
//!               | "delivered" | "out_of_order" | "wrong_entities" | "profile_missing" | "profile_corrupted"
//! <operator>  ::= "<" | "<=" | ">" | ">=" | "=" | "==" | "!="
//! <limit>     ::= <duration>                 for a latency:    250ms, 1.5s, 10m
//!               | <whole number>             for a count:      0, 1_000
//!               | <number> "%"               for errors, rate: 0.1%
//!               | <rate>                     for rate:         990/s, 1.5k/s
//! ```
//!
//! Latencies, rate, errors and what became of the sending (`scheduled` to `unsent`) are about the records
//! behind the warm-up; what was verified is about all of them.
//!
//! `errors` is the share of the scheduled records that were rejected, abandoned or left unsent. `rate` is the
//! achieved rate, as a share of the target or in records a second. Without a stream's name a
//! threshold holds for every stream of the scenario. A latency or a rate is never *exactly*
//! something, so `=` and `!=` are for counts and errors. `landed` and `refused` are about the dataset,
//! `delivered`, `out_of_order` and `wrong_entities` about the stream that was read back, the other numbers of verified
//! records about both: where both were verified, the larger one counts. What begins with `profile` is
//! about the sample that was looked up in the Real-Time Customer Profile.

mod despite;
mod judge;
mod parse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use options::{Location, Problem, Problems};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub(crate) use judge::{Evidence, allow, allowed, judges};
pub use judge::{Judged, Unit};
pub(crate) use parse::parse_live;
pub use parse::{ParseError, parse};

/// One comparison, e.g. `response p99 < 250ms`. See the [module](self) for the grammar.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// As written, without space around it.
    pub text: String,
    /// The one stream that it is about; `None` for all.
    pub stream: Option<String>,
    /// What is compared …
    pub measure: Measure,
    /// … how …
    pub operator: Operator,
    /// … with what.
    pub limit: Limit,
}

/// What a threshold looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// A statistic of a latency.
    Latency(Latency, Statistic),
    /// A number of records.
    Count(Count),
    /// Rejected, abandoned and unsent records among the scheduled ones.
    Errors,
    /// Acknowledged records a second.
    Rate,
}

/// Which latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Due → submitted.
    Lateness,
    /// Submitted → acknowledged.
    Service,
    /// Due → acknowledged.
    Response,
    /// Due → visible further on.
    Landing,
    /// Due → seen in the profile.
    Profile,
}

/// Which number of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// In percent: `99.9`.
    Percentile(f64),
    /// The arithmetic mean.
    Mean,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
}

/// Which number of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of `summary.json`, documented there")]
pub enum Count {
    Scheduled,
    Acknowledged,
    Rejected,
    Abandoned,
    Skipped,
    Unsent,
    Landed,
    Lost,
    Duplicated,
    Corrupted,
    Refused,
    Unexpected,
    Defects,
    Delivered,
    OutOfOrder,
    WrongEntities,
    ProfileMissing,
    ProfileCorrupted,
    /// Of conditions that end a run only: at its end nothing is.
    InFlight,
}

/// How measured and limit are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// What is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A time, in nanoseconds.
    Nanos(u64),
    /// A number of records.
    Records(u64),
    /// In percent.
    Percent(f64),
    /// Records a second.
    PerSecond(f64),
}

impl Latency {
    /// All of them with the words they are written as.
    pub const ALL: [(&'static str, Latency); 5] = [
        ("lateness", Latency::Lateness),
        ("service", Latency::Service),
        ("response", Latency::Response),
        ("landing", Latency::Landing),
        ("profile", Latency::Profile),
    ];

    fn evidence(self) -> Needed {
        match self {
            Latency::Lateness | Latency::Service | Latency::Response => Needed::Nothing,
            Latency::Landing => Needed::Either,
            Latency::Profile => Needed::Profile,
        }
    }
}

impl Count {
    /// Those of thresholds with the words they are written as.
    pub const ALL: [(&'static str, Count); 18] = [
        ("scheduled", Count::Scheduled),
        ("acknowledged", Count::Acknowledged),
        ("rejected", Count::Rejected),
        ("abandoned", Count::Abandoned),
        ("skipped", Count::Skipped),
        ("unsent", Count::Unsent),
        ("landed", Count::Landed),
        ("lost", Count::Lost),
        ("duplicated", Count::Duplicated),
        ("corrupted", Count::Corrupted),
        ("refused", Count::Refused),
        ("unexpected", Count::Unexpected),
        ("defects", Count::Defects),
        ("delivered", Count::Delivered),
        ("out_of_order", Count::OutOfOrder),
        ("wrong_entities", Count::WrongEntities),
        ("profile_missing", Count::ProfileMissing),
        ("profile_corrupted", Count::ProfileCorrupted),
    ];

    fn evidence(self) -> Needed {
        match self {
            Count::Scheduled
            | Count::Acknowledged
            | Count::Rejected
            | Count::Abandoned
            | Count::Skipped
            | Count::Unsent
            | Count::InFlight => Needed::Nothing,
            Count::Landed | Count::Refused => Needed::Landed,
            Count::Delivered | Count::OutOfOrder | Count::WrongEntities => Needed::ReadBack,
            Count::ProfileMissing | Count::ProfileCorrupted => Needed::Profile,
            Count::Lost
            | Count::Duplicated
            | Count::Corrupted
            | Count::Unexpected
            | Count::Defects => Needed::Either,
        }
    }
}

/// What has to be verified for a number to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needed {
    Nothing,
    Landed,
    ReadBack,
    Either,
    Profile,
}

/// What a scenario has verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// What landed in the dataset.
    pub landed: bool,
    /// What is in the stream itself.
    pub read_back: bool,
    /// What a sample came to in the profile.
    pub profile: bool,
    /// Whether records have defects on purpose, of which it is known what is to become of them.
    pub defects: bool,
    /// Whether records change entities, of which it is known how they are to end up.
    pub operations: bool,
}

impl Operator {
    /// All of them with the signs they are written as; longer signs before their beginnings.
    pub const ALL: [(&'static str, Operator); 7] = [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ];

    /// Whether `measured` and `limit` compare so.
    pub fn holds(self, measured: f64, limit: f64) -> bool {
        let order = measured.total_cmp(&limit);
        match self {
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
        }
    }
}

impl Threshold {
    fn needed(&self) -> Needed {
        match self.measure {
            Measure::Latency(latency, _) => latency.evidence(),
            Measure::Count(count) => count.evidence(),
            Measure::Errors | Measure::Rate => Needed::Nothing,
        }
    }

    /// Whether a generator that is late changes what it looks at.
    pub(crate) fn rests_on_time(&self) -> bool {
        matches!(self.measure, Measure::Latency(..) | Measure::Rate)
    }

    /// What has to stand below `verify:` for it to be judged; `None` if `verified` does.
    fn missing(&self, verified: Verification) -> Option<&'static str> {
        let (is_there, words) = match self.needed() {
            Needed::Nothing => return None,
            Needed::Landed => (verified.landed, "`verify: {landed: {within: 30m}}`"),
            Needed::ReadBack => (verified.read_back, "`verify: {read_back: {}}`"),
            Needed::Profile => (verified.profile, "`verify: {profile: {sample: 1%}}`"),
            Needed::Either => (
                verified.landed || verified.read_back,
                "`verify: {landed: {within: 30m}}` or `verify: {read_back: {}}`",
            ),
        };
        (!is_there).then_some(words)
    }

    /// Whether it holds for the stream of this name.
    pub fn applies_to(&self, stream: &str) -> bool {
        self.stream.as_deref().is_none_or(|only| only == stream)
    }

    /// Mistakes that can only be seen next to the rest of the scenario: a stream that is not there,
    /// a number that nothing measures in a stream that is judged by it. `at` is where this threshold
    /// stands; `streams` are all of them, with what each has verified.
    pub fn problems(
        &self,
        streams: &[(&str, Verification)],
        at: &Location,
        problems: &mut Problems,
    ) {
        let names = || streams.iter().map(|(name, _)| *name);
        if let Some(stream) = self
            .stream
            .as_deref()
            .filter(|only| !names().any(|name| name == *only))
        {
            let problem = Problem::new(at.clone(), format!("there is no stream `{stream}`"));
            problems.push(match options::suggest(stream, names()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("the streams are: {}", options::listed(names()))),
            });
        }
        let measured = streams
            .iter()
            .find(|(_, verified)| self.missing(*verified).is_none());
        for (name, verified) in streams {
            let Some(verify) = self.missing(*verified).filter(|_| self.applies_to(name)) else {
                continue;
            };
            let message = format!("nothing measures what `{self}` is about");
            if let [_] = streams {
                problems.push(Problem::new(at.clone(), message).help(format!("add {verify}")));
                continue;
            }
            let elsewhere = measured.filter(|_| self.stream.is_none());
            let help = match elsewhere {
                Some((other, _)) => format!(
                    "add {verify} to it, or say which stream it is for: `\"{other}: {self}\"`"
                ),
                None => format!("add {verify} to it"),
            };
            let message = format!("{message} in the stream `{name}`");
            problems.push(Problem::new(at.clone(), message).help(help));
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Threshold {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Threshold, ParseError> {
        parse(text)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Threshold, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A comparison over the run's numbers: `response p99 < 250ms`, \
                `service mean < 20ms`, `landing p95 < 10m`, `lost = 0`, `errors < 0.1%`, \
                `rate >= 99%`; for one stream of several: `profiles: response p99 < 250ms`.",
            "examples": ["response p99 < 250ms", "errors < 0.1%", "lost = 0", "rate >= 99%"],
        })
    }
}
