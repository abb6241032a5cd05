//! A shard that got far more than its share: what a stream takes as a whole does not help it.

use std::collections::BTreeMap;

use measure::Measured;

/// How its producer calls the records of a shard, and what would have been its share of them.
const RECORDS: &str = "records.";
const FAIR: &str = "fair.";
/// With fewer records chance looks like heat.
const RECORDS_MIN: u64 = 1_000;
/// How much more than its share is far more.
const FAR_MORE: f64 = 1.5;
/// How many standard deviations chance does not reach, however many shards there are.
const BEYOND_CHANCE: f64 = 6.0;
/// What part of the records has to have a share: while the list of shards can't be had, none has.
const WEIGHED_MIN: f64 = 0.9;

/// A remark for each stream that has one.
pub(super) fn remarks(measured: &Measured) -> impl Iterator<Item = String> {
    measured
        .streams
        .iter()
        .filter_map(|stream| remark(&stream.name, &stream.counters))
}

fn remark(stream: &str, counters: &BTreeMap<String, u64>) -> Option<String> {
    let of = |what: &'static str| {
        counters
            .iter()
            .filter_map(move |(name, count)| Some((name.strip_prefix(what)?, *count as f64)))
    };
    let records: f64 = of(RECORDS).map(|(_, records)| records).sum();
    let weighed: f64 = of(FAIR).map(|(_, fair)| fair).sum();
    if records < RECORDS_MIN as f64 || weighed < records * WEIGHED_MIN {
        return None;
    }
    let is_hot = |got: f64, fair: f64| {
        got > fair * FAR_MORE && got - fair > BEYOND_CHANCE * fair.max(1.0).sqrt()
    };
    let (hottest, got, fair) = of(FAIR)
        .map(|(shard, fair)| (shard, counters.get(&format!("{RECORDS}{shard}")), fair))
        .filter_map(|(shard, got, fair)| Some((shard, *got? as f64, fair)))
        .filter(|(_, got, fair)| is_hot(*got, *fair))
        .max_by(|(_, one, of_one), (_, other, of_other)| {
            (one / of_one).total_cmp(&(other / of_other))
        })?;
    Some(format!(
        "stream `{stream}`: {hottest} got {:.0} % of the records, {:.1} times its share: it is hot, and the first to \
         be throttled; spread the keys, or write `spread: even`",
        got / records * 100.0,
        got / fair,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What shards got, and what their share was.
    fn counters(shards: &[(u64, u64)]) -> BTreeMap<String, u64> {
        let of = |(at, (got, fair)): (usize, &(u64, u64))| {
            let shard = format!("shardId-{at:012}");
            [
                (format!("{RECORDS}{shard}"), *got),
                (format!("{FAIR}{shard}"), *fair),
            ]
        };
        let named = shards.iter().enumerate().flat_map(of);
        named.chain([("calls".to_owned(), 99_999)]).collect()
    }

    #[test]
    fn a_hot_shard_is_remarked_on() {
        let told = remark(
            "s",
            &counters(&[(700, 250), (100, 250), (100, 250), (100, 250)]),
        );
        let expected = "shardId-000000000000 got 70 % of the records, 2.8 times its share";
        assert!(
            told.as_ref().is_some_and(|told| told.contains(expected)),
            "{told:?}"
        );
        // All of the load on one of them, which is as hot as it gets.
        let told = remark(
            "s",
            &counters(&[(0, 500), (2_000, 500), (0, 500), (0, 500)]),
        );
        let expected = "shardId-000000000001 got 100 % of the records, 4.0 times its share";
        assert!(
            told.as_ref().is_some_and(|told| told.contains(expected)),
            "{told:?}"
        );
    }

    #[test]
    fn others_are_not() {
        let quiet: [&[(u64, u64)]; 7] = [
            &[(260, 250), (250, 250), (240, 250), (250, 250)],
            // Too few to tell.
            &[(70, 25), (10, 25), (10, 25), (10, 25)],
            // A stream of one shard.
            &[(5_000, 5_000)],
            // The first of two was split in the middle of the run.
            &[(500, 500), (1_000, 1_000), (250, 250), (250, 250)],
            // Few for each of many.
            &[[(10, 10); 300].as_slice(), &[(24, 10)]].concat(),
            // Nobody knows the shares of most.
            &[(100, 100), (4_000, 100)],
            &[],
        ];
        for quiet in quiet {
            assert_eq!(remark("s", &counters(quiet)), None, "{quiet:?}");
        }
    }
}
