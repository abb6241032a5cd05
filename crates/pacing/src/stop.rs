//! Where a load ends and how fast it is, as given on the command line.

use std::time::Duration;

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use options::{Location, Period, Problem, Rate, RateUnit};

use crate::load::record_bytes;
use crate::plan::Plan;
use crate::{Hold, Load, Phase, Repeat, Schedule as _};

/// What the command line says about a load; it goes before what the scenario says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stop {
    /// `--for`: the load ends after this time. It is cut off, or its last rate goes on.
    pub after: Option<Period>,
    /// `--count`: the load ends after so many records, likewise.
    pub count: Option<u64>,
    /// `--rate`: the whole load becomes one hold at this rate, for the time that the load takes
    /// (a load of one phase keeps that phase's `for` or `count`).
    pub rate: Option<Rate>,
}

impl Stop {
    /// The phases with these changes, except for the cutting off. `time` is how long they take as
    /// they are, in nanoseconds, if they end by themselves.
    pub(crate) fn apply(
        &self,
        phases: &[Phase],
        time: impl FnOnce() -> Result<Option<u64>, Problem>,
    ) -> Result<Vec<Phase>, Problem> {
        let mut phases = match self.rate {
            Some(rate) => vec![at_rate(rate, phases, time)?.into()],
            None => phases.to_vec(),
        };
        if (self.after.is_some() || self.count.is_some())
            && let Some(last) = phases.last_mut()
        {
            last.go_on();
        }
        Ok(phases)
    }
}

impl Stop {
    /// Phases that come to the same load without this: what is kept of a run makes it again. `None` if nothing was said, or if
    /// the rate at which a load goes on can't be written.
    pub fn written(&self, original: &[Phase], mean_record_bytes: f64) -> Option<Vec<Phase>> {
        if *self == Stop::default() {
            return None;
        }
        let time = || {
            let load = Load::compile(original, &Stop::default(), mean_record_bytes)?;
            Ok(load.end().map(|end| end.0))
        };
        let mut phases = self.apply(original, time).ok()?;
        if self.after.is_none() && self.count.is_none() {
            return Some(phases);
        }
        let is_one = self.after.is_none() || self.count.is_none();
        if let [only] = &mut phases[..] {
            let limits = match (&mut only.unpaced, &mut only.hold) {
                (Some(unpaced), _) => Some((&mut unpaced.for_, &mut unpaced.count)),
                (None, Some(hold)) => Some((&mut hold.for_, &mut hold.count)),
                (None, None) => None,
            };
            if let Some((for_, count)) = limits.filter(|_| is_one) {
                (*for_, *count) = (self.after, self.count);
                return Some(phases);
            }
        }
        if let Some(rate) = goes_on_at(&phases, mean_record_bytes)? {
            let (for_, count) = (None, None);
            phases.push(Hold { rate, for_, count }.into());
        }
        let as_it_ran = Load::compile(original, self, mean_record_bytes).ok()?;
        // Of two limits the one that the other one comes before is none.
        let limits = [
            (self.after, self.count),
            (self.after, None),
            (None, self.count),
        ];
        limits.into_iter().find_map(|(after, count)| {
            let written = cut_off(&phases, after, count);
            let load = Load::compile(&written, &Stop::default(), mean_record_bytes).ok()?;
            let is_same = (load.total(), load.end()) == (as_it_ran.total(), as_it_ran.end());
            is_same.then_some(written)
        })
    }
}

/// Phases that end after a time, and what is left of them after so many records.
fn cut_off(phases: &[Phase], after: Option<Period>, count: Option<u64>) -> Vec<Phase> {
    let mut phases = phases.to_vec();
    for (for_, count) in [(after, None), (None, count)] {
        if for_.is_some() || count.is_some() {
            let load = std::mem::take(&mut phases);
            let times = None;
            phases.push(
                Repeat {
                    times,
                    for_,
                    count,
                    load,
                }
                .into(),
            );
        }
    }
    phases
}

/// The rate that a load goes on at when it is made to last longer, if it does so by itself not at all. `None` if that
/// can't be written.
#[expect(
    clippy::option_option,
    reason = "no rate is not the same as none that can be written"
)]
fn goes_on_at(phases: &[Phase], mean_record_bytes: f64) -> Option<Option<Rate>> {
    let record_bytes = record_bytes(mean_record_bytes);
    let mut plan = Plan::new(&record_bytes, BigRational::zero());
    for phase in phases {
        phase.lay(&mut plan, &Location::root()).ok()?;
    }
    let level = plan.level();
    if plan.is_endless() || level.is_zero() {
        return Some(None);
    }
    let rate = Rate {
        unit: RateUnit::Records,
        amount: level.numer().to_u64()?,
        per_nanos: level.denom().to_u64()?,
    };
    let reads_back = rate.to_string().parse() == Ok(rate);
    reads_back.then_some(Some(rate))
}

fn at_rate(
    rate: Rate,
    phases: &[Phase],
    time: impl FnOnce() -> Result<Option<u64>, Problem>,
) -> Result<Hold, Problem> {
    let only = match phases {
        [only] => only,
        _ => &Phase::default(),
    };
    let (for_, count) = match (&only.hold, only.as_unpaced()) {
        (Some(hold), _) => (hold.for_, hold.count),
        (_, Some(unpaced)) => (unpaced.for_, unpaced.count),
        _ => (
            time()?.map(|nanos| Period(Duration::from_nanos(nanos))),
            None,
        ),
    };
    Ok(Hold { rate, for_, count })
}
