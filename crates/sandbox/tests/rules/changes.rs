//! What may be changed, and what may not any more.

use reqwest::Method;
use sandbox::SandboxOptions;
use serde_json::{Value, json};

use crate::platform::{FULL, PERSON, PERSONAL, PROFILE, Platform, created, encoded, told};

async fn change(platform: &Platform, path: &str, operations: Value) -> (u16, Value) {
    let request = platform.call(Method::PATCH, path).json(&operations);
    told(request.send().await.unwrap()).await
}

fn identity(schema: &str, is_primary: bool) -> Value {
    json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": schema, "xdm:sourceVersion": 1,
        "xdm:sourceProperty": "/person/name/lastName", "xdm:namespace": "Email",
        "xdm:property": "xdm:code", "xdm:isPrimary": is_primary})
}

fn union() -> Value {
    json!([{"op": "add", "path": "/meta:immutableTags", "value": ["union"]}])
}

#[tokio::test]
async fn the_profile_needs_a_primary_identity_and_keeps_what_it_has() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let path = format!("schemaregistry/tenant/schemas/{}", encoded(&schema));
    assert_eq!(
        change(&platform, &path, union()).await.0,
        400,
        "no identity"
    );
    let descriptors = "schemaregistry/tenant/descriptors";
    assert_eq!(
        platform
            .post(descriptors, identity(&schema, true))
            .await
            .status(),
        201
    );
    let second = platform.post(descriptors, identity(&schema, true)).await;
    assert_eq!(second.status(), 400, "a second primary identity");
    assert_eq!(change(&platform, &path, union()).await.0, 200);
    let back = json!([{"op": "remove", "path": "/meta:immutableTags"}]);
    assert_eq!(change(&platform, &path, back).await.0, 400, "out again");
    let less = json!([{"op": "remove", "path": "/allOf/1"}]);
    assert_eq!(
        change(&platform, &path, less).await.0,
        400,
        "less than before"
    );
    let more = json!([{"op": "add", "path": "/allOf/-", "value": {"$ref": PERSONAL}}]);
    let (status, changed) = change(&platform, &path, more).await;
    assert_eq!((status, &changed["version"]), (200, &json!("1.2")));
    // Neither the schema nor its identity goes any more.
    let (_, all) = told(
        platform
            .call(Method::GET, descriptors)
            .header("accept", "application/vnd.adobe.xdm+json")
            .send()
            .await
            .unwrap(),
    )
    .await;
    let id = all["xdm:descriptorIdentity"][0]["@id"].as_str().unwrap();
    assert_eq!(platform.delete(&format!("{descriptors}/{id}")).await, 400);
    assert_eq!(platform.delete(&path).await, 400);
}

#[tokio::test]
async fn a_schema_is_in_use_until_its_dataset_s_removal_is_through() {
    let settle = std::time::Duration::from_millis(300);
    let platform = Platform::with(SandboxOptions {
        settle,
        ..SandboxOptions::default()
    })
    .await;
    let schema = platform.schema().await;
    tokio::time::sleep(settle).await;
    let dataset = platform.dataset(&schema).await;
    let path = format!("schemaregistry/tenant/schemas/{}", encoded(&schema));
    assert_eq!(
        platform
            .delete(&format!("catalog/dataSets/{dataset}"))
            .await,
        200
    );
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    assert_eq!(platform.delete(&path).await, 400);
    while platform.delete(&path).await != 204 {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn tags_that_mean_the_profile_need_a_schema_that_takes_part() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let body = json!({"name": "d", "tags": {"unifiedProfile": ["enabled:true"]},
        "schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"}});
    assert_eq!(platform.post("catalog/dataSets", body).await.status(), 400);
    let dataset = platform.dataset(&schema).await;
    let path = format!("catalog/dataSets/{dataset}");
    let tag =
        |value: &str| json!([{"op": "add", "path": "/tags", "value": {"unifiedProfile": [value]}}]);
    assert_eq!(change(&platform, &path, tag("enabled:true")).await.0, 400);
    let (status, answer) = change(&platform, &path, tag("enabled:false")).await;
    assert_eq!(
        (status, answer),
        (200, json!([format!("@/dataSets/{dataset}")]))
    );
}

