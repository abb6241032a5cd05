//! Wrong calls are answered as the platform's documentation says: one test per rule. The client here is
//! a plain HTTP client, so that no misunderstanding is shared.

#[cfg(test)]
mod rules {
    use std::time::Duration;

    use reqwest::{Method, RequestBuilder, Response};
    use sandbox::{Sandbox, SandboxOptions};
    use serde_json::{Value, json};

    const IDS: &str = "application/vnd.adobe.xed-id+json";
    const FULL: &str = "application/vnd.adobe.xed-full+json; version=1";
    const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
    const PERSON: &str = "https://ns.adobe.com/xdm/context/profile-person-details";
    const EVENT_HUBS: &str = "bf9f5905-92b7-48bf-bf20-455bc6b60a4e";
    const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
    const STREAM_FLOW: &str = "d69717ba-71b4-4313-b654-49f9cf126d7a";

    struct Platform {
        sandbox: Sandbox,
        http: reqwest::Client,
        token: String,
    }

    impl Platform {
        async fn new() -> Platform {
            Platform::with(SandboxOptions::default()).await
        }

        async fn with(options: SandboxOptions) -> Platform {
            let sandbox = Sandbox::start(options).unwrap();
            let http = reqwest::Client::new();
            let token = token(&http, &sandbox, sandbox.client_secret()).await;
            let token = token.json::<Value>().await.unwrap()["access_token"]
                .as_str()
                .unwrap()
                .to_owned();
            Platform {
                sandbox,
                http,
                token,
            }
        }

        /// A call that is right in every header.
        fn call(&self, method: Method, path: &str) -> RequestBuilder {
            self.http
                .request(
                    method,
                    format!("{}/data/foundation/{path}", self.sandbox.platform_url()),
                )
                .bearer_auth(&self.token)
                .header("x-api-key", self.sandbox.client_id())
                .header("x-gw-ims-org-id", self.sandbox.organization())
                .header("x-sandbox-name", "prod")
        }

        async fn get(&self, path: &str) -> Response {
            self.call(Method::GET, path)
                .header("accept", FULL)
                .send()
                .await
                .unwrap()
        }

        async fn post(&self, path: &str, body: Value) -> Response {
            self.call(Method::POST, path)
                .json(&body)
                .send()
                .await
                .unwrap()
        }

        async fn delete(&self, path: &str) -> u16 {
            self.call(Method::DELETE, path)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16()
        }

        async fn schema(&self) -> String {
            let body = json!({
                "type": "object", "title": "t", "meta:class": PROFILE,
                "allOf": [{"$ref": PROFILE}, {"$ref": PERSON}],
            });
            created(
                self.post("schemaregistry/tenant/schemas", body).await,
                "$id",
            )
            .await
        }

        async fn dataset(&self, schema: &str) -> String {
            let body = json!({"name": "d", "schemaRef": {"id": schema,
                "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"}});
            let answer = self
                .post("catalog/dataSets?requestDataSource=true", body)
                .await;
            assert_eq!(answer.status(), 201);
            let ids: Value = answer.json().await.unwrap();
            ids[0]
                .as_str()
                .unwrap()
                .strip_prefix("@/dataSets/")
                .unwrap()
                .to_owned()
        }

        async fn base(&self) -> String {
            let body = json!({"name": "b", "connectionSpec": {"id": EVENT_HUBS, "version": "1.0"},
                "auth": {"specName": "Azure EventHub authentication credentials",
                    "params": {"sasKeyName": "n", "sasKey": "geheim", "namespace": "ns"}}});
            created(self.post("flowservice/connections", body).await, "id").await
        }

        /// Everything up to a flow, which is returned.
        async fn flow(&self) -> String {
            let schema = self.schema().await;
            let dataset = self.dataset(&schema).await;
            let source = json!({"name": "s", "baseConnectionId": self.base().await, "data": {"format": "json"},
                "connectionSpec": {"id": EVENT_HUBS, "version": "1.0"},
                "params": {"eventHubName": "h", "dataType": "raw", "reset": "latest"}});
            let source = created(
                self.post("flowservice/sourceConnections", source).await,
                "id",
            )
            .await;
            let target = json!({"name": "t", "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
                "data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset}});
            let target = created(
                self.post("flowservice/targetConnections", target).await,
                "id",
            )
            .await;
            let mapping = json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "mappings": [
                {"sourceAttribute": "firstName", "destinationXdmPath": "person.name.firstName"}]});
            let mapping = self.post("conversion/mappingSets", mapping).await;
            // 200, not 201.
            assert_eq!(mapping.status(), 200);
            let mapping: Value = mapping.json().await.unwrap();
            let flow = json!({"name": "f", "flowSpec": {"id": STREAM_FLOW, "version": "1.0"},
                "sourceConnectionIds": [source], "targetConnectionIds": [target],
                "transformations": [{"name": "Mapping",
                    "params": {"mappingId": mapping["id"], "mappingVersion": 0}}]});
            created(self.post("flowservice/flows", flow).await, "id").await
        }
    }

