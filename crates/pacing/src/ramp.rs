//! A rate that rises or falls.

use num_traits::Zero;
use options::{Location, Period, Problem, Problems, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bend;
use crate::phase::Shape;
use crate::plan::Plan;

/// A rate that rises or falls: evenly, by the same factor in the same time, or softly.
///
/// ```text
///     rate                                rate(t) = from + (to - from)·t/over
///       to ┤         ╱
///          │      ╱  ·                         Λ(t) = from·t + (to - from)·t²/(2·over)
///          │   ╱     ·                                records that should have left by t,
///     from ┤╱   Λ    ·                                the area below the line
///          └─────────┴── t
///                   over                  due(n) = the first nanosecond t at which Λ(t) ≥ n
/// ```
///
/// Ramping `from` 0/s `to` 1k/s over 10 s sends (0 + 1000)/2 · 10 = 5000 records; the first is due
/// at once, the second after √(2·10/1000) s = 141.4 ms, the last 0.99 ms before the end.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// The rate at its beginning. Left out: where the phase before ended; 0/s in the first phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Rate>,
    /// The rate at its end.
    pub to: Rate,
    /// How long it takes.
    pub over: Period,
    /// How it gets from one to the other.
    #[serde(default, skip_serializing_if = "RampShape::is_linear")]
    pub shape: RampShape,
}

/// How a ramp gets from one rate to the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RampShape {
    /// In a straight line: as much in every second.
    #[default]
    Linear,
    /// By the same factor in every second: 10/s, 100/s, 1k/s, 10k/s. Neither end can be 0/s.
    Exponential,
    /// Softly: slowly at both ends, and fastest in the middle. As many records as `linear`.
    SCurve,
}

impl RampShape {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_linear(&self) -> bool {
        *self == RampShape::Linear
    }
}

impl Shape for Ramp {
    fn problems(&self, _: bool, at: &Location, problems: &mut Problems) {
        if self.over.as_nanos() == 0 {
            problems.push(
                Problem::new(at.join("over"), "a ramp of no length sends nothing")
                    .help("to change the rate at once, put one `hold` behind another"),
            );
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let from = self.from.map(|rate| plan.rate(rate));
        let from = from.unwrap_or_else(|| plan.level().clone());
        let to = plan.rate(self.to);
        if from.is_zero() && to.is_zero() {
            return Err(
                Problem::new(at.join("to"), "a ramp from 0/s to 0/s never sends anything")
                    .help("give `to` a rate above zero, or use `pause: 10s`"),
            );
        }
        let length = self.over.as_nanos();
        let ends = (&from, &to);
        let laid = match self.shape {
            RampShape::Exponential if from.is_zero() || to.is_zero() => {
                let end = if to.is_zero() { "to" } else { "from" };
                return Err(Problem::new(
                    at.join("shape"),
                    format!("an exponential ramp can't have `{end}` at 0/s"),
                )
                .help(format!("give `{end}` a small rate, e.g. `{end}: 1/s`")));
            }
            RampShape::Exponential if from != to => {
                let knots = bend::exponential(length, bend::factor(&from, &to));
                bend::along(plan, ends, &knots, bend::EXPONENTIAL_BITS)
            }
            RampShape::SCurve => bend::along(plan, ends, &bend::s_curve(length), bend::S_BITS),
            RampShape::Linear | RampShape::Exponential => plan.line(&from, &to, length),
        };
        laid.map_err(|unfit| unfit.problem(at))
    }
}
