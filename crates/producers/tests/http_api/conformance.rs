//! The suite that every destination has to pass.

use producers::Destination;
use producers::conformance::{Arrived, Harness, run};

use super::lane::options;
use super::server::{Fault, Server};

/// The server, and more options.
struct Canned(Server, &'static str);

impl Canned {
    /// The suite's values are no JSON.
    fn new(more: &'static str) -> Canned {
        let server = Server::start();
        server.inlet().is_lax = true;
        Canned(server, more)
    }
}

impl Harness for Canned {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(options(&self.0, self.1))
    }

    fn too_large(&self) -> Option<usize> {
        Some(1_000_001)
    }

    fn refuse(&mut self, loses_answer: bool) -> bool {
        let lost = loses_answer.then_some(Fault::DropAfter);
        let never = Fault::Answer(400, "", r#"{"title": "Bad Request"}"#);
        let inlet = &mut *self.0.inlet();
        if !inlet.every.is_empty() {
            return false;
        }
        inlet.faults = lost.into_iter().map(Some).collect();
        inlet.every.push((1, never));
        true
    }

    fn forgive(&mut self) {
        self.0.inlet().every.clear();
    }

    fn stop(&mut self) -> bool {
        self.0.freeze();
        true
    }

    fn start(&mut self) {
        self.0.thaw();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let inlet = self.0.inlet();
        let arrived = inlet.taken.iter().map(|value| Arrived {
            key: None,
            value: value.clone(),
        });
        Some(arrived.collect())
    }
}

#[test]
fn http_api_conforms() {
    assert_eq!(run(&mut Canned::new("")), Ok(()));
}

#[test]
fn http_api_conforms_with_single_messages_and_a_token() {
    let canned = Canned::new(r#""batch": 1, "authenticated": {}, "connections": 4"#);
    canned.0.inlet().good = Some(Vec::new());
    assert_eq!(run(&mut { canned }), Ok(()));
}

#[test]
fn http_api_conforms_over_one_connection_in_small_requests() {
    let more = r#""batch": 7, "batch_bytes": "1 kB", "connections": 1, "linger": "0ms""#;
    let mut canned = Canned::new(more);
    assert_eq!(run(&mut canned), Ok(()));
}

/// Nothing is lost and everything is settled while requests are refused and cut off; what was taken
/// without an answer arrives twice, so arrivals are not held against the books here.
#[test]
fn http_api_conforms_while_the_service_is_busy() {
    let mut canned = Canned::new(r#""retry": {"first": "1ms", "longest": "20ms"}"#);
    canned.0.inlet().every = vec![
        (3, Fault::Answer(503, "", "busy")),
        (5, Fault::DropBefore),
        (7, Fault::Answer(429, "", "")),
    ];
    assert_eq!(run(&mut canned), Ok(()));
}
