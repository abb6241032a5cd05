//! When: `due(load, n)`, the nanosecond at which the n-th record has to leave.

mod hold;
mod load;
mod pacer;
mod phase;
mod ramp;
mod schedule;
mod unpaced;

pub use hold::Hold;
pub use load::{Load, Stop};
pub use pacer::{Pacer, Share};
pub use phase::{Phase, problems};
pub use ramp::Ramp;
pub use schedule::Schedule;
pub use unpaced::Unpaced;
