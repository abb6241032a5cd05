//! The suite that every destination has to pass.

use producers::Destination;
use producers::conformance::{Arrived, Harness, run};

use tonic::Code;

use super::lane::options;
use super::server::{Fault, Server};

/// The server, and more options.
struct Canned(Server, &'static str);

impl Harness for Canned {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(options(&self.0, self.1))
    }

    fn cramped(&self) -> Option<Box<dyn Destination>> {
        let mut cramped = options(&self.0, self.1);
        cramped.requests = Some(1);
        cramped.batch = serde_json::from_str(r#"{"records": 20, "linger": "0ms"}"#).unwrap();
        Some(Box::new(cramped))
    }

    fn too_large(&self) -> Option<usize> {
        Some(10_000_001)
    }

    fn keeps_order(&self) -> bool {
        options(&self.0, self.1).ordering == Some(true)
    }

    fn refuse(&mut self, loses_answer: bool) -> bool {
        self.0.plan(loses_answer.then_some(Fault::LoseAnswer));
        self.0.state().always = Some(Fault::Refuse(Code::InvalidArgument));
        true
    }

    fn forgive(&mut self) {
        self.0.state().always = None;
    }

    fn stop(&mut self) -> bool {
        self.0.stop();
        true
    }

    fn start(&mut self) {
        self.0.go_on();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let state = self.0.state();
        let arrived = state.messages.iter().map(|message| Arrived {
            key: (!message.ordering_key.is_empty()).then(|| message.ordering_key.clone().into()),
            value: message.data.to_vec(),
        });
        Some(arrived.collect())
    }
}

#[test]
fn pubsub_conforms() {
    assert_eq!(run(&mut Canned(Server::start(), "")), Ok(()));
}

#[test]
fn pubsub_conforms_with_ordering() {
    let mut canned = Canned(
        Server::start(),
        r#""ordering": true, "batch": {"linger": "1ms"}"#,
    );
    assert_eq!(run(&mut canned), Ok(()));
}

#[test]
fn pubsub_conforms_without_linger_over_several_channels() {
    let more = r#""channels": 3, "attributes": {"source": "hydrant"}, "batch": {"linger": "0ms"}"#;
    assert_eq!(run(&mut Canned(Server::start(), more)), Ok(()));
}
