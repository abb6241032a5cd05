//! A constant rate.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use options::{Location, Period, Problem, Problems, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::part::Part;
use crate::phase::Shape;
use crate::plan::{Plan, Unfit};

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

impl Shape for Hold {
    fn problems(&self, is_last: bool, at: &Location, problems: &mut Problems) {
        if self.rate.is_zero() {
            problems.push(
                Problem::new(at.join("rate"), "a hold at 0/s never sends anything")
                    .help("give it a rate, or use `pause: 10s`"),
            );
        }
        limits(self.for_, self.count, at, problems);
        if self.for_.is_none() && self.count.is_none() {
            endless(is_last, "add `for: 1m` or `count: 10000`", at, problems);
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let rate = plan.rate(self.rate);
        let laid = match (self.for_, self.count) {
            (Some(length), _) => plan.line(&rate, &rate, length.as_nanos()),
            (None, None) => plan.go_on(&rate),
            (None, Some(count)) => counted(&rate, count, plan.forever())
                .and_then(|part| part.map_or(Ok(()), |part| plan.add(part))),
        };
        laid.map_err(|unfit| unfit.problem(at))
    }

    fn go_on(&mut self) -> bool {
        (self.for_, self.count) = (None, None);
        true
    }
}

/// `count` records at `rate`; `None` if there are none.
fn counted(
    rate: &BigRational,
    count: u64,
    forever: u64,
) -> Result<Option<Part<BigRational>>, Unfit> {
    let records = BigRational::from(BigInt::from(count));
    if records.is_zero() || rate.is_zero() {
        return Ok(None);
    }
    let length = (&records / rate).ceil().to_integer().to_u64();
    let length = length.filter(|length| *length <= forever);
    let length = length.ok_or(Unfit::Years)?;
    let line = Part::line(rate, rate, length).ok_or(Unfit::Digits)?;
    Ok(Some(line.slice(0, length, Some(records))))
}

/// That a phase without an end has to be the last, if it has none.
pub(crate) fn endless(is_last: bool, help: &str, at: &Location, problems: &mut Problems) {
    if !is_last {
        problems.push(
            Problem::new(
                at.clone(),
                "only the last phase can go on until the run is stopped",
            )
            .help(help),
        );
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
