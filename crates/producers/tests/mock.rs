//! The suite against librdkafka's own mock cluster, in process, and what only a mock can do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, Outcome, PoolSize, Receipt};
use producers::conformance::{Arrived, Harness, run};
use producers::{Destination, DestinationOptions, Lane, Producer, Telemetry};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
    extra: &'static str,
}

impl Mock {
    fn new() -> Mock {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("profiles", 4, 1).unwrap();
        Mock { cluster, extra: "" }
    }

    fn options(&self, extra: &str) -> DestinationOptions {
        let bootstrap = self.cluster.bootstrap_servers();
        let comma = if extra.is_empty() { "" } else { "," };
        serde_json::from_str(&format!(
            r#"{{"kafka": {{"bootstrap_servers": "{bootstrap}", "topic": "profiles"{comma}{extra}}}}}"#
        ))
        .unwrap()
    }
}

impl Harness for Mock {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.options(self.extra).kafka.unwrap())
    }

    fn cramped(&self) -> Option<Box<dyn Destination>> {
        let little = r#""properties": {"queue.buffering.max.messages": 150}"#;
        Some(Box::new(self.options(little).kafka.unwrap()))
    }

    fn too_large(&self) -> Option<usize> {
        Some(1_000_001)
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn stop(&mut self) -> bool {
        self.cluster.broker_down(1).is_ok()
    }

    fn start(&mut self) {
        self.cluster.broker_up(1).unwrap();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.cluster.bootstrap_servers())
            .set("group.id", "counts")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        let mut assignment = TopicPartitionList::new();
        for partition in 0..4 {
            assignment
                .add_partition_offset("profiles", partition, Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&assignment).unwrap();
        let (mut arrived, mut ends) = (Vec::new(), 0);
        while ends < 4 {
            match consumer.poll(Duration::from_secs(30)).expect("an answer") {
                Ok(message) => arrived.push(Arrived {
                    key: message.key().map(<[u8]>::to_vec),
                    value: message.payload().unwrap_or_default().to_vec(),
                }),
                Err(rdkafka::error::KafkaError::PartitionEOF(_)) => ends += 1,
                Err(error) => panic!("{error}"),
            }
        }
        Some(arrived)
    }
}

