//! A scenario that has changed since its flow was made, and flows that others made.

use aep_client::Operation;
use flow::{Action, Kind, Spec, Step};
use sandbox::Misbehaviour;

use super::crash::at;
use super::{Bench, WHOLE, spec};

/// The same flow with another line, and one line less.
fn changed() -> Spec {
    let text = WHOLE.replace(
        r#""firstName": "person.name.firstName""#,
        r#""lastName": "person.name.lastName", "lower(firstName)": "person.name.firstName""#,
    );
    assert_ne!(text, WHOLE);
    spec(&text)
}

fn action(plan: &flow::Plan, kind: Kind) -> Action {
    let item = plan.items.iter().find(|item| item.kind == kind);
    item.unwrap().action
}

/// What the flow maps, by the platform's own word.
fn is_mapped(bench: &Bench, source: &str) -> bool {
    let id = bench
        .state()
        .flow("bench")
        .get(Kind::Flow)
        .unwrap()
        .id
        .clone();
    bench.block_on(async {
        let service = bench.client.flow_service();
        let flow = service.get(aep_client::Kind::Flow, &id).await.unwrap();
        let steps = &flow.unwrap().rest["transformations"];
        let params = &steps[0]["params"];
        let set = params["mappingId"].as_str().unwrap();
        let version = params["mappingVersion"].as_u64().unwrap() as u32;
        let set = bench.client.data_prep().mapping_set(set, version).await;
        let set = set.unwrap();
        let set = set.unwrap();
        set.lines().unwrap().iter().any(|line| line.0 == source)
    })
}

