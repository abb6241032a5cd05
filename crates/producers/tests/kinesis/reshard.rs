//! A stream that is resharded in the middle of a run.

use std::collections::BTreeSet;

use super::lane::{Lane, options};
use super::server::Server;

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
