//! What requests look like, and what the look before a run finds.

use std::collections::BTreeSet;

use producers::Destination as _;

use super::lane::{Lane, options};
use super::server::Server;

fn taken(server: &Server) -> BTreeSet<String> {
    let inlet = server.inlet();
    let taken = inlet.taken.iter();
    let taken: BTreeSet<_> = taken
        .map(|value| String::from_utf8(value.clone()).unwrap())
        .collect();
    assert_eq!(taken.len(), inlet.taken.len(), "something arrived twice");
    taken
}

fn expected(count: u64) -> BTreeSet<String> {
    (0..count).map(|n| format!("{{\"n\":{n}}}")).collect()
}

#[test]
fn many_messages_share_a_request() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""sandbox": "dev""#));
    lane.send(1_000);
    assert_eq!(lane.finish(), "OK 1000");
    assert_eq!(taken(&server), expected(1_000));
    let inlet = server.inlet();
    assert_eq!(inlet.paths.get("/collection/batch/abc"), Some(&10));
    assert_eq!(inlet.paths.len(), 1);
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-sandbox-name", "dev"),
        ("x-adobe-flow-id", "flow-1"),
    ] {
        assert_eq!(inlet.headers.get(name).map(String::as_str), Some(value));
    }
    assert_eq!(inlet.headers.get("authorization"), None);
}

#[test]
fn single_messages_go_alone_and_may_be_validated_at_once() {
    for (more, path) in [
        (r#""batch": 1"#, "/collection/abc"),
        (
            r#""synchronous_validation": true"#,
            "/collection/abc?syncValidation=true",
        ),
    ] {
        let server = Server::start();
        let mut lane = Lane::open(&options(&server, more));
        lane.send(50);
        assert_eq!(lane.finish(), "OK 50");
        assert_eq!(taken(&server), expected(50));
        assert_eq!(server.inlet().paths.get(path), Some(&50));
    }
}

#[test]
fn a_lone_record_does_not_wait_for_company_forever() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""linger": "20ms""#));
    lane.send(1);
    assert_eq!(lane.finish(), "OK 1");
    assert_eq!(server.inlet().paths.len(), 1);
}

#[test]
fn requests_stay_below_their_bytes() {
    let server = Server::start();
    server.inlet().body_max = Some(1_000);
    let mut lane = Lane::open(&options(&server, r#""batch_bytes": "1 kB""#));
    lane.send_values((0..200).map(|n| format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(n))));
    assert_eq!(lane.finish(), "OK 200");
    assert_eq!(lane.counter("errors.HTTP_413"), 0);
}

#[tokio::test]
async fn the_look_before_a_run_finds_server_and_token_and_sends_nothing() {
    let server = Server::start();
    let options = options(&server, r#""authenticated": {}"#);
    let findings = options.check().await.unwrap();
    let told: Vec<_> = findings.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(told, ["inlet"]);
    let who = options.identity().await.unwrap();
    assert_eq!(who[0].what, "who we are");
    assert!(server.inlet().paths.is_empty());
    server.inlet().denies = true;
    let fresh = super::lane::options(&server, r#""authenticated": {}"#);
    let error = fresh.check().await.unwrap_err();
    assert!(error.message.contains("no such client"), "{error:?}");
    assert!(error.help.unwrap().contains("developer console"));
}
