//! What nobody wants to happen to a record: each kind is a complaint and a test case of its own, unless
//! a threshold says how many are too many.

use measure::{Landing, ReadBack};

use crate::summary::{LandedSummary, ReadBackSummary};
use crate::thresholds::{self, Count, Threshold};

/// Records that one kind of mishap befell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong {
    pub(crate) count: Count,
    /// What they were.
    pub(crate) word: &'static str,
    pub(crate) number: u64,
}

impl Wrong {
    fn new(count: Count, word: &'static str, number: u64) -> Wrong {
        Wrong {
            count,
            word,
            number,
        }
    }
}

/// On the way into the dataset.
pub(crate) fn landed(landed: &LandedSummary) -> Vec<Wrong> {
    vec![
        Wrong::new(Count::Lost, "lost", landed.lost),
        Wrong::new(Count::Refused, "refused", landed.refused),
        Wrong::new(Count::Duplicated, "duplicated", landed.duplicated),
        Wrong::new(Count::Corrupted, "corrupted", landed.corrupted),
    ]
}

/// In the stream itself.
pub(crate) fn read_back(read: &ReadBackSummary) -> Vec<Wrong> {
    vec![
        Wrong::new(Count::Lost, "lost", read.lost),
        Wrong::new(Count::Duplicated, "duplicated", read.duplicated),
        Wrong::new(Count::Corrupted, "corrupted", read.corrupted),
    ]
}

/// Whether more befell the records of a stream, on their way into the dataset or in the stream itself, than
/// the thresholds allow.
pub fn is_wrong(
    stream: &str,
    landing: Option<&Landing>,
    read: Option<&ReadBack>,
    thresholds: &[Threshold],
) -> bool {
    let landing = landing.map(|it| landed(&it.into()));
    let read = read.map(|it| read_back(&it.into()));
    let mut all = landing.into_iter().chain(read).flatten();
    all.any(|Wrong { count, number, .. }| {
        number > 0 && !thresholds::allowed(thresholds, stream, count, number)
    })
}
