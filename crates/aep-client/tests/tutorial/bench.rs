//! A server that answers what it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aep_client::{Client, Retries};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// What was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Status, `Retry-After`, body.
pub(crate) type Scripted = (u16, &'static str, String);

#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) answers: Arc<Mutex<VecDeque<Scripted>>>,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) tokens: Arc<Mutex<u32>>,
    pub(crate) token_life: Arc<Mutex<u64>>,
}

pub(crate) async fn answer(
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

pub(crate) struct Bench {
    pub(crate) script: Script,
    pub(crate) client: Client,
    pub(crate) url: String,
}

impl Bench {
    pub(crate) async fn new(answers: &[(u16, &'static str, &str)]) -> Bench {
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
        Bench {
            script,
            client,
            url,
        }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }
}

pub(crate) fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}
