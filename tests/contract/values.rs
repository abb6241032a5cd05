//! Which values a path takes: what `hydrant check` complains of is what the sandbox does not land as it is,
//! and nothing else.

use sandbox::{Sandbox, SandboxOptions};
use scenario::Target;
use serde_json::{Value, json};

use super::guest::{Guest, text};

const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
const PERSON: &str = "https://ns.adobe.com/xdm/context/profile-person-details";
const PERSONAL: &str = "https://ns.adobe.com/xdm/context/profile-personal-details";

const PATHS: [&str; 14] = [
    "_id",
    "person.name",
    "person.birthYear",
    "person.birthDate",
    "person.birthDayAndMonth",
    "person.gender",
    "person.nationality",
    "personalEmail.address",
    "personalEmail.primary",
    "homeAddress._schema.latitude",
    "homeAddress.dmaID",
    "homeAddress.postOfficeBox",
    "homeAddress.stateProvince",
    "mobilePhone.countryCode",
];

fn values() -> Vec<Value> {
    let values = json!([
        "", "hello", "x".repeat(20), "x".repeat(21), "male", "Yes", "off", "a@b.example", "a@b", "DE", "de",
        "US-CA", "49", "+49", "1815", "05-17", "2026-05-17", "2026-05-17T10:20:30.5Z", "05/17/2026",
        "17-May-2026", "2026-13-01", 0, 1, 90, 91, -90.5, 1.5, 1815, 32_767, 32_768, 2_147_483_647,
        2_147_483_648_i64, true, [], ["x"], {}, {"firstName": "Ada"}, {"firstName": 7},
    ]);
    values.as_array().unwrap().clone()
}

/// Whether `check` has nothing against it.
fn passes(path: &str, value: &Value) -> bool {
    let scenario = json!({
        "version": 1, "name": "values",
        "flow": {"mapping": {"it": path}},
        "destination": {"http_api": {}},
        "records": {"fields": {"id": "record_id", "it": {"constant": value}}},
        "load": [{"unpaced": {"count": 1}}],
    });
    let text = scenario.to_string();
    match scenario::parse("s.yaml", &text, &|_| None, Target::Sandbox) {
        Ok(_) => true,
        Err(diagnostics) => {
            let lines = diagnostics.lines();
            let is_it = |line: &String| line.contains("`it` does not fit into");
            assert!(lines.iter().all(is_it), "{path} {value}: {lines:?}");
            false
        }
    }
}

#[test]
fn check_and_the_sandbox_agree_on_every_value() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let values = values();
    let landed = runtime.block_on(async {
        let guest = Guest::at(&sandbox, sandbox.platform_url()).await;
        let parts = [PROFILE, PERSON, PERSONAL].map(|id| json!({"$ref": id}));
        let schema =
            json!({"type": "object", "title": "All", "meta:class": PROFILE, "allOf": parts});
        let path = "foundation/schemaregistry/tenant/schemas";
        let schema = text(&guest.post(path, schema).await, "/$id");
        let records: Vec<_> = values.iter().map(|it| json!({ "it": it })).collect();
        let mut landed = Vec::new();
        for path in PATHS {
            let set = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0",
                "mappings": [{"sourceAttribute": "it", "destinationXdmPath": path}]});
            let body = json!({"data": records, "mappingSet": set});
            let answer = guest.post("foundation/conversion/mappingSets/preview", body);
            landed.push(answer.await.as_array().unwrap().clone());
        }
        landed
    });
    let (mut good, mut bad) = (0, 0);
    for (path, landed) in PATHS.iter().zip(&landed) {
        for (value, landed) in values.iter().zip(landed) {
            let at = format!("/data/{}", path.replace('.', "/"));
            let is_there = landed["errors"].is_null() && landed.pointer(&at).is_some();
            assert_eq!(
                passes(path, value),
                is_there,
                "{path} with {value}: {landed}"
            );
            *if is_there { &mut good } else { &mut bad } += 1;
        }
    }
    assert!(good > 100 && bad > 100, "{good} good, {bad} bad");
}
