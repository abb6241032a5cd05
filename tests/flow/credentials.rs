//! Credentials of a source: tried when the connection is there, and replaced in it.

use flow::{Action, EventHubsAuth, Source, Step};
use sandbox::{Sandbox, SandboxOptions};

use super::{Bench, scenario, variables};
use crate::cli::{Place, Said};

/// The same flow with another key.
fn with_key(bench: &mut Bench, text: &str) {
    let Source::EventHubs {
        auth: EventHubsAuth::SharedAccessKey { key, .. },
        ..
    } = &mut bench.spec.source
    else {
        panic!("another source")
    };
    *key = text.to_owned().into();
}

#[test]
fn a_key_that_is_not_taken_ends_apply_before_there_is_a_flow() {
    let mut bench = Bench::new(2);
    bench.sandbox.revoke("marked-key");
    let error = bench.apply().unwrap_err();
    let words = "the platform can't read Event Hubs profiles in ns with the credentials";
    assert!(error.to_string().contains(words), "{error}");
    assert!(error.help().unwrap().contains("--rotate"), "{error}");
    let count = |kind: &str| {
        let objects = bench.sandbox.objects();
        objects.iter().find(|it| it.0 == kind).unwrap().1
    };
    assert_eq!((count("connections"), count("flows")), (1, 0));
    // The new one goes into the connection that is there.
    with_key(&mut bench, "second-key");
    assert!(bench.apply().is_err());
    let rotated = {
        let state = bench.state();
        bench.block_on(flow::rotate(&bench.client, &bench.spec, &state))
    };
    let rotated = rotated.unwrap().unwrap();
    bench.apply().unwrap();
    bench.assert_complete("with the second key");
    // One that expires later is noticed by the next apply.
    bench.sandbox.revoke("second-key");
    assert!(bench.apply().is_err());
    with_key(&mut bench, "third-key");
    let again = {
        let state = bench.state();
        bench.block_on(flow::rotate(&bench.client, &bench.spec, &state))
    };
    assert_eq!(again.unwrap().unwrap().id, rotated.id);
    bench.apply().unwrap();
    assert!(
        bench
            .plan()
            .items
            .iter()
            .all(|it| it.action == Action::Keep)
    );
    assert_eq!(bench.destroy(), 0);
    bench.assert_empty("destroyed");
}

#[test]
fn where_the_platform_does_not_try_them_that_is_a_remark() {
    let bench = Bench::new(1);
    for status in [403, 404, 405, 501, 503] {
        let fault = format!("GET /test: {status}");
        bench.sandbox.faults().inject(fault.parse().unwrap());
        let steps = bench.apply_told();
        let is_it = |step: &Step| matches!(step, Step::Remark(text) if text.contains("did not try the credentials"));
        assert!(steps.iter().any(is_it), "{status}: {steps:?}");
        bench.sandbox.faults().clear();
    }
    bench.assert_complete("not tried");
}

#[test]
fn a_change_whose_answer_is_lost_is_made_all_the_same() {
    let mut bench = Bench::new(2);
    bench.apply().unwrap();
    for fault in ["reset before", "reset after", "503 after", "412"] {
        with_key(&mut bench, &format!("key-after-{fault}"));
        let fault = format!("PATCH connections: {fault}");
        bench.sandbox.faults().inject(fault.parse().unwrap());
        let state = bench.state();
        let rotated = flow::rotate(&bench.client, &bench.spec, &state);
        assert!(bench.block_on(rotated).unwrap().is_some(), "{fault}");
        drop(state);
        bench.apply().unwrap();
    }
}

#[test]
fn new_credentials_do_not_lead_elsewhere() {
    let mut bench = Bench::new(2);
    let state = bench.state();
    let none = bench.block_on(flow::rotate(&bench.client, &bench.spec, &state));
    assert!(none.unwrap().is_none(), "there is nothing yet");
    drop(state);
    bench.apply().unwrap();
    if let Source::EventHubs { namespace, .. } = &mut bench.spec.source {
        "other".clone_into(namespace);
    }
    let state = bench.state();
    let rotated = bench.block_on(flow::rotate(&bench.client, &bench.spec, &state));
    let error = rotated.unwrap_err().to_string();
    assert!(error.contains("auth.params.namespace is `ns`"), "{error}");
    assert!(!error.contains("marked-key"), "{error}");
}

#[test]
fn a_flow_whose_key_was_revoked_reads_again_after_it_was_rotated() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.create_topic("people", 4);
    let place = Place::new();
    let text = scenario(20, "1m").replace(
        "ready: {start_up: 0s}",
        "ready: {canary: {within: 30s, every: 20ms}}",
    );
    place.write("whole.yaml", text);
    let hydrant = |key: &str, words: &[&str]| {
        let hubs = format!(
            "Endpoint=sb://sandbox.servicebus.windows.net/;SharedAccessKeyName=sandbox;SharedAccessKey={key}"
        );
        let mut command = place.command(words);
        command.envs(variables(&sandbox));
        let output = command.env("EVENT_HUBS_CONNECTION_STRING", hubs).output();
        Said::from(output.unwrap())
    };
    let key = |name: &str| format!("{name}=");
    let said = hydrant(&key("b2xk"), &["flow", "apply", "whole.yaml"]);
    assert_eq!(said.code, 0, "{said:?}");
    sandbox.revoke(&key("b2xk"));
    let said = hydrant(&key("b2xk"), &["run", "whole.yaml", "--out", "a"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("flow apply --rotate"), "{}", said.err);
    let said = hydrant(&key("bmV3"), &["flow", "apply", "whole.yaml", "--rotate"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("rotated"), "{}", said.err);
    assert!(!said.err.contains("bmV3"), "{}", said.err);
    let said = hydrant(&key("bmV3"), &["run", "whole.yaml", "--out", "b"]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(place.summary("b")["landed"]["landed"], 20);
}
