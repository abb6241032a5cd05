//! What the state file is for.

use flow::{Action, Origin};

use super::{Bench, client};

#[test]
fn a_second_apply_finds_everything() {
    let bench = Bench::new(2);
    let first = bench.apply().unwrap();
    let second = bench.apply().unwrap();
    assert_eq!((first.flow, first.dataset), (second.flow, second.dataset));
    assert!(first.starting_since.is_some());
    // Nobody has waited for it yet.
    assert_eq!(first.starting_since, second.starting_since);
    bench.state().ready("bench").unwrap();
    assert_eq!(bench.apply().unwrap().starting_since, None);
    bench.assert_complete("applied twice");
    assert_eq!(bench.plan().creations(), 0);
    bench.destroy();
    bench.assert_empty("destroyed");
}

#[test]
fn what_somebody_else_made_is_adopted_and_stays() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    // As on another machine: the same flow, and no state.
    std::fs::remove_file(bench.state_path()).unwrap();
    let plan = bench.plan();
    let adopted = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Adopt)
        .count();
    // Mapping set and descriptor have no name to be found by before the schema is known.
    assert!(adopted >= 7, "{}", plan.render());
    bench.apply().unwrap();
    let objects = bench.state().flow("bench").objects;
    assert!(
        objects
            .iter()
            .any(|object| object.origin == Origin::Adopted)
    );
    bench.destroy();
    let flows = bench
        .sandbox
        .objects()
        .into_iter()
        .find(|(kind, _)| *kind == "flows")
        .unwrap();
    assert_eq!(flows.1, 1, "destroy removed what it had not made");
}

#[test]
fn an_object_deleted_behind_our_back_is_noticed_and_made_again() {
    let bench = Bench::new(2);
    let applied = bench.apply().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let other = client(&bench.sandbox, 2);
    runtime
        .block_on(
            other
                .flow_service()
                .delete(aep_client::Kind::Flow, &applied.flow),
        )
        .unwrap();
    let plan = bench.plan();
    let gone: Vec<_> = plan
        .items
        .iter()
        .filter(|item| item.action == Action::Recreate)
        .collect();
    assert_eq!(gone.len(), 1, "{}", plan.render());
    assert_ne!(bench.apply().unwrap().flow, applied.flow);
    bench.assert_complete("made again");
    bench.destroy();
    bench.assert_empty("destroyed");
}

#[test]
fn a_plan_creates_nothing_and_shows_no_secret() {
    let bench = Bench::new(2);
    let plan = bench.plan();
    assert_eq!(plan.creations(), 9);
    assert!(bench.sandbox.objects().iter().all(|(_, count)| *count == 0));
    for text in [
        plan.render(),
        plan.curl().to_owned(),
        plan.to_json().to_string(),
    ] {
        assert!(!text.contains("marked-key"), "{text}");
    }
    assert!(
        plan.curl().contains("\"sasKey\": \"***\""),
        "{}",
        plan.curl()
    );
    insta::assert_snapshot!(plan.render());
}

#[test]
fn an_unwritable_state_file_ends_apply_before_it_begins() {
    let bench = Bench::new(2);
    let path = std::path::Path::new("/proc/hydrant-state.json");
    let (organization, sandbox) = (bench.client.organization(), bench.client.sandbox());
    let error = flow::State::open(path, organization, sandbox).unwrap_err();
    let words = "cannot write the state file `/proc/hydrant-state.json`";
    assert!(error.to_string().contains(words), "{error}");
}
