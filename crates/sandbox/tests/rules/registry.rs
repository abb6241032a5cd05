//! Schema Registry, Catalog, Data Prep.

use reqwest::Method;
use serde_json::json;

use crate::platform::{FULL, IDS, PERSON, PROFILE, Platform, created, told};

#[tokio::test]
async fn the_registry_wants_an_accept_that_fits() {
    let platform = Platform::new().await;
    let id = platform
        .schema()
        .await
        .replace(':', "%3A")
        .replace('/', "%2F");
    let path = format!("schemaregistry/tenant/schemas/{id}");
    let cases = [
        (None, 400),
        (Some("*/*"), 400),
        (Some(IDS), 400),
        (Some("text/plain"), 400),
        (Some("application/vnd.adobe.xed-full+json; version=2"), 406),
        (Some(FULL), 200),
    ];
    for (accept, status) in cases {
        let mut request = platform.call(Method::GET, &path);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{accept:?}");
    }
    for (accept, status) in [
        (IDS, 200),
        ("application/vnd.adobe.xed+json", 200),
        (FULL, 400),
    ] {
        let request = platform.call(Method::GET, "schemaregistry/global/classes");
        let answer = request.header("accept", accept).send().await.unwrap();
        assert_eq!(answer.status(), status, "{accept}");
    }
    // What curl sends by itself is refused in the registry's words, and taken where no form is asked for.
    let classes = platform.call(Method::GET, "schemaregistry/global/classes");
    let classes = classes.header("accept", "*/*").send().await.unwrap();
    let (_, refused) = told(classes).await;
    assert_eq!(refused["title"], "Accept header invalid", "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    let words = "The supplied Accept header is not valid: */*";
    assert!(detail.starts_with(words), "{detail}");
    for path in [
        "schemaregistry/stats",
        "catalog/dataSets",
        "flowservice/flows",
    ] {
        let request = platform.call(Method::GET, path).header("accept", "*/*");
        assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_schema_needs_a_class_and_known_references() {
    let platform = Platform::new().await;
    for all_of in [
        json!([{"$ref": PERSON}]),
        json!([{"$ref": PROFILE}, {"$ref": "https://ns.adobe.com/x"}]),
    ] {
        let body = json!({"type": "object", "title": "t", "meta:class": PROFILE, "allOf": all_of});
        assert_eq!(
            platform
                .post("schemaregistry/tenant/schemas", body)
                .await
                .status(),
            400
        );
    }
}

#[tokio::test]
async fn own_fields_stand_below_the_tenant() {
    let platform = Platform::new().await;
    let body = json!({"type": "object", "title": "g", "meta:intendedToExtend": [PROFILE],
        "definitions": {"x": {"properties": {"level": {"type": "string"}}}}});
    assert_eq!(
        platform
            .post("schemaregistry/tenant/fieldgroups", body)
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn a_field_group_goes_with_the_classes_that_it_names() {
    const EVENT: &str = "https://ns.adobe.com/xdm/context/experienceevent";
    let platform = Platform::new().await;
    let group = json!({"type": "object", "title": "for events", "meta:intendedToExtend": [EVENT],
        "definitions": {"x": {"properties": {"_sandboxtenant": {"type": "object",
            "properties": {"level": {"type": "string"}}}}}},
        "allOf": [{"$ref": "#/definitions/x"}]});
    let group = platform.post("schemaregistry/tenant/fieldgroups", group);
    let group = created(group.await, "$id").await;
    for (class, part, status) in [
        (PROFILE, group.as_str(), 400),
        (EVENT, &group, 201),
        // Adobe's own go with both.
        (PROFILE, PERSON, 201),
        (EVENT, PERSON, 201),
    ] {
        let body = json!({"type": "object", "title": format!("{class} {part}"), "meta:class": class,
            "allOf": [{"$ref": class}, {"$ref": part}]});
        let answer = platform.post("schemaregistry/tenant/schemas", body).await;
        assert_eq!(answer.status(), status, "{class} with {part}");
    }
}

#[tokio::test]
async fn fields_have_names_and_types_at_any_depth() {
    let platform = Platform::new().await;
    let group = |name: &str, fields: serde_json::Value| {
        json!({"type": "object", "title": name, "meta:intendedToExtend": [PROFILE],
            "definitions": {"x": {"properties": {"_sandboxtenant": {"type": "object",
                "properties": fields}}}}, "allOf": [{"$ref": "#/definitions/x"}]})
    };
    let path = "schemaregistry/tenant/fieldgroups";
    for (wrong, fields) in [
        ("type", json!({"a": {"type": "text"}})),
        (
            "below",
            json!({"a": {"type": "object", "properties": {"_b": {"type": "string"}}}}),
        ),
        ("items", json!({"a": {"type": "array"}})),
        (
            "items' type",
            json!({"a": {"type": "array", "items": {"type": "text"}}}),
        ),
        (
            "in items",
            json!({"a": {"type": "array", "items": {"type": "object", "properties": {"b c": {"type": "string"}}}}}),
        ),
        (
            "map",
            json!({"a": {"type": "object", "additionalProperties": {"type": "text"}}}),
        ),
    ] {
        let (status, body) = told(platform.post(path, group(wrong, fields)).await).await;
        assert_eq!(status, 400, "{wrong}: {body}");
    }
    let good = json!({"a": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "string"}}}},
        "c": {"type": "object", "additionalProperties": {"type": "integer"}}});
    assert_eq!(platform.post(path, group("good", good)).await.status(), 201);
    // Beside the definitions they have to stand below the tenant's name, too.
    let mut beside = group("beside", json!({}));
    beside["properties"] = json!({"level": {"type": "string"}});
    assert_eq!(platform.post(path, beside).await.status(), 400);
}

