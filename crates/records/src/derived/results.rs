//! What has been worked out for a record, for those that ask again.

#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]

use super::number::Number;

/// So many results are remembered.
const RESULTS: usize = 16;

/// What a result is one of: the field, as a number, the draws that it is made of, the number of what is being written,
/// and the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct By {
    pub(super) salt: u64,
    pub(super) draws: u64,
    pub(super) number: u64,
    pub(super) n: u64,
}

/// The newest results. A result is a function of what it is remembered by, so nothing has to be forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results([Option<(By, Option<Number>)>; RESULTS]);

impl Results {
    /// The result, where it is remembered.
    pub(super) fn get(&self, by: By) -> Option<Option<Number>> {
        match self.0[place(by)] {
            Some((known, result)) if known == by => Some(result),
            _ => None,
        }
    }

    pub(super) fn remember(&mut self, by: By, result: Option<Number>) {
        self.0[place(by)] = Some((by, result));
    }
}

fn place(by: By) -> usize {
    // Both are as good as random.
    ((by.salt ^ by.draws) % RESULTS as u64) as usize
}
