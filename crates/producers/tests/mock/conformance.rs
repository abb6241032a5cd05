//! The suite that every destination has to pass.

use std::time::Duration;

use producers::conformance::{Harness, run};
use producers::{Destination, discard};

use super::cluster::Mock;

struct Nowhere(&'static str);

impl Harness for Nowhere {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(serde_json::from_str::<discard::Options>(self.0).unwrap())
    }
}

#[test]
fn discard_conforms() {
    assert_eq!(run(&mut Nowhere("{}")), Ok(()));
    assert_eq!(run(&mut Nowhere(r#"{"latency": "3ms"}"#)), Ok(()));
}

#[test]
fn kafka_conforms() {
    assert_eq!(run(&mut Mock::new()), Ok(()));
}

#[test]
fn kafka_conforms_with_a_slow_broker_and_idempotence() {
    let mut mock = Mock::new();
    mock.extra = r#""idempotence": true, "compression": "lz4", "linger": "1ms""#;
    mock.cluster
        .broker_round_trip_time(1, Duration::from_millis(20))
        .unwrap();
    assert_eq!(run(&mut mock), Ok(()));
}
