//! Order per key, whatever goes wrong on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use tonic::Code;

use super::lane::{Lane, Record, options};
use super::server::{Fault, Server};

const ORDERED: &str = r#""ordering": true, "batch": {"records": 7, "linger": "1ms"}"#;

fn record(n: u64) -> Record {
    (Some(format!("key-{}", n % 5)), n.to_string().into_bytes())
}

/// The records of each key, in the order of their arrival.
fn by_key(server: &Server) -> BTreeMap<String, Vec<u64>> {
    let mut keys: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for message in &server.state().messages {
        let n = String::from_utf8(message.data.to_vec())
            .unwrap()
            .parse()
            .unwrap();
        keys.entry(message.ordering_key.clone())
            .or_default()
            .push(n);
    }
    keys
}

#[test]
fn a_retry_does_not_overtake() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ORDERED));
    for n in 0..12 {
        server.plan([match n % 3 {
            0 => Fault::Refuse(Code::Unavailable),
            1 => Fault::Slow(Duration::from_millis(30)),
            _ => Fault::HangUp,
        }]);
    }
    for first in (0..1_000).step_by(50) {
        lane.send((first..first + 50).map(record));
    }
    assert_eq!(lane.finish(), "OK 1000");
    let keys = by_key(&server);
    assert_eq!(keys.len(), 5);
    for (key, numbers) in keys {
        assert_eq!(numbers.len(), 200, "{key}");
        assert!(numbers.is_sorted(), "{key}: {numbers:?}");
    }
}

#[test]
fn a_key_goes_on_after_an_error() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ORDERED));
    server.plan([Fault::Refuse(Code::InvalidArgument)]);
    lane.send((0..70).map(record));
    let told = lane.finish();
    assert_eq!(told, "INVALID_ARGUMENT 7, OK 63");
    assert!(by_key(&server).values().all(|numbers| numbers.is_sorted()));
}

#[test]
fn a_request_has_one_key_and_a_key_one_request_under_way() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ORDERED));
    server.state().always = Some(Fault::Slow(Duration::from_millis(5)));
    lane.send((0..500).map(record));
    assert_eq!(
        lane.finish(),
        "OK 500",
        "the server refuses a request with several keys"
    );
    assert_eq!(server.state().most_under_way, 5);
}

#[test]
fn records_wait_for_their_turn_only_until_their_deadline() {
    let server = Server::start();
    let more = r#""ordering": true, "deadline": "300ms", "batch": {"records": 5, "linger": "0ms"}"#;
    let mut lane = Lane::open(&options(&server, more));
    server.plan([Fault::Silence]);
    lane.send((0..10).map(|n| (Some("k".to_owned()), vec![n; 3])));
    assert_eq!(lane.finish(), "DEADLINE_EXCEEDED 5, TURN_TOO_LATE 5");
    assert!(
        lane.words.starts_with("not sent: ") && !lane.words.contains("arrived"),
        "{}",
        lane.words
    );
    // Only the attempt that was made has failed.
    let counters = lane.telemetry().counters;
    assert_eq!(counters["errors.DEADLINE_EXCEEDED"], 1);
    assert!(!counters.contains_key("errors.ABORTED"), "{counters:?}");
    lane.send([(Some("k".to_owned()), vec![b'x'])]);
    assert_eq!(lane.finish(), "DEADLINE_EXCEEDED 5, OK 1, TURN_TOO_LATE 5");
}

#[test]
fn there_is_room_as_long_as_fewer_requests_are_under_way_than_may_be() {
    let server = Server::start();
    let more = r#""ordering": true, "batch": {"linger": "1ms"}"#;
    let mut lane = Lane::open(&options(&server, more));
    for n in 0..50 {
        lane.send([(Some(format!("id-{n}")), b"x".to_vec())]);
        // Nobody polls until the next one comes, and then its linger is over.
        let over = lane.clock.now() + Duration::from_millis(2);
        while lane.clock.now() < over {
            std::thread::yield_now();
        }
    }
    assert_eq!(lane.full, 0);
    assert_eq!(lane.finish(), "OK 50");
}

#[test]
fn many_keys_are_many_requests_and_none_is_kept() {
    let server = Server::start();
    let mut lane = Lane::open(&options(
        &server,
        r#""ordering": true, "batch": {"linger": "0ms"}"#,
    ));
    lane.send((0..2_000).map(|n| (Some(format!("id-{n}")), b"x".to_vec())));
    assert_eq!(lane.finish(), "OK 2000");
    assert_eq!(server.state().requests.len(), 2_000);
    assert!(server.state().most_under_way <= 100);
}
