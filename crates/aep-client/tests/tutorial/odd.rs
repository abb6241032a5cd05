//! Answers that do not keep to their documentation, and lists that do not end.

use aep_client::{ErrorKind, Kind, MappingLine, NewDataSet, NewMappingSet, SchemaRef};
use serde_json::json;

use crate::bench::Bench;

fn set() -> NewMappingSet {
    NewMappingSet::new("s", vec![MappingLine::new("a", "_id")])
}

#[tokio::test]
async fn nobody_knows_what_became_of_a_creation_whose_answer_can_not_be_read() {
    let dataset = NewDataSet::new("n", SchemaRef::latest("s"));
    for body in ["garbage", "{}", "null", r#"{"id": null}"#, r#"{"id": ""}"#] {
        let bench = Bench::new(&[(201, "", body), (200, "", body), (201, "", body)]).await;
        let client = &bench.client;
        let errors = [
            client.catalog().create_dataset(&dataset).await.unwrap_err(),
            client.data_prep().create(&set()).await.unwrap_err(),
            client
                .flow_service()
                .create(&set().request())
                .await
                .map(|it| it.id)
                .unwrap_err(),
        ];
        for error in errors {
            assert!(error.is_unknown(), "{body}: {error}");
            assert_eq!(error.request_id(), Some("request-7"));
        }
        // None of them was sent again.
        assert_eq!(bench.asked().len(), 3, "{body}");
    }
    // What changes nothing is unreadable, and no more.
    let bench = Bench::new(&[(200, "", "garbage")]).await;
    let error = bench.client.flow_service().flow_specs().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn the_platforms_words_in_a_200_are_told() {
    let soft = r#"{"errorCode": "FLOW-7", "errorMessage": "not today"}"#;
    let bench = Bench::new(&[(200, "", soft)]).await;
    let error = bench.client.data_prep().create(&set()).await.unwrap_err();
    assert!(error.to_string().contains("not today"), "{error}");
    assert!(error.is_unknown() && error.code() == Some("FLOW-7"));
}

#[tokio::test]
async fn a_creation_needs_no_etag() {
    let bench = Bench::new(&[(201, "", r#"{"id": "f", "etag": null}"#)]).await;
    let request = set().request();
    let created = bench.client.flow_service().create(&request).await.unwrap();
    assert_eq!((created.id.as_str(), created.etag.as_str()), ("f", ""));
}

#[tokio::test]
async fn nulls_and_odd_items_hide_nothing() {
    let bench = Bench::new(&[
        (200, "", r#"{"items": null, "_links": null}"#),
        (
            200,
            "",
            r#"{"items": [7, {"name": "n"}, {"id": "1", "name": "n", "description": null,
            "state": null, "etag": null}], "_links": {}}"#,
        ),
        (
            200,
            "",
            r#"{"items": [{"id": "f", "name": null, "version": 1, "sourceConnectionSpecIds": null,
            "targetConnectionSpecIds": ["t", null], "transformationSpecs": [{"name": null}, 1]}]}"#,
        ),
        (
            200,
            "",
            r#"{"results": [{"title": "t"}, {"$id": "s", "title": "t", "meta:altId": null,
            "version": null}], "_page": null}"#,
        ),
        (
            200,
            "",
            r#"{"xdm:descriptorIdentity": [{"@id": "d", "xdm:sourceSchema": "s",
            "xdm:sourceProperty": null}, {"@id": null}], "other": null}"#,
        ),
        (
            200,
            "",
            r#"{"b": {"status": null, "errors": [null, {"code": 7}], "metrics": null}, "c": 7}"#,
        ),
        (
            200,
            "",
            r#"{"data": [{"id": "m", "version": "3", "xdmSchema": "s"}, {"version": 1}, null]}"#,
        ),
    ])
    .await;
    let (flows, registry) = (bench.client.flow_service(), bench.client.schema_registry());
    assert!(flows.list(Kind::Flow).await.unwrap().is_empty());
    let found = flows.find(Kind::Flow, "n").await.unwrap();
    assert_eq!((found.len(), found[0].id.as_str()), (1, "1"));
    let specs = flows.flow_specs().await.unwrap();
    assert_eq!(specs[0].target_connection_spec_ids, ["t"]);
    assert_eq!(specs[0].version, "1");
    let schemas = registry.find(aep_client::Resource::Schemas, "t").await;
    assert_eq!(schemas.unwrap().len(), 1);
    assert_eq!(registry.descriptors("s").await.unwrap().len(), 1);
    let batches = bench.client.catalog().batches("d", None).await.unwrap();
    assert_eq!(
        (batches.len(), batches[0].errors[0].code.as_str()),
        (1, "7")
    );
    let sets = bench.client.data_prep().find_by_schema("s").await.unwrap();
    assert_eq!((sets.len(), sets[0].version), (1, 3));
}

