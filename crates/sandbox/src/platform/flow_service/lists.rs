//! Lists in pages, newest first: `{items, _links: {next: {href}}}`.

use axum::Json;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use crate::platform::query::sort;
use crate::platform::{Answer, Query, Refusal};

/// At most so many in a page.
const MOST: usize = 100;

/// The part of `found` (oldest first) that is asked for.
pub(super) fn page(kind: &str, query: &Query, mut found: Vec<Value>) -> Answer {
    let bad = |message: String| Refusal::flow(400, message);
    let limit = query.count("limit", 20).map_err(bad)?.clamp(1, MOST);
    let start = query.count("continuationToken", 0).map_err(bad)?;
    match query.get("orderby") {
        Some(order) => sort(&mut found, order, |it| it),
        None => found.reverse(),
    }
    let all = found.len();
    let items: Vec<_> = found.into_iter().skip(start).take(limit).collect();
    let links = if all > start + limit {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        for property in query.all("property") {
            next.append_pair("property", property);
        }
        if let Some(order) = query.get("orderby") {
            next.append_pair("orderby", order);
        }
        next.append_pair("limit", &limit.to_string());
        next.append_pair("continuationToken", &(start + limit).to_string());
        json!({"next": {"href": format!("/{kind}?{}", next.finish())}})
    } else {
        json!({})
    };
    let mut answer = json!({"items": items, "_links": links});
    if query.get("count") == Some("true") {
        answer["_page"] = json!({"count": all, "totalCount": all});
    }
    Ok(Json(answer).into_response())
}
