//! From acknowledgements to numbers.
//!
//! A lane's [`Recorder`] settles receipts into histograms; intervals carry them to the side
//! that reports; totals are lossless sums. This crate also defines what a finished run is
//! ([`Measured`]), which `engine` and `flow` write and `report` reads.

mod defects;
mod entities;
mod log;
mod packed;
mod positions;
mod profile;
mod read_back;
mod recorder;
mod run;
mod versions;
mod warm_up;

pub use defects::{DefectFate, add_defects, unexpected_defects};
pub use entities::{EntityCounts, EntityFates};
pub use log::{Afterwards, LogEntry, LogError, read_log, write_log};
pub use packed::PackedLatencies;
pub use positions::PositionSet;
pub use profile::InProfile;
pub use read_back::{ReadBack, Unknown};
pub use recorder::{Recorder, Tally, histogram};
pub use run::{
    ClockTrouble, Counts, EndedBy, ErrorCount, Interval, Landing, LaneLedger, Latencies, Measured,
    Stopped, StreamMeasured, TelemetryTotal,
};
pub use versions::{VersionFate, VersionSent};
pub use warm_up::{MeasuredPast, WarmUp};

/// All latency histograms have these bounds, so that any two of them add up without loss: from 1 µs
/// to 7 days with 3 significant digits, in nanoseconds. Each takes 256 KiB; up to 1 h it would be 192.
pub const LOWEST_NANOS: u64 = 1_000;
/// See [`LOWEST_NANOS`]. Values beyond are counted at this one: nothing may be compared with more.
pub const HIGHEST_NANOS: u64 = 7 * 24 * 3_600_000_000_000;
/// See [`LOWEST_NANOS`].
pub const SIGNIFICANT_DIGITS: u8 = 3;
