//! A shard: its range of hash keys, its sequence numbers, its records.

use serde_json::{Value, json};

use super::log::Log;
use super::quota::Quota;

/// Digits of a sequence number. They count up within a shard, and children's are higher than their
/// parents'.
pub(super) const DIGITS: usize = 56;
/// The last of them, which count records.
const COUNTING: usize = 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) id: String,
    pub(super) start: u128,
    pub(super) end: u128,
    /// The shards that it was split off or merged from.
    pub(super) parents: Vec<u32>,
    pub(super) created: i64,
    /// When it was split or merged.
    pub(super) closed: Option<i64>,
    pub(super) log: Log,
    pub(super) quota: Quota,
    /// The last sequence number that was given out.
    sequence: [u8; DIGITS],
}

impl Shard {
    pub(super) fn new(number: u32, range: (u128, u128), parents: Vec<u32>, created: i64) -> Shard {
        let text = format!("49{created:014}{number:012}{:028}", 0);
        let mut sequence = [b'0'; DIGITS];
        sequence.copy_from_slice(&text.as_bytes()[..DIGITS]);
        Shard {
            id: id(number),
            start: range.0,
            end: range.1,
            parents,
            created,
            closed: None,
            log: Log::new(),
            quota: Quota::default(),
            sequence,
        }
    }

    /// The next sequence number.
    pub(super) fn count(&mut self) -> [u8; DIGITS] {
        for digit in self.sequence[DIGITS - COUNTING..].iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
        self.sequence
    }

    /// The ordinal of the record with this sequence number; `None` if it is of another shard.
    pub(super) fn ordinal(&self, sequence: &str) -> Option<u64> {
        let (prefix, ordinal) = sequence.split_at_checked(DIGITS - COUNTING)?;
        let is_ours = prefix.as_bytes() == &self.sequence[..DIGITS - COUNTING];
        let is_number = ordinal.len() == COUNTING && ordinal.bytes().all(|c| c.is_ascii_digit());
        if is_ours && is_number {
            ordinal.parse().ok()
        } else {
            None
        }
    }

    fn number(&self, ordinal: u64) -> String {
        let prefix = String::from_utf8_lossy(&self.sequence[..DIGITS - COUNTING]);
        format!("{prefix}{ordinal:020}")
    }

    /// As ListShards shows it.
    pub(super) fn json(&self) -> Value {
        let mut shown = json!({
            "ShardId": self.id,
            "HashKeyRange": self.range(),
            "SequenceNumberRange": {"StartingSequenceNumber": self.number(0)},
        });
        if self.closed.is_some() {
            // Behind its last record, which may be none.
            let end = self.number(self.log.next());
            shown["SequenceNumberRange"]["EndingSequenceNumber"] = json!(end);
        }
        for (parent, name) in self
            .parents
            .iter()
            .zip(["ParentShardId", "AdjacentParentShardId"])
        {
            shown[name] = json!(id(*parent));
        }
        shown
    }

    pub(super) fn range(&self) -> Value {
        json!({"StartingHashKey": self.start.to_string(), "EndingHashKey": self.end.to_string()})
    }
}

/// The name of a shard.
pub(super) fn id(number: u32) -> String {
    format!("shardId-{number:012}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_count_up_and_children_go_on_above() {
        let mut parent = Shard::new(0, (0, 9), Vec::new(), 1_700_000_000_000);
        let numbers: Vec<_> = (0..1_001)
            .map(|_| String::from_utf8(parent.count().to_vec()).unwrap())
            .collect();
        assert!(numbers.is_sorted() && numbers[0].len() == DIGITS);
        assert_eq!(parent.ordinal(&numbers[0]), Some(1));
        assert_eq!(parent.ordinal(&numbers[1_000]), Some(1_001));
        let mut child = Shard::new(1, (0, 4), vec![0], 1_700_000_000_000);
        let first = String::from_utf8(child.count().to_vec()).unwrap();
        assert!(first > numbers[1_000]);
        assert_eq!(parent.ordinal(&first), None);
        assert_eq!(parent.ordinal("12"), None);
    }
}
