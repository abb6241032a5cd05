//! Whole runs of the program and whole lives of flows, for every kind of source.

use aep_client::{Client, Retries};
use flow::{Entra, FlowOptions, Spec, State, Upstream};
use options::Location;
use sandbox::{Sandbox, SandboxOptions};

use super::assert_kept;
use super::proxy::Proxy;
use crate::cli::{Place, Said};

/// A flow with everything that a flow can consist of.
const WHOLE: &str = r#"{
    "schema": {
        "class": "profile",
        "field_groups": ["person_details", "personal_details"],
        "fields": {"level": "string", "points": "integer", "since": "date", "total": "long",
            "age": "short", "stars": "byte", "share": "number", "vip": "boolean", "at": "date_time",
            "tags": {"array": "string"}, "address": {"object": {"city": "string", "zip": "long"}},
            "scores": {"map": "integer"}, "tier": {"enum": ["gold", "silver"]}},
        "identity": {"field": "personalEmail.address", "namespace": "Email"},
        "profile": true
    },
    "mapping": {"id": "_id", "firstName": "person.name.firstName", "email": "personalEmail.address"}
}"#;

/// The least that a flow can consist of, with what its source needs on top.
fn least(source: &str) -> String {
    format!(
        r#"{{
            "schema": {{"class": "profile", "field_groups": ["person_details"]}},
            "mapping": {{"id": "_id", "concat(firstName, ' ', lastName)": "person.name.fullName"}},
            "source": {source}
        }}"#
    )
}

fn hubs() -> Upstream {
    let connection =
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k";
    Upstream::EventHubs {
        connection_string: Some(connection.to_owned().into()),
        namespace: None,
        hub: Some("people".to_owned()),
        entra: None,
    }
}

fn topic() -> Upstream {
    Upstream::PubSub {
        project: Some("project-one".to_owned()),
        topic: Some("people".to_owned()),
        credentials: Some(r#"{"type": "service_account"}"#.to_owned().into()),
    }
}

/// Name, `flow.source`, and what the destination says.
fn sources() -> Vec<(&'static str, &'static str, Upstream)> {
    let entra = Entra {
        tenant_id: "t".to_owned(),
        client_id: "c".to_owned(),
        client_secret: "s".to_owned().into(),
    };
    vec![
        ("hubs", "{}", hubs()),
        ("one-hub", r#"{"event_hubs": {"one_hub": true}}"#, hubs()),
        (
            "entra",
            "{}",
            Upstream::EventHubs {
                connection_string: None,
                namespace: Some("ns".to_owned()),
                hub: Some("people".to_owned()),
                entra: Some(entra),
            },
        ),
        (
            "kinesis",
            "{}",
            Upstream::Kinesis {
                stream: Some("people".to_owned()),
                region: Some("eu-west-1".to_owned()),
                access_key_id: Some("AKIA".to_owned()),
                secret_access_key: Some("s".to_owned().into()),
                is_temporary: false,
            },
        ),
        (
            "project",
            r#"{"pubsub": {"subscription": "readers"}}"#,
            topic(),
        ),
        (
            "topic",
            r#"{"pubsub": {"subscription": "readers", "one_topic": true}}"#,
            topic(),
        ),
        (
            "http",
            "{}",
            Upstream::HttpApi {
                authenticated: true,
            },
        ),
    ]
}

/// Plan, apply, plan again, status, destroy, each by somebody who begins anew.
fn live(proxy: &Proxy, sandbox: &Sandbox, name: &str, flow: &str, upstream: Upstream) {
    let client = Client::builder()
        .organization(sandbox.organization())
        .client_id(sandbox.client_id())
        .client_secret(sandbox.client_secret())
        .platform_url(proxy.url())
        .ims_url(proxy.url())
        .retries(Retries::default())
        .build()
        .unwrap();
    let options: FlowOptions = serde_json::from_str(flow).unwrap();
    let spec = Spec::resolve(&options, name, upstream, &|_| None, &Location::root())
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let state = || State::open(&path, client.organization(), client.sandbox()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (told, gone) = (&mut |_| {}, &mut |_| {});
        flow::plan(&client, &spec, &state().flow(&spec.name))
            .await
            .unwrap();
        Box::pin(flow::apply(&client, &spec, &state(), told))
            .await
            .unwrap();
        flow::plan(&client, &spec, &state().flow(&spec.name))
            .await
            .unwrap();
        flow::rotate(&client, &spec, &state()).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        let imported = flow::import(&client, &spec, &state()).await.unwrap();
        assert!(imported.theirs.is_empty(), "{name}: {imported:?}");
        let left = flow::destroy(&client, &spec, &state(), gone).await.unwrap();
        assert_eq!(left, 0, "{name}");
    });
    let left: Vec<_> = sandbox
        .objects()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .collect();
    // What takes part in the profile is there for good.
    let stays: &[_] = match name {
        "whole" => &[("schemas", 1), ("field groups", 1), ("descriptors", 1)],
        _ => &[],
    };
    assert_eq!(left, stays, "{name}");
}

#[test]
fn a_flow_of_every_kind_of_source_keeps_to_the_contract() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let proxy = Proxy::before(&sandbox);
    for (name, source, upstream) in sources() {
        live(&proxy, &sandbox, name, &least(source), upstream);
    }
    live(&proxy, &sandbox, "whole", WHOLE, hubs());
    let seen = proxy.take();
    assert!(seen.len() > 100, "only {} calls", seen.len());
    assert_kept(&seen);
}

