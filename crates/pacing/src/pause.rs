//! Nothing is due for so long.

use num_traits::Zero;
use options::{Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phase::Shape;
use crate::plan::Plan;

/// Nothing is due for so long: `pause: 10s`.
///
/// ```text
///     rate ┤───┐       ┌───
///          │   │ pause │                  Λ(t) = 0
///          └───┴───────┴─── t
/// ```
///
/// A record that would be due at the very moment at which the pause begins is due at its end. A ramp
/// behind a pause begins at 0/s, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Pause(pub Period);

impl Shape for Pause {
    fn problems(&self, _: bool, at: &Location, problems: &mut Problems) {
        if self.0.as_nanos() == 0 {
            problems.push(
                Problem::new(at.clone(), "a pause of no length is none")
                    .help("leave it out, or say how long it takes, e.g. `pause: 10s`"),
            );
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let zero = Zero::zero();
        plan.line(&zero, &zero, self.0.as_nanos())
            .map_err(|unfit| unfit.problem(at))
    }
}
