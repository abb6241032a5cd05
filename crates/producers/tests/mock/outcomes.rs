//! What becomes of records when the broker does not play along.

use std::sync::Arc;
use std::time::Duration;

use batch::Nanos;
use producers::Telemetry;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::cluster::Mock;
use super::lane::{OneBatch, PATIENCE};

#[test]
fn what_can_be_retried_is_retried() {
    let mock = Mock::new();
    let again = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION];
    mock.cluster.request_errors(RDKafkaApiKey::Produce, &again);
    let mut lane = OneBatch::open(&mock.options(""), 50);
    let batch = lane.lend();
    lane.producer.submit(batch).unwrap();
    assert_eq!(lane.settle(), ["acknowledged"]);
    let mut telemetry = Telemetry::default();
    let deadline = lane.clock.now() + PATIENCE;
    // Every record waited in the queue twice.
    while telemetry
        .windows
        .get("queue")
        .is_none_or(|queue| queue.count < 100)
    {
        assert!(lane.clock.now() < deadline, "{telemetry:?}");
        let until = lane.clock.now() + Duration::from_millis(100);
        lane.producer.poll(until, &mut lane.receipts).unwrap();
        lane.producer.telemetry(&mut telemetry);
    }
    assert!(telemetry.windows["round_trip"].count > 0, "{telemetry:?}");
    assert!(telemetry.windows["queue"].max > 0.0, "{telemetry:?}");
}

#[test]
fn what_can_not_be_retried_is_rejected_with_the_brokers_code() {
    let mock = Mock::new();
    let never = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS];
    mock.cluster.request_errors(RDKafkaApiKey::Produce, &never);
    let mut lane = OneBatch::open(&mock.options(""), 50);
    let batch = lane.lend();
    lane.producer.submit(batch).unwrap();
    assert_eq!(lane.settle(), ["INVALID_REQUIRED_ACKS"]);
}

#[test]
fn a_broker_that_is_away_for_too_long_is_a_time_out_and_not_fatal() {
    let mock = Mock::new();
    let mut lane = OneBatch::open(&mock.options(r#""delivery_timeout": "1s""#), 10);
    mock.cluster.broker_down(1).unwrap();
    let batch = lane.lend();
    lane.producer.submit(batch).unwrap();
    assert_eq!(lane.settle(), ["MSG_TIMED_OUT"]);
}

#[test]
fn a_topic_that_may_not_be_written_to_ends_the_run() {
    let mock = Mock::new();
    let forbidden = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
    mock.cluster
        .request_errors(RDKafkaApiKey::Produce, &forbidden);
    let mut lane = OneBatch::open(&mock.options(""), 10);
    let batch = lane.lend();
    lane.producer.submit(batch).unwrap();
    let deadline = lane.clock.now() + PATIENCE;
    let fatal = loop {
        assert!(lane.clock.now() < deadline);
        if let Err(fatal) = lane.producer.poll(deadline, &mut lane.receipts) {
            break fatal;
        }
    };
    assert!(
        fatal
            .message
            .starts_with("no right to send to the topic `profiles`"),
        "{fatal:?}"
    );
    assert_eq!(lane.settle(), ["TOPIC_AUTHORIZATION_FAILED"]);
}

#[test]
fn a_batch_is_let_go_when_the_producer_is_closed_before_its_time() {
    let mock = Mock::new();
    let mut lane = OneBatch::open(&mock.options(""), 10);
    mock.cluster.broker_down(1).unwrap();
    let batch = lane.lend();
    lane.producer.submit(Arc::clone(&batch)).unwrap();
    assert_eq!(
        Arc::strong_count(&batch),
        3,
        "the pool's, the producer's and this one"
    );
    lane.producer.close(Nanos::ZERO, &mut lane.receipts);
    assert_eq!(Arc::strong_count(&batch), 2);
    assert_eq!(lane.receipts, []);
}
