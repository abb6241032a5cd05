//! The tutorial's requests, word for word, and its answers, as they were recorded; and a server that
//! does not behave.

#[cfg(test)]
mod tutorial {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use aep_client::{
        Client, ErrorKind, Kind, MappingLine, NewDataSet, NewFlow, NewMappingSet, NewSchema,
        NewTargetConnection, Retries, SchemaRef, spec,
    };
    use axum::Router;
    use axum::body::Bytes;
    use axum::extract::State;
    use axum::http::{HeaderMap, Method, StatusCode, Uri};
    use axum::response::{IntoResponse, Response};
    use serde_json::{Value, json};

    /// What was asked for.
    #[derive(Clone, Debug)]
    struct Asked {
        method: Method,
        path: String,
        headers: HeaderMap,
        body: Bytes,
    }

    /// Status, `Retry-After`, body.
    type Scripted = (u16, &'static str, String);

    #[derive(Clone, Default)]
    struct Script {
        answers: Arc<Mutex<VecDeque<Scripted>>>,
        asked: Arc<Mutex<Vec<Asked>>>,
        tokens: Arc<Mutex<u32>>,
        token_life: Arc<Mutex<u64>>,
    }

    async fn answer(
        State(script): State<Script>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        if uri.path() == "/ims/token/v3" {
            let mut tokens = script.tokens.lock().unwrap();
            *tokens += 1;
            let body = json!({"access_token": format!("token-{tokens}"), "token_type": "bearer",
                "expires_in": *script.token_life.lock().unwrap()});
            return (StatusCode::OK, body.to_string()).into_response();
        }
        let path = uri.path_and_query().unwrap().to_string();
        script.asked.lock().unwrap().push(Asked {
            method,
            path,
            headers,
            body,
        });
        let next = script.answers.lock().unwrap().pop_front();
        let (status, retry_after, body) = next.unwrap_or((500, "", "{}".to_owned()));
        let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
        answer
            .headers_mut()
            .insert("x-request-id", "request-7".parse().unwrap());
        if !retry_after.is_empty() {
            answer
                .headers_mut()
                .insert("retry-after", retry_after.parse().unwrap());
        }
        answer
    }

    struct Bench {
        script: Script,
        client: Client,
    }

    impl Bench {
        async fn new(answers: &[(u16, &'static str, &str)]) -> Bench {
            let script = Script::default();
            *script.token_life.lock().unwrap() = 86_399;
            let queue = answers
                .iter()
                .map(|(status, after, body)| (*status, *after, (*body).to_owned()));
            *script.answers.lock().unwrap() = queue.collect();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let router = Router::new().fallback(answer).with_state(script.clone());
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
            let client = Client::builder()
                .organization("ORG@AdobeOrg")
                .client_id("key")
                .client_secret("marked-secret".to_owned())
                .sandbox("dev")
                .platform_url(&url)
                .ims_url(&url)
                .retries(Retries {
                    times: 3,
                    first: Duration::from_millis(1),
                    longest: Duration::from_millis(2),
                    ..Retries::default()
                })
                .build()
                .unwrap();
            Bench { script, client }
        }

        fn asked(&self) -> Vec<Asked> {
            self.script.asked.lock().unwrap().clone()
        }
    }

    fn body(asked: &Asked) -> Value {
        serde_json::from_slice(&asked.body).unwrap()
    }

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
    async fn not_now_is_asked_again_and_the_token_is_fetched_once() {
        let bench = Bench::new(&[
            (429, "0", "{}"),
            (503, "", "{}"),
            (201, "", r#"["@/dataSets/1"]"#),
        ])
        .await;
        let new = NewDataSet::new("n", SchemaRef::latest("s"));
        assert_eq!(
            bench.client.catalog().create_dataset(&new).await.unwrap(),
            "1"
        );
        assert_eq!(bench.asked().len(), 3);
        assert_eq!(*bench.script.tokens.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn a_creation_is_not_repeated_when_nobody_knows_whether_it_worked() {
        let bench = Bench::new(&[(500, "", r#"{"message": "oops"}"#), (201, "", "[]")]).await;
        let error = bench
            .client
            .catalog()
            .create_dataset(&NewDataSet::new("n", SchemaRef::latest("s")))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.request_id()),
            (ErrorKind::Unknown, Some("request-7"))
        );
        assert_eq!(bench.asked().len(), 1);
        // A look-up may be repeated.
        let bench = Bench::new(&[(500, "", "{}"), (200, "", r#"{"items": []}"#)]).await;
        assert!(
            bench
                .client
                .flow_service()
                .get(Kind::Flow, "x")
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(bench.asked().len(), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once() {
        let refused = r#"{"error_code": "401013", "message": "Oauth token is not valid"}"#;
        let bench = Bench::new(&[(401, "", refused), (200, "", r#"{"items": []}"#)]).await;
        bench.client.flow_service().flow_specs().await.unwrap();
        let tokens: Vec<_> = bench
            .asked()
            .iter()
            .map(|it| it.headers["authorization"].to_str().unwrap().to_owned())
            .collect();
        assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
        let bench = Bench::new(&[(401, "", refused), (401, "", refused)]).await;
        let error = bench.client.flow_service().flow_specs().await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(401), Some("401013")));
        assert!(error.help().is_some());
    }

    #[tokio::test]
    async fn a_token_that_is_about_to_expire_is_renewed() {
        let bench =
            Bench::new(&[(200, "", r#"{"items": []}"#), (200, "", r#"{"items": []}"#)]).await;
        *bench.script.token_life.lock().unwrap() = 0;
        bench.client.flow_service().flow_specs().await.unwrap();
        bench.client.flow_service().flow_specs().await.unwrap();
        assert_eq!(*bench.script.tokens.lock().unwrap(), 2);
    }

    #[tokio::test]
    async fn what_a_server_echoes_shows_no_secret() {
        let echo = r#"{"message": "marked-secret token-1 are wrong"}"#;
        let bench = Bench::new(&[(400, "", echo)]).await;
        let error = bench.client.flow_service().flow_specs().await.unwrap_err();
        for text in [
            error.to_string(),
            format!("{error:?}"),
            error.body().to_owned(),
            format!("{:?}", bench.client),
        ] {
            assert!(
                !text.contains("marked-secret") && !text.contains("token-1"),
                "{text}"
            );
        }
        assert!(
            error
                .to_string()
                .starts_with("GET /data/foundation/flowservice/flowSpecs?limit=100: 400 "),
            "{error}"
        );
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
                .mapping_set("m")
                .await
                .unwrap()
                .unwrap()
                .id,
            "m"
        );
        assert_eq!(bench.asked()[1].path, "/data/foundation/mappingSets/m");
        let bench = Bench::new(&[(405, "", "{}")]).await;
        assert!(!bench.client.data_prep().delete("m").await.unwrap());
    }

    #[tokio::test]
    async fn a_platform_that_is_not_there_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let client = Client::builder()
            .organization("o@AdobeOrg")
            .client_id("k")
            .client_secret("s".to_owned())
            .platform_url(&url)
            .ims_url(&url)
            .retries(Retries {
                times: 0,
                ..Retries::default()
            })
            .build()
            .unwrap();
        let error = client.authenticate().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.help().unwrap().contains(&url), "{:?}", error.help());
    }
}
