//! Every call of the contract once, by a plain HTTP client.

mod people;
mod rights;

use reqwest::Method;
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

use super::exchange::Exchange;
use super::guest::{Guest, encoded, text};
use super::proxy::Proxy;
use super::{assert_kept, contract};

const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
const PERSON: &str = "https://ns.adobe.com/xdm/context/profile-person-details";
const PERSONAL: &str = "https://ns.adobe.com/xdm/context/profile-personal-details";
const REF: &str = "application/vnd.adobe.xed-full-notext+json; version=1";
const HTTP_API: &str = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb";
const HTTP_FLOW: &str = "c1a19761-d2c7-4702-b9fa-fe91f0613e81";
const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
const REGISTRY: &str = "foundation/schemaregistry";
const CATALOG: &str = "foundation/catalog";
const EXPORT: &str = "foundation/export";
const PREP: &str = "foundation/conversion";
const FLOWS: &str = "foundation/flowservice";

/// What passed on the tour.
pub(crate) fn exchanges() -> Vec<Exchange> {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let proxy = Proxy::before(&sandbox);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(Box::pin(tour(&sandbox, &proxy)));
    proxy.take()
}

async fn tour(sandbox: &Sandbox, proxy: &Proxy) {
    let guest = Guest::at(sandbox, proxy.url()).await;
    rights::rights(&guest).await;
    let (schema, group) = registry(&guest).await;
    let dataset = datasets(&guest, &schema).await;
    let mapping = mapping_sets(&guest, &schema).await;
    let (ids, etags, inlet) = flows(&guest, &dataset, &mapping).await;
    records(&guest, &inlet, &ids[3]).await;
    landed(&guest, &dataset, &ids[3]).await;
    people::look_up(&guest).await;

    // Backwards, each after a change.
    let kinds = [
        "connections",
        "sourceConnections",
        "targetConnections",
        "flows",
    ];
    for ((kind, id), etag) in kinds.iter().zip(&ids).zip(&etags).rev() {
        let path = format!("{FLOWS}/{kind}/{id}");
        let etag = if *kind == "flows" {
            text(&guest.get(&path).await, "/items/0/etag")
        } else {
            etag.clone()
        };
        guest.patch(&path, &etag).await;
        guest.delete(&path).await;
    }
    guest.delete(&format!("{PREP}/mappingSets/{mapping}")).await;
    guest.delete(&format!("{CATALOG}/dataSets/{dataset}")).await;
    for path in [("schemas", schema), ("fieldgroups", group)] {
        let path = format!("{REGISTRY}/tenant/{}/{}", path.0, encoded(&path.1));
        guest.delete(&path).await;
    }
}