#[tokio::test]
async fn a_descriptor_is_written_as_it_is_documented() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let good = json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": schema,
        "xdm:sourceVersion": 1, "xdm:sourceProperty": "/person/name/lastName",
        "xdm:namespace": "Email", "xdm:property": "xdm:code"});
    let path = "schemaregistry/tenant/descriptors";
    for (field, value) in [
        ("xdm:sourceProperty", json!("person/name/lastName")),
        ("xdm:sourceProperty", json!("/person/name/lastName/")),
        ("xdm:sourceProperty", json!("/properties/person")),
        ("xdm:property", json!("code")),
        ("xdm:sourceVersion", json!("1.0")),
        ("xdm:sourceSchema", json!("https://ns.adobe.com/x")),
        ("xdm:namespace", json!("")),
        ("@type", json!("")),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value.clone();
        assert_eq!(
            platform.post(path, wrong).await.status(),
            400,
            "{field}: {value}"
        );
    }
    // Whether it is the primary one need not be said.
    assert_eq!(platform.post(path, good).await.status(), 201);
}

#[tokio::test]
async fn a_schema_in_use_stays() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let dataset = platform.dataset(&schema).await;
    let path = format!(
        "schemaregistry/tenant/schemas/{}",
        schema.replace(':', "%3A").replace('/', "%2F")
    );
    assert_eq!(platform.delete(&path).await, 400);
    assert_eq!(
        platform
            .delete(&format!("catalog/dataSets/{dataset}"))
            .await,
        200
    );
    assert_eq!(platform.delete(&path).await, 204);
    assert_eq!(platform.delete(&path).await, 404);
}

#[tokio::test]
async fn catalog_answers_objects_keyed_by_id() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let dataset = platform.dataset(&schema).await;
    let (_, body) = told(platform.get(&format!("catalog/dataSets/{dataset}")).await).await;
    assert_eq!(body[&dataset]["name"], "d");
    assert_eq!(platform.get("catalog/dataSets?limit=0").await.status(), 400);
    assert_eq!(
        platform.get("catalog/dataSets/nonsense").await.status(),
        404
    );
    // Deleting what is not there is a 200 with an empty list.
    let answer = platform
        .call(Method::DELETE, "catalog/dataSets/nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(told(answer).await, (200, json!([])));
}

#[tokio::test]
async fn a_dataset_needs_a_schema_that_exists() {
    let platform = Platform::new().await;
    let body = json!({"name": "d", "schemaRef": {"id": "https://ns.adobe.com/x",
        "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"}});
    assert_eq!(platform.post("catalog/dataSets", body).await.status(), 400);
}

#[tokio::test]
async fn a_mapping_has_to_fit_its_schema() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let set = |source: &str, target: &str| {
        json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0",
        "mappings": [{"sourceType": "EXPRESSION", "source": source, "destination": target}]})
    };
    for (source, target) in [
        ("a", "person.nom"),
        ("nonsense(a)", "person.name.firstName"),
    ] {
        assert_eq!(
            platform
                .post("conversion/mappingSets", set(source, target))
                .await
                .status(),
            400
        );
        let answer = platform
            .post("conversion/mappingSets/validate", set(source, target))
            .await;
        let (status, body) = told(answer).await;
        assert_eq!(
            (status, &body["validationResponse"][0]["status"]),
            (200, &json!("ERROR"))
        );
    }
}
