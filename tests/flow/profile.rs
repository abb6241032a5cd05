//! Letting a schema into the profile can't be undone: it is announced, told, and done to Hydrant's own
//! schemas only.

use flow::{Action, Change, Error, Kind, Removal, Step};

use sandbox::Misbehaviour;

use super::crash::{calls, mishaps};
use super::{Bench, WHOLE, in_profile, spec};

fn applied(bench: &Bench) -> (Result<flow::Applied, Error>, Vec<Step>) {
    let (state, mut steps) = (bench.state(), Vec::new());
    let mut note = |step| steps.push(step);
    let applied = flow::apply(&bench.client, &bench.spec, &state, &mut note);
    (bench.block_on(Box::pin(applied)), steps)
}

/// How often a schema was changed.
fn changes(bench: &Bench) -> usize {
    let calls = bench.sandbox.faults().take_calls();
    let is_change = |call: &&String| call.starts_with("PATCH") && call.contains("/schemas/");
    calls.iter().filter(is_change).count()
}

fn schema(plan: &flow::Plan) -> &flow::Item {
    let mut items = plan.items.iter();
    items.find(|item| item.kind == Kind::Schema).unwrap()
}

#[test]
fn a_schema_of_ours_is_let_in_and_that_is_said_before_and_after() {
    let mut bench = Bench::new(2);
    bench.spec = spec(WHOLE);
    bench.apply().unwrap();
    assert_eq!(changes(&bench), 0);
    bench.spec = in_profile();
    let plan = bench.plan();
    let item = schema(&plan);
    assert_eq!(item.action, Action::Change);
    assert_eq!(item.changes, [Change::EnterProfile]);
    assert!(
        plan.render()
            .contains("is let into the profile, which can't be undone: it can't be removed either")
    );
    let curl = plan.curl();
    assert!(
        curl.contains("curl -X PATCH") && curl.contains("union"),
        "{curl}"
    );
    assert!(curl.contains(&item.id.as_ref().unwrap()[8..20]), "{curl}");
    let (done, steps) = applied(&bench);
    done.unwrap();
    let is_it = |step: &&Step| matches!(step, Step::Profile(it) if it.kind == Kind::Schema);
    assert_eq!(steps.iter().filter(is_it).count(), 1, "{steps:?}");
    assert_eq!(changes(&bench), 1);
    // Once and for all.
    let plan = bench.plan();
    assert_eq!(schema(&plan).action, Action::Keep);
    assert!(!plan.curl().contains("union"), "{}", plan.curl());
    let (_, steps) = applied(&bench);
    assert_eq!(steps.iter().find(is_it), None);
    assert_eq!(changes(&bench), 0);
}

#[test]
fn a_schema_of_somebody_elses_is_not_let_in() {
    let mut bench = Bench::new(2);
    bench.spec = spec(WHOLE);
    let there = bench.apply().unwrap();
    std::fs::remove_file(bench.state_path()).unwrap();
    bench.spec = in_profile();
    let plan = bench.plan();
    assert_eq!(schema(&plan).changes, []);
    assert!(!plan.curl().contains("union"), "{}", plan.curl());
    let (refused, _) = applied(&bench);
    let error = refused.unwrap_err().to_string();
    for words in [
        &there.schema,
        "profile is `false`",
        "leave `profile: true` out",
    ] {
        assert!(error.contains(words), "no {words}: {error}");
    }
    assert_eq!(plan.refusal.unwrap().to_string(), error);
    assert_eq!(changes(&bench), 0);
    // Whose it is lets it in.
    let registry = bench.client.schema_registry();
    bench
        .block_on(registry.enable_profile(&there.schema))
        .unwrap();
    assert_eq!(changes(&bench), 1);
    let (done, steps) = applied(&bench);
    assert_eq!(done.unwrap().schema, there.schema);
    assert!(!steps.iter().any(|step| matches!(step, Step::Profile(_))));
    assert_eq!(changes(&bench), 0);
}

