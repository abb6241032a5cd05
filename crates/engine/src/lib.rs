//! The loop that joins pacing, records, producers and measure.
//!
//! A [`Plan`] has streams, a stream has lanes, and a lane is one thread with a pacer, a generator,
//! a producer and a recorder of its own: nothing in it is shared, so nothing in it is locked.
//! [`run`] opens the producers, starts the clock and the lanes, adds up what they report once an
//! interval, tells an [`Observer`], and returns the finished run. A [`Control`] ends it early.
//!
//! What holds at the end of every run, whatever ended it: every record that was due while the run
//! lasted was acknowledged, rejected, abandoned, skipped or left unsent, and exactly one of these.

mod blocked;
mod clocks;
mod collect;
mod control;
mod drain;
mod error;
mod gate;
mod history;
mod in_flight;
mod lane;
mod ledger;
mod machine;
mod newest;
mod observe;
mod open;
mod options;
mod outcome;
mod plan;
mod reports;
mod run;
mod send;
mod stop;
#[cfg(test)]
mod tests;
mod threads;
mod zero;

pub use control::Control;
pub use error::Error;
pub use observe::{Observer, Progress, StreamProgress, Unobserved};
pub use options::{Pacing, RunOptions, WhenFull};
pub use plan::{After, Ended, Plan, StreamPlan, Until};
pub use run::run;
pub use stop::{Never, StopWhen};
pub use zero::Zero;
