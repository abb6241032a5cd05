//! A broker or a topic that goes away in the middle of a run and does not come back.

use crate::cli::{Place, Started};
use crate::servers::kafka::shared;

#[test]
fn a_broker_that_dies_in_mid_run_leaves_a_report_in_which_every_record_is() {
    let Some(mut kafka) = shared() else { return };
    kafka.create_topic("dies", 2);
    let place = Place::new();
    place.write(
        "dies.yaml",
        format!(
            "version: 1\nname: dies\n\
             destination: {{kafka: {{bootstrap_servers: \"{}\", topic: dies, delivery_timeout: 2s}}}}\n\
             records: {{key: id, fields: {{id: record_id, firstName: first_name}}}}\n\
             load: [{{hold: {{rate: 200/s, for: 4s}}}}]\n\
             run: {{drain: 5s}}\n",
            kafka.bootstrap()
        ),
    );
    let mut command = place.command(&["run", "dies.yaml", "--out", "out"]);
    let started = Started::and_says(&mut command, "in flight");
    kafka.crash();
    let said = started.end();
    let summary = place.summary("out");
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    assert_eq!(
        count("scheduled"),
        count("acknowledged") + count("rejected") + count("abandoned") + count("skipped"),
        "{summary}"
    );
    // What it had acknowledged before, and what nobody answered any more.
    assert!(count("acknowledged") >= 100, "{summary}");
    assert!(count("rejected") > 0, "{summary}");
    // The last record's time is up in good time before the drain's.
    assert_eq!(count("abandoned"), 0, "{summary}");
    let errors = summary["errors"].to_string();
    assert!(errors.contains("MSG_TIMED_OUT"), "{summary}");
    assert!(said.out.contains("MSG_TIMED_OUT"), "{}", said.out);
    // What may be rejected is for thresholds to say; a busy machine is late.
    assert!(said.is_fine(), "{said:?}");
    let remarks = summary["remarks"].to_string();
    assert!(
        said.code != 0 || remarks.contains("there is no threshold for that"),
        "{summary}"
    );
    assert!(place.path("out").join("report.html").exists());
}

#[test]
fn a_topic_that_is_deleted_in_mid_run_leaves_a_report_in_which_every_record_is() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("doomed", 2);
    let place = Place::new();
    place.write(
        "doomed.yaml",
        format!(
            "version: 1\nname: doomed\n\
             destination: {{kafka: {{bootstrap_servers: \"{}\", topic: doomed, \
             properties: {{topic.metadata.propagation.max.ms: 1000}}}}}}\n\
             records: {{key: id, fields: {{id: record_id, firstName: first_name}}}}\n\
             load: [{{hold: {{rate: 200/s, for: 2m}}}}]\n",
            kafka.bootstrap()
        ),
    );
    let mut command = place.command(&["run", "doomed.yaml", "--out", "out"]);
    let started = Started::and_says(&mut command, "in flight");
    kafka.delete_topic("doomed");
    let said = started.end();
    let summary = place.summary("out");
    let count = |name: &str| summary["counts"][name].as_u64().unwrap();
    let settled = ["acknowledged", "rejected", "abandoned", "skipped"].map(count);
    assert_eq!(count("scheduled"), settled.iter().sum::<u64>(), "{summary}");
    assert!(count("acknowledged") >= 100, "{summary}");
    assert!(count("rejected") > 0, "{summary}");
    let gone = format!("the topic `doomed` at {} is gone", kafka.bootstrap());
    assert!(
        said.code == 1 && said.out.contains(&gone),
        "the run goes on, or does not say why it ended: {said:?}"
    );
}
