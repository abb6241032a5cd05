//! What goes wrong with requests, and what becomes of their records.

use serde_json::Value;

use super::lane::{Lane, options};
use super::server::{Fault, Server};

const QUICK: &str = r#""connections": 1, "retry": {"first": "1ms", "longest": "10ms"}"#;

fn with(faults: impl IntoIterator<Item = Fault>) -> Server {
    let server = Server::start();
    server.inlet().faults = faults.into_iter().map(Some).collect();
    server
}

#[test]
fn a_connection_that_breaks_before_the_inlet_acts_costs_nothing() {
    let server = with([Fault::DropBefore, Fault::DropBefore]);
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send(100);
    assert_eq!(lane.finish(), "OK 100");
    assert_eq!(server.inlet().taken.len(), 100);
    lane.until_counted("errors.AnswerLost", 2);
    lane.until_counted("retries", 200);
}

#[test]
fn an_answer_that_is_lost_makes_possible_duplicates() {
    for fault in [Fault::DropAfter, Fault::ShortAnswer] {
        let server = with([fault]);
        let mut lane = Lane::open(&options(&server, QUICK));
        lane.send(100);
        assert_eq!(lane.finish(), "OK 100");
        assert_eq!(server.inlet().taken.len(), 200);
        lane.until_counted("possible_duplicates", 100);
        assert_eq!(lane.counter("possible_duplicates"), 100);
    }
}

#[test]
fn what_was_lost_once_may_have_arrived_whatever_the_last_try_fails_of() {
    for (first, sure) in [
        (Fault::DropAfter, false),
        (Fault::Answer(503, "", ""), false),
        (Fault::Answer(429, "", ""), true),
    ] {
        let server = with([first]);
        server.inlet().every = vec![(1, Fault::Answer(429, "", r#"{"title": "Slow down"}"#))];
        let more = format!(r#"{QUICK}, "record_deadline": "300ms""#);
        let mut lane = Lane::open(&options(&server, &more));
        lane.send(10);
        assert_eq!(lane.finish(), "HTTP_429 10");
        assert_eq!(
            !lane.words.contains("may have arrived"),
            sure,
            "{}",
            lane.words
        );
    }
}

#[test]
fn a_busy_inlet_is_asked_again_when_it_says() {
    let busy = |status| Fault::Answer(status, "retry-after: 1\r\n", r#"{"title": "Slow down"}"#);
    let server = with([busy(429), busy(503), Fault::Answer(500, "", "")]);
    let mut lane = Lane::open(&options(&server, QUICK));
    let start = std::time::Instant::now();
    lane.send(100);
    assert_eq!(lane.finish(), "OK 100");
    // Twice a second was asked for: it was honoured, however fast everything else is.
    assert!(start.elapsed().as_millis() >= 2_000);
    lane.until_counted("retries", 300);
    assert_eq!(lane.counter("throttled"), 1);
    assert_eq!(lane.counter("errors.HTTP_429"), 1);
    assert_eq!(lane.counter("errors.HTTP_503"), 1);
    assert_eq!(server.inlet().taken.len(), 100);
}

#[test]
fn a_busy_inlet_is_not_waited_for_longer_than_a_record_is_tried() {
    let server = with([Fault::Answer(
        429,
        "retry-after: 600\r\n",
        r#"{"title": "Slow down"}"#,
    )]);
    let more = format!(r#"{QUICK}, "record_deadline": "200ms""#);
    let mut lane = Lane::open(&options(&server, &more));
    lane.send(100);
    assert_eq!(lane.finish(), "HTTP_429 100");
    assert_eq!(lane.words, "Slow down");
    lane.send(1);
    assert_eq!(lane.finish(), "DeadlineExceeded 1, HTTP_429 100");
}

/// Of every ten messages one is bad for good, and one is refused for the moment once.
#[test]
fn each_message_of_a_207_has_its_own_fate() {
    let server = Server::start();
    let mut deferred = std::collections::BTreeSet::new();
    server.inlet().judge = Some(Box::new(move |message: &Value| {
        let n = message["n"].as_u64()?;
        match n % 10 {
            3 => Some((400, "unknown format".to_owned())),
            7 if deferred.insert(n) => Some((503, "later".to_owned())),
            _ => None,
        }
    }));
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send(1_000);
    assert_eq!(lane.finish(), "HTTP_400 100, OK 900");
    assert_eq!(lane.words, "unknown format");
    assert_eq!(server.inlet().taken.len(), 900);
    lane.until_counted("retries", 100);
    assert_eq!(lane.counter("retries"), 100);
    // A 503 does not say that nothing was stored.
    assert_eq!(lane.counter("possible_duplicates"), 100);
}

#[test]
fn a_single_message_that_is_bad_is_refused_with_the_platforms_words() {
    let server = Server::start();
    server.inlet().judge = Some(Box::new(|message| {
        (message["n"] == 5).then(|| (400, "expected a string".to_owned()))
    }));
    let mut lane = Lane::open(&options(&server, &format!(r#"{QUICK}, "batch": 1"#)));
    lane.send(10);
    assert_eq!(lane.finish(), "HTTP_400 1, OK 9");
    assert_eq!(lane.words, "Invalid Message: expected a string");
}

#[test]
fn a_request_that_is_too_large_is_halved_until_what_is_too_large_is_alone() {
    let server = Server::start();
    server.inlet().body_max = Some(300);
    let mut lane = Lane::open(&options(&server, QUICK));
    let value = |n: u64| match n {
        42 => format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(400)),
        _ => format!("{{\"n\":{n}}}"),
    };
    lane.send_values((0..100).map(value));
    assert_eq!(lane.finish(), "HTTP_413 1, OK 99");
    assert_eq!(server.inlet().taken.len(), 99);
    assert_eq!(lane.counter("possible_duplicates"), 0);
}

#[test]
fn an_inlet_that_is_not_there_ends_the_run() {
    let gone = Fault::Answer(404, "", r#"{"title": "Not Found"}"#);
    let server = Server::start();
    server.inlet().every = vec![(1, gone)];
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send(500);
    assert_eq!(lane.finish(), "HTTP_404 500");
    lane.until(|lane| lane.fatal.is_some());
    let fatal = lane.fatal.clone().unwrap();
    assert_eq!(
        fatal.message,
        "the inlet refused a request and would refuse it again: HTTP_404: Not Found"
    );
    assert!(fatal.help.unwrap().contains("inlet_url"));
    // What comes later is not even tried.
    let requests: u64 = server.inlet().paths.values().sum();
    lane.send(100);
    assert_eq!(lane.finish(), "HTTP_404 600");
    assert_eq!(server.inlet().paths.values().sum::<u64>(), requests);
}
