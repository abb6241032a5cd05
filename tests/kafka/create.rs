//! Topics that are made and removed, and topics that change while they are written to.

use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, PoolSize};
use producers::{
    Creation, Demand, Destination as _, DestinationOptions, Finding, Findings, Lane, kafka,
};
use tokio::runtime::Runtime;

use crate::servers::kafka::{Kafka, shared};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn options(kafka: &Kafka, topic: &str, more: &str) -> kafka::Options {
    let json = format!(
        r#"{{"kafka": {{"bootstrap_servers": "{}", "topic": "{topic}"{more}}}}}"#,
        kafka.bootstrap()
    );
    let options: DestinationOptions = serde_json::from_str(&json).unwrap();
    options.kafka.unwrap()
}

/// Makes the topic; what was told of it.
fn make(options: &kafka::Options) -> (Vec<String>, Result<(), producers::Error>) {
    let mut told = Vec::new();
    let mut hear = |creation: Creation<'_>| {
        told.push(match creation {
            Creation::Intended(name) => format!("intended {name}"),
            Creation::Made { name, .. } => format!("made {name}"),
            Creation::NotMade(name) => format!("not made {name}"),
        });
        Ok(())
    };
    let made = runtime().block_on(options.create(&mut hear));
    (told, made)
}

fn check(options: &kafka::Options, largest_record: u64) -> Findings {
    let demand = Demand {
        records_per_second: 1.0,
        bytes_per_second: 1.0,
        largest_record,
    };
    runtime().block_on(options.check_for(demand)).unwrap()
}

fn found<'a>(findings: &'a Findings, what: &str) -> &'a Finding {
    let mut all = findings.iter();
    all.find(|finding| finding.what == what)
        .unwrap_or_else(|| panic!("nothing of {what} in {findings:?}"))
}

#[test]
fn a_topic_is_made_as_it_was_asked_for_and_exactly_that_one_is_removed() {
    let Some(kafka) = shared() else { return };
    let create = r#", "create": {"partitions": 5, "replication_factor": 1,
                    "config": {"max.message.bytes": 20000}}"#;
    let made = options(&kafka, "created", create);
    let findings = check(&made, 100);
    assert_eq!(
        found(&findings, "topic").found,
        "`created` is not there; it will be made with 5 partitions"
    );
    let (told, done) = make(&made);
    done.unwrap();
    let noted = told[1].strip_prefix("made ").unwrap().to_owned();
    assert!(
        noted.starts_with("kafka:") && noted.ends_with("/created"),
        "{noted}"
    );
    assert_eq!(told[0], format!("intended {noted}"));
    let findings = check(&made, 100);
    assert_eq!(
        found(&findings, "topic").found,
        "`created` has 5 partitions"
    );
    // What the topic takes is less than what a batch and a record may have.
    let limits = found(&findings, "limits");
    assert_eq!(limits.found, "a batch may have 20 kB");
    let warning = limits.warning.as_deref().unwrap();
    assert!(warning.starts_with("`batch_size` is 1 MB"), "{warning}");
    let findings = check(&made, 30_000);
    let warning = found(&findings, "limits").warning.as_deref().unwrap();
    assert!(
        warning.starts_with("records may have up to 30000 bytes"),
        "{warning}"
    );
    let fits = options(&kafka, "created", r#", "batch_size": "10 kB""#);
    assert_eq!(found(&check(&fits, 100), "limits").warning, None);

    // What is there already is nobody's.
    assert_eq!(make(&made), (Vec::new(), Ok(())));
    let remove =
        |options: &kafka::Options, noted: &str| runtime().block_on(options.remove(noted)).unwrap();
    assert!(!remove(&options(&kafka, "other", ""), &noted));
    assert!(!remove(&made, "kafka:another-cluster/created"));
    assert!(!remove(&made, "eu-west-1/created"));
    assert_eq!(
        found(&check(&made, 100), "topic").found,
        "`created` has 5 partitions"
    );
    assert!(remove(&made, &noted));
    // Once more: it is gone.
    assert!(remove(&made, &noted));
    let (_, done) = make(&made);
    done.unwrap();
    assert!(remove(&made, &noted));
}

#[test]
fn what_a_cluster_does_not_make_is_told_and_not_noted() {
    let Some(kafka) = shared() else { return };
    for (create, what) in [
        (
            r#"{"replication_factor": 3}"#,
            "`create.replication_factor`",
        ),
        (r#"{"config": {"retention": "1"}}"#, "`create.config`"),
    ] {
        let options = options(&kafka, "unmakable", &format!(r#", "create": {create}"#));
        let (told, done) = make(&options);
        let error = done.unwrap_err();
        assert!(
            error
                .message
                .starts_with("cannot make the topic `unmakable`"),
            "{error}"
        );
        assert!(error.help.as_ref().unwrap().contains(what), "{error:?}");
        assert!(told[1].starts_with("not made "), "{told:?}");
    }
}

#[test]
fn partitions_that_are_added_in_mid_run_are_used() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("growing", 1);
    let often = r#", "properties": {"topic.metadata.refresh.interval.ms": 300}, "linger": "0ms""#;
    let clock = Clock::starting_at(Instant::now());
    let lane = Lane {
        index: 0,
        count: 1,
        clock: clock.clone(),
        batches: 1,
        records_per_batch: 10,
        bytes_in_flight: 1 << 20,
        client_id: "hydrant-growing".to_owned(),
    };
    let mut producer = options(&kafka, "growing", often).open(lane).unwrap();
    let mut pool = BatchPool::new(PoolSize {
        batches: 1,
        records: 10,
        bytes: 100,
    });
    let mut receipts = Vec::new();
    let deadline = clock.now() + Duration::from_mins(2);
    let mut is_grown = false;
    loop {
        let id = pool.take().unwrap();
        let batch = pool.get_mut(id).unwrap();
        batch.begin(0, 1);
        for n in 0..10 {
            batch.push_due(clock.now());
            batch.end_record();
            batch.keys_mut().extend([b'0' + n]);
            batch.end_key();
        }
        producer.submit(pool.lend(id)).unwrap();
        while pool.unsettled().count() > 0 {
            producer.poll(deadline, &mut receipts).unwrap();
            for receipt in receipts.drain(..) {
                pool.settle(&receipt).unwrap();
            }
        }
        if !is_grown {
            kafka.add_partitions("growing", 3);
            is_grown = true;
        }
        let counts = kafka.counts("growing");
        if counts.len() == 3 && counts.values().all(|count| *count > 0) {
            break;
        }
        assert!(clock.now() < deadline, "{counts:?}");
        producer
            .poll(clock.now() + Duration::from_millis(300), &mut receipts)
            .unwrap();
    }
    producer.close(deadline, &mut receipts);
}
