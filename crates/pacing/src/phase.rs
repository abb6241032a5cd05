//! A load as it is written: a list of phases.

use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Hold, Ramp, Unpaced};

/// One phase of a load: exactly one of `hold`, `ramp` and `unpaced`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// A constant rate, for a time or for a number of records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// A rate that rises or falls evenly, second by second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
    /// As fast as the destination takes records, bounded by what may be in flight. It has to be
    /// the only phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaced: Option<Unpaced>,
}

impl From<Hold> for Phase {
    fn from(hold: Hold) -> Phase {
        Phase {
            hold: Some(hold),
            ..Phase::default()
        }
    }
}

impl From<Ramp> for Phase {
    fn from(ramp: Ramp) -> Phase {
        Phase {
            ramp: Some(ramp),
            ..Phase::default()
        }
    }
}

impl From<Unpaced> for Phase {
    fn from(unpaced: Unpaced) -> Phase {
        Phase {
            unpaced: Some(unpaced),
            ..Phase::default()
        }
    }
}

/// Every mistake in a load whose list of phases stands at `at`.
pub fn problems(phases: &[Phase], at: &Location, problems: &mut Problems) {
    if phases.is_empty() {
        problems.push(
            Problem::new(at.clone(), "the load has no phases")
                .help("add one, e.g. `- hold: {rate: 1k/s, for: 1m}`"),
        );
    }
    let mut previous_end = None;
    for (index, phase) in phases.iter().enumerate() {
        let at = at.join(index);
        let is_last = index + 1 == phases.len();
        match (&phase.hold, &phase.ramp, &phase.unpaced) {
            (Some(hold), None, None) => hold.problems(is_last, &at.join("hold"), problems),
            (None, Some(ramp), None) => ramp.problems(previous_end, &at.join("ramp"), problems),
            (None, None, Some(unpaced)) => {
                let is_only = phases.len() == 1;
                unpaced.problems(is_only, &at.join("unpaced"), problems);
            }
            _ => problems.push(
                Problem::new(at, "a phase is exactly one of `hold`, `ramp` and `unpaced`")
                    .help("write each as an item of its own: `- hold: …`, `- ramp: …`"),
            ),
        }
        previous_end = phase.end_rate();
    }
}

impl Phase {
    /// The rate at which this phase ends, if it has one.
    pub(crate) fn end_rate(&self) -> Option<options::Rate> {
        let ramp = self.ramp.as_ref().map(|ramp| ramp.to);
        self.hold.as_ref().map(|hold| hold.rate).or(ramp)
    }
}
