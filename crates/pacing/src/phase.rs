//! A load as it is written: a list of phases.

use num_rational::BigRational;
use num_traits::{One, Zero};
use options::{Location, Problem, Problems, listed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::{Curve, Hold, Pause, Ramp, Repeat, Replay, Spike, Steps, Unpaced, Wave};

/// The shape of a phase with a rate: what a new one has to have, beside its options.
pub(crate) trait Shape {
    /// Every mistake that can be seen in it alone. `is_last`: nothing follows it.
    fn problems(&self, is_last: bool, at: &Location, problems: &mut Problems);

    /// Lays it behind what is in `plan`. Fails if it can't follow that, or if its numbers are too
    /// long.
    fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem>;

    /// Makes it go on until the load is cut off, if it has a way of its own to do so.
    fn go_on(&mut self) -> bool {
        false
    }
}

macro_rules! phases {
    ($($(#[doc = $doc:literal])* $name:ident: $shape:ident,)*) => {
        /// One phase of a load: exactly one of its keys.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Phase {
            $($(#[doc = $doc])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $name: Option<$shape>,)*
            /// As fast as the destination takes records, bounded by what may be in flight. It has to be
            /// the only phase.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub unpaced: Option<Unpaced>,
        }

        /// What a phase can be.
        const NAMES: &[&str] = &[$(stringify!($name),)* "unpaced"];

        impl Phase {
            /// What it is, and by which name; `None` if it is unpaced, or not exactly one thing.
            fn shape(&self) -> Option<(&'static str, &dyn Shape)> {
                let shapes: [Option<(&'static str, &dyn Shape)>; NAMES.len() - 1] =
                    [$(self.$name.as_ref().map(|it| (stringify!($name), it as &dyn Shape)),)*];
                let mut shapes = shapes.into_iter().flatten();
                let only = shapes.next().filter(|_| self.unpaced.is_none())?;
                shapes.next().is_none().then_some(only)
            }

            fn shape_mut(&mut self) -> Option<&mut dyn Shape> {
                $(if let Some(it) = &mut self.$name {
                    return Some(it);
                })*
                None
            }
        }

        $(impl From<$shape> for Phase {
            fn from(shape: $shape) -> Phase {
                Phase {
                    $name: Some(shape),
                    ..Phase::default()
                }
            }
        })*
    };
}

phases! {
    /// A constant rate, for a time or for a number of records.
    hold: Hold,
    /// A rate that rises or falls: evenly, by the same factor in the same time, or softly.
    ramp: Ramp,
    /// Constant rates, one higher (or lower) than the other.
    steps: Steps,
    /// Up to a rate and back to the one before.
    spike: Spike,
    /// A rate that goes up and down around its mean.
    wave: Wave,
    /// Nothing is due for so long.
    pause: Pause,
    /// Phases, again and again.
    repeat: Repeat,
    /// Rates over time from a CSV file, such as yesterday's traffic.
    curve: Curve,
    /// As many records as a file has, at the pace at which they were recorded.
    replay: Replay,
}

impl From<Unpaced> for Phase {
    fn from(unpaced: Unpaced) -> Phase {
        Phase {
            unpaced: Some(unpaced),
            ..Phase::default()
        }
    }
}

impl Phase {
    /// Lays it behind what is in `plan`; see [`Shape::lay`].
    pub(crate) fn lay(&self, plan: &mut Plan<'_>, at: &Location) -> Result<(), Problem> {
        self.shape()
            .map_or(Ok(()), |(name, shape)| shape.lay(plan, &at.join(name)))
    }

    /// Its options, if it is unpaced and nothing else.
    pub(crate) fn as_unpaced(&self) -> Option<&Unpaced> {
        let unpaced = self.unpaced.as_ref()?;
        (*self == unpaced.clone().into()).then_some(unpaced)
    }

    /// Makes it go on until the load is cut off, if it has a way of its own to do so.
    pub(crate) fn go_on(&mut self) -> bool {
        if self.unpaced.is_some() {
            self.unpaced = Some(Unpaced::default());
            return true;
        }
        self.shape_mut().is_some_and(Shape::go_on)
    }
}

/// Whether a load is as fast as it goes.
pub fn is_unpaced(phases: &[Phase]) -> bool {
    phases.iter().any(|phase| phase.unpaced.is_some())
}

/// Every mistake in a load whose list of phases is at `at`.
pub fn problems(phases: &[Phase], at: &Location, problems: &mut Problems) {
    let before = problems.len();
    if let [only] = phases
        && let Some(unpaced) = only.as_unpaced()
    {
        unpaced.problems(&at.join(0).join("unpaced"), problems);
        return;
    }
    each(phases, true, at, problems);
    let alone = problems[before..].to_vec();
    // What only shows when they are laid behind one another.
    let record_bytes = BigRational::one();
    let mut plan = Plan::new(&record_bytes, BigRational::zero());
    for (index, phase) in phases.iter().enumerate() {
        let at = at.join(index);
        let is_wrong = |problem: &Problem| problem.at.steps().starts_with(at.steps());
        if !alone.iter().any(is_wrong)
            && let Err(problem) = phase.lay(&mut plan, &at)
        {
            problems.push(problem);
        }
    }
    let is_silent = plan.finish().is_some_and(|all| all.records.is_zero());
    if problems.len() == before && is_silent {
        problems.push(
            Problem::new(at.clone(), "the load never sends anything")
                .help("add a phase with a rate, e.g. `- hold: {rate: 1k/s, for: 1m}`"),
        );
    }
}

/// The mistakes of each phase alone. `may_go_on`: nothing follows the last of them.
pub(crate) fn each(phases: &[Phase], may_go_on: bool, at: &Location, problems: &mut Problems) {
    if phases.is_empty() {
        problems.push(
            Problem::new(at.clone(), "the load has no phases")
                .help("add one, e.g. `- hold: {rate: 1k/s, for: 1m}`"),
        );
    }
    for (index, phase) in phases.iter().enumerate() {
        let at = at.join(index);
        let is_last = may_go_on && index + 1 == phases.len();
        match phase.shape() {
            Some((name, shape)) => shape.problems(is_last, &at.join(name), problems),
            None if phase.as_unpaced().is_some() => problems.push(
                Problem::new(
                    at.join("unpaced"),
                    "`unpaced` has to be the only phase of its load",
                )
                .help(
                    "when it would end is not known beforehand, so nothing can be due after it; \
                     for a rate limit that is never reached use `hold` with a high rate",
                ),
            ),
            None => {
                let names = listed(NAMES.iter().copied());
                problems.push(
                    Problem::new(at, format!("a phase is exactly one of {names}"))
                        .help("write each as an item of its own: `- hold: …`, `- ramp: …`"),
                );
            }
        }
    }
}
