//! Where a load ends and how fast it is, as given on the command line.

use std::time::Duration;

use options::{Period, Problem, Rate};

use crate::{Hold, Phase};

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
