//! Letting a schema into the profile can't be undone: it is announced, told, and done to Hydrant's own
//! schemas only.

use flow::{Action, Change, Error, Kind, Spec, Step};

use super::{Bench, WHOLE, spec};

/// The same flow, without the profile.
fn outside() -> Spec {
    let text = WHOLE.replace(r#""profile": true"#, r#""profile": false"#);
    assert_ne!(text, WHOLE);
    spec(&text)
}

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
    bench.spec = outside();
    bench.apply().unwrap();
    assert_eq!(changes(&bench), 0);
    bench.spec = spec(WHOLE);
    let plan = bench.plan();
    let item = schema(&plan);
    assert_eq!(item.action, Action::Change);
    assert_eq!(item.changes, [Change::EnterProfile]);
    assert!(
        plan.render()
            .contains("is let into the profile, which can't be undone")
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
    bench.spec = outside();
    let there = bench.apply().unwrap();
    std::fs::remove_file(bench.state_path()).unwrap();
    bench.spec = spec(WHOLE);
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
    let bench = Bench::new(2);
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
