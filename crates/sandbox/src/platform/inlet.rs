//! The HTTP inlet: records by POST.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::query::Query;
use super::{Answer, App, Refusal};
use crate::store::{hex, now};

/// The service's limit of a request.
const BODY_MAX: usize = 1_000_000;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/collection/{inlet}", post(single))
        .route("/collection/batch/{inlet}", post(many))
}

async fn single(
    State(app): State<Arc<App>>,
    Path(inlet): Path<String>,
    query: Query,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let flow = enter(&app, &inlet, &query, &headers, &body)?;
    let parsed = serde_json::from_slice::<Value>(&body);
    if !parsed.is_ok_and(|record| record.is_object()) {
        return Err(Refusal::collection(
            400,
            "Invalid JSON",
            "the message is not a JSON object",
        ));
    }
    app.runner.offer(&flow, body.to_vec());
    Ok(
        Json(json!({"inletId": inlet, "xactionId": transaction(), "receivedTimeMs": now()}))
            .into_response(),
    )
}

async fn many(
    State(app): State<Arc<App>>,
    Path(inlet): Path<String>,
    query: Query,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let flow = enter(&app, &inlet, &query, &headers, &body)?;
    let parsed = serde_json::from_slice::<Value>(&body).ok();
    let messages = parsed
        .as_ref()
        .and_then(|body| body.get("messages")?.as_array());
    let Some(messages) = messages else {
        return Err(Refusal::collection(
            400,
            "Invalid JSON",
            "messages is missing",
        ));
    };
    // Raw records, or the envelope of XDM messages around one.
    let take = |message: &Value| {
        let record = message
            .pointer("/body/xdmEntity")
            .or_else(|| message.get("body"))
            .unwrap_or(message);
        if record.is_object() {
            app.runner.offer(&flow, record.to_string().into_bytes());
            json!({"xactionId": transaction()})
        } else {
            json!({"statusCode": 400, "message": "the message is not a JSON object"})
        }
    };
    let responses: Vec<_> = messages.iter().map(take).collect();
    let answer = json!({
        "inletId": inlet,
        "batchId": transaction(),
        "receivedTimeMs": now(),
        "responses": responses,
    });
    Ok((StatusCode::MULTI_STATUS, Json(answer)).into_response())
}

/// The flow that a request is for, if it may come in.
fn enter(
    app: &App,
    inlet: &str,
    query: &Query,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<String, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if body.len() > BODY_MAX {
        return Err(Refusal::collection(
            413,
            "Payload Too Large",
            "a request has at most 1 MB",
        ));
    }
    if !text("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Refusal::collection(
            400,
            "Bad Request",
            "the content type has to be application/json",
        ));
    }
    let store = app.store.lock();
    let connection = store.connections.iter().find(|(_, connection)| {
        connection
            .pointer("/auth/params/inletId")
            .and_then(Value::as_str)
            == Some(inlet)
    });
    let Some((base, connection)) = connection else {
        return Err(Refusal::collection(
            404,
            "Not Found",
            format!("no inlet {inlet}"),
        ));
    };
    let params = connection.pointer("/auth/params");
    let is_authenticated = params
        .and_then(|it| it.get("authenticationRequired"))
        .is_some_and(|it| *it == json!(true));
    if is_authenticated {
        match text("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
            None => {
                return Err(Refusal::collection(
                    401,
                    "Authorization",
                    "the inlet asks for a token",
                ));
            }
            Some(token) if app.is_good(token) => {}
            Some(_) => {
                return Err(Refusal::collection(
                    403,
                    "Authorization",
                    "the token is expired",
                ));
            }
        }
    }
    let flow = text("x-adobe-flow-id").or_else(|| query.get("x-adobe-flow-id").map(String::as_str));
    let Some(flow) = flow else {
        return Err(Refusal::collection(
            400,
            "Bad Request",
            "x-adobe-flow-id is missing",
        ));
    };
    let reads_here = store.flows.get(flow).is_some_and(|flow| {
        let source = flow
            .pointer("/sourceConnectionIds/0")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let source = store.source_connections.get(source);
        source.and_then(|it| it.get("baseConnectionId")?.as_str()) == Some(base)
    });
    if !reads_here {
        return Err(Refusal::collection(
            400,
            "Bad Request",
            format!("flow {flow} does not read this inlet"),
        ));
    }
    Ok(flow.to_owned())
}

fn transaction() -> String {
    format!(
        "{}:{}:{}",
        now(),
        u16::from_str_radix(&hex(3), 16).unwrap_or_default(),
        hex(2)
    )
}
