//! What the service takes at most, to the byte.

use std::time::Duration;

use producers::Destination as _;

use super::lane::{Lane, PATIENCE, options};
use super::server::{Fault, Server, TOPIC};

#[test]
fn a_record_of_the_largest_size_passes_and_one_byte_more_is_not_sent() {
    let server = Server::start();
    for more in ["", r#""attributes": {"source": "hydrant", "n": "1"}"#] {
        let options = options(&server, more);
        let most = options.limits().record_bytes.unwrap() as usize;
        let mut lane = Lane::open(&options);
        let sent = server.state().requests.len();
        lane.send([(None, vec![b'x'; most]), (None, vec![b'y'; most + 1])]);
        assert_eq!(lane.finish(), "MESSAGE_TOO_LARGE 1, OK 1");
        assert!(
            lane.words
                .starts_with("not sent: the message is longer than ")
        );
        assert_eq!(server.state().requests.len(), sent + 1);
    }
}

#[test]
fn requests_are_full_and_no_fuller() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""batch": {"linger": "10s"}"#));
    lane.send_small(2_500);
    lane.send_small(500);
    assert_eq!(lane.finish(), "OK 3000");
    assert_eq!(server.state().requests, [1_000; 3]);
    // A megabyte has room for 332 messages of 3 kB.
    lane.send((0..700).map(|_| (None, vec![b'x'; 3_000])));
    while lane.settled() < 3_664 {
        let until = lane.clock.now() + PATIENCE;
        lane.poll(until);
    }
    assert_eq!(server.state().requests[3..], [332, 332]);
    assert_eq!(lane.close(PATIENCE), 0);
    assert_eq!(server.state().requests[5..], [36]);
}

#[test]
fn no_more_requests_are_under_way_than_there_may_be() {
    let server = Server::start();
    server.state().always = Some(Fault::Slow(Duration::from_millis(10)));
    let more = r#""requests": 3, "channels": 2, "batch": {"records": 10, "linger": "0ms"}"#;
    let mut lane = Lane::open(&options(&server, more));
    for _ in 0..20 {
        lane.send_small(100);
    }
    assert_eq!(lane.finish(), "OK 2000");
    assert_eq!(server.state().most_under_way, 6);
    assert_eq!(server.state().connections, 2);
}

#[test]
fn keys_and_attributes_arrive_where_they_are_meant_to() {
    let server = Server::start();
    let more = r#""attributes": {"source": "hydrant"}, "key_attribute": "id""#;
    let mut lane = Lane::open(&options(&server, more));
    lane.send([
        (Some("k".to_owned()), b"x".to_vec()),
        (Some(String::new()), b"y".to_vec()),
    ]);
    assert_eq!(lane.finish(), "OK 2");
    let state = server.state();
    let attributes = |n: usize| {
        let mut all: Vec<_> = state.messages[n].attributes.iter().collect();
        all.sort();
        format!("{all:?}")
    };
    assert_eq!(attributes(0), r#"[("id", "k"), ("source", "hydrant")]"#);
    assert_eq!(attributes(1), r#"[("id", ""), ("source", "hydrant")]"#);
    assert!(state.messages[0].ordering_key.is_empty());
    let routing = state.headers["x-goog-request-params"].to_str().unwrap();
    assert_eq!(routing, format!("topic={}", TOPIC.replace('/', "%2F")));
    assert!(
        !state.headers.contains_key("authorization"),
        "an emulator gets no token"
    );
}

#[test]
fn a_lone_record_waits_for_company_no_longer_than_told() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""batch": {"linger": "30ms"}"#));
    let before = lane.clock.now();
    lane.send_small(1);
    lane.send_small(1);
    assert_eq!(lane.finish(), "OK 2");
    assert!(lane.clock.now().since(before) >= 30_000_000);
    assert_eq!(server.state().requests, [2]);
}
