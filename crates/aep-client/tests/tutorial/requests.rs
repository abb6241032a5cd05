//! The tutorial's requests and answers.

use aep_client::{
    Kind, MappingLine, NewDataSet, NewFlow, NewMappingSet, NewSchema, NewTargetConnection,
    SchemaRef, spec,
};
use axum::http::Method;
use serde_json::json;

use crate::bench::{Bench, body};

#[tokio::test]
async fn the_schema() {
    let recorded = r#"{"$id": "https://ns.adobe.com/T/schemas/e45dd9", "meta:altId": "_T.schemas.e45dd9",
        "meta:resourceType": "schemas", "version": "1.0", "title": "Sample schema for a streaming connector",
        "type": "object", "refs": [], "imsOrg": "ORG", "meta:registryMetadata": {"eTag": "8522"}}"#;
    let bench = Bench::new(&[(201, "", recorded)]).await;
    let title = "Sample schema for a streaming connector";
    let new = NewSchema::composed(
        title,
        title,
        "https://ns.adobe.com/xdm/context/profile",
        [
            "https://ns.adobe.com/xdm/context/profile-person-details",
            "https://ns.adobe.com/xdm/context/profile-personal-details",
        ],
    );
    let schema = bench
        .client
        .schema_registry()
        .create_schema(&new)
        .await
        .unwrap();
    assert_eq!(
        (schema.id.as_str(), schema.alt_id.as_str()),
        ("https://ns.adobe.com/T/schemas/e45dd9", "_T.schemas.e45dd9")
    );
    let asked = &bench.asked()[0];
    assert_eq!(
        (&asked.method, asked.path.as_str()),
        (
            &Method::POST,
            "/data/foundation/schemaregistry/tenant/schemas"
        )
    );
    assert_eq!(
        body(asked),
        json!({
            "type": "object", "title": title, "description": title,
            "allOf": [
                {"$ref": "https://ns.adobe.com/xdm/context/profile"},
                {"$ref": "https://ns.adobe.com/xdm/context/profile-person-details"},
                {"$ref": "https://ns.adobe.com/xdm/context/profile-personal-details"},
            ],
            "meta:containerId": "tenant", "meta:resourceType": "schemas", "meta:xdmType": "object",
            "meta:class": "https://ns.adobe.com/xdm/context/profile",
        })
    );
    let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), "Bearer token-1");
    assert_eq!(
        (header("x-api-key"), header("x-gw-ims-org-id")),
        ("key".into(), "ORG@AdobeOrg".into())
    );
    assert_eq!(
        (header("x-sandbox-name"), header("content-type")),
        ("dev".into(), "application/json".into())
    );
}

