//! A shard that got far more than its share: what a stream takes as a whole does not help it.

use std::collections::BTreeMap;

use measure::Measured;

/// How its producer calls the records of a shard.
const RECORDS: &str = "records.";
/// With fewer records chance looks like heat.
const RECORDS_MIN: u64 = 1_000;
/// How much more than its share is far more.
const FAR_MORE: f64 = 1.5;

/// A remark for each stream that has one.
pub(super) fn remarks(measured: &Measured) -> impl Iterator<Item = String> {
    measured
        .streams
        .iter()
        .filter_map(|stream| remark(&stream.name, &stream.counters))
}

fn remark(stream: &str, counters: &BTreeMap<String, u64>) -> Option<String> {
    let shards: Vec<_> = counters
        .iter()
        .filter_map(|(name, count)| Some((name.strip_prefix(RECORDS)?, *count)))
        .collect();
    let total: u64 = shards.iter().map(|(_, count)| count).sum();
    let (hottest, most) = shards.iter().max_by_key(|(_, count)| *count)?;
    let share = *most as f64 / total as f64;
    let fair = 1.0 / shards.len() as f64;
    (total >= RECORDS_MIN && shards.len() > 1 && share > fair * FAR_MORE).then(|| {
        format!(
            "stream `{stream}`: {hottest} got {:.0} % of the records, {:.1} times its share of {} shards: \
             it is hot, and the first to be throttled; spread the keys, or write `spread: even`",
            share * 100.0,
            share / fair,
            shards.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(shards: &[u64]) -> BTreeMap<String, u64> {
        let shards = shards.iter().enumerate();
        let named = shards.map(|(at, count)| (format!("records.shardId-{at:012}"), *count));
        named.chain([("calls".to_owned(), 99_999)]).collect()
    }

    #[test]
    fn only_a_hot_shard_is_remarked_on() {
        let told = remark("s", &counters(&[700, 100, 100, 100])).unwrap();
        assert!(
            told.contains("shardId-000000000000 got 70 % of the records, 2.8 times its share of 4"),
            "{told}"
        );
        for quiet in [&[260, 250, 240, 250][..], &[70, 10, 10, 10], &[5_000], &[]] {
            assert_eq!(remark("s", &counters(quiet)), None, "{quiet:?}");
        }
    }
}
