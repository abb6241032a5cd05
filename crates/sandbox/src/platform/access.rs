//! Which sandboxes there are, and what may be done in them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Answer, App, Query, Refusal};

/// Sandbox management, as far as everybody may use it.
pub(crate) fn sandboxes() -> Router<Arc<App>> {
    Router::new().route("/", get(available))
}

/// Access control.
pub(crate) fn control() -> Router<Arc<App>> {
    Router::new().route("/acl/effective-policies", post(effective))
}

/// There is one.
async fn available(query: Query) -> Answer {
    let count = |name: &str, default: usize| {
        let count = query.count(name, default);
        count.map_err(|why| Refusal::service(400, "Bad Request", why))
    };
    let (limit, offset) = (count("limit", 50)?, count("offset", 0)?);
    let all = [json!({
        "name": crate::SANDBOX,
        "title": "Production",
        "state": "active",
        "type": "production",
        "region": "VA7",
        "isDefault": true,
        "eTag": 1,
        "createdDate": "2026-01-01 00:00:00",
        "lastModifiedDate": "2026-01-01 00:00:00",
        "createdBy": "system",
        "modifiedBy": "system",
    })];
    let page: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
    let body = json!({
        "sandboxes": page,
        "_page": {"limit": limit, "count": page.len()},
        "_links": {
            "page": {
                "href": "/data/foundation/sandbox-management/?limit={limit}&offset={offset}",
                "templated": true,
            },
        },
    });
    Ok(Json(body).into_response())
}

/// Whoever is let in may do everything.
async fn effective(body: Bytes) -> Answer {
    let bad = |why: &str| Refusal::service(400, "BadRequestError", why);
    let asked: Vec<String> =
        serde_json::from_slice(&body).map_err(|_| bad("a list of names is expected"))?;
    let mut policies = Map::new();
    for name in asked {
        let rights = match name.trim_start_matches('/').split_once('/') {
            Some(("permissions", _)) => json!(["*"]),
            Some(("resource-types", _)) => json!(["read", "write", "delete"]),
            _ => return Err(bad("a name is `/permissions/…` or `/resource-types/…`")),
        };
        policies.insert(name, rights);
    }
    Ok(Json(json!({ "policies": policies })).into_response())
}
