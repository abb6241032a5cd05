//! A broker that stands still in mid-run and is not heard of again: a run ends when it says that it does.

use std::time::Duration;

use jiff::Timestamp;

use crate::cli::{Place, Started};
use crate::servers::kafka::shared;

/// A client that never lets go is waited for by nobody: this is far more than one takes that does, on a
/// machine however busy.
const LETS_GO: Duration = Duration::from_mins(1);

#[test]
fn a_frozen_broker_holds_neither_the_drain_nor_the_end() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("stands-still", 2);
    for options in ["", ", idempotence: true, compression: zstd"] {
        let place = Place::new();
        let scenario = format!(
            "version: 1\nname: frozen\n\
             destination: {{kafka: {{bootstrap_servers: \"{}\", topic: stands-still{options}}}}}\n\
             records: {{key: id, fields: {{id: record_id, firstName: first_name}}}}\n\
             load: [{{hold: {{rate: 500/s, for: 4s}}}}]\n\
             run: {{drain: 3s, in_flight: 100}}\n",
            kafka.bootstrap()
        );
        place.write("frozen.yaml", scenario);
        let mut command = place.command(&["run", "frozen.yaml", "--out", "out"]);
        let started = Started::and_says(&mut command, "in flight");
        kafka.freeze();
        let said = started.end();
        let ended = Timestamp::now();
        kafka.thaw();
        assert_eq!(said.code, 1, "{said:?}");
        let summary = place.summary("out");
        let seconds = |name: &str| Duration::from_secs_f64(summary[name].as_f64().unwrap());
        let (elapsed, drain) = (seconds("elapsed_seconds"), seconds("drain_seconds"));
        assert!(drain <= LETS_GO, "{summary}");
        let began: Timestamp = summary["started_at"].as_str().unwrap().parse().unwrap();
        let after = Duration::try_from(ended.duration_since(began))
            .unwrap()
            .checked_sub(elapsed)
            .unwrap();
        assert!(after < LETS_GO, "{after:?} after the run: {said:?}");
        let count = |name: &str| summary["counts"][name].as_u64().unwrap();
        assert!(count("abandoned") + count("rejected") > 0, "{summary}");
        assert!(count("unsent") > 0 && count("skipped") == 0, "{summary}");
    }
}
