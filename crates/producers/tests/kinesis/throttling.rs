//! Shards that take no more, and shards that are spared.

use super::lane::{Lane, options};
use super::server::Server;
use super::stream::md5;

const QUICK: &str = r#""retry": {"first": "1ms", "longest": "20ms"}"#;

#[test]
fn a_throttled_shard_holds_up_no_other_and_shows_by_name_and_code() {
    let server = Server::start(4);
    server.stream().faults.throttled = [1].into();
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send_small(4_000);
    let hot = {
        let stream = server.stream();
        (0..4_000)
            .filter(|n| stream.owns(1, md5(format!("key-{n}").as_bytes())))
            .count() as u64
    };
    lane.until(|lane| lane.settled() == 4_000 - hot);
    lane.until_counted("throttled.shardId-000000000001", 5);
    assert_eq!(
        lane.counter("throttled"),
        lane.counter("throttled.shardId-000000000001")
    );
    server.stream().faults.throttled.clear();
    assert_eq!(lane.finish(), "OK 4000");
    assert_eq!(server.stream().stored.len(), 4_000);
    lane.until_counted("records.shardId-000000000001", hot);
    let counted: u64 = (0..4)
        .map(|n| lane.counter(&format!("records.shardId-{n:012}")))
        .sum();
    assert_eq!(counted, 4_000, "every record shows in its shard");
}

#[test]
fn records_for_a_shard_that_is_left_alone_are_not_even_tried() {
    let server = Server::start(1);
    server.stream().faults.throttled = [0].into();
    let mut lane = Lane::open(&options(
        &server,
        r#""retry": {"first": "2s", "longest": "2s"}"#,
    ));
    lane.send_small(10);
    lane.until_counted("throttled", 10);
    for _ in 0..5 {
        lane.send_small(1_000);
    }
    server.stream().faults.throttled.clear();
    assert_eq!(lane.finish(), "OK 5010");
    assert_eq!(server.stream().tried, 5_020);
}

#[test]
fn without_the_right_to_list_shards_throttling_is_still_told_by_shard() {
    let server = Server::start(2);
    server.stream().faults.is_private = true;
    server.stream().faults.throttled = [1].into();
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send_small(1_000);
    lane.until_counted("throttled", 20);
    server.stream().faults.throttled.clear();
    assert_eq!(lane.finish(), "OK 1000");
    lane.until_counted("records.shardId-000000000001", 1);
}

#[test]
fn the_limiter_keeps_to_its_share_of_a_shard() {
    let server = Server::start(1);
    let mut lane = Lane::open(&options(&server, r#""limit_per_shard": 100"#));
    lane.send_small(1_400);
    lane.until(|lane| {
        // What is there first: the clock may go on between the two looks, the other way it can't.
        let stored = server.stream().stored.len() as f64;
        assert!(
            stored <= 1_000.0 + 1_000.0 * lane.clock.now().as_secs_f64() + 1.0,
            "{stored}"
        );
        lane.settled() == 1_400
    });
    assert_eq!(lane.counter("throttled"), 0);
}

#[test]
fn the_lanes_share_what_a_shard_has_saved_up() {
    const LANES: usize = 4;
    let server = Server::start(1);
    let limited = options(&server, r#""limit_per_shard": 100"#);
    let mut lanes: Vec<_> = (0..LANES)
        .map(|index| Lane::open_one_of(&limited, index, LANES))
        .collect();
    for lane in &mut lanes {
        lane.send_small(350);
    }
    while lanes.iter().any(|lane| lane.settled() < 350) {
        for lane in &mut lanes {
            lane.poll(lane.clock.now() + std::time::Duration::from_millis(5));
        }
        // The first lane's clock is the oldest. What is there first, as above.
        let stored = server.stream().stored.len() as f64;
        let passed = lanes[0].clock.now().as_secs_f64();
        assert!(
            stored <= 1_000.0 * (1.0 + passed) + 1.0,
            "{stored} in {passed} s"
        );
        assert!(passed < 60.0, "{stored}");
    }
}

#[test]
fn a_call_that_is_refused_for_its_speed_counts_as_throttled() {
    let server = Server::start(2);
    server.stream().faults.refuse = Some("LimitExceededException");
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send_small(100);
    lane.until_counted("throttled", 3);
    server.stream().faults.refuse = None;
    assert_eq!(lane.finish(), "OK 100");
    let told = ["throttled", "errors.LimitExceededException"].map(|name| lane.counter(name));
    assert_eq!(told[0], told[1]);
}

#[test]
fn spread_evenly_one_key_fills_all_shards_alike() {
    let server = Server::start(5);
    let mut lane = Lane::open(&options(&server, r#""spread": "even""#));
    lane.send((0..1_000).map(|n| (Some("one".to_owned()), format!("record {n}").into_bytes())));
    assert_eq!(lane.finish(), "OK 1000");
    let stream = server.stream();
    for shard in 0..5 {
        assert_eq!(
            stream
                .stored
                .iter()
                .filter(|stored| stored.shard == shard)
                .count(),
            200
        );
    }
    assert!(stream.stored.iter().all(|stored| stored.key == "one"));
}
