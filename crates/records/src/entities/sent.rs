//! What another stream has sent by the time that a record is due.

use std::sync::Arc;

/// How many records of another stream were due, so long before each record of this one.
///
/// A table over ordinals, whose steps are a thousandth of the ordinal: between two of them the count of
/// the earlier one stands. So it may be a little less than what was sent, and it is never more.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    counts: Arc<[u64]>,
}

/// Ordinals below this have an entry of their own, and as many entries stand for every octave behind it
/// twice.
const EXACT: u64 = 1 << 10;

impl Sent {
    /// The table for the first `total` ordinals of this stream, where `count` says how many records of
    /// the other one were due in time before an ordinal; it must not decrease.
    pub fn new(total: u64, count: impl FnMut(u64) -> u64) -> Sent {
        let last = slot(total.max(1) - 1);
        Sent {
            counts: (0..=last).map(first).map(count).collect(),
        }
    }

    /// How many there are to choose from for record `n`.
    #[inline]
    pub(crate) fn before(&self, n: u64) -> u64 {
        self.counts[slot(n).min(self.counts.len() - 1)]
    }
}

/// The entry of an ordinal: its highest bits.
#[inline]
fn slot(n: u64) -> usize {
    if n < EXACT {
        return n as usize;
    }
    let octave = n.ilog2() - 9;
    (u64::from(octave) * (EXACT / 2) + (n >> octave)) as usize
}

/// The first ordinal of an entry.
fn first(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < EXACT {
        return slot;
    }
    let octave = slot / (EXACT / 2) - 1;
    (slot - octave * (EXACT / 2)) << octave
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every ordinal has the count of one that is at most a five-hundredth before it.
        #[test]
        fn a_count_is_hardly_behind_and_never_ahead(n in 0u64..1 << 50, shift in 0..50) {
            let n = n >> shift;
            let before = first(slot(n));
            prop_assert!(before <= n && n - before <= n / 512);
            prop_assert_eq!(Sent::new(n + 1, |n| n).before(n), before);
        }
    }

    #[test]
    fn entries_follow_one_another() {
        let firsts: Vec<u64> = (0..20_000).map(first).collect();
        assert!(firsts.is_sorted_by(|a, b| a < b));
        assert!((0..20_000).all(|at| slot(first(at)) == at));
        assert_eq!(Sent::new(0, |_| 7).before(99), 7);
    }
}