#[test]
fn one_that_somebody_makes_in_the_meantime_is_not_let_in_either() {
    let mut bench = Bench::new(2);
    bench.spec = in_profile();
    let new = aep_client::NewSchema::composed(
        "bench",
        "somebody else's",
        "https://ns.adobe.com/xdm/context/profile",
        [
            "https://ns.adobe.com/xdm/context/profile-person-details",
            "https://ns.adobe.com/xdm/context/profile-personal-details",
        ],
    );
    bench
        .block_on(bench.client.schema_registry().create_schema(&new))
        .unwrap();
    // At the first look it is not to be seen.
    let unseen = "GET tenant/schemas?: soft error";
    bench.sandbox.faults().inject(unseen.parse().unwrap());
    bench.sandbox.faults().take_calls();
    let (refused, _) = applied(&bench);
    let error = refused.unwrap_err();
    assert!(matches!(error, Error::Differs { .. }), "{error}");
    assert!(error.to_string().contains("profile is `false`"), "{error}");
    assert_eq!(changes(&bench), 0);
}

/// What is there for good.
const STAYS: [(&str, usize); 3] = [("schemas", 1), ("field groups", 1), ("descriptors", 1)];

fn left(bench: &Bench) -> Vec<(&'static str, usize)> {
    let all = bench.sandbox.objects().into_iter();
    all.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn a_schema_of_the_profile_is_told_once_forgotten_and_used_again() {
    let mut bench = Bench::new(2);
    bench.spec = in_profile();
    let first = bench.apply().unwrap();
    let words = format!("the schema {} takes part in the profile", first.schema);
    assert!(
        bench.plan().render().contains(&words),
        "{}",
        bench.plan().render()
    );
    bench.sandbox.faults().take_calls();
    let (state, mut told) = (bench.state(), Vec::new());
    let mut note = |removal| told.push(removal);
    let destroyed = flow::destroy(&bench.client, &bench.spec, &state, &mut note);
    assert_eq!(bench.block_on(destroyed).unwrap(), 0, "{told:?}");
    drop(state);
    let stays: Vec<_> = told
        .iter()
        .filter_map(|removal| match removal {
            Removal::Irremovable(object, why) => Some((object.kind, *why)),
            _ => None,
        })
        .collect();
    let why = "its schema takes part in the profile, which can't be undone";
    let kinds = [Kind::Schema, Kind::Identity, Kind::FieldGroup];
    assert!(
        kinds.iter().all(|kind| stays.contains(&(*kind, why))),
        "{stays:?}"
    );
    assert_eq!(left(&bench), STAYS);
    // Nobody tried, and nothing is left to try.
    let calls = bench.sandbox.faults().take_calls();
    let tried = |call: &&String| call.starts_with("DELETE") && call.contains("schemaregistry");
    assert_eq!(calls.iter().find(tried), None);
    assert!(!bench.state_path().exists());
    // The next flow of this name uses it.
    let second = bench.apply().unwrap();
    assert_eq!(second.schema, first.schema);
    assert_ne!(second.dataset, first.dataset);
    bench.assert_complete("again");
    assert_eq!(bench.destroy(), 0);
    assert_eq!(left(&bench), STAYS);
}

#[test]
fn a_schema_of_which_nobody_says_whether_it_takes_part_is_left_for_the_next_time() {
    let mut bench = Bench::new(1);
    bench.spec = in_profile();
    bench.apply().unwrap();
    let fault = "GET tenant/schemas/: 503";
    bench.sandbox.faults().inject(fault.parse().unwrap());
    assert_eq!(bench.destroy(), 3);
    assert_eq!(left(&bench), STAYS);
    assert_eq!(bench.destroy(), 0);
    assert!(!bench.state_path().exists());
}

#[test]
fn a_fault_at_any_call_of_an_apply_into_the_profile_makes_nothing_twice() {
    let mut bench = Bench::new(1);
    bench.spec = in_profile();
    let calls = calls(&bench, |bench| drop(bench.apply().unwrap()));
    // Every way to leave it open what has happened is tried outside the profile.
    let doubts = [
        Misbehaviour::ResetAfter,
        Misbehaviour::Status(500),
        Misbehaviour::StatusAfter(503),
    ];
    for fault in mishaps(&calls)
        .into_iter()
        .filter(|it| doubts.contains(&it.what))
    {
        // What is in the profile can't be removed.
        bench.destroy();
        bench.sandbox.reset();
        let when = format!("{fault:?}");
        bench.sandbox.faults().inject(fault);
        let first = bench.apply();
        bench.sandbox.faults().clear();
        bench
            .apply()
            .unwrap_or_else(|error| panic!("{when}: then {error}; before {first:?}"));
        bench.assert_complete(&when);
        assert_eq!(bench.destroy(), 0, "{when}");
        assert_eq!(left(&bench), STAYS, "{when}");
    }
}
