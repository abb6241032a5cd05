//! Records that go wrong on their way, on purpose, so that a verification has something to find.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::mapping::Refused;

/// What becomes of records on their way into a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandingOptions {
    /// How long a landed batch stays invisible.
    pub delay: Duration,
    /// How much longer than that at most: each batch another part of it, so that they appear out of
    /// order.
    pub jitter: Duration,
    /// Rows of a batch at most.
    pub batch_rows: usize,
    /// Parquet files that a batch's rows are spread over.
    pub files: usize,
    /// After so many batches of a dataset another one replaces them, as a compaction does; 0: never.
    pub compact_every: usize,
    /// How long it takes until the profile shows what a record says of a person.
    pub profile_delay: Duration,
    /// Every n-th record of a flow lands, and never comes to the profile; 0: none.
    pub profile_lose_every: u64,
    /// Every n-th record of a flow vanishes; 0: none.
    pub lose_every: u64,
    /// Every n-th lands twice; 0: none.
    pub duplicate_every: u64,
    /// Every n-th lands with another value in its last text field, of the mapped ones where there is a
    /// mapping; 0: none.
    pub corrupt_every: u64,
    /// Every n-th is refused by validation, each for the next of the reasons there are; 0: none.
    pub refuse_every: u64,
}

impl Default for LandingOptions {
    fn default() -> LandingOptions {
        LandingOptions {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            batch_rows: 50_000,
            files: 1,
            compact_every: 0,
            profile_delay: Duration::ZERO,
            profile_lose_every: 0,
            lose_every: 0,
            duplicate_every: 0,
            corrupt_every: 0,
            refuse_every: 0,
        }
    }
}

/// What happens to every n-th record of a flow. 0 is never.
#[derive(Debug)]
pub struct LandingFaults {
    lose: AtomicU64,
    duplicate: AtomicU64,
    corrupt: AtomicU64,
    refuse: AtomicU64,
    refused: AtomicU64,
    unseen: AtomicU64,
    pub(super) batch_rows: usize,
    pub(super) files: usize,
}

/// What happens to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Land,
    Lose,
    Duplicate,
    Corrupt,
    Refuse,
}

/// Reasons for which validation refuses records: keyword, message, pointer.
const REASONS: [(&str, &str, &str); 8] = [
    ("required", "required key [_id] not found", "#"),
    (
        "type",
        "expected type: String, found: Integer",
        "#/person/name/firstName",
    ),
    (
        "format",
        "[yesterday] is not a valid date-time. Expected [yyyy-MM-dd'T'HH:mm:ssZ]",
        "#/timestamp",
    ),
    (
        "enum",
        "nobody is not a valid enum value",
        "#/person/gender",
    ),
    (
        "pattern",
        "string [x] does not match pattern ^[A-Z]{2}$",
        "#/homeAddress/countryCode",
    ),
    (
        "minLength",
        "expected minLength: 1, actual: 0",
        "#/personalEmail/address",
    ),
    (
        "minimum",
        "-1 is not greater or equal to 0",
        "#/person/birthYear",
    ),
    (
        "additionalProperties",
        "extraneous key [nonsense] is not permitted",
        "#",
    ),
];

impl LandingFaults {
    pub(crate) fn new(options: &LandingOptions) -> LandingFaults {
        LandingFaults {
            lose: options.lose_every.into(),
            duplicate: options.duplicate_every.into(),
            corrupt: options.corrupt_every.into(),
            refuse: options.refuse_every.into(),
            refused: AtomicU64::new(0),
            unseen: options.profile_lose_every.into(),
            batch_rows: options.batch_rows.max(1),
            files: options.files.max(1),
        }
    }

    /// Every n-th record vanishes.
    pub fn lose_every(&self, n: u64) {
        self.lose.store(n, Ordering::Relaxed);
    }

    /// Every n-th record lands twice.
    pub fn duplicate_every(&self, n: u64) {
        self.duplicate.store(n, Ordering::Relaxed);
    }

    /// Every n-th record lands with another value in its last text field.
    pub fn corrupt_every(&self, n: u64) {
        self.corrupt.store(n, Ordering::Relaxed);
    }

    /// Every n-th record is refused by validation.
    pub fn refuse_every(&self, n: u64) {
        self.refuse.store(n, Ordering::Relaxed);
    }

    /// Every n-th record lands, and never comes to the profile.
    pub fn lose_every_in_profile(&self, n: u64) {
        self.unseen.store(n, Ordering::Relaxed);
    }

    /// Whether a flow's record number `count`, from 1, does not come to the profile.
    pub(crate) fn is_unseen(&self, count: u64) -> bool {
        let every = self.unseen.load(Ordering::Relaxed);
        every > 0 && count.is_multiple_of(every)
    }

    /// What happens to a flow's record number `count`, from 1.
    pub(crate) fn fate(&self, count: u64) -> Fate {
        let fates = [
            (&self.lose, Fate::Lose),
            (&self.duplicate, Fate::Duplicate),
            (&self.corrupt, Fate::Corrupt),
            (&self.refuse, Fate::Refuse),
        ];
        let hit = |every: &AtomicU64| {
            let every = every.load(Ordering::Relaxed);
            every > 0 && count.is_multiple_of(every)
        };
        fates
            .iter()
            .find(|(every, _)| hit(every))
            .map_or(Fate::Land, |(_, fate)| *fate)
    }

    /// Why the next record is refused.
    pub(super) fn reason(&self) -> Refused {
        let next = self.refused.fetch_add(1, Ordering::Relaxed) as usize;
        let (keyword, message, pointer) = REASONS[next % REASONS.len()];
        Refused {
            keyword,
            message: message.to_owned(),
            pointer: pointer.to_owned(),
        }
    }
}
