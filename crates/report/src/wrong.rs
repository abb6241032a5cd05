//! What nobody wants to happen to a record: each kind is a complaint and a test case of its own, unless
//! a threshold says how many are too many.

use indexmap::IndexMap;
use measure::{InProfile, Landing, ReadBack};

use crate::exit::Status;
use crate::format;
use crate::summary::{DefectSummary, LandedSummary, ProfileSummary, ReadBackSummary, defects};
use crate::thresholds::{self, Count, Threshold};

/// Records that one kind of mishap befell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong {
    pub(crate) count: Count,
    /// What a run comes to in which nothing worse happened.
    pub(crate) status: Status,
    /// What they were.
    pub(crate) word: &'static str,
    pub(crate) number: u64,
}

impl Wrong {
    fn lost(number: u64) -> Wrong {
        Wrong {
            count: Count::Lost,
            status: Status::RecordsLost,
            word: "lost",
            number,
        }
    }

    fn corrupted(number: u64) -> Wrong {
        Wrong {
            count: Count::Corrupted,
            status: Status::RecordsCorrupted,
            word: "corrupted",
            number,
        }
    }

    fn refused(number: u64) -> Wrong {
        Wrong {
            count: Count::Refused,
            status: Status::RecordsRefused,
            word: "refused",
            number,
        }
    }

    fn duplicated(number: u64) -> Wrong {
        Wrong {
            count: Count::Duplicated,
            status: Status::RecordsDuplicated,
            word: "duplicated",
            number,
        }
    }

    fn defects(defects: &IndexMap<String, DefectSummary>) -> Wrong {
        Wrong {
            count: Count::Defects,
            status: Status::DefectsUnexpected,
            word: DEFECTS,
            number: defects::unexpected(defects),
        }
    }

    fn entities(number: u64) -> Wrong {
        Wrong {
            count: Count::WrongEntities,
            status: Status::EntitiesWrong,
            word: ENTITIES,
            number,
        }
    }

    /// `3 records lost`.
    pub(crate) fn words(&self) -> String {
        if self.count == Count::WrongEntities {
            let what = if self.number == 1 {
                "entity"
            } else {
                "entities"
            };
            return format!(
                "{} {what} ended up otherwise than expected",
                format::count(self.number)
            );
        }
        format!("{} {}", format::records(self.number), self.word)
    }
}

/// The gravest first; of the same kind in the order in which they came.
pub(crate) fn sort(found: &mut [(Status, String)]) {
    const ORDER: [Status; 7] = [
        Status::RecordsLost,
        Status::ProfileMissing,
        Status::RecordsCorrupted,
        Status::RecordsRefused,
        Status::RecordsDuplicated,
        Status::DefectsUnexpected,
        Status::EntitiesWrong,
    ];
    found.sort_by_key(|(status, _)| ORDER.iter().position(|it| it == status));
}

/// The kinds that are looked for in the dataset, with their words.
pub(crate) const LANDED: [(Count, &str); 5] = [
    (Count::Lost, "lost"),
    (Count::Refused, "refused"),
    (Count::Duplicated, "duplicated"),
    (Count::Corrupted, "corrupted"),
    (Count::Defects, DEFECTS),
];

/// What is said of records with a defect.
const DEFECTS: &str = "with a defect came to something else than expected";

/// The same of the stream itself.
pub(crate) const READ_BACK: [(Count, &str); 5] = [
    (Count::Lost, "lost"),
    (Count::Duplicated, "duplicated"),
    (Count::Corrupted, "corrupted"),
    (Count::Defects, DEFECTS),
    (Count::WrongEntities, ENTITIES),
];

/// What is said of the last records of entities.
const ENTITIES: &str = "at the end of an entity that was not to be the last";

/// The same of the profile.
pub(crate) const PROFILE: [(Count, &str); 2] = [
    (Count::ProfileMissing, "missing"),
    (Count::ProfileCorrupted, "corrupted"),
];

/// On the way into the dataset.
pub(crate) fn landed(landed: &LandedSummary) -> Vec<Wrong> {
    vec![
        Wrong::lost(landed.lost),
        Wrong::refused(landed.refused),
        Wrong::duplicated(landed.duplicated),
        Wrong::corrupted(landed.corrupted),
        Wrong::defects(&landed.defects),
    ]
}

/// In the stream itself.
pub(crate) fn read_back(read: &ReadBackSummary) -> Vec<Wrong> {
    vec![
        Wrong::lost(read.lost),
        Wrong::duplicated(read.duplicated),
        Wrong::corrupted(read.corrupted),
        Wrong::defects(&read.defects),
        Wrong::entities(read.operations.as_ref().map_or(0, |it| it.wrong)),
    ]
}

/// In the profile.
pub(crate) fn profile(profile: &ProfileSummary) -> Vec<Wrong> {
    vec![
        Wrong {
            count: Count::ProfileMissing,
            status: Status::ProfileMissing,
            word: "missing in the profile",
            number: profile.missing,
        },
        Wrong {
            count: Count::ProfileCorrupted,
            status: Status::RecordsCorrupted,
            word: "corrupted in the profile",
            number: profile.corrupted,
        },
    ]
}

/// Whether not all is known of the records of a stream, or more befell them, on their way into the dataset,
/// in the stream itself or in the profile, than the thresholds allow.
pub fn is_wrong(
    stream: &str,
    landing: Option<&Landing>,
    read: Option<&ReadBack>,
    in_profile: Option<&InProfile>,
    thresholds: &[Threshold],
) -> bool {
    let is_unknown = landing.is_some_and(|it| it.unknown.is_some())
        || read.is_some_and(|it| it.unknown.is_some())
        || in_profile.is_some_and(|it| it.unknown.is_some());
    let landing = landing.map(|it| landed(&it.into()));
    let read = read.map(|it| read_back(&it.into()));
    let in_profile = in_profile.map(|it| profile(&it.into()));
    let mut all = landing.into_iter().chain(read).chain(in_profile).flatten();
    is_unknown
        || all.any(|Wrong { count, number, .. }| {
            number > 0 && !thresholds::allowed(thresholds, stream, count, number)
        })
}
