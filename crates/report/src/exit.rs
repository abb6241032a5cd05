//! What the program's exit code says. The same everywhere, so that a script can rely on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a command ended, as the operating system sees it.
///
/// One run can have several things to complain about; [`Verdict`](crate::Verdict) lists all of them
/// and the code is that of the first in this order: failed, interrupted, accounting incomplete
/// (invalid), records lost, a threshold missed whatever the generator did, generator too slow
/// (invalid), any other threshold missed. Losses are counted record by record and do not depend on how
/// punctually the generator worked, so a loss outranks a late generator; it does depend on knowing what
/// was sent, so broken accounting outranks a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything asked for was done, every threshold was met.
    Fine = 0,
    /// The run failed: the destination could not be used, the platform refused, a file could not be
    /// written.
    Failed = 1,
    /// Bad usage, or a scenario with mistakes. Nothing was sent. (clap's own number.)
    Usage = 2,
    /// The measurement is not valid: the generator was the bottleneck of a run that measures time, or
    /// the accounting is incomplete. The numbers say nothing about the destination.
    Invalid = 96,
    /// Records were lost, refused by the platform, duplicated or corrupted on their way, or are missing in
    /// the profile.
    Lost = 97,
    /// A threshold was missed, or a condition of `stop_when` ended the run. (k6's number, which CI scripts
    /// know.)
    ThresholdMissed = 99,
    /// Interrupted by the user; the finished part was written. (k6's number.)
    Interrupted = 105,
}

impl ExitCode {
    /// All of them, in the order of their numbers.
    pub const ALL: [ExitCode; 7] = [
        ExitCode::Fine,
        ExitCode::Failed,
        ExitCode::Usage,
        ExitCode::Invalid,
        ExitCode::Lost,
        ExitCode::ThresholdMissed,
        ExitCode::Interrupted,
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The one of two that a command exits with that has reason for both: the first in the order above.
    #[must_use]
    pub const fn graver(self, other: ExitCode) -> ExitCode {
        if self.rank() <= other.rank() {
            self
        } else {
            other
        }
    }

    const fn rank(self) -> u8 {
        match self {
            ExitCode::Usage => 0,
            ExitCode::Failed => 1,
            ExitCode::Interrupted => 2,
            ExitCode::Lost => 3,
            ExitCode::Invalid => 4,
            ExitCode::ThresholdMissed => 5,
            ExitCode::Fine => 6,
        }
    }

    /// What it means, in one line: for `--help` and the documentation.
    pub const fn meaning(self) -> &'static str {
        match self {
            ExitCode::Fine => "fine",
            ExitCode::Failed => "the run failed",
            ExitCode::Usage => "bad usage, or a scenario with mistakes",
            ExitCode::Invalid => {
                "the measurement is not valid: the generator was the bottleneck, or the accounting \
                 is incomplete"
            }
            ExitCode::Lost => "records were lost, refused by the platform, duplicated or corrupted",
            ExitCode::ThresholdMissed => "a threshold was missed",
            ExitCode::Interrupted => "interrupted; the finished part was written",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        std::process::ExitCode::from(code.code())
    }
}

/// The same in one word, for `verdict.status` of `summary.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Exit code 0.
    Passed,
    /// Exit code 1.
    Failed,
    /// Exit code 96.
    Invalid,
    /// Exit code 97: acknowledged records are missing.
    RecordsLost,
    /// Exit code 97: the profile does not show records that it should.
    ProfileMissing,
    /// Exit code 97: none is missing, but some are not what was sent.
    RecordsCorrupted,
    /// Exit code 97: the platform refused records that had been acknowledged.
    RecordsRefused,
    /// Exit code 97: all are there, some of them more than once.
    RecordsDuplicated,
    /// Exit code 97: records with a defect that they were given on purpose came to something else than expected.
    DefectsUnexpected,
    /// Exit code 97: entities ended up otherwise than the acknowledged records say.
    EntitiesWrong,
    /// Exit code 99: a threshold was missed, or a condition ended the run.
    ThresholdMissed,
    /// Exit code 105.
    Interrupted,
}

impl Status {
    /// The exit code that goes with it.
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Status::Passed => ExitCode::Fine,
            Status::Failed => ExitCode::Failed,
            Status::Invalid => ExitCode::Invalid,
            Status::RecordsLost
            | Status::ProfileMissing
            | Status::RecordsCorrupted
            | Status::RecordsRefused
            | Status::RecordsDuplicated
            | Status::DefectsUnexpected
            | Status::EntitiesWrong => ExitCode::Lost,
            Status::ThresholdMissed => ExitCode::ThresholdMissed,
            Status::Interrupted => ExitCode::Interrupted,
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Invalid => "not valid",
            Status::RecordsLost => "records lost",
            Status::ProfileMissing => "records missing in the profile",
            Status::RecordsCorrupted => "records corrupted",
            Status::RecordsRefused => "records refused",
            Status::RecordsDuplicated => "records duplicated",
            Status::DefectsUnexpected => "defects came to something else than expected",
            Status::EntitiesWrong => "entities ended up otherwise than expected",
            Status::ThresholdMissed => "threshold missed",
            Status::Interrupted => "interrupted",
        }
    }
}
