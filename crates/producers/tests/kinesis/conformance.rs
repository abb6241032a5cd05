//! The suite that every destination has to pass.

use producers::Destination;
use producers::conformance::{Arrived, Harness, run};

use super::lane::options;
use super::server::Server;

/// The server, and more options.
struct Canned(Server, &'static str);

impl Harness for Canned {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(options(&self.0, self.1))
    }

    fn too_large(&self) -> Option<usize> {
        Some(1_048_577)
    }

    fn keeps_order(&self) -> bool {
        options(&self.0, self.1).order_per_key == Some(true)
    }

    fn refuse(&mut self, loses_answer: bool) -> bool {
        let faults = &mut self.0.stream().faults;
        if faults.crash_every.is_some() {
            return false;
        }
        faults.forget_next = loses_answer;
        faults.refuse = Some("ValidationException");
        true
    }

    fn forgive(&mut self) {
        self.0.stream().faults.refuse = None;
    }

    fn stop(&mut self) -> bool {
        self.0.freeze();
        true
    }

    fn start(&mut self) {
        self.0.thaw();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let stream = self.0.stream();
        // Kinesis has no records without a key: those are sent with their ordinal.
        let arrived = stream.stored.iter().map(|stored| Arrived {
            key: stored
                .key
                .starts_with("key-")
                .then(|| stored.key.clone().into_bytes()),
            value: stored.data.clone(),
        });
        Some(arrived.collect())
    }
}

#[test]
fn kinesis_conforms() {
    assert_eq!(run(&mut Canned(Server::start(4), "")), Ok(()));
}

#[test]
fn kinesis_conforms_with_order_per_key() {
    let more = r#""order_per_key": true, "linger": "0ms""#;
    assert_eq!(run(&mut Canned(Server::start(4), more)), Ok(()));
}

#[test]
fn kinesis_conforms_with_order_per_key_while_records_fail() {
    let server = Server::start(4);
    server.stream().faults.fail_every = Some(17);
    let more =
        r#""order_per_key": true, "linger": "0ms", "retry": {"first": "1ms", "longest": "5ms"}"#;
    assert_eq!(run(&mut Canned(server, more)), Ok(()));
}

#[test]
fn kinesis_conforms_spread_evenly_over_one_connection_with_a_limit() {
    let more = r#""spread": "even", "connections": 1, "limit_per_shard": 500, "batch_records": 50"#;
    assert_eq!(run(&mut Canned(Server::start(3), more)), Ok(()));
}

#[test]
fn kinesis_conforms_while_the_service_fails() {
    let server = Server::start(4);
    server.stream().faults.fail_every = Some(7);
    server.stream().faults.crash_every = Some(5);
    server.stream().faults.drop_every = Some(6);
    let more = r#""retry": {"first": "1ms", "longest": "20ms"}"#;
    assert_eq!(run(&mut Canned(server, more)), Ok(()));
}
