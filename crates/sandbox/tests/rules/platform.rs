//! A sandbox, and a plain HTTP client that is right in every header.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Method, RequestBuilder, Response};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

pub(crate) const IDS: &str = "application/vnd.adobe.xed-id+json";
pub(crate) const FULL: &str = "application/vnd.adobe.xed-full+json; version=1";
pub(crate) const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
pub(crate) const PERSONAL: &str = "https://ns.adobe.com/xdm/context/profile-personal-details";
pub(crate) const PERSON: &str = "https://ns.adobe.com/xdm/context/profile-person-details";
pub(crate) const EVENT_HUBS: &str = "bf9f5905-92b7-48bf-bf20-455bc6b60a4e";
pub(crate) const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
pub(crate) const STREAM_FLOW: &str = "d69717ba-71b4-4313-b654-49f9cf126d7a";

pub(crate) struct Platform {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

impl Platform {
    pub(crate) async fn new() -> Platform {
        Platform::with(SandboxOptions::default()).await
    }

    pub(crate) async fn with(options: SandboxOptions) -> Platform {
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
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
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

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path)
            .header("accept", FULL)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.call(Method::POST, path)
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> u16 {
        self.call(Method::DELETE, path)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    pub(crate) async fn schema(&self) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let title = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let body = json!({
            "type": "object", "title": title, "meta:class": PROFILE,
            "allOf": [{"$ref": PROFILE}, {"$ref": PERSON}],
        });
        created(
            self.post("schemaregistry/tenant/schemas", body).await,
            "$id",
        )
        .await
    }

    pub(crate) async fn dataset(&self, schema: &str) -> String {
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

    pub(crate) async fn base(&self) -> String {
        let body = json!({"name": "b", "connectionSpec": {"id": EVENT_HUBS, "version": "1.0"},
            "auth": {"specName": "Azure EventHub authentication credentials",
                "params": {"sasKeyName": "n", "sasKey": "geheim", "namespace": "ns"}}});
        created(self.post("flowservice/connections", body).await, "id").await
    }

    /// Base and source connection of an inlet, and its address.
    pub(crate) async fn http_source(&self) -> (String, String, String) {
        let spec = json!({"id": "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "version": "1.0"});
        let base = json!({"name": "b", "connectionSpec": spec,
            "auth": {"specName": "Streaming Connection", "params": {"dataType": "raw"}}});
        let base = created(self.post("flowservice/connections", base).await, "id").await;
        let source = json!({"name": "s", "baseConnectionId": base, "connectionSpec": spec});
        let source = created(
            self.post("flowservice/sourceConnections", source).await,
            "id",
        )
        .await;
        let (_, shown) = told(self.get(&format!("flowservice/connections/{base}")).await).await;
        let inlet = shown["items"][0]["auth"]["params"]["inletUrl"].as_str();
        (base, source, inlet.unwrap().to_owned())
    }

    /// A flow that reads an inlet, the inlet's address, and the dataset.
    pub(crate) async fn http_flow(&self, lines: Value) -> (String, String, String) {
        let schema = self.schema().await;
        let dataset = self.dataset(&schema).await;
        let (flow, inlet) = self.http_flow_into(&schema, &dataset, lines).await;
        (flow, inlet, dataset)
    }

    /// The same into a dataset of this schema.
    pub(crate) async fn http_flow_into(
        &self,
        schema: &str,
        dataset: &str,
        lines: Value,
    ) -> (String, String) {
        let (_, source, inlet) = self.http_source().await;
        let target = json!({"name": "t", "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
            "data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset}});
        let target = created(
            self.post("flowservice/targetConnections", target).await,
            "id",
        )
        .await;
        let set =
            json!({"version": 0, "xdmSchema": schema, "xdmVersion": "1.0", "mappings": lines});
        let (_, set) = told(self.post("conversion/mappingSets", set).await).await;
        let flow = json!({"name": "f",
            "flowSpec": {"id": "c1a19761-d2c7-4702-b9fa-fe91f0613e81", "version": "1.0"},
            "sourceConnectionIds": [source], "targetConnectionIds": [target],
            "transformations": [{"name": "Mapping",
                "params": {"mappingId": set["id"], "mappingVersion": 0}}]});
        let flow = created(self.post("flowservice/flows", flow).await, "id").await;
        (flow, inlet)
    }

    /// Everything up to a flow, which is returned.
    pub(crate) async fn flow(&self) -> String {
        let params = json!({"eventHubName": "h", "dataType": "raw", "reset": "latest"});
        self.flow_from(&self.base().await, EVENT_HUBS, params).await
    }

    /// The same with a source behind a base connection.
    pub(crate) async fn flow_from(&self, base: &str, spec: &str, params: Value) -> String {
        let schema = self.schema().await;
        let dataset = self.dataset(&schema).await;
        let source = json!({"name": "s", "baseConnectionId": base, "data": {"format": "json"},
            "connectionSpec": {"id": spec, "version": "1.0"}, "params": params});
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

pub(crate) async fn token(http: &reqwest::Client, sandbox: &Sandbox, secret: &str) -> Response {
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

pub(crate) async fn created(answer: Response, id: &str) -> String {
    let (status, body) = told(answer).await;
    assert_eq!(status, 201, "{body}");
    body[id].as_str().unwrap().to_owned()
}

pub(crate) async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// An `$id` as it stands in an address.
pub(crate) fn encoded(id: &str) -> String {
    id.replace(':', "%3A").replace('/', "%2F")
}