async fn registry(guest: &Guest<'_>) -> (String, String) {
    let stats = guest.get(&format!("{REGISTRY}/stats")).await;
    let own = format!("_{}", text(&stats, "/tenantId"));
    let group = |fields: Value| {
        json!({
            "type": "object", "title": "Loyalty", "description": "d",
            "meta:intendedToExtend": [PROFILE],
            "definitions": {"x": {"properties": {&own: {"type": "object", "properties": fields}}}},
            "allOf": [{"$ref": "#/definitions/x"}],
        })
    };
    let level = json!({"level": {"type": "string", "title": "level"}});
    let groups = format!("{REGISTRY}/tenant/fieldgroups");
    let made = guest.post(&groups, group(level)).await;
    let group_id = text(&made, "/$id");
    let more = json!({"level": {"type": "string"}, "points": {"type": "integer"}});
    let path = format!("{groups}/{}", encoded(&group_id));
    guest.put(&path, group(more)).await;

    let schemas = format!("{REGISTRY}/tenant/schemas");
    let parts = [PROFILE, PERSON, PERSONAL, &group_id].map(|id| json!({"$ref": id}));
    let new = json!({"type": "object", "title": "People", "description": "d", "allOf": parts,
        "meta:class": PROFILE});
    let made = guest.post(&schemas, new).await;
    let (schema, short) = (text(&made, "/$id"), text(&made, "/meta:altId"));
    for id in [encoded(&schema), short] {
        guest.get(&format!("{schemas}/{id}")).await;
    }
    let change = json!([{"op": "replace", "path": "/description", "value": "more"}]);
    let path = format!("{schemas}/{}", encoded(&schema));
    guest.with(Method::PATCH, &path, change).await;
    for list in [
        "tenant/schemas?property=title==People&orderby=title&limit=1",
        "global/classes",
        "global/fieldgroups?orderby=title&limit=1",
        "tenant/fieldgroups",
        "global/behaviors",
    ] {
        guest.get(&format!("{REGISTRY}/{list}")).await;
    }
    let path = format!("{REGISTRY}/tenant/descriptors");
    let identity = |is_primary: bool| {
        json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": schema, "xdm:sourceVersion": 1,
            "xdm:sourceProperty": "/personalEmail/address", "xdm:namespace": "Email",
            "xdm:property": "xdm:code", "xdm:isPrimary": is_primary})
    };
    let made = guest.post(&path, identity(true)).await;
    let one = format!("{path}/{}", text(&made, "/@id"));
    guest.get(&one).await;
    for kind in ["xdm", "xdm-id", "xdm-link", "xdm-v2"] {
        let accept = format!("application/vnd.adobe.{kind}+json");
        let request = guest.call(Method::GET, &path).header("accept", accept);
        guest.send(request).await;
    }
    guest.put(&one, identity(false)).await;
    guest.delete(&one).await;
    (schema, group_id)
}

async fn datasets(guest: &Guest<'_>, schema: &str) -> String {
    let path = format!("{CATALOG}/dataSets");
    let new = json!({"name": "People", "schemaRef": {"id": schema, "contentType": REF},
        "tags": {"ours": ["yes:really"]}});
    let made = guest
        .post(&format!("{path}?requestDataSource=true"), new)
        .await;
    let id = text(&made, "/0").replace("@/dataSets/", "");
    guest.get(&format!("{path}/{id}")).await;
    let filter = "property=name==People&tags=ours:yes:really&createdAfter=1600000000000\
                  &createdBefore=4000000000000&orderBy=desc:created&limit=5&start=0";
    let found = guest.get(&format!("{path}?{filter}")).await;
    assert_eq!(
        found.as_object().map(serde_json::Map::len),
        Some(1),
        "{found}"
    );
    let trimmed = guest
        .get(&format!("{path}?properties=name,schemaRef"))
        .await;
    assert!(trimmed[&id].get("tags").is_none(), "{trimmed}");
    let change = json!([{"op": "add", "path": "/tags/more", "value": ["x"]}]);
    let request = guest
        .call(Method::PATCH, &format!("{path}/{id}"))
        .header("content-type", "application/json-patch+json")
        .body(change.to_string());
    guest.send(request).await;
    id
}

