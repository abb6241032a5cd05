//! The profile: what comes to it, who is found, what is refused.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::{LandingOptions, SandboxOptions};
use serde_json::{Value, json};

use crate::platform::{PERSON, PERSONAL, PROFILE, Platform, created, encoded, told};

const ENTITIES: &str = "../core/ups/access/entities";

/// A flow whose records come to the profile, its inlet, and its dataset.
async fn known(platform: &Platform) -> (String, String, String) {
    let parts = [PROFILE, PERSON, PERSONAL].map(|id| json!({"$ref": id}));
    let body = json!({"type": "object", "title": "t", "meta:class": PROFILE, "allOf": parts});
    let made = platform.post("schemaregistry/tenant/schemas", body).await;
    let schema = created(made, "$id").await;
    let identity = json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": schema,
        "xdm:sourceVersion": 1, "xdm:sourceProperty": "/personalEmail/address",
        "xdm:namespace": "Email", "xdm:property": "xdm:code", "xdm:isPrimary": true});
    let made = platform
        .post("schemaregistry/tenant/descriptors", identity)
        .await;
    created(made, "@id").await;
    let union = json!([{"op": "add", "path": "/meta:immutableTags", "value": ["union"]}]);
    let path = format!("schemaregistry/tenant/schemas/{}", encoded(&schema));
    let patched = platform
        .call(Method::PATCH, &path)
        .json(&union)
        .send()
        .await;
    assert_eq!(patched.unwrap().status(), 200);
    let dataset = platform.dataset(&schema).await;
    let tag =
        json!([{"op": "add", "path": "/tags", "value": {"unifiedProfile": ["enabled:true"]}}]);
    let path = format!("catalog/dataSets/{dataset}");
    let tagged = platform.call(Method::PATCH, &path).json(&tag).send().await;
    assert_eq!(tagged.unwrap().status(), 200);
    let lines = json!([
        {"sourceAttribute": "id", "destinationXdmPath": "_id"},
        {"sourceAttribute": "email", "destinationXdmPath": "personalEmail.address"},
        {"sourceAttribute": "firstName", "destinationXdmPath": "person.name.firstName"},
        {"sourceAttribute": "lastName", "destinationXdmPath": "person.name.lastName"},
    ]);
    let (flow, inlet) = platform.http_flow_into(&schema, &dataset, lines).await;
    (flow, inlet, dataset)
}

async fn say(platform: &Platform, inlet: &str, flow: &str, record: Value) {
    let request = platform.http.post(inlet).header("x-adobe-flow-id", flow);
    assert_eq!(request.json(&record).send().await.unwrap().status(), 200);
}

async fn look(platform: &Platform, query: &str) -> (u16, Value) {
    told(platform.get(&format!("{ENTITIES}?{query}")).await).await
}

fn ada(more: &str) -> String {
    format!("schema.name=_xdm.context.profile&entityId=ada@example.com&entityIdNS=EMAIL{more}")
}

