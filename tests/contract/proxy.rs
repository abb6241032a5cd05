//! A proxy that writes down what passes between a client and the sandbox.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use sandbox::Sandbox;
use tokio::sync::oneshot;

use super::exchange::Exchange;

/// Stops when it is dropped.
pub(crate) struct Proxy {
    url: String,
    seen: Arc<Mutex<Vec<Exchange>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Clone)]
struct Relay {
    /// Where it listens.
    url: String,
    /// Where the sandbox does.
    behind: String,
    http: reqwest::Client,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

impl Proxy {
    pub(crate) fn before(sandbox: &Sandbox) -> Proxy {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let relay = Relay {
            url: url.clone(),
            behind: sandbox.platform_url(),
            http: reqwest::Client::new(),
            seen: Arc::clone(&seen),
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let router = Router::new().fallback(pass).with_state(relay);
                tokio::select! {
                    served = axum::serve(listener, router) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Proxy {
            url,
            seen,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// The program's variables for the sandbox behind.
    pub(crate) fn variables(&self, sandbox: &Sandbox) -> Vec<(String, String)> {
        let behind = sandbox.platform_url();
        let variables = sandbox.env().into_iter();
        variables
            .map(|(name, value)| (name, value.replace(&behind, &self.url)))
            .collect()
    }

    /// What has passed so far, which is then forgotten. Asking a server for the time is no call of its API.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        let mut seen =
            std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        seen.retain(|it| it.method != "HEAD" || it.target != "/");
        seen
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn noted(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
        .collect()
}

async fn pass(State(relay): State<Relay>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap();
    let target = head.uri.path_and_query().unwrap().to_string();
    let mut sent = relay
        .http
        .request(head.method.clone(), format!("{}{target}", relay.behind))
        .body(body.clone());
    for (name, value) in &head.headers {
        if !["host", "content-length", "accept-encoding"].contains(&name.as_str()) {
            sent = sent.header(name, value);
        }
    }
    let answer = sent.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut bytes = answer.bytes().await.unwrap();
    let kind = headers.get("content-type").and_then(|it| it.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json")) {
        // What the sandbox says of its own address has to lead here again.
        let text = String::from_utf8_lossy(&bytes).replace(&relay.behind, &relay.url);
        bytes = text.into();
    }
    relay
        .seen
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Exchange {
            method: head.method.to_string(),
            target,
            headers: noted(&head.headers),
            body: body.to_vec(),
            status: status.as_u16(),
            answer_headers: noted(&headers),
            answer: bytes.to_vec(),
        });
    let mut response = Response::builder().status(status);
    for (name, value) in &headers {
        let is_head = head.method == "HEAD" && name == "content-length";
        if is_head || !["content-length", "transfer-encoding"].contains(&name.as_str()) {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(bytes)).unwrap()
}
