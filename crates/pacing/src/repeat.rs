//! Phases, again and again.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use options::{Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Phase;
use crate::hold::{endless, limits};
use crate::phase::{Shape, each};
use crate::plan::{Plan, Unfit};

/// Phases, again and again.
///
/// ```text
///     rate ┤  ╱│  ╱│  ╱│
///          │ ╱ │ ╱ │ ╱ │                  times: 3
///          │╱  │╱  │╱  │                  Λ after k times is k·Λ of one, exactly
///          └───┴───┴───┴── t
/// ```
///
/// Each time is the same: a ramp without `from` begins where the phase before the `repeat` ended, also
/// the second time. Parts of a record are carried over: 10 times 1.5 records are 15.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often. Without it, `for` and `count` the phases are repeated until the run is stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// For how long: the phases are repeated as often as that takes, and cut off there.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<Period>,
    /// For how many records, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What is repeated: phases, one behind the other.
    pub load: Vec<Phase>,
}

impl Shape for Repeat {
    fn problems(&self, is_last: bool, at: &Location, problems: &mut Problems) {
        if self.times == Some(0) {
            problems.push(
                Problem::new(at.join("times"), "what is repeated 0 times sends nothing")
                    .help("repeat it once or more often, or leave the phase out"),
            );
        }
        limits(self.for_, self.count, at, problems);
        let is_cut = self.for_.is_some() || self.count.is_some();
        if is_cut && self.times.is_some() {
            problems.push(
                Problem::new(
                    at.clone(),
                    "a repeat that is cut off has no number of `times`",
                )
                .help("leave `times` out, or `for` and `count`"),
            );
        }
        if self.times.is_none() && !is_cut {
            endless(is_last, "add `times: 3`", at, problems);
        }
        // What is cut off may have no end of its own.
        each(&self.load, is_cut, &at.join("load"), problems);
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let mut one = plan.inner();
        for (index, phase) in self.load.iter().enumerate() {
            phase.lay(&mut one, &at.join("load").join(index))?;
        }
        let years = |unfit: Unfit| unfit.problem(at);
        let one = one.finish().ok_or(Unfit::Years).map_err(years)?;
        match (self.times, self.for_, self.count) {
            (Some(times), ..) => one
                .repeat(times)
                .ok_or(Unfit::Years)
                .and_then(|part| plan.add(part)),
            (None, Some(length), _) => {
                let length = length.as_nanos();
                let times = length.div_ceil(one.length);
                let part = one.repeat(times).ok_or(Unfit::Years);
                part.and_then(|part| plan.add(part.slice(0, length, None)))
            }
            (None, None, Some(count)) => {
                let count = BigRational::from(BigInt::from(count));
                if one.records.is_zero() {
                    return Err(
                        Problem::new(at.clone(), "what is repeated never sends anything")
                            .help("say `for` how long, or add a phase with a rate"),
                    );
                }
                let times = (&count / &one.records).ceil().to_integer().to_u64();
                let part = times.and_then(|times| one.repeat(times));
                part.ok_or(Unfit::Years).and_then(|part| {
                    let end = part.time_of(&count).max(1);
                    plan.add(part.slice(0, end, Some(count)))
                })
            }
            (None, None, None) => plan.repeat_on(one, 0),
        }
        .map_err(years)
    }

    fn go_on(&mut self) -> bool {
        (self.times, self.for_, self.count) = (None, None, None);
        true
    }
}

#[cfg(test)]
mod tests {
    use batch::Nanos;

    use super::*;
    use crate::{Load, Schedule as _, Stop};

    fn compile(repeat: &str) -> Result<Load, Problem> {
        let phases: Vec<Phase> =
            serde_json::from_str(&format!(r#"[{{"repeat": {repeat}}}]"#)).unwrap();
        Load::compile(&phases, &Stop::default(), 100.0)
    }

    #[test]
    fn it_is_cut_off_in_the_middle_of_what_it_repeats() {
        let both = r#""load": [{"hold": {"rate": "10/s", "for": "1s"}}, {"pause": "1s"}]"#;
        let load = compile(&format!(r#"{{"for": "4500ms", {both}}}"#)).unwrap();
        assert_eq!(
            (load.total(), load.end()),
            (Some(25), Some(Nanos::from_millis(4_500)))
        );
        let load = compile(&format!(r#"{{"count": 25, {both}}}"#)).unwrap();
        assert_eq!(
            (load.total(), load.end()),
            (Some(25), Some(Nanos::from_millis(4_500)))
        );
        assert_eq!(load.due(24), Some(Nanos::from_millis(4_400)));
        // What is cut off may go on by itself.
        let load = compile(r#"{"for": "3s", "load": [{"hold": {"rate": "10/s"}}]}"#).unwrap();
        assert_eq!(load.total(), Some(30));
    }

    #[test]
    fn it_ends_in_one_way_only() {
        for (wrong, message) in [
            (
                r#"{"times": 2, "for": "1s", "load": [{"hold": {"rate": "1/s", "for": "1s"}}]}"#,
                "no number of `times`",
            ),
            (
                r#"{"for": "1s", "count": 5, "load": [{"hold": {"rate": "1/s", "for": "1s"}}]}"#,
                "either by `for` or by `count`",
            ),
            (
                r#"{"for": "0s", "load": [{"hold": {"rate": "1/s"}}]}"#,
                "no length",
            ),
            (
                r#"{"count": 5, "load": [{"pause": "1s"}]}"#,
                "never sends anything",
            ),
            (
                r#"{"times": 2, "load": [{"hold": {"rate": "1/s"}}]}"#,
                "only the last phase",
            ),
        ] {
            let problem = compile(wrong).unwrap_err();
            assert!(
                problem.message.contains(message),
                "{wrong}: {}",
                problem.message
            );
        }
    }
}
