//! A broker or a topic that goes away in the middle of a run and does not come back.

use serde_json::Value;

use crate::cli::{Place, Started};
use crate::servers::kafka::{Kafka, shared};

/// A run that has begun to send 200 records a second to a new topic of its name.
fn started(place: &Place, kafka: &Kafka, name: &str, options: &str, seconds: u32) -> Started {
    kafka.create_topic(name, 2);
    let file = format!("{name}.yaml");
    place.write(
        &file,
        format!(
            "version: 1\nname: {name}\n\
             destination: {{kafka: {{bootstrap_servers: \"{}\", topic: {name}, {options}}}}}\n\
             records: {{key: id, fields: {{id: record_id, firstName: first_name}}}}\n\
             load: [{{hold: {{rate: 200/s, for: {seconds}s}}}}]\n\
             run: {{drain: 5s}}\n",
            kafka.bootstrap()
        ),
    );
    let mut command = place.command(&["run", &file, "--out", "out"]);
    Started::and_says(&mut command, "in flight")
}

/// The summary, in which every record is; some arrived before it happened, and some did not after.
fn books(place: &Place) -> Value {
    let summary = place.summary("out");
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    let settled = ["acknowledged", "rejected", "abandoned", "skipped", "unsent"].map(count);
    assert_eq!(count("scheduled"), settled.iter().sum::<u64>(), "{summary}");
    assert!(count("acknowledged") >= 100, "{summary}");
    assert!(count("rejected") > 0, "{summary}");
    summary
}

#[test]
fn a_broker_that_dies_in_mid_run_leaves_a_report_in_which_every_record_is() {
    let Some(mut kafka) = shared() else { return };
    let place = Place::new();
    let started = started(&place, &kafka, "dies", "delivery_timeout: 2s", 4);
    kafka.crash();
    let said = started.end();
    let summary = books(&place);
    // The last record's time is up in good time before the drain's.
    assert_eq!(summary["counts"]["abandoned"], 0, "{summary}");
    let errors = summary["errors"].to_string();
    assert!(errors.contains("MSG_TIMED_OUT"), "{summary}");
    assert!(said.out.contains("MSG_TIMED_OUT"), "{}", said.out);
    // Nobody has said how many may be rejected, and these are most of them.
    assert_eq!(said.code, 1, "{said:?}");
    let reason = summary["verdict"]["reasons"][0].to_string();
    assert!(reason.contains("MSG_TIMED_OUT"), "{summary}");
    assert!(place.path("out").join("report.html").exists());
}

#[test]
fn a_topic_that_is_deleted_in_mid_run_leaves_a_report_in_which_every_record_is() {
    let Some(kafka) = shared() else { return };
    let place = Place::new();
    let soon = "properties: {topic.metadata.propagation.max.ms: 1000}";
    let started = started(&place, &kafka, "doomed", soon, 120);
    kafka.delete_topic("doomed");
    let said = started.end();
    books(&place);
    let gone = format!("the topic `doomed` at {} is gone", kafka.bootstrap());
    assert!(
        said.code == 1 && said.out.contains(&gone),
        "the run goes on, or does not say why it ended: {said:?}"
    );
}
