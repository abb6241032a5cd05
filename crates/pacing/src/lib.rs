//! When: `due(load, n)`, the nanosecond at which the n-th record has to leave.
//!
//! A [`Load`] is compiled from the scenario's [`Phase`]s and is a pure function, the [`Schedule`]:
//! no clock, no state. A [`Pacer`] walks along one [`Share`] of it, which costs a few nanoseconds a
//! record. One load shape a file, its options in it: [`Hold`], [`Ramp`], [`Unpaced`].
//!
//! Rates are fractions and stay fractions; times are rounded once, to the next whole nanosecond.

mod curve;
mod hold;
#[cfg(test)]
mod laws;
mod load;
mod pacer;
mod phase;
mod ramp;
mod schedule;
mod stop;
mod unpaced;

pub use hold::Hold;
pub use load::Load;
pub use pacer::{Pacer, Share};
pub use phase::{Phase, problems};
pub use ramp::Ramp;
pub use schedule::Schedule;
pub use stop::Stop;
pub use unpaced::Unpaced;