#[tokio::test]
async fn reserved_tags_are_adobes() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let body = json!({"name": "d", "tags": {"adobe/mine": ["x"]},
        "schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"}});
    assert_eq!(platform.post("catalog/dataSets", body).await.status(), 400);
}

fn group(fields: &Value) -> Value {
    json!({"type": "object", "title": "g", "meta:intendedToExtend": [PROFILE],
        "definitions": {"x": {"properties": {"_sandboxtenant": {"type": "object", "properties": fields}}}},
        "allOf": [{"$ref": "#/definitions/x"}]})
}

#[tokio::test]
async fn a_field_group_is_replaced_as_a_whole() {
    let platform = Platform::new().await;
    let path = "schemaregistry/tenant/fieldgroups";
    let first = group(&json!({"level": {"type": "string"}}));
    let id = created(platform.post(path, first).await, "$id").await;
    let path = format!("{path}/{}", encoded(&id));
    let put = |fields: Value| {
        platform
            .call(Method::PUT, &path)
            .json(&group(&fields))
            .send()
    };
    // Nothing has landed yet: anything goes.
    let (status, _) = told(put(json!({"points": {"type": "integer"}})).await.unwrap()).await;
    assert_eq!(status, 200);
    let full = platform.call(Method::GET, &path).header("accept", FULL);
    let (_, shown) = told(full.send().await.unwrap()).await;
    let own = &shown["properties"]["_sandboxtenant"]["properties"];
    assert!(
        own.get("points").is_some() && own.get("level").is_none(),
        "{shown}"
    );
    for wrong in [
        json!({"_x": {"type": "string"}}),
        json!({"x": {}}),
        json!({"a b": {"type": "string"}}),
    ] {
        assert_eq!(put(wrong.clone()).await.unwrap().status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_global_container_is_read_only() {
    let platform = Platform::new().await;
    let body =
        json!({"type": "object", "title": "t", "allOf": [{"$ref": PROFILE}, {"$ref": PERSON}]});
    let answer = platform.post("schemaregistry/global/schemas", body).await;
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn a_mapping_set_gets_a_new_version() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let set = |target: &str| {
        json!({"outputSchema": {"schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"}},
            "mappings": [{"sourceType": "ATTRIBUTE", "source": "a", "destination": target}]})
    };
    let (_, made) = told(platform.post("conversion/mappingSets", set("_id")).await).await;
    let path = format!("conversion/mappingSets/{}", made["id"].as_str().unwrap());
    for (version, target) in [(1, "person.name.lastName"), (2, "_id")] {
        let request = platform.call(Method::PUT, &path).json(&set(target));
        let (status, put) = told(request.send().await.unwrap()).await;
        assert_eq!((status, &put["version"]), (200, &json!(version)));
    }
    let wrong = platform
        .call(Method::PUT, &path)
        .json(&set("person.nowhere"));
    assert_eq!(wrong.send().await.unwrap().status(), 400);
    // Without a version the first one is shown, not the newest.
    for (query, version, target) in [
        ("", 0, "_id"),
        ("?version=0", 0, "_id"),
        ("?version=1", 1, "person.name.lastName"),
        ("?version=2", 2, "_id"),
    ] {
        let (_, shown) = told(platform.get(&format!("{path}{query}")).await).await;
        let line = &shown["mappings"][0];
        assert_eq!(
            (&shown["version"], &line["destination"], &line["sourceType"]),
            (
                &json!(version),
                &json!(target),
                &json!("text/x.schema-path")
            ),
            "{query}"
        );
    }
    assert_eq!(
        platform.get(&format!("{path}?version=3")).await.status(),
        404
    );
    // Lists want to know how many.
    assert_eq!(platform.get("conversion/mappingSets").await.status(), 400);
    assert_eq!(platform.delete(&path).await, 204);
    assert_eq!(platform.delete(&path).await, 404);
}
