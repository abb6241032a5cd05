//! Phases, again and again.

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Phase;
use crate::hold::endless;
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
    /// How often. Without it the phases are repeated until the run is stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
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
        if self.times.is_none() {
            endless(is_last, "add `times: 3`", at, problems);
        }
        each(&self.load, false, &at.join("load"), problems);
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let mut one = plan.inner();
        for (index, phase) in self.load.iter().enumerate() {
            phase.lay(&mut one, &at.join("load").join(index))?;
        }
        let years = |unfit: Unfit| unfit.problem(at);
        let one = one.finish().ok_or(Unfit::Years).map_err(years)?;
        match self.times {
            None => plan.repeat_on(one, 0),
            Some(times) => one
                .repeat(times)
                .ok_or(Unfit::Years)
                .and_then(|part| plan.add(part)),
        }
        .map_err(years)
    }

    fn go_on(&mut self) -> bool {
        self.times = None;
        true
    }
}
