//! Numbers to people and machines.
//!
//! [`Summary::build`] computes every number of a finished run once, judges its thresholds and
//! decides what it comes to. Everything else shows that: one small file per format, each an
//! [`Exporter`] over the same [`Run`]. [`Directory`] writes them all.

pub mod format;
pub mod stop;
pub mod thresholds;

mod cases;
mod csv;
mod directory;
mod environment;
mod exit;
mod hlog;
mod html;
mod json;
mod junit;
mod later;
mod markdown;
mod notes;
mod progress;
mod run;
mod shards;
mod summary;
mod terminal;
mod trust;
mod unjudged;
mod unrun;
mod verdict;
mod visible;
mod wrong;

pub use csv::Csv;
pub use directory::{Directory, Unwritten, put};
pub use environment::{Environment, cgroup};
pub use exit::{ExitCode, Status};
pub use hlog::Hlog;
pub use html::Html;
pub use json::Json;
pub use junit::Junit;
pub use later::{Later, LaterStream};
pub use markdown::Markdown;
pub use progress::Progress;
pub use run::{Exporter, Run};
pub use stop::{StopWhen, Windows};
pub use summary::{
    CountsSummary, DefectSummary, Distribution, Ended, EndedBy, EntitiesSummary, ErrorSummary,
    Explained, Generator, LandedSummary, LatencySummary, Numbers, OperationsSummary, PastSummary,
    ProfileSummary, RateSummary, ReadBackSummary, SCHEMA_VERSION, StoppedSummary, Summary,
    SummaryInput, Verdict, VersionCounts, VersionSummary, WarmUpSummary, summary_schema,
};
pub use terminal::Terminal;
pub use thresholds::{Judged, ParseError, Threshold, Unit, Verification};
pub use unrun::Unrun;
pub use verdict::Mishap;
pub use wrong::is_wrong;