async fn until_seen(platform: &Platform, query: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (status, found) = look(platform, query).await;
        if status == 200 {
            let (xid, entity) = found.as_object().unwrap().iter().next().unwrap();
            assert_eq!(entity["entityId"], *xid);
            return entity.clone();
        }
        assert_eq!(status, 404, "{found}");
        assert!(Instant::now() < deadline, "nobody comes");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_records_say_of_a_person_is_merged_and_shown_by_the_fields_asked_for() {
    let platform = Platform::new().await;
    let (flow, inlet, dataset) = known(&platform).await;
    let record = |id: &str, name: &str, value: &str| json!({"id": id, "email": "ada@example.com", name: value});
    say(&platform, &inlet, &flow, record("1", "firstName", "Ada")).await;
    until_seen(&platform, &ada("")).await;
    say(
        &platform,
        &inlet,
        &flow,
        record("2", "lastName", "Lovelace"),
    )
    .await;
    let deadline = Instant::now() + Duration::from_secs(30);
    let seen = loop {
        let seen = until_seen(&platform, &ada("")).await;
        if seen["entity"]["_id"] == "2" {
            break seen;
        }
        assert!(Instant::now() < deadline, "{seen}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(
        seen["entity"]["person"]["name"],
        json!({"firstName": "Ada", "lastName": "Lovelace"})
    );
    assert_eq!(seen["sources"], json!([dataset]));
    let identity =
        json!([{"id": "ada@example.com", "namespace": {"code": "email"}, "primary": true}]);
    assert_eq!(seen["entity"]["identities"], identity);
    assert!(
        seen["entity"].get("_acp_system_metadata").is_none(),
        "{seen}"
    );
    // Whole seconds, as the platform shows them.
    let modified = seen["lastModifiedAt"].as_str().unwrap();
    assert!(
        modified.len() == 20 && modified.parse::<jiff::Timestamp>().is_ok(),
        "{modified}"
    );
    let some = until_seen(&platform, &ada("&fields=person.name.lastName,_id,nowhere")).await;
    let shown = json!({"person": {"name": {"lastName": "Lovelace"}}, "_id": "2"});
    assert_eq!(some["entity"], shown);
    // By the profile's own id.
    let xid = seen["entityId"].as_str().unwrap();
    let by_xid = format!("schema.name=_xdm.context.profile&entityId={xid}");
    assert_eq!(look(&platform, &by_xid).await.0, 200);
    // Together with somebody whom nobody knows.
    let id = |id: &str| json!({"entityId": id, "entityIdNS": {"code": "email"}});
    let body = json!({"schema": {"name": "_xdm.context.profile"}, "fields": ["_id"],
        "identities": [id("ada@example.com"), id("bob@example.com")]});
    let (status, both) = told(platform.post(ENTITIES, body).await).await;
    assert_eq!(status, 200, "{both}");
    assert_eq!(both[xid]["entity"], json!({"_id": "2"}));
    let nobody = both.as_object().unwrap().iter().find(|(id, _)| *id != xid);
    let (_, nobody) = nobody.unwrap();
    assert_eq!(
        (
            &nobody["entity"],
            &nobody["sources"],
            &nobody["lastModifiedAt"]
        ),
        (&json!({}), &json!([""]), &json!("1970-01-01T00:00:00Z"))
    );
    // They stay when their dataset goes.
    platform.delete(&format!("flowservice/flows/{flow}")).await;
    platform
        .delete(&format!("catalog/dataSets/{dataset}"))
        .await;
    assert_eq!(look(&platform, &ada("")).await.0, 200);
}

#[tokio::test]
async fn a_look_up_says_whom_and_by_what() {
    let platform = Platform::new().await;
    for (query, status) in [
        ("entityId=a&entityIdNS=email", 400),
        ("schema.name=_xdm.context.profile&entityIdNS=email", 400),
        ("schema.name=_xdm.context.profile&entityId=a", 400),
        (
            "schema.name=_xdm.context.experienceevent&entityId=a&entityIdNS=email",
            400,
        ),
        ("schema.name=nonsense&entityId=a&entityIdNS=email", 400),
        (
            "schema.name=_xdm.context.profile&entityId=a&entityIdNS=email",
            404,
        ),
    ] {
        let (found, body) = look(&platform, query).await;
        assert_eq!(found, status, "{query}: {body}");
        assert_eq!(body["statusCode"], status.to_string(), "{query}: {body}");
    }
    let name = json!({"name": "_xdm.context.profile"});
    for body in [
        json!({"schema": name}),
        json!({"schema": name, "identities": []}),
        json!({"identities": [{"entityId": "a", "entityIdNS": {"code": "email"}}]}),
        json!({"schema": name, "identities": [{"entityId": "a"}]}),
        json!({"schema": name, "identities": [{"entityIdNS": {"code": "email"}}]}),
        json!({"schema": name, "fields": "_id", "identities": [{"entityId": "a", "entityIdNS": {"code": "email"}}]}),
    ] {
        let (status, answer) = told(platform.post(ENTITIES, body.clone()).await).await;
        assert_eq!(status, 400, "{body}: {answer}");
    }
}

#[tokio::test]
async fn only_what_takes_part_comes_to_the_profile_after_its_time() {
    let landing = LandingOptions {
        profile_delay: Duration::from_hours(1),
        ..LandingOptions::default()
    };
    let options = SandboxOptions {
        landing,
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    let (flow, inlet, dataset) = known(&platform).await;
    let record = json!({"id": "1", "email": "ada@example.com"});
    say(&platform, &inlet, &flow, record).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let path = format!("catalog/batches?dataSet={dataset}");
        let (_, batches) = told(platform.get(&path).await).await;
        if batches.as_object().is_some_and(|it| !it.is_empty()) {
            break;
        }
        assert!(Instant::now() < deadline, "nothing lands");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // It has landed, and is not seen yet.
    assert_eq!(look(&platform, &ada("")).await.0, 404);
}
