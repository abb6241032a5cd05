//! Somebody comes to the profile and is looked up there.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    CATALOG, DATA_LAKE, FLOWS, Guest, HTTP_API, HTTP_FLOW, PERSON, PERSONAL, PREP, PROFILE, REF,
    REGISTRY, encoded, text,
};

/// A schema and a dataset that take part in the profile.
async fn in_profile(guest: &Guest<'_>) -> (String, String) {
    let parts = [PROFILE, PERSON, PERSONAL].map(|id| json!({"$ref": id}));
    let new = json!({"type": "object", "title": "Known people", "description": "d", "allOf": parts,
        "meta:class": PROFILE});
    let schemas = format!("{REGISTRY}/tenant/schemas");
    let schema = text(&guest.post(&schemas, new).await, "/$id");
    let identity = json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": schema,
        "xdm:sourceVersion": 1, "xdm:sourceProperty": "/personalEmail/address",
        "xdm:namespace": "Email", "xdm:property": "xdm:code", "xdm:isPrimary": true});
    guest
        .post(&format!("{REGISTRY}/tenant/descriptors"), identity)
        .await;
    let union = json!([{"op": "add", "path": "/meta:immutableTags", "value": ["union"]}]);
    let path = format!("{schemas}/{}", encoded(&schema));
    guest.with(Method::PATCH, &path, union).await;
    let new = json!({"name": "Known people", "schemaRef": {"id": schema, "contentType": REF},
        "tags": {"unifiedProfile": ["enabled:true"]}});
    let made = guest
        .post(&format!("{CATALOG}/dataSets?requestDataSource=true"), new)
        .await;
    (schema, text(&made, "/0").replace("@/dataSets/", ""))
}

/// An inlet that leads there, and the flow behind it.
async fn inlet(guest: &Guest<'_>, schema: &str, dataset: &str) -> (String, String) {
    let set = json!({
        "outputSchema": {"schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"}},
        "mappings": [
            {"sourceType": "ATTRIBUTE", "source": "id", "destination": "_id"},
            {"sourceType": "ATTRIBUTE", "source": "email", "destination": "personalEmail.address"},
        ],
    });
    let set = text(
        &guest.post(&format!("{PREP}/mappingSets"), set).await,
        "/id",
    );
    let spec = |id: &str| json!({"id": id, "version": "1.0"});
    let make = async |kind: &str, body: Value| {
        let made = guest.post(&format!("{FLOWS}/{kind}"), body).await;
        text(&made, "/id")
    };
    let base = json!({"name": "p", "connectionSpec": spec(HTTP_API),
        "auth": {"specName": "Streaming Connection", "params": {"dataType": "raw"}}});
    let base = make("connections", base).await;
    let source = json!({"name": "p", "baseConnectionId": base, "connectionSpec": spec(HTTP_API)});
    let source = make("sourceConnections", source).await;
    let target = json!({"name": "p", "connectionSpec": spec(DATA_LAKE),
        "data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset}});
    let target = make("targetConnections", target).await;
    let flow = json!({"name": "p", "flowSpec": spec(HTTP_FLOW), "sourceConnectionIds": [source],
        "targetConnectionIds": [target],
        "transformations": [{"name": "Mapping", "params": {"mappingId": set, "mappingVersion": 0}}]});
    let flow = make("flows", flow).await;
    let shown = guest.get(&format!("{FLOWS}/connections/{base}")).await;
    (text(&shown, "/items/0/auth/params/inletUrl"), flow)
}

pub(super) async fn look_up(guest: &Guest<'_>) {
    let (schema, dataset) = in_profile(guest).await;
    let (inlet, flow) = inlet(guest, &schema, &dataset).await;
    let record = json!({"id": "1", "email": "ada@example.com"});
    let sent = guest
        .http
        .post(inlet)
        .header("x-adobe-flow-id", flow)
        .header("x-sandbox-name", "prod")
        .json(&record);
    guest.send(sent).await;
    let path = "core/ups/access/entities";
    let identity = |id: &str| json!({"entityId": id, "entityIdNS": {"code": "Email"}});
    let asked = json!({"schema": {"name": "_xdm.context.profile"}, "fields": ["identities", "_id"],
        "identities": [identity("ada@example.com"), identity("nobody@example.com")]});
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let found = guest.post(path, asked.clone()).await;
        let people = found.as_object().unwrap();
        assert_eq!(people.len(), 2, "{found}");
        if people.values().any(|it| it["entity"]["_id"] == "1") {
            break;
        }
        assert!(Instant::now() < deadline, "she does not come: {found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let query = "schema.name=_xdm.context.profile&entityId=ada@example.com&entityIdNS=email\
                 &fields=identities,personalEmail.address";
    let found = guest.get(&format!("{path}?{query}")).await;
    let (_, ada) = found.as_object().unwrap().iter().next().unwrap();
    assert_eq!(ada["entity"]["personalEmail"]["address"], "ada@example.com");
}
