//! What inlets take and what they say.

use std::time::Duration;

use sandbox::SandboxOptions;
use serde_json::{Value, json};

use crate::platform::{DATA_LAKE, Platform, created, told};

const HTTP_API: &str = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb";

fn lines() -> Value {
    json!([{"sourceAttribute": "id", "destinationXdmPath": "_id"},
        {"sourceAttribute": "year", "destinationXdmPath": "person.birthYear"}])
}

#[tokio::test]
async fn many_messages_get_an_answer_each() {
    let platform = Platform::new().await;
    let (flow, inlet, _) = platform.http_flow(lines()).await;
    let many = inlet.replace("/collection/", "/collection/batch/");
    let body =
        json!({"messages": [{"id": "1"}, 7, {"header": {}, "body": {"xdmEntity": {"id": "2"}}}]});
    let request = platform.http.post(&many).header("x-adobe-flow-id", &flow);
    let (status, answer) = told(request.json(&body).send().await.unwrap()).await;
    assert_eq!(status, 207);
    let responses = answer["responses"].as_array().unwrap();
    assert!(responses[0]["xactionId"].is_string() && responses[2]["xactionId"].is_string());
    assert_eq!(responses[1]["statusCode"], 400);
    let wrong = platform.http.post(&many).header("x-adobe-flow-id", &flow);
    let wrong = wrong.json(&json!({"records": []})).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
}

#[tokio::test]
async fn validation_before_the_answer_says_what_is_wrong() {
    let platform = Platform::new().await;
    let (flow, inlet, _) = platform.http_flow(lines()).await;
    let post = |record: Value| {
        let request = platform.http.post(format!("{inlet}?syncValidation=true"));
        request
            .header("x-adobe-flow-id", &flow)
            .json(&record)
            .send()
    };
    let (status, answer) = told(post(json!({"id": "1"})).await.unwrap()).await;
    assert_eq!(
        (status, &answer["syncValidation"]["status"]),
        (200, &json!("pass"))
    );
    let (status, answer) = told(post(json!({"id": "1", "year": 0})).await.unwrap()).await;
    assert_eq!(
        (status, &answer["title"]),
        (400, &json!("Invalid XDM Message Format"))
    );
    let at = "/report/cause/_streamingValidation/0/causingExceptions/0/pointerToViolation";
    assert_eq!(
        answer.pointer(at),
        Some(&json!("#/person/birthYear")),
        "{answer}"
    );
    // Sixty a minute, and no more.
    let mut last = 200;
    for _ in 0..200 {
        if last == 429 {
            break;
        }
        last = post(json!({"id": "1"})).await.unwrap().status().as_u16();
    }
    assert_eq!(last, 429);
    // Each inlet has its own sixty.
    let (other, elsewhere, _) = platform.http_flow(lines()).await;
    let request = platform
        .http
        .post(format!("{elsewhere}?syncValidation=true"));
    let request = request
        .header("x-adobe-flow-id", &other)
        .json(&json!({"id": "1"}));
    assert_eq!(request.send().await.unwrap().status(), 200);
    // Many messages at once are not checked so.
    let many = inlet.replace("/collection/", "/collection/batch/");
    let request = platform.http.post(format!("{many}?syncValidation=true"));
    let request = request.header("x-adobe-flow-id", &flow);
    let request = request.json(&json!({"messages": [{"id": "1"}]}));
    let (status, answer) = told(request.send().await.unwrap()).await;
    assert_eq!((status, &answer["title"]), (501, &json!("Not Implemented")));
}

#[tokio::test]
async fn an_authenticated_inlet_tells_no_token_and_an_old_one_apart() {
    let options = SandboxOptions {
        token_lifetime: Duration::from_mins(1),
        ..SandboxOptions::default()
    };
    let platform = Platform::with(options).await;
    let body = json!({"name": "b", "connectionSpec": {"id": HTTP_API, "version": "1.0"},
        "auth": {"specName": "Streaming Connection", "params": {"dataType": "raw", "authenticationRequired": true}}});
    let base = created(platform.post("flowservice/connections", body).await, "id").await;
    let (_, shown) = told(
        platform
            .get(&format!("flowservice/connections/{base}"))
            .await,
    )
    .await;
    let inlet = shown["items"][0]["auth"]["params"]["inletUrl"]
        .as_str()
        .unwrap();
    let post = |token: Option<&str>| {
        let request = platform.http.post(inlet).json(&json!({}));
        match token {
            Some(token) => request.bearer_auth(token).send(),
            None => request.send(),
        }
    };
    let (status, answer) = told(post(None).await.unwrap()).await;
    assert_eq!((status, &answer["title"]), (401, &json!("Authorization")));
    assert_eq!(post(Some("expired")).await.unwrap().status(), 403);
    // Let in, and then asked for the flow.
    assert_eq!(post(Some(&platform.token)).await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_flow_without_a_mapping_takes_what_is_in_the_schemas_shape() {
    let platform = Platform::new().await;
    let schema = platform.schema().await;
    let dataset = platform.dataset(&schema).await;
    let (base, source, inlet) = platform.http_source().await;
    let target = json!({"name": "t", "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
        "data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset}});
    let target = created(
        platform.post("flowservice/targetConnections", target).await,
        "id",
    )
    .await;
    let body = |steps: Value| {
        json!({"name": "f", "flowSpec": {"id": "d8a6f005-7eaf-4153-983e-e8574508b877", "version": "1.0"},
            "sourceConnectionIds": [source], "targetConnectionIds": [target], "transformations": steps})
    };
    let mapped = body(json!([{"name": "Mapping", "params": {"mappingId": "x"}}]));
    assert_eq!(
        platform.post("flowservice/flows", mapped).await.status(),
        400
    );
    let flow = created(
        platform.post("flowservice/flows", body(json!([]))).await,
        "id",
    )
    .await;
    let message = |entity: Value| {
        json!({"header": {"schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full-notext+json; version=1.0"},
            "flowId": flow, "datasetId": dataset, "imsOrgId": platform.sandbox.organization()},
            "body": {"xdmMeta": {"schemaRef": {"id": schema}}, "xdmEntity": entity}})
    };
    let post = |entity: Value| {
        let request = platform.http.post(format!("{inlet}?syncValidation=true"));
        request.json(&message(entity)).send()
    };
    let good = json!({"_id": "1", "person": {"name": {"firstName": "Ada"}, "birthYear": 1815}});
    assert_eq!(post(good).await.unwrap().status(), 200);
    let (status, answer) = told(post(json!({"nonsense": 1})).await.unwrap()).await;
    assert_eq!(status, 400);
    let text = answer.to_string();
    assert!(
        text.contains("extraneous key [nonsense] is not permitted"),
        "{text}"
    );
    let deletion = platform
        .delete(&format!("flowservice/connections/{base}"))
        .await;
    assert_eq!(deletion, 400, "a flow reads it");
}
