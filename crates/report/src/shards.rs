//! What the client counted by shard, as one table: all of the counters are in `summary.json`.
//!
//! Such a counter is called `<what>.<shard>`. The hottest shard comes first: the one that most records
//! were tried on, stored or throttled.

use std::collections::{BTreeMap, BTreeSet};

use crate::format;

/// More shards than anybody reads.
const ROWS: usize = 10;

/// The counters of a stream, taken apart.
#[derive(Debug)]
pub(crate) struct ByShard<'a> {
    /// The hottest shards.
    pub(crate) rows: Vec<Row<'a>>,
    /// How many there are besides.
    pub(crate) more: usize,
    /// Counters that are of no shard.
    pub(crate) others: Vec<(&'a str, u64)>,
}

/// One shard, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) shard: &'a str,
    pub(crate) records: String,
    /// Of the records of all shards.
    pub(crate) share: String,
    /// What its share would be if no key were more frequent than others; empty if that is not known.
    pub(crate) fair: String,
    pub(crate) bytes: String,
    pub(crate) throttled: String,
    pub(crate) is_throttled: bool,
}

/// Takes the counters of a stream apart. Those that are zero say nothing unless they are a shard's.
pub(crate) fn by_shard(counters: &BTreeMap<String, u64>) -> ByShard<'_> {
    let named = |what: &'static str| {
        counters
            .keys()
            .filter_map(move |name| name.strip_prefix(what))
    };
    let mut shards: BTreeSet<&str> = named("records.").chain(named("throttled.")).collect();
    let of = |what: &str, shard: &str| {
        let count = counters.get(&format!("{what}.{shard}"));
        count.copied().unwrap_or(0)
    };
    let is_of_shard =
        |name: &str| matches!(name.rsplit_once('.'), Some((_, shard)) if shards.contains(shard));
    let others = counters
        .iter()
        .filter(|(name, count)| **count > 0 && !is_of_shard(name))
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    // Where records go whose shard nobody knows; mostly none.
    if of("records", "unknown") + of("throttled", "unknown") == 0 {
        shards.remove("unknown");
    }
    let mut hottest: Vec<&str> = shards.into_iter().collect();
    // Stable: equally hot ones stay in the order of their names.
    hottest.sort_by_key(|shard| std::cmp::Reverse(of("records", shard) + of("throttled", shard)));
    let total: u64 = hottest.iter().map(|shard| of("records", shard)).sum();
    let share = |records: u64| match total {
        0 => String::new(),
        total => format::percent(records as f64 * 100.0 / total as f64),
    };
    let rows = hottest
        .iter()
        .take(ROWS)
        .map(|shard| {
            let throttled = of("throttled", shard);
            Row {
                shard,
                records: format::count(of("records", shard)),
                share: share(of("records", shard)),
                fair: match of("fair", shard) {
                    0 => String::new(),
                    fair => share(fair),
                },
                bytes: format::bytes(of("bytes", shard) as f64),
                throttled: format::count(throttled),
                is_throttled: throttled > 0,
            }
        })
        .collect();
    ByShard {
        rows,
        more: hottest.len().saturating_sub(ROWS),
        others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        pairs
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn the_hottest_come_first_and_what_is_of_no_shard_stays() {
        let counters = counters(&[
            ("records.s-1", 300),
            ("records.s-2", 0),
            ("records.s-3", 700),
            ("fair.s-3", 250),
            ("bytes.s-3", 70_000),
            ("throttled.s-4", 2_000),
            ("SomeException.s-4", 2_000),
            ("errors.SomeException", 2_000),
            ("retries", 2_000),
            ("reconnects", 0),
        ]);
        let found = by_shard(&counters);
        let shards: Vec<_> = found.rows.iter().map(|row| row.shard).collect();
        assert_eq!(shards, ["s-4", "s-3", "s-1", "s-2"]);
        let expected = Row {
            shard: "s-3",
            records: "700".to_owned(),
            share: "70%".to_owned(),
            fair: "25%".to_owned(),
            bytes: "70.0 kB".to_owned(),
            throttled: "0".to_owned(),
            is_throttled: false,
        };
        assert_eq!(found.rows[1], expected);
        assert_eq!(found.more, 0);
        assert_eq!(
            found.others,
            [("errors.SomeException", 2_000), ("retries", 2_000)]
        );
    }

    #[test]
    fn many_are_cut_and_none_is_no_table() {
        let many: BTreeMap<String, u64> = (0..1_000)
            .map(|n| (format!("records.s-{n:04}"), n))
            .collect();
        let found = by_shard(&many);
        assert_eq!((found.rows.len(), found.more), (10, 990));
        assert_eq!(found.rows[0].shard, "s-0999");
        let none = counters(&[("throttled", 5)]);
        let none = by_shard(&none);
        assert!(none.rows.is_empty() && none.others == [("throttled", 5)]);
    }
}
