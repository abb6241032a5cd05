//! Sets of positions that stay small: as runs while these are few, as a bit each when they are many.

use std::fmt;
use std::iter;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// More runs than this (a megabyte) become bits, if bits take less.
const RUNS_MAX: usize = if cfg!(test) { 4 } else { 65_536 };
/// What a run takes, in bytes.
const RUN_BYTES: u64 = 16;

/// A set of positions. However it is filled, it takes little more than a megabyte or a bit for each
/// position up to its largest, whichever is more, and its JSON four thirds of that.
///
/// As JSON it is a list of runs, the first position and how many, or, if these are many, the bits in
/// base64: that of position `n` is bit `n % 8`, counted from the lowest, of byte `n / 8`.
#[derive(Clone)]
pub struct PositionSet {
    form: Form,
}

#[derive(Clone)]
enum Form {
    /// In order, disjoint, with a gap between any two: the first position, and how many.
    Runs(Vec<(u64, u64)>),
    Bits(Vec<u64>),
}

impl Default for PositionSet {
    fn default() -> PositionSet {
        PositionSet {
            form: Form::Runs(Vec::new()),
        }
    }
}

impl PositionSet {
    /// Adds `count` positions from `from` on.
    pub fn add(&mut self, from: u64, count: u64) {
        if count == 0 {
            return;
        }
        match &mut self.form {
            Form::Runs(runs) => {
                add_run(runs, from, from.saturating_add(count));
                if runs.len() > RUNS_MAX {
                    self.shrink();
                }
            }
            Form::Bits(words) => set_bits(words, from, from.saturating_add(count)),
        }
    }

    /// Makes bits of runs that take more than these.
    fn shrink(&mut self) {
        let Form::Runs(runs) = &self.form else { return };
        let end = runs.last().map_or(0, |(from, count)| from + count);
        if end / 8 >= runs.len() as u64 * RUN_BYTES {
            return;
        }
        let mut words = Vec::new();
        for (from, count) in runs {
            set_bits(&mut words, *from, from + count);
        }
        self.form = Form::Bits(words);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs().next().is_none()
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.runs().map(|(_, count)| count).sum()
    }

    /// All of them in order, as runs of neighbours: the first position, and how many.
    pub fn runs(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut at = 0;
        iter::from_fn(move || match &self.form {
            Form::Runs(runs) => {
                let run = runs.get(at as usize).copied();
                at += 1;
                run
            }
            Form::Bits(words) => {
                let from = next(words, at, false)?;
                at = next(words, from, true).unwrap_or(words.len() as u64 * 64);
                Some((from, at - from))
            }
        })
    }
}

/// Adds `from..end`, which mostly lies at the end of the runs.
fn add_run(runs: &mut Vec<(u64, u64)>, from: u64, end: u64) {
    // Those it touches become one with it.
    let first = runs.partition_point(|(start, count)| start + count < from);
    let behind = runs[first..].partition_point(|(start, _)| *start <= end) + first;
    let touched = &runs[first..behind];
    let from = touched.first().map_or(from, |(start, _)| from.min(*start));
    let end = touched
        .last()
        .map_or(end, |(start, count)| end.max(start + count));
    runs.splice(first..behind, [(from, end - from)]);
}

fn set_bits(words: &mut Vec<u64>, from: u64, end: u64) {
    let needed = end.div_ceil(64) as usize;
    if words.len() < needed {
        words.resize(needed, 0);
    }
    let mut at = from;
    while at < end {
        let (low, count) = (at % 64, (64 - at % 64).min(end - at));
        words[(at / 64) as usize] |= (u64::MAX >> (64 - count)) << low;
        at += count;
    }
}

/// The first position from `from` on whose bit is set, or not, if so wanted.
fn next(words: &[u64], from: u64, unset: bool) -> Option<u64> {
    let mut index = (from / 64) as usize;
    let mut mask = u64::MAX << (from % 64);
    while let Some(word) = words.get(index) {
        let found = if unset { !word } else { *word } & mask;
        if found != 0 {
            return Some(index as u64 * 64 + u64::from(found.trailing_zeros()));
        }
        (index, mask) = (index + 1, u64::MAX);
    }
    None
}

