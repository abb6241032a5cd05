//! A real quota, as the tier of an Event Hubs namespace is one: the telemetry has to name it.

use std::time::{Duration, Instant};

use batch::{BatchPool, Clock, PoolSize};
use producers::{Destination as _, DestinationOptions, Lane, Telemetry};

use crate::cli::Place;
use crate::servers::kafka::shared;

#[test]
fn a_quota_shows_as_throttle_time() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("throttled", 1);
    kafka.limit_writing(Some(1 << 16));
    let json = format!(
        r#"{{"kafka": {{"bootstrap_servers": "{}", "topic": "throttled"}}}}"#,
        kafka.bootstrap()
    );
    let options: DestinationOptions = serde_json::from_str(&json).unwrap();
    let clock = Clock::starting_at(Instant::now());
    let lane = Lane {
        index: 0,
        count: 1,
        clock: clock.clone(),
        batches: 4,
        records_per_batch: 50,
        bytes_in_flight: 1 << 20,
        client_id: "hydrant-throttled".to_owned(),
    };
    let mut producer = options.kafka.unwrap().open(lane).unwrap();
    let mut pool = BatchPool::new(PoolSize {
        batches: 4,
        records: 50,
        bytes: 50_000,
    });
    let (mut telemetry, mut receipts) = (Telemetry::default(), Vec::new());
    let deadline = clock.now() + Duration::from_mins(2);
    let mut first = 0;
    while !telemetry.windows.contains_key("throttle") {
        assert!(clock.now() < deadline, "no throttling seen: {telemetry:?}");
        if let Some(id) = pool.take() {
            let batch = pool.get_mut(id).unwrap();
            batch.begin(first, 1);
            for _ in 0..50 {
                batch.push_due(clock.now());
                batch.bytes_mut().extend_from_slice(&[b'x'; 1_000]);
                batch.end_record();
            }
            first += 50;
            producer.submit(pool.lend(id)).unwrap();
        }
        producer
            .poll(clock.now() + Duration::from_millis(100), &mut receipts)
            .unwrap();
        for receipt in receipts.drain(..) {
            pool.settle(&receipt).unwrap();
        }
        producer.telemetry(&mut telemetry);
    }
    kafka.limit_writing(None);
    assert!(telemetry.windows["throttle"].max > 0.0, "{telemetry:?}");
    assert!(telemetry.counters["throttled"] > 0, "{telemetry:?}");
    producer.close(clock.now() + Duration::from_mins(1), &mut receipts);
    for receipt in receipts {
        pool.settle(&receipt).unwrap();
    }
    assert_eq!(pool.unsettled().count(), 0);
}

#[test]
fn a_run_that_is_throttled_says_so() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("throttled-run", 1);
    kafka.limit_writing(Some(1 << 16));
    let place = Place::new();
    place.write(
        "throttled.yaml",
        format!(
            "version: 1\nname: throttled\n\
             destination: {{kafka: {{bootstrap_servers: \"{}\", topic: throttled-run}}}}\n\
             records: {{fields: {{id: record_id, rest: {{pad: {{to: 1 KiB}}}}}}}}\n\
             load: [{{hold: {{rate: 200/s, for: 4s}}}}]\n",
            kafka.bootstrap()
        ),
    );
    let said = place.hydrant(&["run", "throttled.yaml", "--out", "out"]);
    kafka.limit_writing(None);
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    assert_eq!(summary["counts"]["acknowledged"], 800, "{summary}");
    let trust = summary["verdict"]["trust"].as_str().unwrap();
    assert!(trust.contains("the destination throttled"), "{trust}");
    assert!(
        said.out.contains("destination throttled by"),
        "{}",
        said.out
    );
    let most = summary["explained"]["throttle"]["max"].as_f64().unwrap();
    assert!(most > 0.0, "{summary}");
}
