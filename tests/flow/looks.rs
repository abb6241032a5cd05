//! What apply looks at beside what it makes: optional looks that are refused, and neighbours that look much
//! the same.

use flow::Step;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::json;

use super::{Bench, variables};
use crate::cli::{Place, Said};

#[test]
fn a_refused_optional_look_is_a_remark() {
    let bench = Bench::new(2);
    bench.apply().unwrap();
    for (fault, words) in [
        (
            "POST mappingSets/validate: 403 always",
            "did not check the mapping",
        ),
        (
            "POST mappingSets/validate: 404 always",
            "did not check the mapping",
        ),
        ("GET flowSpecs: 403 always", "the documented one is used"),
    ] {
        bench.sandbox.faults().inject(fault.parse().unwrap());
        let steps = bench.apply_told();
        let is_it = |step: &Step| matches!(step, Step::Remark(text) if text.contains(words));
        assert!(steps.iter().any(is_it), "{fault}: {steps:?}");
        assert!(bench.plan().render().contains(words), "{fault}");
        bench.sandbox.faults().clear();
    }
}

/// A descriptor by which a field has a friendly name.
fn friendly(bench: &Bench, schema: &str) -> String {
    let (sandbox, http) = (&bench.sandbox, reqwest::Client::new());
    bench.block_on(async {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", sandbox.client_id()),
            ("client_secret", sandbox.client_secret()),
            ("scope", "openid,AdobeID"),
        ];
        let url = format!("{}/ims/token/v3", sandbox.platform_url());
        let token = http.post(url).form(&form).send().await.unwrap();
        let token: serde_json::Value = token.json().await.unwrap();
        let url = format!(
            "{}/data/foundation/schemaregistry/tenant/descriptors",
            sandbox.platform_url()
        );
        let body = json!({"@type": "xdm:alternateDisplayInfo", "xdm:sourceSchema": schema,
            "xdm:sourceVersion": 1, "xdm:sourceProperty": "/personalEmail/address",
            "xdm:title": {"en_us": "The address"}});
        let post = http
            .post(url)
            .bearer_auth(token["access_token"].as_str().unwrap())
            .header("x-api-key", sandbox.client_id())
            .header("x-gw-ims-org-id", sandbox.organization())
            .header("x-sandbox-name", "prod")
            .json(&body);
        let made: serde_json::Value = post.send().await.unwrap().json().await.unwrap();
        made["@id"].as_str().unwrap().to_owned()
    })
}

#[test]
fn a_friendly_name_is_no_identity_and_is_never_removed() {
    let bench = Bench::new(2);
    let applied = bench.apply().unwrap();
    let registry = bench.client.schema_registry();
    let identity = bench.state().flow("bench");
    let identity = identity.get(flow::Kind::Identity).unwrap().id.clone();
    assert!(
        bench
            .block_on(registry.delete_descriptor(&identity))
            .unwrap()
    );
    let name = friendly(&bench, &applied.schema);
    // It stands where the identity stood, and is none.
    bench.apply().unwrap();
    let now = bench.state().flow("bench");
    assert_ne!(now.get(flow::Kind::Identity).unwrap().id, name);
    assert_eq!(bench.destroy(), 0);
    let descriptors = bench.sandbox.objects()[2];
    assert_eq!(descriptors, ("descriptors", 1), "the friendly name is gone");
}

#[test]
fn an_expression_is_not_taken_for_a_path() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let place = Place::new();
    // What the expression fills is required: were it a path, every record would be refused.
    place.write(
        "events.yaml",
        "\
version: 1
name: events
flow:
  name: events
  schema: {class: experience_event, fields: {tags: {array: string}, scores: {map: integer}, total: long}}
  mapping:
    id: _id
    \"nvl(at, kind)\": timestamp
    \"lower(kind)\": eventType
  ready: {start_up: 0s}
destination:
  http_api: {batch: 10}
records:
  fields:
    id: record_id
    at: event_time
    kind: {constant: VIEW}
    tags: {array: {of: word, length: 2}}
    scores: {object: {a: {integer: {max: 9}}}}
    total: {integer: {min: 3000000000, max: 4000000000}}
load:
  - unpaced: {count: 40}
verify:
  landed: {within: 30s}
",
    );
    let mut command = place.command(&["run", "events.yaml", "--out", "out"]);
    let said = Said::from(command.envs(variables(&sandbox)).output().unwrap());
    assert!(said.is_fine(), "{said:?}");
    let landed = &place.summary("out")["landed"];
    assert_eq!(
        (&landed["landed"], &landed["refused"]),
        (&40.into(), &0.into()),
        "{landed}"
    );
    assert_eq!(landed["corrupted"], 0, "{landed}");
}
