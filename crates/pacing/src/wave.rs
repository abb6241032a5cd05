//! A rate that goes up and down around its mean.

use num_rational::BigRational;
use options::{Location, Period, Problem, Problems, Rate, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bend;
use crate::hold::endless;
use crate::phase::Shape;
use crate::plan::{Plan, Unfit};

/// A rate that goes up and down around its mean, as traffic does over a day.
///
/// ```text
///     rate
///          │  ╭───╮           ╭───╮       rate(t) = mean + amplitude·sin(2π·t/period)
///     mean ┤─╯─ ─ ─╲─ ─ ─ ─ ─╱─ ─ ─╲
///          │        ╲       ╱       ╲     over a period Λ is mean·period, exactly
///          └─────────╰─────╯─────────╰─ t
///            ├──── period ─────┤
/// ```
///
/// A sine is drawn in 128 straight lines a period, at most 0.031 % of the amplitude away from it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// The rate around which it goes up and down.
    pub mean: Rate,
    /// How far it goes up and down: at most `mean`.
    pub amplitude: Rate,
    /// How long it takes from one top to the next.
    pub period: Period,
    /// For how long it goes on. Without it the phase lasts until the run is stopped.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<Period>,
    /// Where in its period it begins: `0%` at the mean and rising (the default), `25%` at the top, `50%` at
    /// the mean and falling, `75%` at the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Share>,
    /// What it looks like.
    #[serde(default, skip_serializing_if = "WaveShape::is_sine")]
    pub shape: WaveShape,
}

/// What a wave looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaveShape {
    /// Round.
    #[default]
    Sine,
    /// In straight lines up and down.
    Triangle,
    /// At the top for half of the period, then at the bottom.
    Square,
    /// Rises in a straight line and falls at once.
    Sawtooth,
}

impl WaveShape {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_sine(&self) -> bool {
        *self == WaveShape::Sine
    }
}

impl Shape for Wave {
    fn problems(&self, is_last: bool, at: &Location, problems: &mut Problems) {
        let lengths = [("period", Some(self.period)), ("for", self.for_)];
        for (key, length) in lengths {
            if length.is_some_and(|length| length.as_nanos() == 0) {
                problems.push(Problem::new(
                    at.join(key),
                    "a wave of no length sends nothing",
                ));
            }
        }
        if self.amplitude.is_zero() {
            problems.push(
                Problem::new(
                    at.join("amplitude"),
                    "a wave with an amplitude of 0/s is flat",
                )
                .help("use `hold` for a constant rate"),
            );
        }
        if self.for_.is_none() {
            endless(is_last, "add `for: 10m`", at, problems);
        }
    }

    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        let (mean, amplitude) = (plan.rate(self.mean), plan.rate(self.amplitude));
        if amplitude > mean {
            return Err(Problem::new(
                at.join("amplitude"),
                "the amplitude is more than the mean, and a rate can't be below 0/s",
            )
            .help("lower `amplitude`, or raise `mean`"));
        }
        self.laid(&mean, &amplitude, plan)
            .map_err(|unfit| unfit.problem(at))
    }

    fn go_on(&mut self) -> bool {
        self.for_ = None;
        true
    }
}

impl Wave {
    fn laid(
        &self,
        mean: &BigRational,
        amplitude: &BigRational,
        plan: &mut Plan<'_>,
    ) -> Result<(), Unfit> {
        let period = self.period.as_nanos();
        let (half, quarter) = (period / 2, period / 4);
        let (top, bottom) = (&(mean + amplitude), &(mean - amplitude));
        let mut one = plan.inner();
        match self.shape {
            WaveShape::Sine => {
                let knots = bend::sine(period);
                bend::along(&mut one, (mean, top), &knots, bend::SINE_BITS)?;
            }
            WaveShape::Triangle => {
                one.line(mean, top, quarter)?;
                one.line(top, mean, half - quarter)?;
                one.line(mean, bottom, quarter)?;
                one.line(bottom, mean, half - quarter)?;
            }
            WaveShape::Square => {
                one.line(top, top, half)?;
                one.line(bottom, bottom, half)?;
            }
            WaveShape::Sawtooth => {
                one.line(mean, top, half)?;
                one.line(bottom, mean, half)?;
            }
        }
        if self.shape != WaveShape::Sine {
            // A period of an odd number of nanoseconds has one left over.
            one.line(mean, mean, period - 2 * half)?;
        }
        let Some(one) = one.finish() else {
            return Ok(());
        };
        let phase = self.phase.unwrap_or_default().fraction();
        let skip = (period as f64 * phase) as u64 % period;
        let Some(length) = self.for_.map(Period::as_nanos) else {
            return plan.repeat_on(one, skip);
        };
        let times = (length + skip).div_ceil(period);
        let wave = one.repeat(times).ok_or(Unfit::Years)?;
        plan.add(wave.slice(skip, length, None))
    }
}
