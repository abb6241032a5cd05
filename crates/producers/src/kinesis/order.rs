//! Order per key: one record of a key is under way at a time.
//!
//! PutRecords promises no order, not even within a call, and a record that fails does not hold up
//! those behind it. So the next record of a key leaves when the last one is settled.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use super::call::Entry;

/// The keys that are under way, and who waits behind them.
#[derive(Debug, Default)]
pub(super) struct Order {
    // Two keys of one hash wait for each other, which costs time and nothing else.
    busy: HashMap<u64, VecDeque<Entry>>,
    hasher: RandomState,
}

impl Order {
    /// Whether the record can leave now; if not, it is kept until its turn.
    pub(super) fn admit(&mut self, key: &[u8], entry: Entry) -> bool {
        let hash = self.hasher.hash_one(key);
        if let Some(waiting) = self.busy.get_mut(&hash) {
            waiting.push_back(entry);
            return false;
        }
        self.busy.insert(hash, VecDeque::new());
        true
    }

    /// A record of this key is settled: the next one, if one waits.
    pub(super) fn release(&mut self, key: &[u8]) -> Option<Entry> {
        let hash = self.hasher.hash_one(key);
        let next = self.busy.get_mut(&hash)?.pop_front();
        if next.is_none() {
            self.busy.remove(&hash);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_of_a_key_at_a_time_in_their_order() {
        let mut order = Order::default();
        let entry = |index| Entry::new(0, index, 1);
        assert!(order.admit(b"a", entry(0)));
        assert!(!order.admit(b"a", entry(1)));
        assert!(order.admit(b"b", entry(2)));
        assert!(!order.admit(b"a", entry(3)));
        assert_eq!(order.release(b"a").map(|next| next.index), Some(1));
        assert_eq!(order.release(b"b"), None);
        assert_eq!(order.release(b"a").map(|next| next.index), Some(3));
        assert_eq!(order.release(b"a"), None);
        assert!(order.admit(b"a", entry(4)));
    }
}
