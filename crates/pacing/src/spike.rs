//! Up to a rate and back to the one before.

use options::{Location, Period, Problem, Problems, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phase::Shape;
use crate::plan::Plan;

/// Up to a rate and back to the one before; or down, if `to` is lower.
///
/// ```text
///     rate       ┌────┐
///       to ┤    ╱ hold ╲
///          │   ╱        ╲                 Λ: two ramps, and a hold between them
///   before ┤──╱          ╲───
///          └──┴──┴────┴──┴── t
///             over    back
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spike {
    /// The rate at its top.
    pub to: Rate,
    /// How long the way up takes; `0s`: at once.
    pub over: Period,
    /// How long it stays at the top. Default: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Period>,
    /// How long the way back takes. Default: as long as the way up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Period>,
}

impl Shape for Spike {
    fn problems(&self, _: bool, at: &Location, problems: &mut Problems) {
        let lengths = [Some(self.over), self.hold, self.back];
        if lengths.into_iter().flatten().all(|it| it.as_nanos() == 0) {
            problems.push(
                Problem::new(at.clone(), "a spike of no length sends nothing")
                    .help("give `over`, `hold` or `back` a length, e.g. `hold: 5s`"),
            );
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let (before, top) = (plan.level().clone(), plan.rate(self.to));
        if before == top {
            return Err(Problem::new(
                at.join("to"),
                "a spike to the rate that the phase before ended at is none",
            )
            .help("give `to` another rate, or use `hold`"));
        }
        let length = |period: Option<Period>| period.unwrap_or_default().as_nanos();
        let back = self.back.unwrap_or(self.over);
        plan.line(&before, &top, self.over.as_nanos())
            .and_then(|()| plan.line(&top, &top, length(self.hold)))
            .and_then(|()| plan.line(&top, &before, back.as_nanos()))
            .map_err(|unfit| unfit.problem(at))
    }
}