#[tokio::test]
async fn one_that_is_there_and_can_not_be_read_is_not_gone() {
    let bench = Bench::new(&[(200, "", r#"{"items": [{"name": "n"}]}"#)]).await;
    let found = bench.client.flow_service().get(Kind::Flow, "f").await;
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn a_list_that_can_not_be_followed_is_no_list() {
    let page = |name: &str| {
        let item = |n: u32| json!({ name: format!("{n}"), "xdmSchema": "s" });
        json!({ "data": (0..100).map(item).collect::<Vec<_>>() }).to_string()
    };
    let keyed = |n: u32| (n.to_string(), json!({"status": "success"}));
    let keyed: serde_json::Map<_, _> = (0..100).map(keyed).collect();
    let (files, sets, batches) = (page("name"), page("id"), json!(keyed).to_string());
    // Each answers the same full page whatever `start` says.
    let bench = Bench::new(&[(200, "", &files), (200, "", &files)]).await;
    let error = bench
        .client
        .data_access()
        .failed_files("b")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), bench.asked().len()),
        (ErrorKind::Unreadable, 2)
    );
    assert!(error.to_string().contains("full page"), "{error}");
    let bench = Bench::new(&[(200, "", &sets), (200, "", &sets)]).await;
    let error = bench
        .client
        .data_prep()
        .find_by_schema("s")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), bench.asked().len()),
        (ErrorKind::Unreadable, 2)
    );
    let bench = Bench::new(&[(200, "", &batches), (200, "", &batches)]).await;
    let error = bench.client.catalog().batches("d", None).await.unwrap_err();
    assert_eq!(
        (error.kind(), bench.asked().len()),
        (ErrorKind::Unreadable, 2)
    );
}

#[tokio::test]
async fn a_list_of_files_is_followed_however_it_goes_on() {
    let page = |from: u32, to: u32, rest: serde_json::Value| {
        let item = |n: u32| json!({"name": n.to_string(), "length": "1"});
        let mut page = json!({"data": (from..to).map(item).collect::<Vec<_>>()});
        page.as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        page.to_string()
    };
    let next = "https://elsewhere/data/foundation/export/batches/b/failed?limit=100&page=1";
    // By a link, though the page is not full; then by a smaller limit than was asked for.
    let pages = [
        page(0, 3, json!({"_links": {"next": {"href": next}}})),
        page(3, 5, json!({"_page": {"limit": 2, "count": 2}})),
        page(5, 6, json!({"_page": {"limit": 2, "count": 1}})),
    ];
    let answers: Vec<_> = pages.iter().map(|page| (200, "", page.as_str())).collect();
    let bench = Bench::new(&answers).await;
    let found = bench.client.data_access().failed_files("b").await.unwrap();
    let asked: Vec<String> = bench.asked().into_iter().map(|it| it.path).collect();
    let base = "/data/foundation/export/batches/b/failed";
    assert_eq!(found.len(), 6);
    let wanted = ["limit=100&start=0", "limit=100&page=1", "limit=100&start=5"];
    assert_eq!(asked, wanted.map(|query| format!("{base}?{query}")));
}

#[tokio::test]
async fn a_marker_is_no_file_of_records() {
    let names = ["_SUCCESS", "part-0.json", "failed/_SUCCESS", "_committed_7"];
    let files: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
    let page = json!({ "data": files }).to_string();
    let bench = Bench::new(&[(200, "", &page)]).await;
    let found = bench.client.data_access().failed_files("b").await.unwrap();
    let found: Vec<_> = found.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(found, ["part-0.json"]);
}

#[tokio::test]
async fn a_mapping_set_is_for_a_schema_however_that_is_named() {
    let id = "https://ns.adobe.com/acme/schemas/0f";
    let sets = json!({"data": [
        {"id": "1", "xdmSchema": "_acme.schemas.0f"},
        {"id": "2", "outputSchema": {"schemaRef": {"id": id}}, "xdmSchema": null},
        {"id": "3", "xdmSchema": "_acme.schemas.1f"},
        {"id": "4"},
    ]});
    let bench = Bench::new(&[(200, "", &sets.to_string())]).await;
    let found = bench.client.data_prep().find_by_schema(id).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn the_older_address_of_data_prep_answers_for_itself() {
    // Where it acts and nobody hears of it, that is what has to be told.
    let bench = Bench::new(&[(404, "", "{}"), (500, "", r#"{"message": "oops"}"#)]).await;
    let error = bench.client.data_prep().create(&set()).await.unwrap_err();
    assert_eq!((error.is_unknown(), error.status()), (true, Some(500)));
    // Where neither has it, the address of the guide is the one to name.
    let bench = Bench::new(&[(404, "", "{}"), (404, "", "{}")]).await;
    let error = bench.client.data_prep().create(&set()).await.unwrap_err();
    assert_eq!(error.path(), "/data/foundation/conversion/mappingSets");
    assert_eq!(error.status(), Some(404));

    let bench = Bench::new(&[(404, "", "{}"), (204, "", "")]).await;
    assert!(bench.client.data_prep().delete("m").await.unwrap());
    assert_eq!(bench.asked()[1].path, "/data/foundation/mappingSets/m");
    for status in [404, 405] {
        let bench = Bench::new(&[(404, "", "{}"), (status, "", "{}")]).await;
        assert!(!bench.client.data_prep().delete("m").await.unwrap());
        assert_eq!(bench.asked().len(), 2);
    }
}

#[tokio::test]
async fn the_last_runs_are_one_page_newest_first() {
    let next = r#"{"items": [{"id": null, "metrics": {"recordSummary": {"inputRecordCount": "3"}}}],
        "_links": {"next": {"href": "/runs?continuationToken=x"}}}"#;
    let bench = Bench::new(&[(200, "", next)]).await;
    let runs = bench
        .client
        .flow_service()
        .last_runs("f", 10)
        .await
        .unwrap();
    assert_eq!(runs[0].records(), (Some(3), None, None));
    assert_eq!(
        bench.asked()[0].path,
        "/data/foundation/flowservice/runs?property=flowId%3D%3Df&orderby=-createdAt&limit=10"
    );
    assert_eq!(bench.asked().len(), 1);
}
