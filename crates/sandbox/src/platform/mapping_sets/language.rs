//! The language of expressions: what there is in it, and whether one is right.

use axum::Json;
use axum::body::Bytes;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::bad;
use crate::landing::{Expression, functions as all};
use crate::platform::Answer;

pub(super) async fn functions() -> Answer {
    let function = |(name, least, most): (&str, usize, usize)| {
        json!({
            "name": name,
            "isVarArgs": most == usize::MAX,
            "argumentCount": least,
        })
    };
    let found: Vec<_> = all().map(function).collect();
    Ok(Json(found).into_response())
}

pub(super) async fn operators() -> Answer {
    let found = ["==", "!=", "<", ">"].map(|sign| json!({"name": sign}));
    Ok(Json(found.to_vec()).into_response())
}

/// 200 either way: a wrong expression is an answer, not an error.
pub(super) async fn validate(body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let text = body.get("expression").and_then(Value::as_str);
    let text = text.ok_or_else(|| bad("expression is required"))?;
    let answer = match Expression::parse(text) {
        Ok(_) => json!({"valid": true, "errors": []}),
        Err(message) => json!({"valid": false, "errors": [{"message": message}]}),
    };
    Ok(Json(answer).into_response())
}