async fn mapping_sets(guest: &Guest<'_>, schema: &str) -> String {
    let path = format!("{PREP}/mappingSets");
    let lines = json!([
        {"sourceType": "ATTRIBUTE", "source": "id", "destination": "_id"},
        {"sourceType": "EXPRESSION", "source": "trim(firstName)", "destination": "person.name.firstName"},
        {"sourceType": "ATTRIBUTE", "source": "year", "destination": "person.birthYear"},
    ]);
    let set = json!({
        "outputSchema": {"schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"}},
        "mappings": lines,
    });
    let wrong = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0",
        "mappings": [{"sourceAttribute": "a", "destinationXdmPath": "person.nowhere"}]});
    for set in [set.clone(), wrong] {
        guest.post(&format!("{path}/validate"), set).await;
    }
    let data = json!([{"id": "1", "firstName": " Ada "}, {"year": "long ago"}]);
    guest
        .post(
            &format!("{path}/preview"),
            json!({"data": data, "mappingSet": set}),
        )
        .await;
    let id = text(&guest.post(&path, set.clone()).await, "/id");
    let tutorial = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0",
        "mappings": [{"sourceAttribute": "a", "destinationXdmPath": "_id", "identity": false, "version": 0}]});
    let older = "foundation/mappingSets";
    let validate = format!("{older}/validate");
    guest.post(&validate, tutorial.clone()).await;
    let made = text(&guest.post(older, tutorial).await, "/id");
    for rest in ["?limit=2&start=0", &format!("/{made}")] {
        guest.get(&format!("{older}{rest}")).await;
    }
    guest.delete(&format!("{older}/{made}")).await;
    guest.put(&format!("{path}/{id}"), set).await;
    for (more, shown) in [("", 0), ("?version=1&expandSchema=true", 1)] {
        let found = guest.get(&format!("{path}/{id}{more}")).await;
        assert_eq!(found["version"], shown, "{more}");
    }
    for rest in ["?limit=2&start=0", &format!("/{id}/mappings")] {
        guest.get(&format!("{path}{rest}")).await;
    }
    let language = format!("{PREP}/languages/el");
    guest.get(&format!("{language}/functions")).await;
    let right = json!({"expression": "concat(a, 'b')"});
    guest.post(&format!("{language}/validate"), right).await;
    id
}

