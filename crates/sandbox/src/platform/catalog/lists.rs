//! Lists of Catalog: filters by time, order, part, and properties.

use axum::Json;
use axum::response::IntoResponse as _;
use serde_json::{Map, Value};

use super::bad;
use crate::platform::query::sort;
use crate::platform::{Answer, Query};

/// So many in a page, if nothing is said.
const PAGE: usize = 20;
/// So many at most.
const MOST: usize = 100;

/// Properties that things of each kind are filtered by, and whether these are numbers.
const FILTERS: [(&str, bool); 8] = [
    ("name", false),
    ("description", false),
    ("version", false),
    ("created", true),
    ("updated", true),
    ("createdClient", false),
    ("createdUser", false),
    ("updatedUser", false),
];

/// The part of `found` (oldest first) that is asked for, as an object keyed by id.
pub(super) fn page(query: &Query, mut found: Vec<(String, Value)>) -> Answer {
    let limit = query.count("limit", PAGE).map_err(bad)?;
    if limit == 0 || limit > MOST {
        return Err(bad(format!("limit has to be between 1 and {MOST}")));
    }
    let start = query.count("start", 0).map_err(bad)?;
    let bound = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(_) => query.number(name, 0).map(Some).map_err(bad),
    };
    let (after, before) = (bound("createdAfter")?, bound("createdBefore")?);
    found.retain(|(_, thing)| {
        let created = thing["created"].as_i64().unwrap_or(0);
        after.is_none_or(|after| created > after) && before.is_none_or(|before| created < before)
    });
    for (name, is_number) in FILTERS {
        let Some(wanted) = query.get(name) else {
            continue;
        };
        if is_number {
            let wanted = query.number(name, 0).map_err(bad)?;
            found.retain(|(_, thing)| thing[name].as_i64() == Some(wanted));
        } else {
            found.retain(|(_, thing)| thing[name] == *wanted);
        }
    }
    if let Some(order) = query.get("orderBy") {
        let way = order.split_once(':').map(|(way, _)| way.to_lowercase());
        if way.is_some_and(|way| way != "asc" && way != "desc") {
            return Err(bad(format!("orderBy {order} is neither asc: nor desc:")));
        }
        sort(&mut found, order, |(_, thing)| thing);
    }
    let part = found.into_iter().skip(start).take(limit);
    let page: Map<String, Value> = part
        .map(|(id, thing)| (id, trimmed(query, thing)))
        .collect();
    Ok(Json(page).into_response())
}

/// Only the `properties` that are asked for.
pub(super) fn trimmed(query: &Query, thing: Value) -> Value {
    let (Some(wanted), Value::Object(mut map)) = (query.get("properties"), thing.clone()) else {
        return thing;
    };
    let wanted: Vec<_> = wanted
        .split(',')
        .map(|name| name.trim().split('.').next().unwrap_or_default())
        .collect();
    map.retain(|name, _| wanted.contains(&name.as_str()));
    Value::Object(map)
}
