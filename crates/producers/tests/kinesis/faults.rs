//! What goes wrong, and what becomes of the records. Every test ends with the books balanced:
//! `finish` waits for one receipt for every record.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lane::{Lane, options};
use super::server::Server;

const QUICK: &str = r#""retry": {"first": "1ms", "longest": "20ms"}"#;

/// How often each value is stored.
fn copies(server: &Server) -> BTreeMap<Vec<u8>, u64> {
    let mut copies = BTreeMap::new();
    for stored in &server.stream().stored {
        *copies.entry(stored.data.clone()).or_default() += 1;
    }
    copies
}

#[test]
fn only_the_records_that_failed_are_sent_again() {
    let server = Server::start(4);
    server.stream().faults.fail_every = Some(10);
    let mut lane = Lane::open(&options(&server, QUICK));
    lane.send_small(2_000);
    assert_eq!(lane.finish(), "OK 2000");
    assert_eq!(copies(&server).len(), 2_000);
    assert_eq!(
        server.stream().stored.len(),
        2_000,
        "a record that was stored was sent again"
    );
    let failed = server.stream().tried - 2_000;
    assert!(failed >= 200, "{failed}");
    lane.until_counted("errors.InternalFailure", failed);
    assert_eq!(lane.counter("errors.InternalFailure"), failed);
    assert_eq!(lane.counter("retries"), failed);
    assert_eq!(lane.counter("possible_duplicates"), 0);
}

#[test]
fn calls_that_fail_as_a_whole_are_sent_again() {
    let server = Server::start(2);
    server.stream().faults.crash_every = Some(2);
    server.stream().faults.drop_every = Some(5);
    let mut lane = Lane::open(&options(&server, QUICK));
    for _ in 0..20 {
        lane.send_small(100);
    }
    assert_eq!(lane.finish(), "OK 2000");
    assert_eq!(copies(&server).len(), 2_000);
    assert_eq!(server.stream().stored.len(), 2_000);
}

