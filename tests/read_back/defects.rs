//! A stream keeps records with a defect as they were sent.

use super::{command, numbers, run, scenario};
use crate::cli::Place;

#[test]
fn a_kafka_topic_has_every_record_as_it_was_sent() {
    let destination = "kafka: {bootstrap_servers: \"127.0.0.1:9092\", topic: defects}";
    let load = "hold: {rate: 1k/s, count: 2000}";
    let defects = "  defects: {malformed: 1%, missing: {fields: [name], share: 1%}, oversize: 4, duplicate: 20, late: 1%}\nload:";
    let text = scenario(destination, load, "1m").replace("load:", defects);
    let place = Place::new();
    let mut command = command(&place, &text);
    command.arg("--sandbox");
    let said = run(command, || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    let read = &summary["read_back"];
    assert_eq!(numbers(read)[..5], [2000 - 84, 0, 0, 0, 0], "{read}");
    let defects = &read["defects"];
    for (kind, sent, rejected) in [
        ("malformed", 20, 0),
        ("missing", 20, 0),
        // The client itself does not take them.
        ("oversize", 0, 4),
        ("duplicate", 20, 0),
        ("late", 20, 0),
    ] {
        let number = |name: &str| defects[kind][name].as_u64().unwrap_or(0);
        let found = ["sent", "landed", "rejected", "unexpected"].map(number);
        assert_eq!(found, [sent, sent, rejected, 0], "{kind}: {read}");
    }
    assert_eq!(summary["counts"]["rejected"], 4);
}
