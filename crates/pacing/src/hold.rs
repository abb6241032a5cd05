//! A constant rate.

use options::{Location, Period, Problem, Problems, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A constant rate, for a time or for a number of records; as the last phase also until stopped.
///
/// ```text
///     rate ┤─────────┐                    Λ(t) = rate·t
///          │    Λ    │
///          └─────────┴── t                due(n) = ⌈n / rate⌉ in nanoseconds
///                   for
/// ```
///
/// At 3/s the records are due at 0, 333 333 334, 666 666 667 and 1 000 000 000 ns: every one at the
/// first whole nanosecond that is not too early, and the third always at a whole second.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// How many records, or bytes of records, a second: `1k/s`, `1/5s`, `5 MiB/s`.
    pub rate: Rate,
    /// For how long. Without it and `count` the phase lasts until the run is stopped.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<Period>,
    /// For how many records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Hold {
    pub(crate) fn problems(&self, is_last: bool, at: &Location, problems: &mut Problems) {
        if self.rate.is_zero() {
            problems.push(
                Problem::new(at.join("rate"), "a hold at 0/s never sends anything")
                    .help("give it a rate, or leave the phase out"),
            );
        }
        limits(self.for_, self.count, at, problems);
        if !is_last && self.for_.is_none() && self.count.is_none() {
            problems.push(
                Problem::new(
                    at.clone(),
                    "only the last phase can go on until the run is stopped",
                )
                .help("add `for: 1m` or `count: 10000`"),
            );
        }
    }
}

/// What `for` and `count` have in common wherever they stand.
pub(crate) fn limits(
    for_: Option<Period>,
    count: Option<u64>,
    at: &Location,
    problems: &mut Problems,
) {
    if for_.is_some() && count.is_some() {
        problems.push(
            Problem::new(
                at.clone(),
                "a phase ends either by `for` or by `count`, not by both",
            )
            .help("leave one of them out"),
        );
    }
    if for_.is_some_and(|length| length.as_nanos() == 0) {
        problems.push(Problem::new(
            at.join("for"),
            "a phase of no length sends nothing",
        ));
    }
    if count == Some(0) {
        problems.push(Problem::new(
            at.join("count"),
            "a phase of 0 records sends nothing",
        ));
    }
}