#[test]
fn an_answer_that_is_lost_makes_duplicates_that_are_counted_as_possible() {
    let server = Server::start(2);
    server.stream().faults.forget_every = Some(3);
    let mut lane = Lane::open(&options(
        &server,
        &format!(r#"{QUICK}, "batch_records": 50"#),
    ));
    for _ in 0..10 {
        lane.send_small(100);
    }
    assert_eq!(lane.finish(), "OK 1000");
    let copies = copies(&server);
    assert_eq!(copies.len(), 1_000);
    let extra = copies.values().sum::<u64>() - 1_000;
    assert!(extra > 0);
    lane.until_counted("possible_duplicates", extra);
}

#[test]
fn a_slow_service_is_waited_for_and_a_silent_one_is_not() {
    let server = Server::start(2);
    server.stream().faults.delay = Duration::from_millis(30);
    let mut lane = Lane::open(&options(&server, r#""request_timeout": "200ms""#));
    lane.send_small(500);
    assert_eq!(lane.finish(), "OK 500");
    assert_eq!(lane.counter("errors.AnswerLost"), 0);
    server.stream().faults.delay = Duration::from_millis(600);
    lane.send_small(10);
    lane.until_counted("errors.AnswerLost", 1);
    server.stream().faults.delay = Duration::ZERO;
    assert_eq!(lane.finish(), "OK 510");
}

#[test]
fn a_record_is_given_up_at_its_deadline_with_the_code_it_failed_with() {
    let server = Server::start(1);
    server.stream().faults.fail_every = Some(1);
    let more = format!(r#"{QUICK}, "record_deadline": "300ms", "request_timeout": "300ms""#);
    let mut lane = Lane::open(&options(&server, &more));
    lane.send_small(100);
    assert_eq!(lane.finish(), "InternalFailure 100");
    let told = "Internal service failure. (it was sent and may have arrived)";
    assert_eq!(lane.words, told);
    assert!(server.stream().tried > 200, "it was tried more than twice");
}

#[test]
fn what_was_lost_once_may_have_arrived_whatever_the_last_try_fails_of() {
    let server = Server::start(1);
    let more = format!(r#"{QUICK}, "record_deadline": "600ms", "connections": 1"#);
    for (is_lost, in_doubt) in [(false, 0), (true, 10)] {
        server.stream().faults.forget_next = is_lost;
        server.stream().faults.throttled = [0].into();
        let mut lane = Lane::open(&options(&server, &more));
        lane.send_small(10);
        assert_eq!(lane.finish(), "ProvisionedThroughputExceededException 10");
        assert_eq!(lane.in_doubt, in_doubt);
    }
}

#[test]
fn a_call_that_is_refused_for_one_record_loses_that_record_only() {
    let server = Server::start(2);
    server.stream().faults.poison = Some(b"record 333".to_vec());
    let mut lane = Lane::open(&options(&server, ""));
    lane.send_small(500);
    assert_eq!(lane.finish(), "OK 499, ValidationException 1");
    assert_eq!(server.stream().stored.len(), 499);
    assert_eq!(lane.fatal, None);
}

#[test]
fn a_call_that_is_too_large_goes_in_parts_whatever_the_refusal_is_called() {
    for code in ["RequestEntityTooLargeException", "TooMuchException", ""] {
        let server = Server::start(2);
        server.stream().faults.too_many = Some((60, code));
        let mut lane = Lane::open(&options(&server, ""));
        lane.send_small(500);
        assert_eq!(lane.finish(), "OK 500", "{code}");
        assert_eq!(server.stream().stored.len(), 500);
        // One that is too large alone is refused alone.
        server.stream().faults.too_many = Some((0, code));
        lane.send_small(2);
        let name = if code.is_empty() { "HTTP_413" } else { code };
        lane.finish();
        assert_eq!(lane.outcomes.get(name), Some(&2), "{:?}", lane.outcomes);
    }
}

#[test]
fn a_refusal_that_will_not_change_ends_the_run() {
    for (code, help) in [
        ("AccessDeniedException", "kinesis:PutRecords"),
        ("UnrecognizedClientException", "access key"),
        ("KMSDisabledException", "encrypted"),
    ] {
        let server = Server::start(1);
        let mut lane = Lane::open(&options(&server, ""));
        server.stream().faults.refuse = Some(code);
        lane.send_small(10);
        assert_eq!(lane.finish(), format!("{code} 10"));
        let fatal = lane.fatal.take().unwrap();
        assert!(fatal.message.contains(code) && fatal.help.unwrap().contains(help));
    }
}

#[test]
fn a_stream_that_is_deleted_in_mid_run_ends_the_run() {
    let server = Server::start(2);
    let mut lane = Lane::open(&options(&server, ""));
    lane.send_small(300);
    assert_eq!(lane.finish(), "OK 300");
    server.stream().exists = false;
    lane.send_small(100);
    assert_eq!(lane.finish(), "OK 300, ResourceNotFoundException 100");
    assert!(
        lane.fatal
            .unwrap()
            .message
            .contains("profiles under account")
    );
}

#[test]
fn a_drain_leaves_what_was_not_answered() {
    let server = Server::start(1);
    let mut lane = Lane::open(&options(&server, ""));
    lane.send_small(50);
    assert_eq!(lane.finish(), "OK 50");
    server.freeze();
    lane.send_small(70);
    assert_eq!(lane.close(Duration::from_millis(100)), 70);
}

#[test]
fn what_is_too_large_never_leaves() {
    let server = Server::start(1);
    let mut lane = Lane::open(&options(&server, ""));
    let record = |size: usize| (Some("key".to_owned()), vec![b'x'; size - 3]);
    lane.send([record(1_048_576), record(1_048_577), record(10)]);
    assert_eq!(lane.finish(), "OK 2, RecordTooLarge 1");
    assert!(lane.words.contains("1048577 bytes"), "{}", lane.words);
    assert_eq!(
        server.stream().calls_of("PutRecords"),
        1,
        "nobody was asked about the large one"
    );
    server.stream().record_kib = Some(2_048);
    let mut lane = Lane::open(&options(&server, ""));
    lane.send([record(2_097_152), record(2_097_153)]);
    assert_eq!(lane.finish(), "OK 1, RecordTooLarge 1");
}

#[test]
fn calls_keep_to_their_limits() {
    let server = Server::start(1);
    let mut lane = Lane::open(&options(&server, r#""connections": 1"#));
    lane.send_small(2_000);
    let large = |n: u32| (Some(n.to_string()), vec![b'x'; 300_000]);
    lane.send((0..40).map(large));
    assert_eq!(lane.finish(), "OK 2040");
    let (records, bytes) = server.stream().largest;
    assert_eq!(records, 500);
    assert!(bytes <= 5 << 20 && bytes > 4 << 20, "{bytes}");
}
