//! Schema Registry.

mod descriptors;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::query::{Query, number, passes};
use super::{Answer, App, Refusal, xdm};
use crate::TENANT;
use crate::store::{Contents, hex, now};

const IDS: &str = "application/vnd.adobe.xed-id+json";

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/stats", get(stats))
        .route(
            "/tenant/descriptors",
            get(descriptors::list).post(descriptors::create),
        )
        .route(
            "/tenant/descriptors/{id}",
            get(descriptors::one).delete(descriptors::delete),
        )
        .route("/{container}/{resource}", get(list).post(create))
        .route(
            "/{container}/{resource}/{id}",
            get(look_up).delete(delete).patch(patch),
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

/// Every GET needs an `Accept`; a look-up one that carries a version.
fn accepted(headers: &HeaderMap, is_look_up: bool) -> Result<&str, Refusal> {
    let accept = headers
        .get("accept")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*/*");
    if accept == "*/*" {
        return Err(bad("an Accept header is required"));
    }
    let is_known = accept.starts_with("application/vnd.adobe.xed")
        && (!is_look_up || accept.contains("version="));
    if is_known {
        Ok(accept)
    } else {
        Err(Refusal::service(
            406,
            "Not Acceptable",
            format!("the Accept header {accept} does not fit here"),
        ))
    }
}

async fn stats(State(app): State<Arc<App>>) -> Answer {
    let store = app.store.lock();
    let answer = json!({
        "imsOrg": crate::ORGANIZATION,
        "tenantId": TENANT,
        "counts": {"schemas": store.schemas.len(), "mixins": store.field_groups.len()},
    });
    Ok(Json(answer).into_response())
}

/// The map that a resource lives in.
fn kept<'s>(
    store: &'s mut Contents,
    container: &str,
    resource: &str,
) -> Result<&'s mut IndexMap<String, Value>, Refusal> {
    match (container, resource) {
        ("tenant", "schemas") => Ok(&mut store.schemas),
        ("tenant", "fieldgroups" | "mixins") => Ok(&mut store.field_groups),
        _ => Err(unknown("container", &format!("{container}/{resource}"))),
    }
}

fn globals(resource: &str) -> Vec<Value> {
    let ids: &[&str] = match resource {
        "classes" => &xdm::GLOBAL_CLASSES,
        "fieldgroups" | "mixins" => &xdm::GLOBAL_FIELD_GROUPS,
        _ => &[],
    };
    ids.iter().filter_map(|id| xdm::global(id)).collect()
}

async fn list(
    State(app): State<Arc<App>>,
    Path((container, resource)): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let accept = accepted(&headers, false)?;
    let all: Vec<Value> = if container == "global" {
        globals(&resource)
    } else {
        kept(&mut app.store.lock(), &container, &resource)?
            .values()
            .cloned()
            .collect()
    };
    let (limit, start) = (
        number(&query, "limit", 300).min(300),
        number(&query, "start", 0),
    );
    if (query.contains_key("limit") || query.contains_key("start"))
        && !query.contains_key("orderby")
    {
        return Err(bad("limit and start need orderby"));
    }
    let found: Vec<_> = all.into_iter().filter(|it| passes(&query, it)).collect();
    let next = (found.len() > start + limit).then(|| (start + limit).to_string());
    let brief = |it: &Value| {
        let keys = ["$id", "meta:altId", "version", "title"];
        keys.iter()
            .filter_map(|key| Some(((*key).to_owned(), it.get(*key)?.clone())))
            .collect()
    };
    let results: Vec<Value> = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|it| {
            if accept.starts_with(IDS) {
                brief(it)
            } else {
                it.clone()
            }
        })
        .collect();
    let link = next
        .as_ref()
        .map(|next| json!({"href": format!("/{container}/{resource}?start={next}")}));
    let answer = json!({
        "_page": {"orderby": query.get("orderby"), "next": next, "count": results.len()},
        "results": results,
        "_links": {"next": link},
    });
    Ok(Json(answer).into_response())
}

async fn look_up(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    let accept = accepted(&headers, true)?;
    let mut store = app.store.lock();
    let found = if container == "global" {
        globals(&resource)
            .into_iter()
            .find(|it| it["$id"] == *id || it["meta:altId"] == *id)
    } else {
        let kept = kept(&mut store, &container, &resource)?;
        find(kept, &id).cloned()
    };
    let Some(mut found) = found else {
        return Err(unknown(&resource, &id));
    };
    if accept.contains("-full") && resource == "schemas" {
        let resolved = parts(&store, &found);
        let properties = resolved
            .iter()
            .filter_map(|part| part.get("properties")?.as_object());
        let properties: serde_json::Map<String, Value> = properties
            .flatten()
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect();
        found["properties"] = Value::Object(properties);
    }
    Ok(Json(found).into_response())
}

fn find<'s>(kept: &'s IndexMap<String, Value>, id: &str) -> Option<&'s Value> {
    kept.get(id)
        .or_else(|| kept.values().find(|it| it["meta:altId"] == *id))
}

/// The class and the field groups of a schema.
fn parts(store: &Contents, schema: &Value) -> Vec<Value> {
    let references = schema.get("allOf").and_then(Value::as_array);
    let ids = references
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("$ref")?.as_str());
    ids.filter_map(|id| xdm::global(id).or_else(|| store.field_groups.get(id).cloned()))
        .collect()
}

