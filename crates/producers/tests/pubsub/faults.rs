//! What becomes of records when the service does not play along. Every one is settled once.

use std::time::Duration;

use tonic::Code;

use super::lane::{Lane, options};
use super::server::{Fault, Server};

const ONE_BY_ONE: &str = r#""batch": {"records": 10, "linger": "0ms"}"#;

#[test]
fn what_can_be_retried_is_retried_and_counted_by_code() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    let codes = [
        Code::Unavailable,
        Code::DeadlineExceeded,
        Code::Internal,
        Code::Aborted,
    ];
    server.plan(codes.map(Fault::Refuse));
    lane.send_small(100);
    assert_eq!(lane.finish(), "OK 100");
    let telemetry = lane.telemetry();
    assert_eq!(telemetry.counters["requests"], 10);
    assert_eq!(telemetry.counters["retries"], 4);
    for code in ["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED"] {
        assert_eq!(telemetry.counters[&format!("errors.{code}")], 1, "{code}");
    }
    assert_eq!(telemetry.windows["round_trip"].count, 14);
    assert_eq!(telemetry.windows["queue"].count, 10);
    assert!(!telemetry.counters.contains_key("throttled"));
    assert_eq!(server.state().messages.len(), 100);
}

#[test]
fn a_quota_shows_as_throttling() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.plan([Fault::Refuse(Code::ResourceExhausted); 3]);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    let telemetry = lane.telemetry();
    assert_eq!(telemetry.counters["throttled"], 3);
    assert_eq!(telemetry.windows["throttle"].count, 3);
    assert!(telemetry.windows["throttle"].sum >= 700.0, "{telemetry:?}");
}

#[test]
fn a_quota_that_stays_is_a_rejection_with_its_code() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""deadline": "300ms""#));
    server.state().always = Some(Fault::Refuse(Code::ResourceExhausted));
    lane.send_small(10);
    assert_eq!(lane.finish(), "RESOURCE_EXHAUSTED 10");
    assert_eq!(lane.words, "told to answer ResourceExhausted");
    assert_eq!(lane.fatal, None);
    assert!(lane.telemetry().counters["throttled"] > 0);
}

#[test]
fn what_can_not_be_retried_is_rejected_at_once_and_its_neighbours_get_through() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.plan([Fault::Refuse(Code::InvalidArgument)]);
    lane.send_small(100);
    assert_eq!(lane.finish(), "INVALID_ARGUMENT 10, OK 90");
    assert_eq!(server.state().requests.len(), 10);
    assert_eq!(lane.fatal, None);
}

#[test]
fn a_connection_that_breaks_costs_no_record() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.plan([Fault::HangUp]);
    lane.send_small(200);
    assert_eq!(lane.finish(), "OK 200");
    assert!(server.state().connections >= 2);
    assert!(lane.telemetry().counters["retries"] >= 1);
}

#[test]
fn an_answer_that_is_lost_makes_duplicates_and_loses_nothing() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""batch": {"linger": "0ms"}"#));
    server.plan([Fault::LoseAnswer]);
    lane.send_small(10);
    assert_eq!(lane.finish(), "OK 10");
    assert_eq!(server.state().messages.len(), 20);
    assert_eq!(lane.telemetry().counters["possible_duplicates"], 10);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.plan([Fault::Slow(Duration::from_millis(200))]);
    lane.send_small(20);
    assert_eq!(lane.finish(), "OK 20");
    let telemetry = lane.telemetry();
    assert!(
        telemetry.windows["round_trip"].max >= 200.0,
        "{telemetry:?}"
    );
    assert!(!telemetry.counters.contains_key("retries"));
}

#[test]
fn silence_is_a_deadline_exceeded() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, r#""deadline": "200ms""#));
    server.state().always = Some(Fault::Silence);
    lane.send_small(10);
    assert_eq!(lane.finish(), "DEADLINE_EXCEEDED 10");
    let told = "no answer within 0.2 s (it was sent and may have arrived)";
    assert_eq!(lane.words, told);
}

#[test]
fn a_topic_that_is_deleted_in_mid_run_ends_it_with_every_record_settled() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    lane.send_small(100);
    assert_eq!(lane.finish(), "OK 100");
    server.state().always = Some(Fault::Refuse(Code::NotFound));
    lane.send_small(100);
    lane.send_small(100);
    assert_eq!(lane.finish(), "NOT_FOUND 200, OK 100");
    let fatal = lane.fatal.take().unwrap();
    assert!(
        fatal
            .message
            .starts_with("the topic `projects/test/topics/profiles` is not there"),
        "{fatal:?}"
    );
}

#[test]
fn a_right_that_is_missing_ends_the_run_and_is_told_once() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.state().always = Some(Fault::Refuse(Code::PermissionDenied));
    lane.send_small(30);
    assert_eq!(lane.finish(), "PERMISSION_DENIED 30");
    assert!(
        lane.fatal
            .take()
            .unwrap()
            .help
            .unwrap()
            .contains("roles/pubsub.publisher")
    );
    lane.send_small(10);
    assert_eq!(lane.finish(), "PERMISSION_DENIED 40");
    assert_eq!(lane.fatal, None);
}

#[test]
fn an_answer_that_does_not_fit_its_request_is_no_acknowledgement() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.plan([Fault::MiscountIds]);
    lane.send_small(20);
    assert_eq!(lane.finish(), "DATA_LOSS 10, OK 10");
    let told = "the answer has 9 message ids for 10 messages (it was sent and may have arrived)";
    assert_eq!(lane.words, told);
}

#[test]
fn faults_of_all_kinds_lose_no_record() {
    let server = Server::start();
    // A connection that breaks takes all requests under way with it: few at a time, or all of them
    // would meet all faults.
    let few = format!(r#""requests": 4, "deadline": "50s", {ONE_BY_ONE}"#);
    let mut lane = Lane::open(&options(&server, &few));
    for n in 0..40 {
        server.plan([match n % 8 {
            0 => Fault::HangUp,
            1 => Fault::Refuse(Code::Unavailable),
            2 => Fault::LoseAnswer,
            3 => Fault::Slow(Duration::from_millis(20)),
            4 => Fault::Refuse(Code::ResourceExhausted),
            _ => Fault::Slow(Duration::ZERO),
        }]);
    }
    for _ in 0..20 {
        lane.send_small(100);
    }
    let told = lane.finish();
    assert_eq!(told, "OK 2000", "{}", lane.words);
    let mut values: Vec<_> = server
        .state()
        .messages
        .iter()
        .map(|m| m.data.clone())
        .collect();
    values.sort();
    values.dedup();
    assert_eq!(values.len(), 2_000);
}

#[test]
fn a_drain_that_is_over_leaves_the_rest_in_flight() {
    let server = Server::start();
    let mut lane = Lane::open(&options(&server, ONE_BY_ONE));
    server.plan([Fault::Silence, Fault::Silence]);
    lane.send_small(100);
    assert_eq!(lane.close(Duration::from_millis(500)), 20);
}
