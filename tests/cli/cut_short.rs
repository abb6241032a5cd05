//! Runs of which the beginning is not measured, or that a condition ends.

use super::{DISCARD, Place, Site};
use crate::flow::scenario;

/// The load has no end: only the condition ends it.
#[test]
fn a_condition_ends_a_run_that_has_no_end() {
    let place = Place::new();
    let text = DISCARD.replace("hold: {rate: 1k/s, count: 200}", "hold: {rate: 200/s}");
    place.write(
        "endless.yaml",
        text + "stop_when: [scheduled > 50 for 1s]\n",
    );
    let said = place.hydrant(&["run", "endless.yaml", "--out", "out", "--junit", "j.xml"]);
    assert_eq!(said.code, 99, "{said:?}");
    let first = said.out.lines().nth(1).unwrap_or_default();
    assert!(first.contains("stopped after"), "{}", said.out);
    let summary = place.summary("out");
    assert_eq!(summary["ended_by"]["by"], "condition");
    assert_eq!(summary["stopped"]["by"], "scheduled > 50 for 1s");
    assert!(summary["stopped"]["value"].as_f64().unwrap() > 50.0);
    assert!(summary["stopped"]["at"].as_f64().unwrap() >= 1.0);
    // It drains: what was sent has its answer.
    let counts = &summary["counts"];
    assert_eq!(counts["abandoned"], 0);
    let junit = std::fs::read_to_string(place.path("j.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
}

/// Twenty of forty records are due in the warm-up: all are looked for, and half of them are timed.
#[test]
fn a_warm_up_is_verified_and_in_no_latency() {
    let text = scenario(40, "1m").replace("unpaced: {count: 40}", "hold: {rate: 40/s, for: 1s}");
    let site = Site::new("whole.yaml", &(text + "warm_up: 500ms\n"));
    let said = site.run(&["run", "whole.yaml", "--out", "out"]);
    assert!([0, 96].contains(&said.code), "{said:?}");
    let summary = site.place.summary("out");
    assert_eq!(summary["warm_up"]["records"], 20);
    assert_eq!(summary["counts"]["acknowledged"], 40);
    assert_eq!(summary["landed"]["landed"], 40);
    for latency in ["lateness", "service", "response", "landing"] {
        assert_eq!(
            summary["latency"][latency]["count"], 20,
            "{latency}: {summary}"
        );
    }
    assert_eq!(summary["rate"]["target"], 40.0);
}

/// A past of thirty records and a load of forty, of which twenty are due in the warm-up: all land, in the run and for who
/// looks later; what is behind the warm-up is timed, from the moment on at which the load went on.
#[test]
fn a_past_lands_and_only_the_load_behind_the_warm_up_is_timed() {
    let text = scenario(40, "1m").replace("unpaced: {count: 40}", "hold: {rate: 40/s, for: 1s}");
    for publish in ["unpaced", "20/s"] {
        let past = format!("backfill: {{from: 30d, rate: 1/d, publish: {publish}}}\n");
        let site = Site::new("whole.yaml", &format!("{text}warm_up: 500ms\n{past}"));
        let said = site.run(&["run", "whole.yaml", "--out", "out", "--keep-flow"]);
        assert!([0, 96].contains(&said.code), "{said:?}");
        let summary = site.place.summary("out");
        assert_eq!(summary["past"]["records"], 30, "{summary}");
        assert_eq!(summary["warm_up"]["records"], 20);
        assert_eq!(summary["warm_up"]["for"], 0.5);
        assert_eq!(summary["counts"]["acknowledged"], 70);
        assert_eq!(summary["landed"]["landed"], 70, "{summary}");
        for latency in ["lateness", "service", "response", "landing"] {
            assert_eq!(
                summary["latency"][latency]["count"], 20,
                "{latency}: {summary}"
            );
        }
        assert_eq!(summary["rate"]["target"], 40.0);
        let later = site.run(&["flow", "verify", "out", "--json"]);
        assert_eq!(later.code, 0, "{later:?}");
        let later: serde_json::Value = serde_json::from_str(&later.out).unwrap();
        let (name, stream) = later["streams"].as_object().unwrap().iter().next().unwrap();
        assert_eq!(stream["landed"]["landed"], 70, "{name}: {later}");
        assert_eq!(stream["landed"]["corrupted"], 0, "{name}: {later}");
    }
}