#[tokio::test]
async fn the_dataset() {
    let bench = Bench::new(&[(201, "", r#"["@/dataSets/5f7187bac6d00f194fb937c0"]"#)]).await;
    let new = NewDataSet::new(
        "Test streaming dataset",
        SchemaRef::latest("https://ns.adobe.com/T/schemas/e45dd9"),
    )
    .tag("identity", "enabled:true")
    .tag("profile", "enabled:true");
    assert_eq!(
        bench.client.catalog().create_dataset(&new).await.unwrap(),
        "5f7187bac6d00f194fb937c0"
    );
    let asked = &bench.asked()[0];
    assert_eq!(
        asked.path,
        "/data/foundation/catalog/dataSets?requestDataSource=true"
    );
    assert_eq!(
        body(asked),
        json!({
            "name": "Test streaming dataset",
            "schemaRef": {"id": "https://ns.adobe.com/T/schemas/e45dd9",
                "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"},
            "tags": {"identity": ["enabled:true"], "profile": ["enabled:true"]},
        })
    );
}

#[tokio::test]
async fn the_target_connection_the_mapping_and_the_flow() {
    let bench = Bench::new(&[
        (201, "", r#"{"id": "d9300194", "etag": "\"4006d3e4-0000\""}"#),
        (200, "", r#"{"id": "380b032b445a46008e77585e046efe5e", "version": 0, "createdDate": 1604960750613,
            "modifiedDate": 1604960750613, "createdBy": "x", "modifiedBy": "x"}"#),
        (201, "", r#"{"id": "1f086c23", "etag": "\"8e000533-0000\""}"#),
    ])
    .await;
    let target = NewTargetConnection {
        name: "Streaming target connection".to_owned(),
        description: "Streaming target connection".to_owned(),
        schema: "https://ns.adobe.com/T/schemas/e45dd9".to_owned(),
        dataset: "5f7187bac6d00f194fb937c0".to_owned(),
    };
    let created = bench
        .client
        .flow_service()
        .create(&target.request())
        .await
        .unwrap();
    assert_eq!(created.etag, "\"4006d3e4-0000\"");
    let set = NewMappingSet::new(
        "_T.schemas.e45dd9",
        vec![
            MappingLine::new("firstName", "person.name.firstName"),
            MappingLine::new("lastName", "person.name.lastName"),
        ],
    );
    let set = bench.client.data_prep().create(&set).await.unwrap();
    let flow = NewFlow {
        name: "Streaming dataflow".to_owned(),
        description: "Streaming dataflow".to_owned(),
        spec: spec::STREAM_FLOW.to_owned(),
        source: "e96d6135".to_owned(),
        target: "723222e2".to_owned(),
        mapping: (set.id, set.version),
    };
    assert_eq!(
        bench
            .client
            .flow_service()
            .create(&flow.request())
            .await
            .unwrap()
            .id,
        "1f086c23"
    );

    let asked = bench.asked();
    assert_eq!(
        body(&asked[0]),
        json!({
            "name": "Streaming target connection", "description": "Streaming target connection",
            "connectionSpec": {"id": "c604ff05-7f1a-43c0-8e18-33bf874cb11c", "version": "1.0"},
            "data": {"format": "parquet_xdm", "schema": {"id": "https://ns.adobe.com/T/schemas/e45dd9",
                "version": "application/vnd.adobe.xed-full+json;version=1"}},
            "params": {"dataSetId": "5f7187bac6d00f194fb937c0"},
        })
    );
    assert_eq!(
        body(&asked[1]),
        json!({
            "version": 0, "xdmSchema": "_T.schemas.e45dd9", "xdmVersion": "1.0", "mappings": [
                {"destinationXdmPath": "person.name.firstName", "sourceAttribute": "firstName", "identity": false, "version": 0},
                {"destinationXdmPath": "person.name.lastName", "sourceAttribute": "lastName", "identity": false, "version": 0},
            ],
        })
    );
    assert_eq!(
        body(&asked[2]),
        json!({
            "name": "Streaming dataflow", "description": "Streaming dataflow",
            "flowSpec": {"id": "d69717ba-71b4-4313-b654-49f9cf126d7a", "version": "1.0"},
            "sourceConnectionIds": ["e96d6135"], "targetConnectionIds": ["723222e2"],
            "transformations": [{"name": "Mapping",
                "params": {"mappingId": "380b032b445a46008e77585e046efe5e", "mappingVersion": 0}}],
        })
    );
}

#[tokio::test]
async fn the_flow_specifications() {
    let recorded = r#"{"items": [{"id": "d69717ba-71b4-4313-b654-49f9cf126d7a",
        "name": "Stream data with optional transformation", "providerId": "521eee4d", "version": "1.0",
        "sourceConnectionSpecIds": ["bf9f5905-92b7-48bf-bf20-455bc6b60a4e"],
        "targetConnectionSpecIds": ["c604ff05-7f1a-43c0-8e18-33bf874cb11c"],
        "transformationSpecs": [{"name": "Mapping", "spec": {"type": "object"}}], "permissionsInfo": {}}]}"#;
    let bench = Bench::new(&[(200, "", recorded)]).await;
    let specs = bench.client.flow_service().flow_specs().await.unwrap();
    assert!(specs[0].maps(spec::EVENT_HUBS, spec::DATA_LAKE));
    assert!(!specs[0].maps(spec::KINESIS, spec::DATA_LAKE));
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let bench = Bench::new(&[
        (200, "", r#"{"items": [{"id": "1", "name": "n"}], "_links": {"next": {"href": "/flows?continuationToken=abc"}}}"#),
        (200, "", r#"{"items": [{"id": "2", "name": "n"}, {"id": "3", "name": "other"}], "_links": {}}"#),
    ])
    .await;
    let found = bench
        .client
        .flow_service()
        .find(Kind::Flow, "n")
        .await
        .unwrap();
    let ids: Vec<_> = found.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert!(
        bench.asked()[1].path.ends_with("&continuationToken=abc"),
        "{:?}",
        bench.asked()[1].path
    );
}

#[tokio::test]
async fn landed_files_are_found_through_directories() {
    let bench = Bench::new(&[
        (200, "", r#"{"data": [{"dataSetFileId": "B-1", "created": "1"}], "_page": {"limit": 100, "count": 1}}"#),
        (200, "", r#"{"data": [{"name": "x.parquet", "length": "249058", "_links": {}}]}"#),
        (200, "", "PAR1"),
    ])
    .await;
    let access = bench.client.data_access();
    let files = access.batch_files("B").await.unwrap();
    assert_eq!(
        (files[0].name.as_str(), files[0].length),
        ("x.parquet", Some(249_058))
    );
    assert_eq!(&access.read(&files[0]).await.unwrap()[..], b"PAR1");
    assert_eq!(
        bench.asked()[2].path,
        "/data/foundation/export/files/B-1?path=x.parquet"
    );
}

#[tokio::test]
async fn the_other_address_of_data_prep_is_tried_where_the_first_is_unknown() {
    let bench = Bench::new(&[(404, "", "{}"), (200, "", r#"{"id": "m"}"#)]).await;
    assert_eq!(
        bench
            .client
            .data_prep()
            .mapping_set("m", 3)
            .await
            .unwrap()
            .unwrap()
            .id,
        "m"
    );
    let path = "/data/foundation/mappingSets/m?version=3";
    assert_eq!(bench.asked()[1].path, path);
    let bench = Bench::new(&[(405, "", "{}")]).await;
    assert!(!bench.client.data_prep().delete("m").await.unwrap());
}

/// The versions that were asked for until the newest of `count` was found.
async fn versions_asked(count: u32) -> Vec<String> {
    let shown = |version: u32| format!(r#"{{"id": "m", "version": {version}}}"#);
    // What a search by steps that double and then halve asks for.
    let (mut answers, mut at, mut step, mut is_growing) = (vec![shown(0)], 0, 1, true);
    while step > 0 {
        if at + step < count {
            at += step;
            answers.push(shown(at));
        } else {
            is_growing = false;
            answers.push(String::new());
        }
        step = if is_growing { step * 2 } else { step / 2 };
    }
    let script: Vec<_> = answers
        .iter()
        .map(|text| {
            if text.is_empty() {
                (400, "", "{}")
            } else {
                (200, "", text.as_str())
            }
        })
        .collect();
    let bench = Bench::new(&script).await;
    let newest = bench.client.data_prep().newest("m").await.unwrap();
    assert_eq!(newest.unwrap().version, count - 1);
    let asked = bench.asked();
    assert_eq!(asked.len(), script.len());
    let version = |path: &str| path.rsplit('=').next().unwrap().to_owned();
    asked.iter().map(|it| version(&it.path)).collect()
}

#[tokio::test]
async fn the_newest_version_of_a_mapping_set_is_searched_for() {
    assert_eq!(versions_asked(1).await, ["0", "1"]);
    assert_eq!(versions_asked(6).await, ["0", "1", "3", "7", "5", "6"]);
    // A service that shows the newest whatever is asked for.
    let newest = r#"{"id": "m", "version": 4}"#;
    let bench = Bench::new(&[(200, "", newest), (200, "", newest)]).await;
    let found = bench.client.data_prep().newest("m").await.unwrap();
    assert_eq!(found.unwrap().version, 4);
}

#[tokio::test]
async fn sandboxes_are_read_to_the_end_however_small_the_pages_are() {
    let page = |names: &[&str]| {
        let items = names.iter().map(|name| json!({ "name": name }));
        json!({"sandboxes": items.collect::<Vec<_>>()}).to_string()
    };
    let names = async |pages: &[String]| {
        let answers: Vec<_> = pages.iter().map(|it| (200, "", it.as_str())).collect();
        let bench = Bench::new(&answers).await;
        let found = bench.client.sandboxes().await.unwrap();
        let names: Vec<_> = found.into_iter().map(|it| it.name).collect();
        (names, bench.asked())
    };
    let (found, asked) = names(&[page(&["prod", "dev"]), page(&["test"]), page(&[])]).await;
    assert_eq!(found, ["prod", "dev", "test"]);
    let offsets: Vec<_> = asked.iter().map(|it| it.path.rsplit_once('=')).collect();
    let offsets: Vec<_> = offsets.into_iter().flatten().map(|(_, it)| it).collect();
    assert_eq!(offsets, ["0", "2", "3"]);
    // Whoever knows no pages says the same again.
    let all = page(&["prod", "dev"]);
    let (found, asked) = names(&[all.clone(), all]).await;
    assert_eq!((found.len(), asked.len()), (2, 2));
}
