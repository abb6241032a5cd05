//! Who may come in by an inlet, and to which flow.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::BODY_MAX;
use crate::platform::{App, Query, Refusal};
use crate::store::Contents;

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::collection(400, "Bad Request", message)
}

/// The flow that a request is for, if it may come in. `named` is the one in the message itself.
pub(super) fn enter(
    app: &App,
    inlet: &str,
    query: &Query,
    headers: &HeaderMap,
    length: usize,
    named: Option<&str>,
) -> Result<String, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if length > BODY_MAX {
        return Err(Refusal::collection(
            413,
            "Payload Too Large",
            "a request has at most 1 MB",
        ));
    }
    if !text("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(bad("the content type has to be application/json"));
    }
    let store = app.store.lock();
    let mut connections = store.connections.iter();
    let is_it = |it: &Value| it.pointer("/auth/params/inletId") == Some(&json!(inlet));
    let Some((base, connection)) = connections.find(|(_, it)| is_it(it)) else {
        return Err(Refusal::collection(
            404,
            "Not Found",
            format!("no inlet {inlet}"),
        ));
    };
    if connection.pointer("/auth/params/authenticationRequired") == Some(&json!(true)) {
        authenticated(app, text("authorization"))?;
    }
    let flow = text("x-adobe-flow-id")
        .or_else(|| query.get("x-adobe-flow-id"))
        .or(named)
        .ok_or_else(|| bad("x-adobe-flow-id is missing"))?;
    if !reads(&store, flow, base) {
        return Err(bad(format!("flow {flow} does not read this inlet")));
    }
    Ok(flow.to_owned())
}

fn authenticated(app: &App, authorization: Option<&str>) -> Result<(), Refusal> {
    let refuse = |status, message: &str| Err(Refusal::collection(status, "Authorization", message));
    match authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        None => refuse(401, "the inlet asks for a token"),
        Some(token) if app.is_good(token) => Ok(()),
        Some(_) => refuse(403, "the token is expired"),
    }
}

fn reads(store: &Contents, flow: &str, base: &str) -> bool {
    let flow = store.flows.get(flow);
    let source = flow.and_then(|it| it.pointer("/sourceConnectionIds/0")?.as_str());
    let source = source.and_then(|id| store.source_connections.get(id));
    source.and_then(|it| it.get("baseConnectionId")?.as_str()) == Some(base)
}