#[test]
fn a_changed_mapping_is_made_anew_and_the_flow_pointed_to_it() {
    let mut bench = Bench::new(2);
    bench.apply().unwrap();
    bench.state().ready("bench").unwrap();
    bench.spec = changed();
    let plan = bench.plan();
    assert_eq!(action(&plan, Kind::MappingSet), Action::Replace);
    assert_eq!(action(&plan, Kind::Flow), Action::Change);
    assert!(plan.refusal.is_none());
    let old = bench.state().flow("bench");
    let old = &old.get(Kind::MappingSet).unwrap().id;
    let curl = plan.curl();
    for part in [
        "# the mapping set bench mapping set\ncurl -X POST",
        "# the flow's mapping set\ncurl -X PATCH",
        "-H 'If-Match: \"",
        "\"mappingId\": \"<mapping set>\"",
        &format!(
            "curl -X DELETE '{}/data/foundation/conversion/mappingSets/{old}'",
            bench.sandbox.platform_url()
        ),
    ] {
        assert!(curl.contains(part), "no {part}: {curl}");
    }
    insta::assert_snapshot!(
        plan.render().lines().filter(|line| line.contains("mapping")).map(|line| {
            // Without the id.
            line.split(")  ").next().unwrap_or_default()
        }).collect::<Vec<_>>().join("\n"),
        @r"
      + mapping set        bench mapping set  (a new one takes its place
          mapping of person.name.lastName is not mapped, the scenario has `lastName: person.name.lastName`
          mapping of person.name.firstName is `firstName: person.name.firstName`, the scenario has `lower(firstName): person.name.firstName`
          is pointed to the mapping set
    ");
    let steps = bench.apply_told();
    let is_change =
        |step: &Step| matches!(step, Step::Changed(object) if object.kind == Kind::Flow);
    assert!(steps.iter().any(is_change), "{steps:?}");
    bench.assert_complete("the old mapping set is gone");
    assert!(is_mapped(&bench, "lower(firstName)") && !is_mapped(&bench, "firstName"));
    // A changed flow needs time to start, as a new one does.
    assert!(bench.apply().unwrap().starting_since.is_some());
    let plan = bench.plan();
    let keeps = |item: &flow::Item| item.action == Action::Keep && item.differences.is_empty();
    assert!(plan.items.iter().all(keeps), "{}", plan.render());
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("destroyed");
}

#[test]
fn a_fault_at_any_call_of_a_change_leaves_one_mapping_set() {
    let mut bench = Bench::new(1);
    bench.apply().unwrap();
    let specs = [changed(), spec(WHOLE)];
    bench.spec = specs[0].clone();
    bench.sandbox.faults().take_calls();
    bench.apply().unwrap();
    let count = bench.sandbox.faults().take_calls().len() as u32;
    let mut turn = 1;
    for call in 0..count {
        for what in [Misbehaviour::ResetBefore, Misbehaviour::ResetAfter] {
            bench.spec = specs[turn % 2].clone();
            turn += 1;
            let when = format!("{what:?} at call {call}");
            bench.sandbox.faults().inject(at(call, what));
            drop(bench.apply());
            bench.sandbox.faults().clear();
            bench.apply().unwrap();
            bench.assert_complete(&when);
            let is_new = is_mapped(&bench, "lower(firstName)");
            assert_eq!(is_new, turn % 2 == 1, "{when}");
        }
    }
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("destroyed");
}

#[test]
fn somebody_elses_flow_with_another_mapping_is_not_touched() {
    let mut bench = Bench::new(2);
    bench.apply().unwrap();
    // As on another machine.
    std::fs::remove_file(bench.state_path()).unwrap();
    bench.spec = changed();
    bench.sandbox.faults().take_calls();
    let error = bench.apply().unwrap_err();
    let words = "mapping of person.name.lastName is not mapped";
    assert!(error.to_string().contains(words), "{error}");
    assert!(error.help().unwrap().contains("another `name`"), "{error}");
    let calls = bench.sandbox.faults().take_calls();
    let changes = |call: &&String| {
        let is_post = call.starts_with("POST /data") && !call.ends_with("/validate");
        is_post || call.starts_with("PATCH") || call.starts_with("DELETE")
    };
    assert_eq!(calls.iter().find(changes), None);
    let refusal = bench.plan().refusal.map(|refusal| refusal.to_string());
    assert_eq!(refusal, Some(error.to_string()));
    // One that maps more than is asked for does no harm, and is said.
    bench.spec = spec(&WHOLE.replace(r#", "email": "personalEmail.address""#, ""));
    let steps = bench.apply_told();
    let is_said =
        |step: &Step| matches!(step, Step::Differs(Kind::MappingSet, it) if !it.is_blocking);
    assert!(steps.iter().any(is_said), "{steps:?}");
}

#[test]
fn connections_that_lead_elsewhere_are_refused_field_by_field() {
    let mut bench = Bench::new(2);
    bench.apply().unwrap();
    let flow::Source::EventHubs { hub, .. } = &mut bench.spec.source else {
        panic!("another source")
    };
    "other".clone_into(hub);
    for whose in ["ours", "theirs"] {
        let error = bench.apply().unwrap_err().to_string();
        let words = "params.eventHubName is `profiles`, the scenario has `other`";
        assert!(error.contains(words), "{whose}: {error}");
        assert!(error.contains("the source connection "), "{whose}: {error}");
        std::fs::remove_file(bench.state_path()).unwrap();
    }
}

#[test]
fn a_flow_that_was_disabled_is_enabled_again_if_it_is_ours() {
    let bench = Bench::new(2);
    let applied = bench.apply().unwrap();
    let disable = || {
        let service = bench.client.flow_service();
        let disabled = bench.block_on(service.act(&applied.flow, Operation::Disable));
        disabled.unwrap();
    };
    disable();
    let plan = bench.plan();
    assert_eq!(action(&plan, Kind::Flow), Action::Change);
    let request = format!("/flows/{}/action?op=enable'", applied.flow);
    assert!(plan.curl().contains(&request), "{}", plan.curl());
    bench.apply().unwrap();
    assert_eq!(action(&bench.plan(), Kind::Flow), Action::Keep);
    disable();
    std::fs::remove_file(bench.state_path()).unwrap();
    let error = bench.apply().unwrap_err().to_string();
    assert!(error.contains("state is `disabled`"), "{error}");
}

#[test]
fn a_dataset_of_another_schema_is_refused() {
    let bench = Bench::new(2);
    let applied = bench.apply().unwrap();
    let other = bench.block_on(async {
        let new = aep_client::NewSchema::composed(
            "other",
            "",
            "https://ns.adobe.com/xdm/context/profile",
            [""; 0],
        );
        bench.client.schema_registry().create_schema(&new).await
    });
    let dataset = &applied.dataset;
    let mut second = spec(&format!(
        r#"{{"name": "second", "dataset": {{"id": "{dataset}"}}, "mapping": {{"id": "_id"}}}}"#
    ));
    // The check of a scenario refuses to have both already.
    second.schema = flow::SchemaSpec::Existing(other.unwrap().id);
    let state = bench.state();
    let mut quiet = |_| {};
    let applied = flow::apply(&bench.client, &second, &state, &mut quiet);
    let error = bench.block_on(Box::pin(applied)).unwrap_err();
    assert!(error.to_string().contains("in that dataset"), "{error}");
}
