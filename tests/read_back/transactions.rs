//! A topic that others write to in transactions.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use readers::{End, From, Kafka as KafkaReader, KafkaOptions, Reader as _};

use super::{command, numbers, run, scenario};
use crate::cli::Place;
use crate::servers::kafka::{Kafka, shared};

const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who writes to one topic.
struct Writer {
    producer: BaseProducer,
    topic: String,
}

impl Writer {
    /// `id`: in transactions.
    fn new(kafka: &Kafka, topic: &str, id: Option<&str>) -> Writer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", kafka.bootstrap());
        if let Some(id) = id {
            config.set("transactional.id", id);
        }
        let producer: BaseProducer = config.create().unwrap();
        if id.is_some() {
            producer.init_transactions(PATIENCE).unwrap();
        }
        let topic = topic.to_owned();
        Writer { producer, topic }
    }

    fn send(&self, values: &[&str]) {
        for value in values {
            let record: BaseRecord<'_, (), str> = BaseRecord::to(&self.topic).payload(value);
            self.producer
                .send(record)
                .map_err(|(error, _)| error)
                .unwrap();
        }
        self.producer.flush(PATIENCE).unwrap();
    }

    fn begin(&self, values: &[&str]) {
        self.producer.begin_transaction().unwrap();
        self.send(values);
    }

    fn commit(&self) {
        self.producer.commit_transaction(PATIENCE).unwrap();
    }

    fn abort(&self) {
        self.producer.abort_transaction(PATIENCE).unwrap();
    }
}

fn open(kafka: &Kafka, topic: &str, from: From) -> KafkaReader {
    KafkaReader::open(&KafkaOptions {
        bootstrap_servers: kafka.bootstrap(),
        topic: topic.to_owned(),
        from,
        ..KafkaOptions::default()
    })
    .unwrap()
}

/// What is read until so much was, and the topic is said to be read to its end.
fn read_to_the_end(reader: &mut KafkaReader, wanted: usize) -> Vec<String> {
    let (mut values, mut end) = (Vec::new(), End::Unknown);
    let deadline = Instant::now() + PATIENCE;
    while values.len() < wanted || end != End::Reached {
        assert!(Instant::now() < deadline, "{values:?} {end:?}");
        let wait = Duration::from_millis(50);
        let mut take = |it: readers::Received<'_>| {
            values.push(String::from_utf8_lossy(it.value).into_owned());
        };
        let read = reader.read(wait, 1_000, &mut take).unwrap();
        assert_eq!(read.gaps, []);
        end = read.end;
    }
    values
}

#[test]
fn markers_and_aborted_records_are_no_gaps_and_the_topic_is_read_to_its_end() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("transactions", 1);
    let mut reader = open(&kafka, "transactions", From::Latest);
    let ours = Writer::new(&kafka, "transactions", None);
    let theirs = Writer::new(&kafka, "transactions", Some("theirs"));
    theirs.begin(&["a0", "a1"]);
    theirs.commit();
    theirs.begin(&["x0", "x1"]);
    theirs.abort();
    ours.send(&["b0"]);
    theirs.begin(&["c0"]);
    theirs.commit();
    reader.seek_end();
    let values = read_to_the_end(&mut reader, 4);
    assert_eq!(values, ["a0", "a1", "b0", "c0"]);
    // Three markers, the last of them at the end.
    assert_eq!(reader.positions().0["0"], "9");

    // What comes behind an open transaction is there, and may not be read yet.
    theirs.begin(&["d0"]);
    ours.send(&["e0"]);
    let mut reader = open(&kafka, "transactions", From::Earliest);
    reader.seek_end();
    for _ in 0..30 {
        let wait = Duration::from_millis(50);
        let read = reader.read(wait, 1_000, &mut |_| {}).unwrap();
        assert_ne!(read.end, End::Reached, "{read:?}");
    }
    theirs.commit();
    let values = read_to_the_end(&mut reader, 2);
    assert!(
        values.ends_with(&["d0".to_owned(), "e0".to_owned()]),
        "{values:?}"
    );
    // The marker of that transaction came later than the question.
    let position: u64 = reader.positions().0["0"].parse().unwrap();
    assert!((11..=12).contains(&position), "{position}");
}

#[test]
fn what_is_read_back_between_transactions_is_counted_exactly() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("between", 1);
    let destination = format!(
        "kafka: {{bootstrap_servers: \"{}\", topic: between}}",
        kafka.bootstrap()
    );
    let place = Place::new();
    let load = "hold: {rate: 1k/s, count: 2000}";
    let said = run(command(&place, &scenario(&destination, load, "1m")), || {
        let theirs = Writer::new(&kafka, "between", Some("between"));
        for _ in 0..50 {
            theirs.begin(&["{}"]);
            theirs.commit();
            theirs.begin(&["{}"]);
            theirs.abort();
        }
    });
    assert!(said.is_fine(), "{said:?}");
    let read = &place.summary("out")["read_back"];
    assert_eq!(numbers(read)[..4], [2000, 0, 0, 0], "{read}");
    let remarks = read["remarks"].to_string();
    assert!(!remarks.contains("gone"), "{remarks}");
}