async fn flows(
    guest: &Guest<'_>,
    dataset: &str,
    mapping: &str,
) -> (Vec<String>, Vec<String>, String) {
    for list in ["flowSpecs", "connectionSpecs"] {
        let found = guest.get(&format!("{FLOWS}/{list}?limit=2")).await;
        let next = text(&found, "/_links/next/href");
        guest.get(&format!("{FLOWS}{next}")).await;
        let id = text(&found, "/items/0/id");
        guest.get(&format!("{FLOWS}/{list}/{id}")).await;
    }
    let spec = |id: &str| json!({"id": id, "version": "1.0"});
    let (mut ids, mut etags) = (Vec::new(), Vec::new());
    let mut make = async |kind: &str, body: Value| {
        let made = guest.post(&format!("{FLOWS}/{kind}"), body).await;
        ids.push(text(&made, "/id"));
        etags.push(text(&made, "/etag"));
        text(&made, "/id")
    };
    let base = json!({"name": "b", "connectionSpec": spec(HTTP_API),
        "auth": {"specName": "Streaming Connection", "params": {"dataType": "raw"}}});
    let base = make("connections", base).await;
    let source = json!({"name": "s", "baseConnectionId": base, "connectionSpec": spec(HTTP_API)});
    let source = make("sourceConnections", source).await;
    let target = json!({"name": "t", "connectionSpec": spec(DATA_LAKE),
        "data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset}});
    let target = make("targetConnections", target).await;
    let flow = json!({"name": "f", "flowSpec": spec(HTTP_FLOW), "sourceConnectionIds": [source],
        "targetConnectionIds": [target],
        "transformations": [{"name": "Mapping", "params": {"mappingId": mapping, "mappingVersion": 1}}]});
    let flow = make("flows", flow).await;
    for kind in [
        "connections",
        "sourceConnections",
        "targetConnections",
        "flows",
    ] {
        guest.get(&format!("{FLOWS}/{kind}?count=true")).await;
    }
    for path in [
        format!("sourceConnections/{source}"),
        format!("targetConnections/{target}"),
        format!("flows/{flow}"),
        format!("connections/{base}/test"),
    ] {
        guest.get(&format!("{FLOWS}/{path}")).await;
    }
    for op in ["DISABLE", "enable"] {
        let path = format!("{FLOWS}/flows/{flow}/action?op={op}");
        guest.send(guest.call(Method::POST, &path)).await;
    }
    let shown = guest.get(&format!("{FLOWS}/connections/{base}")).await;
    (ids, etags, text(&shown, "/items/0/auth/params/inletUrl"))
}

async fn records(guest: &Guest<'_>, inlet: &str, flow: &str) {
    let post = |url: &str, body: Value| {
        guest
            .http
            .post(url)
            .header("x-adobe-flow-id", flow)
            .header("x-sandbox-name", "prod")
            .json(&body)
    };
    guest
        .send(post(inlet, json!({"id": "1", "firstName": "Ada"})))
        .await;
    let many = inlet.replace("/collection/", "/collection/batch/");
    let messages = json!({"messages": [{"id": "2", "year": 0}, "no record", {"id": "3"}]});
    guest.send(post(&many, messages)).await;
    let checked = format!("{inlet}?syncValidation=true");
    guest.send(post(&checked, json!({"id": "4"}))).await;
    let wrong = post(&checked, json!({"id": "5", "year": 0}))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 400);
}

async fn landed(guest: &Guest<'_>, dataset: &str, flow: &str) {
    let path = format!("{CATALOG}/batches?dataSet={dataset}&orderBy=asc:created&limit=100");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let batches = loop {
        let found = guest.get(&path).await;
        let batches: Vec<_> = found.as_object().unwrap().clone().into_iter().collect();
        let read: u64 = batches
            .iter()
            .filter_map(|(_, batch)| batch["metrics"]["recordsRead"].as_u64())
            .sum();
        if read >= 4 {
            break batches;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "nothing lands: {found}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    guest.get(&format!("{CATALOG}/lastBatches")).await;
    for (id, batch) in &batches {
        guest.get(&format!("{CATALOG}/batches/{id}")).await;
        let files = guest.get(&format!("{EXPORT}/batches/{id}/files")).await;
        if batch["metrics"]["recordsWritten"].as_u64() > Some(0) {
            let file = text(&files, "/data/0/dataSetFileId");
            let names = guest
                .get(&format!("{EXPORT}/files/{file}?limit=10&start=0"))
                .await;
            let one = format!(
                "{EXPORT}/files/{file}?path={}",
                text(&names, "/data/0/name")
            );
            guest.send(guest.call(Method::GET, &one)).await;
            guest.send(guest.call(Method::HEAD, &one)).await;
            let part = guest.call(Method::GET, &one).header("range", "bytes=0-3");
            let part = part.send().await.unwrap();
            assert_eq!(part.status(), 206);
            assert_eq!(part.bytes().await.unwrap(), "PAR1");
        }
        let meta = format!("{EXPORT}/batches/{id}/meta");
        guest.get(&meta).await;
        if batch["metrics"]["recordsFailed"].as_u64() > Some(0) {
            let failed = format!("{EXPORT}/batches/{id}/failed");
            let names = guest.get(&failed).await;
            assert_eq!(names["data"][0]["name"], "_SUCCESS");
            let name = text(&names, "/data/1/name");
            guest.get(&format!("{failed}?path={name}")).await;
            guest.get(&format!("{meta}?path=row_errors")).await;
        }
    }
    let runs = guest
        .get(&format!("{FLOWS}/runs?property=flowId=={flow}&limit=10"))
        .await;
    let run = text(&runs, "/items/0/id");
    guest.get(&format!("{FLOWS}/runs/{run}")).await;
    let metric = json!({"name": "timeseries.ingestion.dataset.recordsuccess.count",
        "filters": [{"name": "dataSetId", "value": dataset, "groupBy": true}],
        "aggregator": "sum", "downsample": "sum"});
    let asked = json!({"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z",
        "granularity": "DAY", "metrics": [metric]});
    let path = "infrastructure/observability/insights/metrics";
    guest.post(path, asked).await;
}

#[test]
fn every_call_of_the_contract_is_answered_by_it() {
    let seen = exchanges();
    let unseen = contract().unseen(&seen);
    assert!(unseen.is_empty(), "not on the tour: {unseen:?}");
    assert_kept(&seen);
}
