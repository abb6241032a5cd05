//! Schema Registry: what can be read. What can be changed is in [`change`].

mod accept;
mod change;
mod descriptors;
mod pages;
mod shape;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::query::Query;
use super::{Answer, App, Refusal, xdm};
use crate::TENANT;
use crate::store::{Contents, Shelf};
use accept::{Purpose, accepted};
pub(super) use change::in_union;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/stats", get(stats))
        .route(
            "/tenant/descriptors",
            get(descriptors::list).post(descriptors::create),
        )
        .route(
            "/tenant/descriptors/{id}",
            get(descriptors::one)
                .put(descriptors::replace)
                .delete(descriptors::delete),
        )
        .route("/{container}/{resource}", get(list).post(change::create))
        .route(
            "/{container}/{resource}/{id}",
            get(look_up)
                .put(change::put)
                .patch(change::patch)
                .delete(change::delete),
        )
}

fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::service(400, "Bad Request", detail)
}

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::service(
        404,
        "Resource not found",
        format!("there is no {what} {id}"),
    )
}

async fn stats(State(app): State<Arc<App>>) -> Answer {
    let store = app.store.lock();
    let answer = json!({
        "imsOrg": crate::ORGANIZATION,
        "tenantId": TENANT,
        "counts": {
            "schemas": store.schemas.len(),
            "mixins": store.field_groups.len(),
            "datatypes": 0,
            "classes": 0,
            "unions": 0,
        },
    });
    Ok(Json(answer).into_response())
}

/// The shelf on which the tenant's things of this kind stand.
fn kept<'s>(
    store: &'s mut Contents,
    container: &str,
    resource: &str,
) -> Result<&'s mut Shelf, Refusal> {
    match (container, resource) {
        ("tenant", "schemas") => Ok(&mut store.schemas),
        ("tenant", "fieldgroups" | "mixins") => Ok(&mut store.field_groups),
        _ => Err(unknown("container", &format!("{container}/{resource}"))),
    }
}

/// Adobe's own things, and the kinds of which a tenant has none here.
fn fixed(container: &str, resource: &str) -> Option<Vec<Value>> {
    let ids: &[&str] = match (container, resource) {
        ("global", "classes") => &xdm::GLOBAL_CLASSES,
        ("global", "fieldgroups" | "mixins") => &xdm::GLOBAL_FIELD_GROUPS,
        ("global", "behaviors") => &xdm::GLOBAL_BEHAVIORS,
        ("global", "schemas" | "datatypes") | ("tenant", "classes" | "datatypes") => &[],
        _ => return None,
    };
    Some(ids.iter().filter_map(|id| xdm::global(id)).collect())
}

async fn list(
    State(app): State<Arc<App>>,
    Path((container, resource)): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let form = accepted(&headers, Purpose::List)?;
    let all: Vec<Value> = if let Some(fixed) = fixed(&container, &resource) {
        fixed
    } else {
        let mut store = app.store.lock();
        kept(&mut store, &container, &resource)?
            .values()
            .cloned()
            .collect()
    };
    let all = all.into_iter().filter(|it| query.passes(it)).collect();
    let mut page = pages::page(&query, all, &format!("/{container}/{resource}"))?;
    if form.is_brief {
        for thing in &mut page.results {
            *thing = shape::brief(thing);
        }
    }
    Ok(Json(page.json()).into_response())
}

async fn look_up(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    let form = accepted(&headers, Purpose::LookUp)?;
    let mut store = app.store.lock();
    let fits = |it: &Value| it["$id"] == *id || it["meta:altId"] == *id;
    let found = match fixed(&container, &resource) {
        Some(fixed) => fixed.into_iter().find(fits),
        None => find(kept(&mut store, &container, &resource)?, &id).cloned(),
    };
    let mut found = found.ok_or_else(|| unknown(&resource, &id))?;
    if form.is_full {
        shape::resolve(&store, &mut found);
    }
    if form.is_described {
        let mine = |it: &&Value| it["xdm:sourceSchema"] == found["$id"];
        let descriptors: Vec<_> = store.descriptors.values().filter(mine).cloned().collect();
        found["meta:descriptors"] = Value::Array(descriptors);
    }
    if form.is_untitled {
        shape::untitle(&mut found);
    }
    Ok(Json(found).into_response())
}

/// By `$id` or `meta:altId`.
fn find<'s>(kept: &'s Shelf, id: &str) -> Option<&'s Value> {
    kept.get(id)
        .or_else(|| kept.values().find(|it| it["meta:altId"] == *id))
}

/// The class and the field groups of a schema.
fn parts(store: &Contents, schema: &Value) -> Vec<Value> {
    let ids = references(schema);
    ids.filter_map(|id| xdm::global(id).or_else(|| store.field_groups.stored(id).cloned()))
        .collect()
}

/// What `allOf` names.
fn references(thing: &Value) -> impl Iterator<Item = &str> {
    let all_of = thing.get("allOf").and_then(Value::as_array);
    all_of
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("$ref")?.as_str())
}

/// A schema by `$id` or `meta:altId`, with all references resolved.
pub(crate) fn resolved(store: &Contents, id: &str) -> Option<xdm::Resolved> {
    Some(resolved_of(store, find(&store.schemas, id)?))
}

fn resolved_of(store: &Contents, schema: &Value) -> xdm::Resolved {
    let mut resolved = xdm::Resolved::default();
    for part in parts(store, schema) {
        resolved.add(&part);
    }
    resolved
}
