//! Against librdkafka's own cluster.

use std::collections::BTreeMap;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::End;

fn options(bootstrap: String, from: From) -> KafkaOptions {
    KafkaOptions {
        bootstrap_servers: bootstrap,
        topic: "t".to_owned(),
        from,
        properties: Vec::new(),
        tokens: None,
        patience: Some(Duration::from_secs(2)),
    }
}

fn send(bootstrap: &str, values: std::ops::Range<u32>, padding: usize) {
    let padding = ".".repeat(padding);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .create()
        .unwrap();
    for value in values {
        let (key, value) = (value.to_string(), format!("v{value}{padding}"));
        let mut record = BaseRecord::to("t").key(&key).payload(&value);
        while let Err((error, back)) = producer.send(record) {
            assert_eq!(
                error.rdkafka_error_code(),
                Some(RDKafkaErrorCode::QueueFull)
            );
            producer.poll(Duration::from_millis(10));
            record = back;
        }
    }
    producer.flush(Duration::from_secs(10)).unwrap();
}

fn read(reader: &mut Kafka, wanted: usize) -> Vec<String> {
    let mut values = Vec::new();
    let deadline = Instant::now() + Duration::from_mins(1);
    while values.len() < wanted && Instant::now() < deadline {
        let mut take =
            |it: Received<'_>| values.push(String::from_utf8_lossy(it.value).into_owned());
        let read = reader
            .read(Duration::from_millis(100), 1000, &mut take)
            .unwrap();
        assert!(read.gaps.is_empty());
    }
    values.sort();
    values
}

#[test]
fn latest_reads_what_is_sent_after_opening_and_earliest_everything() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 3, 1).unwrap();
    let bootstrap = cluster.bootstrap_servers();
    send(&bootstrap, 0..3, 0);
    let mut latest = Kafka::open(&options(bootstrap.clone(), From::Latest)).unwrap();
    let mut earliest = Kafka::open(&options(bootstrap.clone(), From::Earliest)).unwrap();
    send(&bootstrap, 3..6, 0);
    assert_eq!(read(&mut latest, 3), ["v3", "v4", "v5"]);
    let half = latest.positions();
    assert_eq!(read(&mut earliest, 6), ["v0", "v1", "v2", "v3", "v4", "v5"]);
    send(&bootstrap, 6..8, 0);
    let mut later = Kafka::open(&options(bootstrap, From::At(half))).unwrap();
    assert_eq!(read(&mut later, 2), ["v6", "v7"]);
}

#[test]
fn what_the_broker_dropped_before_it_was_read_is_a_gap() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let bootstrap = cluster.bootstrap_servers();
    let mut options = options(bootstrap.clone(), From::Earliest);
    // The client fetches no more than it is asked for.
    options.properties = [
        ("queued.min.messages", "1"),
        ("queued.max.messages.kbytes", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let mut reader = Kafka::open(&options).unwrap();
    // A partition of this broker keeps 5 MiB.
    let sent = 12_000;
    send(&bootstrap, 0..sent, 1000);
    let (mut read, mut missing) = (0, 0);
    let deadline = Instant::now() + Duration::from_mins(1);
    while read + missing < u64::from(sent) && Instant::now() < deadline {
        let got = reader
            .read(Duration::from_millis(100), 10_000, &mut |_| {})
            .unwrap();
        read += got.count as u64;
        missing += got.gaps.iter().filter_map(|gap| gap.count).sum::<u64>();
    }
    assert_eq!(read + missing, u64::from(sent));
    assert!(
        missing > 0,
        "the client had not fetched all of it before it was dropped"
    );
}

#[test]
fn a_secret_is_not_printed_and_who_is_not_there_is_told() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = gone.local_addr().unwrap().to_string();
    let mut options = options(gone, From::Latest);
    options.properties = vec![("client.id".to_owned(), "hunter2".to_owned())];
    let token = || Token {
        value: "hunter2".to_owned(),
        principal: "app".to_owned(),
        expires_at: Duration::ZERO,
        extensions: Vec::new(),
    };
    let printed = format!("{options:?} {:?}", token());
    assert!(!printed.contains("hunter2"), "{printed}");
    let error = Kafka::open(&options).unwrap_err();
    // The client does not always say more than that nobody is there.
    assert!(error.what.contains(&options.bootstrap_servers), "{error}");
    assert!(error.message.contains("transport failure"), "{error}");
}