struct Nowhere(&'static str);

impl Harness for Nowhere {
    fn destination(&self) -> Box<dyn Destination> {
        let options: DestinationOptions = serde_json::from_str(self.0).unwrap();
        Box::new(options.discard.unwrap())
    }
}

#[test]
fn discard_conforms() {
    assert_eq!(run(&mut Nowhere(r#"{"discard": {}}"#)), Ok(()));
    assert_eq!(
        run(&mut Nowhere(r#"{"discard": {"latency": "3ms"}}"#)),
        Ok(())
    );
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

/// One lane with one batch of `records` records, polled until all are settled.
struct OneBatch {
    clock: Clock,
    producer: Box<dyn Producer>,
    receipts: Vec<Receipt>,
}

impl OneBatch {
    fn send(destination: &dyn Destination, records: usize) -> OneBatch {
        let clock = Clock::starting_at(Instant::now());
        let lane = Lane {
            index: 0,
            count: 1,
            clock: clock.clone(),
            batches: 1,
            records_per_batch: records,
            bytes_in_flight: 1 << 20,
            client_id: "hydrant-test".to_owned(),
        };
        let mut producer = destination
            .open(lane)
            .unwrap_or_else(|error| panic!("{error:?}"));
        let mut pool = BatchPool::new(PoolSize {
            batches: 1,
            records,
            bytes: 0,
        });
        let id = pool.take().unwrap();
        let batch = pool.get_mut(id).unwrap();
        batch.begin(0, 1);
        for n in 0..records {
            batch.push_due(clock.now());
            batch
                .bytes_mut()
                .extend_from_slice(format!("record {n}").as_bytes());
            batch.end_record();
        }
        producer.submit(pool.lend(id)).unwrap();
        let mut sent = OneBatch {
            clock,
            producer,
            receipts: Vec::new(),
        };
        let deadline = sent.clock.now() + Duration::from_secs(60);
        while sent
            .receipts
            .iter()
            .map(|receipt| receipt.records.len())
            .sum::<usize>()
            < records
        {
            assert!(
                sent.clock.now() < deadline,
                "settled so far: {:?}",
                sent.receipts
            );
            sent.producer.poll(deadline, &mut sent.receipts).unwrap();
        }
        for receipt in &sent.receipts {
            pool.settle(receipt).unwrap();
        }
        sent
    }

    fn codes(&self) -> Vec<String> {
        let code = |receipt: &Receipt| match &receipt.outcome {
            Outcome::Acknowledged => "acknowledged".to_owned(),
            Outcome::Rejected(rejection) => rejection.code.clone(),
            Outcome::Abandoned => "abandoned".to_owned(),
        };
        self.receipts.iter().map(code).collect()
    }
}

#[test]
fn what_can_be_retried_is_retried() {
    let mock = Mock::new();
    let again = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION];
    mock.cluster.request_errors(RDKafkaApiKey::Produce, &again);
    let destination = mock.destination();
    let mut sent = OneBatch::send(&*destination, 50);
    assert_eq!(sent.codes(), ["acknowledged"]);
    let mut telemetry = Telemetry::default();
    let deadline = sent.clock.now() + Duration::from_secs(60);
    // Every record waited in the queue twice.
    while telemetry
        .windows
        .get("queue")
        .is_none_or(|queue| queue.count < 100)
    {
        assert!(sent.clock.now() < deadline, "{telemetry:?}");
        let until = sent.clock.now() + Duration::from_millis(100);
        sent.producer.poll(until, &mut sent.receipts).unwrap();
        sent.producer.telemetry(&mut telemetry);
    }
    assert!(telemetry.windows["round_trip"].count > 0, "{telemetry:?}");
    assert!(telemetry.windows["queue"].max > 0.0, "{telemetry:?}");
}

#[test]
fn what_can_not_be_retried_is_rejected_with_the_brokers_code() {
    let mock = Mock::new();
    let never = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS];
    mock.cluster.request_errors(RDKafkaApiKey::Produce, &never);
    let sent = OneBatch::send(&*mock.destination(), 50);
    assert_eq!(sent.codes(), ["INVALID_REQUIRED_ACKS"]);
}

#[test]
fn a_broker_that_is_away_for_too_long_is_a_time_out_and_not_fatal() {
    let mock = Mock::new();
    mock.cluster
        .broker_round_trip_time(1, Duration::from_secs(600))
        .unwrap();
    let destination = mock.options(r#""delivery_timeout": "1s""#).kafka.unwrap();
    // The round trip holds for all requests but those of connecting, which are over.
    mock.cluster
        .broker_round_trip_time(1, Duration::ZERO)
        .unwrap();
    let clock = Instant::now();
    let mut cluster = Some(mock);
    let lane = |clock: Clock| Lane {
        index: 0,
        count: 1,
        clock,
        batches: 1,
        records_per_batch: 10,
        bytes_in_flight: 1 << 20,
        client_id: "hydrant-test".to_owned(),
    };
    let clock = Clock::starting_at(clock);
    let mut producer = destination.open(lane(clock.clone())).unwrap();
    cluster.as_ref().unwrap().cluster.broker_down(1).unwrap();
    let mut pool = BatchPool::new(PoolSize {
        batches: 1,
        records: 10,
        bytes: 0,
    });
    let id = pool.take().unwrap();
    let batch = pool.get_mut(id).unwrap();
    batch.begin(0, 1);
    for _ in 0..10 {
        batch.push_due(clock.now());
        batch.end_record();
    }
    producer.submit(pool.lend(id)).unwrap();
    let mut receipts = Vec::new();
    while receipts.is_empty() {
        producer
            .poll(clock.now() + Duration::from_secs(60), &mut receipts)
            .unwrap();
    }
    let Outcome::Rejected(rejection) = &receipts[0].outcome else {
        panic!("{receipts:?}")
    };
    assert_eq!(rejection.code, "MSG_TIMED_OUT");
    assert_eq!(pool.settle(&receipts[0]), Ok(true));
    drop(cluster.take());
}

#[test]
fn a_missing_topic_is_said_with_its_nearest_name() {
    let mock = Mock::new();
    let mut options = mock.options("").kafka.unwrap();
    options.topic = "profils".to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let error = runtime.block_on(options.check()).unwrap_err();
    assert!(error.message.ends_with("has no topic `profils`"), "{error}");
    assert_eq!(error.help.as_deref(), Some("did you mean `profiles`?"));
    options.topic = "profiles".to_owned();
    let findings = runtime.block_on(options.check()).unwrap();
    assert_eq!(findings[1].found, "`profiles` has 4 partition(s)");
}

#[test]
fn nobody_there_and_no_such_host_are_told_apart() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let refused = |bootstrap: &str| {
        let mut options = Mock::new().options("").kafka.unwrap();
        options.point_at(bootstrap);
        runtime.block_on(options.check()).unwrap_err()
    };
    let error = refused(&nobody);
    assert!(
        error
            .message
            .starts_with(&format!("cannot reach {nobody}: ")),
        "{error}"
    );
    assert!(error.message.contains("refused"), "{error}");
    let error = refused("no-such-host.invalid:9092");
    assert!(
        error
            .message
            .contains("cannot find the host of no-such-host.invalid:9092"),
        "{error}"
    );
}

#[test]
fn a_batch_is_let_go_when_the_producer_is_dropped() {
    let mock = Mock::new();
    let destination = mock.destination();
    let sent = OneBatch::send(&*destination, 10);
    drop(sent.producer);
    let mut pool = BatchPool::new(PoolSize {
        batches: 1,
        records: 1,
        bytes: 0,
    });
    let id = pool.take().unwrap();
    let batch = pool.get_mut(id).unwrap();
    batch.begin(0, 1);
    batch.push_due(batch::Nanos::ZERO);
    batch.end_record();
    let held = pool.lend(id);
    let clock = Clock::starting_at(Instant::now());
    let lane = Lane {
        index: 0,
        count: 1,
        clock: clock.clone(),
        batches: 1,
        records_per_batch: 1,
        bytes_in_flight: 1 << 20,
        client_id: "hydrant-test".to_owned(),
    };
    let mut producer = destination.open(lane).unwrap();
    mock.cluster.broker_down(1).unwrap();
    producer.submit(Arc::clone(&held)).unwrap();
    assert_eq!(Arc::strong_count(&held), 3);
    producer.close(clock.now(), &mut Vec::new());
    assert_eq!(Arc::strong_count(&held), 2);
}