impl FromIterator<(u64, u64)> for PositionSet {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(runs: I) -> PositionSet {
        let mut set = PositionSet::default();
        for (from, count) in runs {
            set.add(from, count);
        }
        set
    }
}

impl PartialEq for PositionSet {
    fn eq(&self, other: &PositionSet) -> bool {
        self.runs().eq(other.runs())
    }
}

impl Eq for PositionSet {}

impl fmt::Debug for PositionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.runs().take(20)).finish()
    }
}

impl Serialize for PositionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.form {
            Form::Runs(runs) => runs.serialize(serializer),
            Form::Bits(words) => {
                let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
            }
        }
    }
}

impl<'de> Deserialize<'de> for PositionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PositionSet, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = PositionSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of runs, or bits in base64")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut runs: A) -> Result<PositionSet, A::Error> {
        let mut set = PositionSet::default();
        while let Some((from, count)) = runs.next_element::<(u64, u64)>()? {
            if from.checked_add(count).is_none() {
                return Err(A::Error::custom("a run that never ends"));
            }
            set.add(from, count);
        }
        Ok(set)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PositionSet, E> {
        let bytes = BASE64_STANDARD.decode(text).map_err(E::custom)?;
        let word = |bytes: &[u8]| {
            let shifted = |(at, byte): (usize, &u8)| u64::from(*byte) << (8 * at);
            bytes.iter().enumerate().map(shifted).sum()
        };
        Ok(PositionSet {
            form: Form::Bits(bytes.chunks(8).map(word).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn all(set: &PositionSet) -> Vec<u64> {
        set.runs()
            .flat_map(|(from, count)| from..from + count)
            .collect()
    }

    proptest! {
        /// In either form it is a set, its runs are as long as they can be, and JSON keeps it.
        #[test]
        fn it_is_a_set(added in prop::collection::vec((0..2_000_u64, 0..90_u64), 0..40)) {
            let (mut set, mut expected) = (PositionSet::default(), BTreeSet::new());
            for (from, count) in added {
                set.add(from, count);
                expected.extend(from..from + count);
            }
            prop_assert_eq!(all(&set), expected.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!((set.len(), set.is_empty()), (expected.len() as u64, expected.is_empty()));
            let runs: Vec<_> = set.runs().collect();
            prop_assert!(runs.windows(2).all(|it| it[0].0 + it[0].1 < it[1].0));
            let json = serde_json::to_string(&set).unwrap();
            prop_assert_eq!(serde_json::from_str::<PositionSet>(&json).unwrap(), set);
        }
    }

    /// Every other record of very many.
    #[test]
    fn many_exceptions_are_a_bit_each() {
        let mut set = PositionSet::default();
        (0..1_000_000).step_by(2).for_each(|n| set.add(n, 1));
        assert_eq!(set.len(), 500_000);
        let Form::Bits(words) = &set.form else {
            panic!("{set:?}")
        };
        assert!(
            words.capacity() <= 2 * 1_000_000 / 64,
            "{}",
            words.capacity()
        );
        let json = serde_json::to_string(&set).unwrap();
        assert!(json.len() < 1_000_000 / 8 * 4 / 3 + 20, "{}", json.len());
    }

    #[test]
    fn few_exceptions_far_apart_stay_runs() {
        let set: PositionSet = (0..20).map(|n| (n << 40, 1 << 30)).collect();
        assert!(matches!(&set.form, Form::Runs(runs) if runs.len() == 20));
        assert_eq!(
            serde_json::to_string(&set).unwrap().len(),
            set.runs()
                .map(|(a, b)| format!("[{a},{b}],").len())
                .sum::<usize>()
                + 1
        );
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["1", "\"%\"", "[[1]]", "[[18446744073709551615,2]]"] {
            assert!(serde_json::from_str::<PositionSet>(text).is_err(), "{text}");
        }
    }
}