#[test]
fn opening_survives_what_passes() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let moved = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    // Both ends of the partition are asked for, each time.
    cluster.request_errors(RDKafkaApiKey::ListOffsets, &[moved; 6]);
    let mut options = options(cluster.bootstrap_servers(), From::Latest);
    options.patience = None;
    let mut reader = Kafka::open(&options).unwrap();
    send(&options.bootstrap_servers, 0..2, 0);
    assert_eq!(read(&mut reader, 2), ["v0", "v1"]);
}

#[test]
fn a_broker_that_is_gone_is_told_and_reading_goes_on_when_it_is_back() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let bootstrap = cluster.bootstrap_servers();
    let mut reader = Kafka::open(&options(bootstrap.clone(), From::Latest)).unwrap();
    send(&bootstrap, 0..2, 0);
    assert_eq!(read(&mut reader, 2).len(), 2);
    let deadline = Instant::now() + Duration::from_mins(1);
    let trouble = |reader: &mut Kafka, wanted: bool| {
        loop {
            let wait = Duration::from_millis(20);
            let read = reader.read(wait, 100, &mut |_| {}).unwrap();
            if read.trouble.is_some() == wanted {
                return read.trouble;
            }
            assert!(Instant::now() < deadline, "{read:?}");
        }
    };
    cluster.broker_down(1).unwrap();
    let told = trouble(&mut reader, true).unwrap();
    assert!(told.message.contains("127.0.0.1"), "{told:?}");
    cluster.broker_up(1).unwrap();
    send(&bootstrap, 2..4, 0);
    assert!(trouble(&mut reader, false).is_none());
    reader.seek_end();
    let mut end = End::Unknown;
    while end != End::Reached {
        let read = reader.read(Duration::from_millis(20), 100, &mut |_| {});
        end = read.unwrap().end;
        assert!(Instant::now() < deadline, "{end:?}");
    }
    let next = reader.positions();
    assert_eq!(next.0["0"], "4");
}

#[test]
fn what_is_gone_when_reading_begins_is_told_before_any_record() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let bootstrap = cluster.bootstrap_servers();
    // A partition of this broker keeps 5 MiB.
    send(&bootstrap, 0..12_000, 1_000);
    let begin = Positions([("0".to_owned(), "0".to_owned())].into());
    let mut reader = Kafka::open(&options(bootstrap, From::At(begin))).unwrap();
    let read = reader.read(Duration::ZERO, 1, &mut |_| {}).unwrap();
    let gone = read.gaps[0].count.unwrap();
    assert!(gone > 0, "{read:?}");
    assert_eq!(
        reader.positions().0["0"].parse::<u64>().unwrap() - read.count as u64,
        gone
    );
}

/// A look that costs the brokers something: not while there is more to hand over, which may be just what
/// seems to be gone.
#[test]
fn a_topic_in_doubt_is_looked_at_in_a_hurry_only_when_all_was_handed_over() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let mut reader = Kafka::open(&options(cluster.bootstrap_servers(), From::Latest)).unwrap();
    // Nobody looks any more: what is asked for stays.
    reader.watch.stop();
    while Arc::strong_count(&reader.consumer) > 1 {
        std::thread::yield_now();
    }
    for is_drained in [false, true] {
        reader.is_drained = is_drained;
        reader.watch.calm_down();
        let gone = BTreeMap::from([(0, (7, 7))]);
        reader.watch.found(Instant::now(), Ok((gone, [0].into())));
        reader.look().unwrap();
        assert_eq!(reader.watch.is_urgent(), is_drained);
    }
}

#[test]
fn what_was_dropped_is_not_waited_for_at_the_end() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let bootstrap = cluster.bootstrap_servers();
    let mut reader = Kafka::open(&options(bootstrap.clone(), From::Latest)).unwrap();
    // A partition of this broker keeps 5 MiB.
    send(&bootstrap, 0..12_000, 1_000);
    reader.seek_end();
    let (mut count, mut end) = (0, End::Unknown);
    let deadline = Instant::now() + Duration::from_mins(1);
    while end != End::Reached {
        let read = reader.read(Duration::from_millis(20), 10_000, &mut |_| {});
        let read = read.unwrap();
        let gone = read.gaps.iter().filter_map(|gap| gap.count).sum::<u64>();
        (count, end) = (count + read.count as u64 + gone, read.end);
        assert!(Instant::now() < deadline, "{count} {end:?}");
    }
    assert_eq!(count, 12_000);
}
