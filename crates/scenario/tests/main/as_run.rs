//! The scenario as run reads back to the same run.

use pacing::Schedule as _;
use proptest::prelude::*;
use scenario::{Document, Overrides, Target};

use crate::{GOOD, read, unset};

fn as_run(text: &str, overrides: &Overrides) -> String {
    let loaded = read(text, Target::Real).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let resolved = loaded.resolve(overrides, None);
    resolved
        .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
        .as_run
}

fn document(text: &str) -> Document {
    let loaded =
        read(text, Target::Real).unwrap_or_else(|diagnostics| panic!("{text}\n{diagnostics}"));
    loaded.document().clone()
}

#[test]
fn overrides_are_in_it() {
    let overrides = Overrides {
        seed: Some(7),
        rate: Some("500/s".parse().unwrap()),
        for_: Some("2s".parse().unwrap()),
        ..Overrides::default()
    };
    insta::assert_snapshot!(as_run(GOOD, &overrides));
    let overrides = Overrides {
        count: Some(10),
        ..Overrides::default()
    };
    assert!(as_run(GOOD, &overrides).contains("count: 10"));
}

/// What was cut off, or went on, does so without the command line's words, too; Poisson's points among them.
#[test]
fn a_load_that_the_command_line_changed_is_kept_as_it_ran() {
    let phases = "  - ramp: {to: 1k/s, over: 3s}\n  - wave: {mean: 1k/s, amplitude: 1k/s, period: 1s, for: 2s}\n";
    let text = GOOD.replace("  - hold: {rate: 1k/s, for: 10s}\n", phases) + "arrivals: poisson\n";
    assert!(text.contains("wave"));
    let resolved = |text: &str, overrides: &Overrides| {
        let loaded = read(text, Target::Real).unwrap_or_else(|found| panic!("{found}"));
        loaded
            .resolve(overrides, None)
            .unwrap_or_else(|found| panic!("{found}"))
    };
    for (for_, count) in [
        (Some("2500ms"), None),
        (Some("7s"), None),
        (None, Some(100)),
        (None, Some(9_000)),
        (Some("2s"), Some(100)),
        (Some("2s"), Some(100_000)),
    ] {
        let overrides = Overrides {
            for_: for_.map(|it| it.parse().unwrap()),
            count,
            ..Overrides::default()
        };
        let first = resolved(&text, &overrides);
        assert!(!first.as_run.contains("was changed by"), "{}", first.as_run);
        let again = resolved(&first.as_run, &Overrides::default());
        let (one, other) = (&first.streams[0].load, &again.streams[0].load);
        assert_eq!((one.total(), one.end()), (other.total(), other.end()));
        for n in 0..one.total().unwrap() {
            assert_eq!(one.due(n), other.due(n), "{for_:?} {count:?}: record {n}");
        }
    }
}

#[test]
fn secrets_and_what_was_not_set_stay_references() {
    let text = "\
version: 1
destination:
  event_hubs:
    connection_string: {env: NO_SUCH_CONNECTION_STRING}
    hub: ${NO_SUCH_HUB}
records: {fields: {id: record_id, price: {constant: \"$${5}\"}}}
load: [{hold: {rate: 1/s, for: 1s}}]
";
    let loaded = read(text, Target::Sandbox).unwrap();
    let shown = loaded.resolve(&Overrides::default(), None).unwrap().as_run;
    assert!(shown.contains("env: NO_SUCH_CONNECTION_STRING"), "{shown}");
    assert!(shown.contains("${NO_SUCH_HUB}"), "{shown}");
    let again = scenario::parse("s.yaml", &shown, &unset, Target::Sandbox).unwrap();
    let twice = again.resolve(&Overrides::default(), None).unwrap().as_run;
    assert_eq!(shown, twice);
}

proptest! {
    /// Whatever text a scenario has in it, the scenario as run has the same.
    #[test]
    fn it_reads_back_to_the_same(
        constant in "\\PC{0,40}",
        field in "[a-zA-Z][a-zA-Z0-9 :#_-]{0,12}",
        seed in any::<u64>(),
        rate in 1u64..1_000_000,
        seconds in 1u64..10_000,
    ) {
        let written = serde_json::json!({
            "version": 1,
            "seed": seed,
            "destination": {"discard": {}},
            "records": {"fields": {
                "id": "record_id",
                format!("x{field}"): {"constant": constant.replace("${", "$${")},
            }},
            "load": [{"hold": {"rate": format!("{rate}/s"), "for": format!("{seconds}s")}}],
            "thresholds": ["errors < 0.1%"],
        });
        let first = as_run(&written.to_string(), &Overrides::default());
        let second = as_run(&first, &Overrides::default());
        prop_assert_eq!(&first, &second);
        let (one, other) = (document(&written.to_string()), document(&first));
        prop_assert_eq!(one.records, other.records);
        prop_assert_eq!(one.load, other.load);
        prop_assert_eq!(one.thresholds, other.thresholds);
        prop_assert_eq!(one.seed, other.seed);
    }
}