/// A schema by `$id` or `meta:altId`, with all references resolved.
pub(crate) fn resolved(store: &Contents, id: &str) -> Option<xdm::Resolved> {
    let schema = find(&store.schemas, id)?;
    let mut resolved = xdm::Resolved::default();
    for part in parts(store, schema) {
        resolved.add(&part);
    }
    Some(resolved)
}

async fn create(
    State(app): State<Arc<App>>,
    Path((container, resource)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let mut body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    if container != "tenant" {
        return Err(Refusal::service(
            403,
            "Forbidden",
            "the global container is read only",
        ));
    }
    if body
        .get("title")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err(bad("title is required"));
    }
    if body.get("type") != Some(&json!("object")) {
        return Err(bad("type has to be object"));
    }
    let mut store = app.store.lock();
    match resource.as_str() {
        "schemas" => schema(&store, &body)?,
        "fieldgroups" | "mixins" => field_group(&body)?,
        _ => return Err(unknown("resource", &resource)),
    }
    let title = body["title"].clone();
    let kept = kept(&mut store, &container, &resource)?;
    if kept.values().any(|it| it["title"] == title) {
        return Err(bad(format!(
            "a resource with the title {title} exists already"
        )));
    }
    // The address of a field group says `mixins`, as the platform's does.
    let (word, hash) = (
        if resource == "schemas" {
            "schemas"
        } else {
            "mixins"
        },
        hex(48),
    );
    let id = format!("https://ns.adobe.com/{TENANT}/{word}/{hash}");
    body["$id"] = json!(id);
    body["meta:altId"] = json!(format!("_{TENANT}.{word}.{hash}"));
    body["meta:resourceType"] = json!(word);
    body["version"] = json!("1.0");
    body["imsOrg"] = json!(crate::ORGANIZATION);
    body["meta:containerId"] = json!("tenant");
    body["meta:tenantNamespace"] = json!(format!("_{TENANT}"));
    body["meta:registryMetadata"] =
        json!({"repo:createdDate": now(), "repo:lastModifiedDate": now(), "eTag": hex(64)});
    kept.insert(id, body.clone());
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn schema(store: &Contents, body: &Value) -> Result<(), Refusal> {
    let all_of = body.get("allOf").and_then(Value::as_array);
    let ids: Vec<_> = all_of
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("$ref")?.as_str())
        .collect();
    let class = body
        .get("meta:class")
        .and_then(Value::as_str)
        .or_else(|| ids.first().copied());
    if !class.is_some_and(|class| xdm::GLOBAL_CLASSES.contains(&class) && ids.contains(&class)) {
        return Err(bad("allOf has to name a class"));
    }
    for id in ids {
        if xdm::global(id).is_none() && !store.field_groups.contains_key(id) {
            return Err(bad(format!("the reference {id} can't be resolved")));
        }
    }
    Ok(())
}

fn field_group(body: &Value) -> Result<(), Refusal> {
    if body
        .get("meta:intendedToExtend")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty)
    {
        return Err(bad("meta:intendedToExtend is required"));
    }
    let own = format!("_{TENANT}");
    let definitions = body.get("definitions").and_then(Value::as_object);
    for definition in definitions.into_iter().flat_map(serde_json::Map::values) {
        let names = definition.get("properties").and_then(Value::as_object);
        for name in names.into_iter().flat_map(serde_json::Map::keys) {
            if *name != own {
                return Err(bad(format!(
                    "custom fields have to stand below {own}, not {name}"
                )));
            }
        }
    }
    Ok(())
}

async fn delete(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
) -> Answer {
    let mut store = app.store.lock();
    let full_id = {
        let kept = kept(&mut store, &container, &resource)?;
        let found = find(kept, &id).ok_or_else(|| unknown(&resource, &id))?;
        found["$id"].as_str().unwrap_or_default().to_owned()
    };
    let is_used = match resource.as_str() {
        "schemas" => store.datasets.values().any(|dataset| {
            dataset.pointer("/schemaRef/id").and_then(Value::as_str) == Some(&full_id)
        }),
        _ => store.schemas.values().any(|schema| {
            schema["allOf"]
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it["$ref"] == *full_id))
        }),
    };
    if is_used {
        return Err(bad(format!("{full_id} is used and can't be deleted")));
    }
    kept(&mut store, &container, &resource)?.shift_remove(&full_id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn patch(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let operations: Vec<Value> =
        serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let mut store = app.store.lock();
    let is_union = operations
        .iter()
        .any(|it| it["path"] == "/meta:immutableTags");
    let (full_id, has_primary) = {
        let found = find(kept(&mut store, &container, &resource)?, &id)
            .ok_or_else(|| unknown(&resource, &id))?;
        let full_id = found["$id"].as_str().unwrap_or_default().to_owned();
        let is_primary =
            |it: &Value| it["xdm:sourceSchema"] == *full_id && it["xdm:isPrimary"] == json!(true);
        let has_primary = store.descriptors.values().any(is_primary);
        (full_id, has_primary)
    };
    if is_union && !has_primary {
        return Err(bad("a schema of the profile needs a primary identity"));
    }
    let kept = kept(&mut store, &container, &resource)?;
    let found = kept
        .get_mut(&full_id)
        .ok_or_else(|| unknown(&resource, &id))?;
    for operation in &operations {
        super::flow_service::apply(found, operation).map_err(bad)?;
    }
    Ok(Json(found.clone()).into_response())
}
