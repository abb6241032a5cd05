//! A rate that rises or falls evenly.

use options::{Location, Period, Problem, Problems, Rate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rate that rises or falls evenly.
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
}

impl Ramp {
    pub(crate) fn problems(&self, before: Option<Rate>, at: &Location, problems: &mut Problems) {
        if self.over.as_nanos() == 0 {
            problems.push(
                Problem::new(at.join("over"), "a ramp of no length sends nothing")
                    .help("to change the rate at once, put one `hold` behind another"),
            );
        }
        let from_zero = self.from.or(before).is_none_or(|rate| rate.is_zero());
        if from_zero && self.to.is_zero() {
            problems.push(
                Problem::new(at.join("to"), "a ramp from 0/s to 0/s never sends anything")
                    .help("give `to` a rate above zero"),
            );
        }
    }
}
