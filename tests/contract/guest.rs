//! A plain HTTP client that is right in every header.

use reqwest::{Method, RequestBuilder};
use sandbox::Sandbox;
use serde_json::{Value, json};

const IDS: &str = "application/vnd.adobe.xed-id+json";
const FULL: &str = "application/vnd.adobe.xed-full+json; version=1";
const DESCRIPTORS: &str = "application/vnd.adobe.xdm+json";
const REGISTRY: &str = "foundation/schemaregistry";

/// Somebody who is right in every header.
pub(super) struct Guest<'s> {
    sandbox: &'s Sandbox,
    url: String,
    pub(super) http: reqwest::Client,
    token: String,
}

impl<'s> Guest<'s> {
    /// At an address that leads to the sandbox, with a token of its own.
    pub(super) async fn at(sandbox: &'s Sandbox, url: String) -> Guest<'s> {
        let mut guest = Guest {
            sandbox,
            url,
            http: reqwest::Client::new(),
            token: String::new(),
        };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", sandbox.client_id()),
            ("client_secret", sandbox.client_secret()),
            ("scope", "openid,AdobeID"),
        ];
        let url = format!("{}/ims/token/v3", guest.url);
        let token = guest.send(guest.http.post(url).form(&form)).await;
        guest.token = text(&token, "/access_token");
        guest
    }

    pub(super) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/data/{path}", self.url);
        self.http
            .request(method, url)
            .bearer_auth(&self.token)
            .header("x-api-key", self.sandbox.client_id())
            .header("x-gw-ims-org-id", self.sandbox.organization())
            .header("x-sandbox-name", "prod")
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let (status, url) = (answer.status(), answer.url().clone());
        let text = answer.text().await.unwrap_or_default();
        assert!(status.is_success(), "{url}: {status}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let accept = if path.contains("descriptors") {
            DESCRIPTORS
        } else if path.starts_with(REGISTRY) && (path.contains("http") || path.contains('_')) {
            FULL
        } else {
            IDS
        };
        let request = self.call(Method::GET, path).header("accept", accept);
        self.send(request).await
    }

    pub(super) async fn with(&self, method: Method, path: &str, body: Value) -> Value {
        self.send(self.call(method, path).json(&body)).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.with(Method::POST, path, body).await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Value {
        self.with(Method::PUT, path, body).await
    }

    pub(super) async fn delete(&self, path: &str) {
        self.send(self.call(Method::DELETE, path)).await;
    }

    pub(super) async fn patch(&self, path: &str, etag: &str) -> String {
        let operation = json!([{"op": "add", "path": "/description", "value": "changed"}]);
        let request = self.call(Method::PATCH, path).header("if-match", etag);
        let answer = self.send(request.json(&operation)).await;
        answer["etag"].as_str().unwrap().to_owned()
    }
}

pub(super) fn text(value: &Value, at: &str) -> String {
    let found = value.pointer(at).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no {at} in {value}"))
        .to_owned()
}

pub(super) fn encoded(id: &str) -> String {
    id.replace(':', "%3A").replace('/', "%2F")
}
