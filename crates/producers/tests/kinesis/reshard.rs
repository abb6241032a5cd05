//! A stream that is resharded in the middle of a run.

use std::collections::BTreeSet;

use super::lane::{Lane, options};
use super::server::Server;
use super::stream::md5;

#[test]
fn a_split_is_noticed_and_costs_nothing() {
    let server = Server::start(2);
    let mut lane = Lane::open(&options(&server, r#""spread": "even""#));
    let before = server.stream().calls_of("ListShards");
    lane.send_small(1_000);
    assert_eq!(lane.finish(), "OK 1000");
    assert_eq!(
        server.stream().calls_of("ListShards"),
        before,
        "nothing has changed"
    );
    server.stream().split(0);
    lane.send_small(1_000);
    assert_eq!(lane.finish(), "OK 2000");
    lane.until(|_| server.stream().calls_of("ListShards") > before);
    // Until the new list has arrived the old ranges are used: all of it ends in one child.
    lane.until(|lane| {
        lane.send_small(30);
        lane.finish();
        let stream = server.stream();
        let shards: BTreeSet<u32> = stream.stored.iter().map(|stored| stored.shard).collect();
        shards == [0, 1, 2, 3].into()
    });
}

/// What is told of these shards.
fn told(lane: &mut Lane, what: &str, shards: std::ops::Range<u32>) -> Vec<u64> {
    shards
        .map(|shard| lane.counter(&format!("{what}.shardId-{shard:012}")))
        .collect()
}

#[test]
fn every_open_shard_is_told_of_with_its_share_of_what_came_while_it_was_open() {
    let server = Server::start(2);
    let mut lane = Lane::open(&options(&server, ""));
    // All with one key, `key-0`: the shard of all of them, and the other.
    let hot = usize::from(!server.stream().owns(0, md5(b"key-0")));
    let one_key = |n: u32| (Some("key-0".to_owned()), format!("record {n}").into_bytes());
    lane.send((0..1_000).map(one_key));
    assert_eq!(lane.finish(), "OK 1000");
    // Nothing has to be waited for: numbers are there before the last receipt is.
    let mut expected = [0, 0];
    expected[hot] = 1_000;
    assert_eq!(told(&mut lane, "records", 0..2), expected);
    assert_eq!(told(&mut lane, "fair", 0..2), [500, 500]);
    let name = format!("records.shardId-{:012}", 1 - hot);
    assert_eq!(lane.counted.counters.get(&name), Some(&0), "it is told of");

    // From now on there are four, and none of the new ones is compared with what was before.
    server.stream().split(0);
    server.stream().split(1);
    lane.send_small(1);
    lane.finish();
    lane.until(|lane| {
        lane.counter("fair.shardId-000000000005");
        lane.counted
            .counters
            .contains_key("records.shardId-000000000005")
    });
    lane.send_small(4_000);
    assert_eq!(lane.finish(), "OK 5001");
    let records: u64 = told(&mut lane, "records", 0..6).iter().sum();
    assert_eq!(records, 5_001);
    assert_eq!(
        told(&mut lane, "fair", 0..6),
        [500, 500, 1_000, 1_000, 1_000, 1_000]
    );
}

#[test]
fn what_waited_for_a_shard_that_is_gone_finds_its_children() {
    let server = Server::start(2);
    server.stream().faults.throttled = [0].into();
    let mut lane = Lane::open(&options(
        &server,
        r#""retry": {"first": "1ms", "longest": "5ms"}"#,
    ));
    lane.send_small(1_000);
    lane.until_counted("throttled", 10);
    server.stream().split(0);
    assert_eq!(lane.finish(), "OK 1000");
    let stream = server.stream();
    assert_eq!(stream.stored.len(), 1_000);
    assert!(stream.stored.iter().any(|stored| stored.shard == 2));
}
