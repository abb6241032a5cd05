//! Constant rates, one higher (or lower) than the other.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use options::{Location, Period, Problem, Problems, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phase::Shape;
use crate::plan::Plan;

/// Constant rates, one higher (or lower) than the other, each for the same time.
///
/// ```text
///     rate                ┌────┐          steps: 4
///       to ┤         ┌────┘    │
///          │    ┌────┘         │          Λ(t) = each·(rate₀ + rate₁ + …) up to the step, and
///     from ┤────┘              │                 its rate times what has passed of it
///          └────┴────┴────┴────┴── t
///           each
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// The rate of the first step. Left out: the first step is one above where the phase before ended
    /// (0/s in the first phase).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Rate>,
    /// The rate of the last step.
    pub to: Rate,
    /// How many steps there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// By how much one differs from the next, instead of `steps`. The last one may differ by less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Rate>,
    /// How long each of them takes.
    pub each: Period,
}

/// More steps than this are a ramp.
const MOST: u64 = 10_000;

impl Shape for Steps {
    fn problems(&self, _: bool, at: &Location, problems: &mut Problems) {
        if self.each.as_nanos() == 0 {
            problems.push(
                Problem::new(at.join("each"), "steps of no length send nothing")
                    .help("say how long each takes, e.g. `each: 30s`"),
            );
        }
        match (self.steps, self.by) {
            (None, None) => problems.push(
                Problem::new(at.clone(), "how many steps there are is not known")
                    .help("add `steps: 10`, or `by: 100/s`"),
            ),
            (Some(_), Some(_)) => problems.push(
                Problem::new(
                    at.clone(),
                    "steps are given either by `steps` or by `by`, not by both",
                )
                .help("leave one of them out"),
            ),
            (None, Some(by)) if by.is_zero() => problems.push(
                Problem::new(at.join("by"), "steps by 0/s never get anywhere")
                    .help("give `by` a rate above zero"),
            ),
            (Some(steps), None) => {
                let least = if self.from.is_some() { 2 } else { 1 };
                if !(least..=MOST).contains(&steps) {
                    problems.push(
                        Problem::new(
                            at.join("steps"),
                            format!("expected {least} to {MOST} steps"),
                        )
                        .help("for a constant rate use `hold`, for one that rises evenly `ramp`"),
                    );
                }
            }
            (None, Some(_)) => {}
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let given = self.from.map(|rate| plan.rate(rate));
        let to = plan.rate(self.to);
        let start = given.clone().unwrap_or_else(|| plan.level().clone());
        let way = &to - &start;
        if way.is_zero() {
            return Err(
                Problem::new(at.join("to"), "steps to the rate that they start from")
                    .help("use `hold` for a constant rate"),
            );
        }
        let whole = |n: u64| BigRational::from(BigInt::from(n));
        // Rises from the start to the last step, and by how much each.
        let (rises, rise) = match (self.steps, self.by) {
            (Some(steps), _) => {
                let rises = if given.is_some() {
                    steps.saturating_sub(1)
                } else {
                    steps
                };
                (rises, &way / whole(rises.max(1)))
            }
            (None, Some(by)) => {
                let by = plan.rate(by);
                let rises = (way.abs() / &by).ceil().to_integer().to_u64();
                let rises = rises.filter(|rises| *rises < MOST).ok_or_else(|| {
                    Problem::new(at.join("by"), format!("these are more than {MOST} steps"))
                        .help("use larger ones, or a `ramp`")
                })?;
                (rises, by * way.signum())
            }
            (None, None) => return Ok(()),
        };
        for n in u64::from(given.is_none())..=rises {
            let rate = if n == rises {
                to.clone()
            } else {
                &start + &rise * whole(n)
            };
            plan.line(&rate, &rate, self.each.as_nanos())
                .map_err(|unfit| unfit.problem(at))?;
        }
        Ok(())
    }
}