    async fn token(http: &reqwest::Client, sandbox: &Sandbox, secret: &str) -> Response {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", sandbox.client_id()),
            ("client_secret", secret),
            ("scope", "openid,AdobeID"),
        ];
        http.post(format!("{}/ims/token/v3", sandbox.ims_url()))
            .form(&form)
            .send()
            .await
            .unwrap()
    }

    async fn created(answer: Response, id: &str) -> String {
        let (status, body) = told(answer).await;
        assert_eq!(status, 201, "{body}");
        body[id].as_str().unwrap().to_owned()
    }

    async fn told(answer: Response) -> (u16, Value) {
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    #[tokio::test]
    async fn a_wrong_secret_gets_no_token() {
        let platform = Platform::new().await;
        let (status, body) = told(token(&platform.http, &platform.sandbox, "wrong").await).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_client")));
    }

    #[tokio::test]
    async fn every_header_is_needed() {
        let platform = Platform::new().await;
        let url = format!(
            "{}/data/foundation/flowservice/flowSpecs",
            platform.sandbox.platform_url()
        );
        let headers = [
            (
                "authorization",
                format!("Bearer {}", platform.token),
                403,
                "403010",
            ),
            (
                "x-api-key",
                platform.sandbox.client_id().to_owned(),
                403,
                "403000",
            ),
            (
                "x-gw-ims-org-id",
                platform.sandbox.organization().to_owned(),
                400,
                "400003",
            ),
        ];
        for (missing, _, status, code) in &headers {
            let mut request = platform.http.get(&url).header("x-sandbox-name", "prod");
            for (name, value, ..) in headers.iter().filter(|(name, ..)| name != missing) {
                request = request.header(*name, value);
            }
            let (answered, body) = told(request.send().await.unwrap()).await;
            assert_eq!(
                (answered, &body["error_code"]),
                (*status, &json!(code)),
                "without {missing}"
            );
        }
    }

    #[tokio::test]
    async fn wrong_values_in_headers_are_told_apart() {
        let platform = Platform::new().await;
        let cases = [
            ("authorization", "Bearer nonsense", 401, "401013"),
            ("x-api-key", "somebody", 403, "403003"),
            ("x-gw-ims-org-id", "other@AdobeOrg", 403, "403025"),
            ("x-gw-ims-org-id", "nonsense", 403, "403027"),
        ];
        for (name, value, status, code) in cases {
            let mut request = platform
                .call(Method::GET, "flowservice/flowSpecs")
                .build()
                .unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
            let (answered, body) = told(platform.http.execute(request).await.unwrap()).await;
            assert_eq!(
                (answered, &body["error_code"]),
                (status, &json!(code)),
                "{name}: {value}"
            );
        }
    }

    #[tokio::test]
    async fn a_token_expires() {
        let options = SandboxOptions {
            token_lifetime: Duration::ZERO,
            ..SandboxOptions::default()
        };
        let platform = Platform::with(options).await;
        assert_eq!(platform.get("flowservice/flowSpecs").await.status(), 401);
    }

    #[tokio::test]
    async fn a_body_needs_its_type() {
        let platform = Platform::new().await;
        let request = platform
            .call(Method::POST, "flowservice/connections")
            .body("{}");
        let (status, body) = told(request.send().await.unwrap()).await;
        assert_eq!((status, &body["title"]), (400, &json!("BadRequestError")));
    }

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
            (Some(IDS), 406),
            (Some("text/plain"), 406),
            (Some(FULL), 200),
        ];
        for (accept, status) in cases {
            let mut request = platform.call(Method::GET, &path);
            if let Some(accept) = accept {
                request = request.header("accept", accept);
            }
            assert_eq!(request.send().await.unwrap().status(), status, "{accept:?}");
        }
        assert_eq!(
            platform.get("schemaregistry/global/classes").await.status(),
            200
        );
    }

    #[tokio::test]
    async fn a_schema_needs_a_class_and_known_references() {
        let platform = Platform::new().await;
        for all_of in [
            json!([{"$ref": PERSON}]),
            json!([{"$ref": PROFILE}, {"$ref": "https://ns.adobe.com/x"}]),
        ] {
            let body =
                json!({"type": "object", "title": "t", "meta:class": PROFILE, "allOf": all_of});
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
    async fn a_mapping_has_to_fit_its_schema() {
        let platform = Platform::new().await;
        let schema = platform.schema().await;
        let set = |source: &str, target: &str| {
            json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0",
            "mappings": [{"sourceAttribute": source, "destinationXdmPath": target}]})
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
}
