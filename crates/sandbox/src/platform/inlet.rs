//! The HTTP inlet: records by POST.

mod door;
mod validation;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, App, Query, Refusal};
use crate::store::{hex, now};

/// The service's limit of a request.
const BODY_MAX: usize = 1_000_000;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/collection/{inlet}", post(single))
        .route("/collection/batch/{inlet}", post(many))
}

/// Raw records, or the envelope of XDM messages around one.
fn record(message: &Value) -> &Value {
    let entity = message.pointer("/body/xdmEntity");
    let body = || {
        message
            .get("body")
            .filter(|_| message.get("header").is_some())
    };
    entity.or_else(body).unwrap_or(message)
}

async fn single(
    State(app): State<Arc<App>>,
    Path(inlet): Path<String>,
    query: Query,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let message = serde_json::from_slice::<Value>(&body).ok();
    let named = message.as_ref().and_then(named_flow);
    let flow = door::enter(&app, &inlet, &query, &headers, body.len(), named)?;
    let Some(message) = message.filter(Value::is_object) else {
        return Err(Refusal::collection(
            400,
            "Invalid JSON",
            "the message is not a JSON object",
        ));
    };
    let is_checked = validation::is_asked_for(&query);
    let record = record(&message);
    if is_checked {
        validation::check(&app, &inlet, &flow, record)?;
    }
    // What came is handed over as it came, where it is the record itself.
    let bytes = if std::ptr::eq(record, &raw const message) {
        body.to_vec()
    } else {
        record.to_string().into_bytes()
    };
    app.runner.offer(&flow, bytes);
    let validation = if is_checked {
        json!({"skipped": false, "status": "pass"})
    } else {
        json!({"skipped": true})
    };
    let answer = json!({
        "inletId": inlet, "xactionId": transaction(), "receivedTimeMs": now(),
        "syncValidation": validation,
    });
    Ok(Json(answer).into_response())
}

/// The flow in an XDM message's header.
fn named_flow(message: &Value) -> Option<&str> {
    message.pointer("/header/flowId")?.as_str()
}

async fn many(
    State(app): State<Arc<App>>,
    Path(inlet): Path<String>,
    query: Query,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if validation::is_asked_for(&query) {
        return Err(validation::single_only());
    }
    let parsed = serde_json::from_slice::<Value>(&body).ok();
    let messages = parsed
        .as_ref()
        .and_then(|body| body.get("messages")?.as_array());
    let named = messages.and_then(|all| named_flow(all.first()?));
    let flow = door::enter(&app, &inlet, &query, &headers, body.len(), named)?;
    let Some(messages) = messages else {
        return Err(Refusal::collection(
            400,
            "Invalid JSON",
            "messages is missing",
        ));
    };
    let take = |message: &Value| {
        let record = record(message);
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

fn transaction() -> String {
    format!(
        "{}:{}:{}",
        now(),
        u16::from_str_radix(&hex(3), 16).unwrap_or_default(),
        hex(2)
    )
}