fn hydrant(place: &Place, proxy: &Proxy, sandbox: &Sandbox, words: &[&str]) -> Said {
    let mut command = place.command(words);
    let output = command.envs(proxy.variables(sandbox)).output().unwrap();
    Said::from(output)
}

#[test]
fn a_run_that_verifies_what_landed_keeps_to_the_contract() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.landing_faults().refuse_every(50);
    let proxy = Proxy::before(&sandbox);
    let place = Place::new();
    place.write("whole.yaml", crate::flow::scenario(500, "2s"));
    let said = hydrant(
        &place,
        &proxy,
        &sandbox,
        &["run", "whole.yaml", "--out", "out"],
    );
    assert_eq!(place.summary("out")["landed"]["refused"], 10, "{said:?}");
    for words in [
        &["check", "--connect", "whole.yaml"][..],
        &["doctor", "whole.yaml"],
        &["flow", "plan", "whole.yaml"],
        &["flow", "apply", "whole.yaml"],
        &["flow", "status", "whole.yaml"],
        &["flow", "destroy", "whole.yaml", "--yes"],
    ] {
        let said = hydrant(&place, &proxy, &sandbox, words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}");
    }
    let seen = proxy.take();
    for path in ["/ims/token", "/files?", "/failed?", "/catalog/batches?"] {
        assert!(seen.iter().any(|it| it.target.contains(path)), "no {path}");
    }
    assert_kept(&seen);
}

#[test]
fn a_run_that_looks_people_up_keeps_to_the_contract() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let proxy = Proxy::before(&sandbox);
    let place = Place::new();
    let scenario = crate::flow::in_profile::people("unpaced: {count: 250}", "1m");
    place.write("people.yaml", scenario);
    let said = hydrant(
        &place,
        &proxy,
        &sandbox,
        &["run", "people.yaml", "--out", "out"],
    );
    assert_eq!(place.summary("out")["profile"]["visible"], 250, "{said:?}");
    let seen = proxy.take();
    let asked = seen
        .iter()
        .filter(|it| it.target.ends_with("/access/entities"));
    // One to see whether it may, then a hundred people at a time.
    assert!(asked.count() >= 4);
    assert_kept(&seen);
}

#[test]
fn a_run_by_http_keeps_to_the_contract() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let proxy = Proxy::before(&sandbox);
    let place = Place::new();
    for (name, options) in [("single", "{batch: 1}"), ("many", "{batch: 10}")] {
        let file = format!("{name}.yaml");
        place.write(&file, by_http(name, options));
        let said = hydrant(&place, &proxy, &sandbox, &["run", &file, "--out", name]);
        assert!(said.is_fine(), "{said:?}");
    }
    let seen = proxy.take();
    for path in ["/collection/batch/", "/collection/"] {
        assert!(
            seen.iter().any(|it| it.target.starts_with(path)),
            "no {path}"
        );
    }
    assert_kept(&seen);
}

fn by_http(name: &str, options: &str) -> String {
    format!(
        "\
version: 1
name: {name}
flow:
  name: {name}
  mapping: {{id: _id, firstName: person.name.firstName}}
  ready: {{start_up: 0s}}
destination:
  http_api: {options}
records:
  fields: {{id: record_id, firstName: first_name}}
load:
  - unpaced: {{count: 40}}
verify:
  landed: {{within: 30s}}
thresholds:
  - lost = 0
"
    )
}
