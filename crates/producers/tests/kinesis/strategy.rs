//! Streams that distribute records themselves, and streams that do not.

use std::collections::BTreeMap;

use producers::Destination as _;

use super::control::{refusal, runtime};
use super::lane::{Lane, Record, options};
use super::server::Server;

/// Records that all have this key.
fn records(count: u32, key: Option<&str>) -> impl Iterator<Item = Record> {
    (0..count).map(move |n| (key.map(str::to_owned), format!("record {n}").into_bytes()))
}

#[test]
fn what_is_made_for_it_distributes_by_itself_and_keys_can_be_left_out() {
    let server = Server::start(1);
    server.stream().exists = false;
    let auto = options(&server, r#""spread": "auto", "create": true"#);
    let found = runtime().block_on(auto.check()).unwrap();
    assert!(found[0].found.ends_with("by itself (AUTO)"), "{found:?}");
    let mut lane = Lane::open(&auto);
    lane.send(records(400, None));
    lane.send(records(400, Some("key")));
    assert_eq!(lane.finish(), "OK 800");
    let stream = server.stream();
    assert!(stream.is_auto);
    let mut shards: BTreeMap<u32, u32> = BTreeMap::new();
    for stored in &stream.stored {
        *shards.entry(stored.shard).or_default() += 1;
    }
    assert_eq!(shards.into_values().collect::<Vec<_>>(), [200; 4]);
    let keyless = stream.stored.iter().filter(|it| it.key.is_empty());
    assert_eq!(keyless.count(), 400);
}

#[test]
fn a_stream_that_goes_by_keys_is_told_before_anything_is_sent() {
    let server = Server::start(2);
    for is_on_demand in [false, true] {
        server.stream().is_on_demand = is_on_demand;
        let auto = options(&server, r#""spread": "auto", "create": true"#);
        let checked = runtime().block_on(auto.check()).unwrap_err();
        for error in [checked, refusal(&auto)] {
            assert!(error.message.contains("USER_PARTITION_KEY"), "{error}");
            assert!(error.help.unwrap().contains("spread: even"));
        }
    }
    assert_eq!(server.stream().calls_of("PutRecords"), 0);
}

#[test]
fn where_nobody_may_look_keyless_records_have_a_key_that_fits_both() {
    for is_auto in [false, true] {
        let server = Server::start(2);
        server.stream().faults.is_private = true;
        server.stream().is_auto = is_auto;
        let mut lane = Lane::open(&options(&server, r#""spread": "auto""#));
        lane.send(records(400, None));
        assert_eq!(lane.finish(), "OK 400");
        let stream = server.stream();
        let first = stream.stored.iter().filter(|stored| stored.shard == 0);
        assert!((100..300).contains(&first.count()), "they spread");
    }
}

#[test]
fn what_needs_the_shard_of_a_record_does_not_go_with_a_stream_that_distributes() {
    let server = Server::start(2);
    server.stream().is_on_demand = true;
    server.stream().is_auto = true;
    for more in [
        r#""aggregate": {}"#,
        r#""order_per_key": true"#,
        r#""limit_per_shard": 100"#,
    ] {
        let asked = options(&server, more);
        let checked = runtime().block_on(asked.check()).unwrap_err();
        for error in [checked, refusal(&asked)] {
            assert!(error.message.contains("strategy is AUTO"), "{error}");
        }
    }
    // Keys that decide nothing are worth a word, and no more.
    let warnings = |more: &str| {
        let found = runtime().block_on(options(&server, more).check()).unwrap();
        found
            .into_iter()
            .filter_map(|it| it.warning)
            .collect::<Vec<_>>()
    };
    assert!(
        warnings("")[0].contains("keys decide nothing"),
        "{:?}",
        warnings("")
    );
    assert_eq!(warnings(r#""spread": "even""#), [""; 0]);
    assert_eq!(warnings(r#""spread": "auto""#), [""; 0]);
    let mut lane = Lane::open(&options(&server, ""));
    lane.send(records(100, Some("key")));
    assert_eq!(lane.finish(), "OK 100");
}
