//! When: `due(load, n)`, the nanosecond at which the n-th record has to leave.
//!
//! A [`Load`] is compiled from the scenario's [`Phase`]s and is a pure function, the [`Schedule`]:
//! no clock, no state. A [`Pacer`] walks along one [`Share`] of it, which costs a few nanoseconds a
//! record. One load shape a file, its options in it: [`Hold`], [`Ramp`], [`Steps`], [`Spike`],
//! [`Wave`], [`Pause`], [`Repeat`], [`Curve`], [`Replay`], [`Unpaced`].
//!
//! A [`Past`] can go before a load. [`Arrivals`] spread the records within the rate. Rates are fractions and stay fractions; times are rounded once, to the next whole nanosecond.
//! Shapes that are not straight are rows of straight lines (`bend`), and exact from there on.

mod arrivals;
mod backfill;
mod bend;
mod curve;
mod hold;
mod jitter;
#[cfg(test)]
mod laws;
mod line;
mod load;
mod pacer;
mod part;
mod past;
mod pause;
mod phase;
mod plan;
mod ramp;
mod related;
mod repeat;
mod replay;
mod scatter;
mod schedule;
mod spike;
mod steps;
mod stop;
mod unpaced;
mod walk;
mod wave;

pub use arrivals::{Arrivals, Bursts};
pub use backfill::{Backfill, Publish};
pub use curve::{Curve, Interpolate, files_mut, read_files};
pub use hold::Hold;
pub use load::Load;
pub use pacer::{Pacer, Share, Stage};
pub use past::Past;
pub use pause::Pause;
pub use phase::{Phase, is_unpaced, problems};
pub use ramp::{Ramp, RampShape};
pub use related::{LoadShare, Part};
pub use repeat::Repeat;
pub use replay::Replay;
pub use schedule::Schedule;
pub use spike::Spike;
pub use steps::Steps;
pub use stop::Stop;
pub use unpaced::Unpaced;
pub use wave::{Wave, WaveShape};
