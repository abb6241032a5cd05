//! Everything that can be wrong before a run, with how to mend it.
//!
//! A [`Look`] is one thing that was looked at. Looks come in layers: what is in a later [`Layer`] rests on what
//! is in an earlier one, and what rests on something that failed is not looked at, so that a cause is never
//! hidden among its symptoms. Nothing here changes anything anywhere, and every look ends in time.
//!
//! `hydrant doctor` looks at everything, `hydrant check --connect` at the [`services`], and `hydrant run` at the
//! [`destinations`] just before the clock starts.

mod destination;
mod findings;
mod generator;
mod look;
mod machine;
mod network;
mod patience;
mod platform;
mod schemas;
mod services;
mod whereabouts;

pub use destination::destinations;
pub use findings::Report;
pub use generator::generator;
pub use look::{Layer, Look, Verdict};
pub use machine::{Needs, machine};
pub use patience::Tell;
pub use services::services;
pub use whereabouts::whereabouts;
