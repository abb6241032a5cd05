//! Flow Service and the inlet.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{DATA_LAKE, EVENT_HUBS, PROFILE, Platform, STREAM_FLOW, created, told};

#[tokio::test]
async fn connections_need_a_specification_with_its_version() {
    let platform = Platform::new().await;
    let unversioned = json!({"name": "b", "connectionSpec": {"id": EVENT_HUBS}});
    assert_eq!(
        platform
            .post("flowservice/connections", unversioned)
            .await
            .status(),
        422
    );
    let unknown = json!({"name": "b", "connectionSpec": {"id": "x", "version": "1.0"}});
    let (status, body) = told(platform.post("flowservice/connections", unknown).await).await;
    assert_eq!(
        (status, &body["message"]),
        (400, &json!("Please provide a valid spec id"))
    );
}

#[tokio::test]
async fn words_with_a_meaning_are_the_documented_ones() {
    let platform = Platform::new().await;
    let base = platform.base().await;
    let dataset = platform.dataset(&platform.schema().await).await;
    let http = json!({"name": "b", "auth": {"specName": "Streaming Connection", "params": {"dataType": "raw"}},
        "connectionSpec": {"id": "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "version": "1.0"}});
    let source = json!({"name": "s", "baseConnectionId": base, "data": {"format": "json"},
        "connectionSpec": {"id": EVENT_HUBS, "version": "1.0"},
        "params": {"eventHubName": "h", "dataType": "raw", "reset": "latest"}});
    let target = json!({"name": "t", "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
        "data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset}});
    for (kind, body, at) in [
        ("connections", &http, "/auth/params/dataType"),
        ("sourceConnections", &source, "/params/dataType"),
        ("sourceConnections", &source, "/params/reset"),
        ("sourceConnections", &source, "/data/format"),
        ("targetConnections", &target, "/data/format"),
    ] {
        let path = format!("flowservice/{kind}");
        let mut wrong = body.clone();
        *wrong.pointer_mut(at).unwrap() = json!("nonsense");
        let (status, answer) = told(platform.post(&path, wrong).await).await;
        assert_eq!(status, 400, "{kind} {at}: {answer}");
        assert_eq!(
            platform.post(&path, body.clone()).await.status(),
            201,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn secrets_go_in_and_never_come_out() {
    let platform = Platform::new().await;
    let base = platform.base().await;
    for path in [
        format!("flowservice/connections/{base}"),
        "flowservice/connections".to_owned(),
    ] {
        let text = platform.get(&path).await.text().await.unwrap();
        assert!(
            text.contains("namespace") && !text.contains("geheim"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_connection_is_tried_with_the_credentials_that_it_has() {
    let platform = Platform::new().await;
    let base = platform.base().await;
    let path = format!("flowservice/connections/{base}");
    let test = format!("{path}/test");
    assert_eq!(
        told(platform.get(&test).await).await,
        (200, json!({"result": true}))
    );
    platform.sandbox.revoke("geheim");
    assert_eq!(
        told(platform.get(&test).await).await,
        (200, json!({"result": false}))
    );
    let (_, shown) = told(platform.get(&path).await).await;
    let etag = shown["items"][0]["etag"].as_str().unwrap().to_owned();
    let patch = async |path: &str, operation: Value| {
        let request = platform.call(Method::PATCH, path).header("if-match", &etag);
        let request = request.json(&json!([operation]));
        request.send().await.unwrap().status().as_u16()
    };
    // The way to authenticate stays what it is, however it is written.
    let other = json!({"specName": "Event Hub Azure Active Directory Auth", "params": {"tenantId": "t",
        "clientId": "c", "clientSecretValue": "s", "namespace": "ns"}});
    let replace = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
    assert_eq!(patch(&path, replace("/auth", other)).await, 400);
    let params = json!({"sasKeyName": "n", "sasKey": "neu", "namespace": "ns"});
    assert_eq!(patch(&path, replace("/auth/params", params)).await, 200);
    assert_eq!(
        told(platform.get(&test).await).await,
        (200, json!({"result": true}))
    );
}

#[tokio::test]
async fn the_flow_specification_of_streams_is_the_tutorial_s() {
    let platform = Platform::new().await;
    let path = format!("flowservice/flowSpecs/{STREAM_FLOW}");
    let (_, found) = told(platform.get(&path).await).await;
    let spec = &found["items"][0];
    assert_eq!(
        spec["sourceConnectionSpecIds"],
        json!([
            "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb",
            "bf9f5905-92b7-48bf-bf20-455bc6b60a4e",
            "86043421-563b-46ec-8e6c-e23184711bf6",
            "70116022-a743-464a-bbfe-e226a7f8210c"
        ])
    );
    assert_eq!(
        spec["targetConnectionSpecIds"],
        json!([
            "bf9f5905-92b7-48bf-bf20-455bc6b60a4e",
            "c604ff05-7f1a-43c0-8e18-33bf874cb11c",
            "db4fe783-ef79-4a12-bda9-32b2b1bc3b2c"
        ])
    );
}

#[tokio::test]
async fn ids_have_to_resolve() {
    let platform = Platform::new().await;
    let base = platform.base().await;
    let bodies = [
        (
            "sourceConnections",
            json!({"name": "s", "baseConnectionId": "x", "data": {"format": "json"},
            "connectionSpec": {"id": EVENT_HUBS, "version": "1.0"}, "params": {"eventHubName": "h", "dataType": "raw"}}),
        ),
        // Another kind of source than its base connection.
        (
            "sourceConnections",
            json!({"name": "s", "baseConnectionId": base, "data": {"format": "json"},
            "connectionSpec": {"id": "86043421-563b-46ec-8e6c-e23184711bf6", "version": "1.0"},
            "params": {"stream": "s", "dataType": "raw"}}),
        ),
        (
            "targetConnections",
            json!({"connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
            "data": {"format": "parquet_xdm"}, "params": {"dataSetId": "x"}}),
        ),
        (
            "flows",
            json!({"name": "f", "flowSpec": {"id": STREAM_FLOW, "version": "1.0"},
            "sourceConnectionIds": ["x"], "targetConnectionIds": ["y"], "transformations": []}),
        ),
    ];
    for (kind, body) in bodies {
        let (status, answer) = told(
            platform
                .post(&format!("flowservice/{kind}"), body.clone())
                .await,
        )
        .await;
        assert_eq!(status, 400, "{kind}: {body}");
        assert!(answer["errorMessage"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_mapping_set_has_to_be_for_the_schema_of_the_dataset() {
    let platform = Platform::new().await;
    let flow = platform.flow().await;
    let path = format!("flowservice/flows/{flow}");
    let (_, body) = told(platform.get(&path).await).await;
    let mut body = body["items"][0].clone();
    let set = async |schema: &Value| {
        let lines = json!([{"sourceAttribute": "a", "destinationXdmPath": "_id"}]);
        let set =
            json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "mappings": lines});
        let (_, set) = told(platform.post("conversion/mappingSets", set).await).await;
        set["id"].clone()
    };
    let other = json!({"type": "object", "title": "other", "meta:class": PROFILE,
        "allOf": [{"$ref": PROFILE}]});
    let schemas = "schemaregistry/tenant/schemas";
    let other = created(platform.post(schemas, other).await, "$id").await;
    let target = body["targetConnectionIds"][0].as_str().unwrap();
    let path = format!("flowservice/targetConnections/{target}");
    let (_, target) = told(platform.get(&path).await).await;
    let dataset = &target["items"][0]["params"]["dataSetId"];
    let path = format!("catalog/dataSets/{}", dataset.as_str().unwrap());
    let (_, dataset) = told(platform.get(&path).await).await;
    let schema = dataset.as_object().unwrap().values().next().unwrap()["schemaRef"]["id"].clone();
    let short = schema
        .as_str()
        .unwrap()
        .replace("https://ns.adobe.com/", "_");
    let short = json!(short.replace('/', "."));
    for (schema, version, status) in [
        (&json!(other), 0, 400),
        (&schema, 0, 201),
        (&short, 0, 201),
        // Nobody has made a new version of it.
        (&schema, 1, 400),
    ] {
        let params = &mut body["transformations"][0]["params"];
        params["mappingId"] = set(schema).await;
        params["mappingVersion"] = json!(version);
        let (got, answer) = told(platform.post("flowservice/flows", body.clone()).await).await;
        assert_eq!(got, status, "{schema} {version}: {answer}");
    }
}

#[tokio::test]
async fn a_change_needs_the_current_etag_with_its_quotes() {
    let platform = Platform::new().await;
    let flow = platform.flow().await;
    let path = format!("flowservice/flows/{flow}");
    let (_, body) = told(platform.get(&path).await).await;
    let etag = body["items"][0]["etag"].as_str().unwrap().to_owned();
    let patch = |etag: Option<String>| {
        let request = platform.call(Method::PATCH, &path);
        let body = json!([{"op": "replace", "path": "/name", "value": "new"}]);
        match etag {
            Some(etag) => request.header("if-match", etag).json(&body).send(),
            None => request.json(&body).send(),
        }
    };
    assert_eq!(patch(None).await.unwrap().status(), 428);
    assert_eq!(
        patch(Some(etag.trim_matches('"').to_owned()))
            .await
            .unwrap()
            .status(),
        412
    );
    let (status, body) = told(patch(Some(etag.clone())).await.unwrap()).await;
    assert_eq!(status, 200);
    assert_ne!(body["etag"], json!(etag));
    assert_eq!(patch(Some(etag)).await.unwrap().status(), 412);
}

#[tokio::test]
async fn what_a_flow_uses_stays_until_the_flow_is_gone() {
    let platform = Platform::new().await;
    let flow = platform.flow().await;
    let (_, body) = told(platform.get(&format!("flowservice/flows/{flow}")).await).await;
    let source = body["items"][0]["sourceConnectionIds"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        platform
            .delete(&format!("flowservice/sourceConnections/{source}"))
            .await,
        400
    );
    assert_eq!(
        platform.delete(&format!("flowservice/flows/{flow}/")).await,
        204
    );
    assert_eq!(
        platform
            .delete(&format!("flowservice/sourceConnections/{source}"))
            .await,
        204
    );
    assert_eq!(
        platform
            .get(&format!("flowservice/flows/{flow}"))
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let platform = Platform::new().await;
    for _ in 0..3 {
        platform.base().await;
    }
    let (_, first) = told(platform.get("flowservice/connections?limit=2").await).await;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = first["_links"]["next"]["href"].as_str().unwrap();
    let (_, second) = told(platform.get(&format!("flowservice{next}")).await).await;
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["_links"], json!({}));
}

#[tokio::test]
async fn an_inlet_takes_records_of_its_flow_only() {
    let platform = Platform::new().await;
    let body = json!({"name": "b", "auth": {"specName": "Streaming Connection", "params": {"dataType": "raw"}},
        "connectionSpec": {"id": "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "version": "1.0"}});
    let base = created(platform.post("flowservice/connections", body).await, "id").await;
    let (_, body) = told(
        platform
            .get(&format!("flowservice/connections/{base}"))
            .await,
    )
    .await;
    let url = body["items"][0]["auth"]["params"]["inletUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = platform
        .http
        .post(&url)
        .json(&json!({"a": 1}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400, "without a flow");
    let answer = platform
        .http
        .post(&url)
        .header("x-adobe-flow-id", "x")
        .json(&json!({"a": 1}))
        .send()
        .await;
    assert_eq!(
        answer.unwrap().status(),
        400,
        "with a flow that does not read it"
    );
    let large = platform
        .http
        .post(&url)
        .header("content-type", "application/json")
        .body("x".repeat(1_000_001));
    assert_eq!(large.send().await.unwrap().status(), 413);
}
