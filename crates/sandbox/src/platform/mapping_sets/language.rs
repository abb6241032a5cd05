//! The language of expressions: what there is in it, and whether one is right.

use axum::Json;
use axum::body::Bytes;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::bad;
use crate::landing::{Expression, Function, functions as all};
use crate::platform::Answer;

pub(super) async fn functions() -> Answer {
    let function = |function: &Function| {
        let count = function.most.min(function.least.max(1));
        let params =
            (1..=count).map(|place| json!({"name": format!("p{place}"), "position": place}));
        json!({
            "function": function.name,
            "syntax": format!("{}({})", function.name, if function.most == 0 { "" } else { "…" }),
            "params": params.collect::<Vec<_>>(),
            "since": 1,
        })
    };
    let found: Vec<_> = all().map(function).collect();
    Ok(Json(found).into_response())
}

pub(super) async fn operators() -> Answer {
    let found = [
        "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||",
    ];
    let found = found.map(|sign| json!({"operatorSymbol": sign, "numberOfOperands": 2}));
    Ok(Json(found.to_vec()).into_response())
}

/// 200 either way: a wrong expression is an answer, not an error.
pub(super) async fn validate(body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let text = body.get("expression").and_then(Value::as_str);
    let text = text.ok_or_else(|| bad("expression is required"))?;
    Ok(Json(json!(Expression::parse(text).is_ok())).into_response())
}
