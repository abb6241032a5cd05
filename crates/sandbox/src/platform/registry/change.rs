//! Schemas and field groups: made, changed, removed.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::{bad, kept, references, resolved_of, shape, unknown};
use crate::TENANT;
use crate::platform::patch::apply;
use crate::platform::{Answer, App, Refusal, xdm};
use crate::store::{Contents, Shelf};

/// The word in a thing's `$id`.
fn word(resource: &str) -> &'static str {
    if resource == "schemas" {
        "schemas"
    } else {
        // The address of a field group says `mixins`, as the platform's does.
        "mixins"
    }
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Path((container, resource)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let mut body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    writable(&container)?;
    let mut store = app.store.lock();
    kept(&mut store, &container, &resource)?;
    check(&store, &resource, &body)?;
    let kept = kept(&mut store, &container, &resource)?;
    if kept.all().any(|(_, it)| it["title"] == body["title"]) {
        return Err(bad(format!(
            "a resource with the title {} exists already",
            body["title"]
        )));
    }
    let id = shape::complete(&mut body, word(&resource));
    kept.insert(id, body.clone());
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn writable(container: &str) -> Result<(), Refusal> {
    if container == "tenant" {
        return Ok(());
    }
    let detail = "the global container is read only";
    Err(Refusal::service(403, "Forbidden", detail))
}

fn check(store: &Contents, resource: &str, body: &Value) -> Result<(), Refusal> {
    let title = body.get("title").and_then(Value::as_str);
    if title.is_none_or(str::is_empty) {
        return Err(bad("title is required"));
    }
    // aepp leaves it out for schemas, and the platform takes that.
    if body.get("type").is_some_and(|it| it != "object") {
        return Err(bad("type has to be object"));
    }
    if resource == "schemas" {
        schema(store, body)
    } else {
        field_group(body)
    }
}

fn schema(store: &Contents, body: &Value) -> Result<(), Refusal> {
    let ids: Vec<_> = references(body).collect();
    let class = body.get("meta:class").and_then(Value::as_str);
    let class = class.or_else(|| ids.first().copied());
    if !class.is_some_and(|class| xdm::GLOBAL_CLASSES.contains(&class) && ids.contains(&class)) {
        return Err(bad("allOf has to name a class"));
    }
    for id in ids.into_iter().filter(|id| Some(*id) != class) {
        let part = xdm::global(id).or_else(|| store.field_groups.get(id).cloned());
        let part = part.ok_or_else(|| bad(format!("the reference {id} can't be resolved")))?;
        // A field group lists the classes that it goes with.
        let extends = part.get("meta:intendedToExtend").and_then(Value::as_array);
        let fits = |extended: &Value| class.is_some_and(|class| extended == class);
        if extends.is_some_and(|extends| !extends.iter().any(fits)) {
            let title = &part["title"];
            return Err(bad(format!(
                "the field group {title} is not for this class"
            )));
        }
    }
    Ok(())
}

fn field_group(body: &Value) -> Result<(), Refusal> {
    let extends = body.get("meta:intendedToExtend").and_then(Value::as_array);
    if extends.is_none_or(Vec::is_empty) {
        return Err(bad("meta:intendedToExtend is required"));
    }
    let own = format!("_{TENANT}");
    let definitions = body.get("definitions").and_then(Value::as_object);
    let definitions = definitions.into_iter().flat_map(serde_json::Map::values);
    // Fields may stand in the group itself as well.
    for definition in definitions.chain([body]) {
        let fields = definition.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            if *name != own {
                return Err(bad(format!(
                    "custom fields have to stand below {own}, not {name}"
                )));
            }
            fields_are_sound(field)?;
        }
    }
    Ok(())
}

/// JSON Schema's types that a field may have.
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// A name has letters, digits, `-`, `_`, and does not begin with `_`; each field needs its type, and what a
/// list or a map holds as well.
fn fields_are_sound(field: &Value) -> Result<(), Refusal> {
    let fields = field.get("properties").and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.starts_with('_') || name.is_empty() || !name.chars().all(is_plain) {
            return Err(bad(format!("{name} is not a name for a field")));
        }
        let inner = ["items", "additionalProperties"].into_iter();
        let inner = inner.filter_map(|it| field.get(it).filter(|it| it.is_object()));
        for typed in inner.chain([field]) {
            match typed.get("type").and_then(Value::as_str) {
                Some(type_) if TYPES.contains(&type_) => {}
                Some(type_) => {
                    return Err(bad(format!(
                        "the field {name} has a type {type_} of no kind"
                    )));
                }
                None if typed.get("$ref").is_some() => {}
                None => return Err(bad(format!("the field {name} needs a type"))),
            }
            fields_are_sound(typed)?;
        }
        if field["type"] == "array" && field.get("items").is_none() {
            return Err(bad(format!("the array {name} needs items")));
        }
    }
    Ok(())
}

/// The `$id` of what is there, readable or not.
fn full_id(kept: &Shelf, resource: &str, id: &str) -> Result<String, Refusal> {
    let fits = |(_, it): &(&String, &Value)| it["$id"] == *id || it["meta:altId"] == *id;
    let found = kept.all().find(fits);
    found
        .map(|(id, _)| id.clone())
        .ok_or_else(|| unknown(resource, id))
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
) -> Answer {
    writable(&container)?;
    let mut store = app.store.lock();
    let id = full_id(kept(&mut store, &container, &resource)?, &resource, &id)?;
    let is_used = if resource == "schemas" {
        if store.schemas.stored(&id).is_some_and(in_union) {
            let message = format!("{id} takes part in the profile and can't be deleted");
            return Err(bad(message));
        }
        let mut datasets = store.datasets.users();
        datasets.any(|(_, it)| it.pointer("/schemaRef/id") == Some(&json!(id)))
    } else {
        let mut schemas = store.schemas.users();
        schemas.any(|(_, it)| references(it).any(|used| used == id))
    };
    if is_used {
        return Err(bad(format!("{id} is used and can't be deleted")));
    }
    kept(&mut store, &container, &resource)?.remove(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn patch(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let operations: Vec<Value> =
        serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    writable(&container)?;
    let mut store = app.store.lock();
    let kept_now = kept(&mut store, &container, &resource)?;
    let id = full_id(kept_now, &resource, &id)?;
    let mut changed = kept_now.stored(&id).cloned().unwrap_or_default();
    for operation in &operations {
        apply(&mut changed, operation).map_err(bad)?;
    }
    settle(&mut store, &resource, &id, changed)
}

pub(super) async fn put(
    State(app): State<Arc<App>>,
    Path((container, resource, id)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    writable(&container)?;
    let mut store = app.store.lock();
    let kept_now = kept(&mut store, &container, &resource)?;
    let id = full_id(kept_now, &resource, &id)?;
    // The registry's own facts stay; the rest is what the body says.
    let before = kept_now.stored(&id).cloned().unwrap_or_default();
    let mut changed = body;
    for (name, value) in before.as_object().into_iter().flatten() {
        let is_fact =
            name.starts_with("meta:") || ["$id", "version", "imsOrg"].contains(&name.as_str());
        if is_fact && changed.get(name).is_none() {
            changed[name] = value.clone();
        }
    }
    for fact in ["$id", "meta:altId", "meta:registryMetadata"] {
        changed[fact] = before[fact].clone();
    }
    settle(&mut store, &resource, &id, changed)
}

/// Puts a changed thing in the old one's place, if it may be.
fn settle(store: &mut Contents, resource: &str, id: &str, mut changed: Value) -> Answer {
    check(store, resource, &changed)?;
    let is_schema = resource == "schemas";
    if is_schema {
        let before = store.schemas.stored(id).cloned().unwrap_or_default();
        if in_union(&before) && !in_union(&changed) {
            return Err(bad("a schema can't leave the profile"));
        }
        if in_union(&changed) && !has_primary(store, id) {
            return Err(bad("a schema of the profile needs a primary identity"));
        }
    }
    // Schemas that change with it, as they are before and as they would be.
    let affected: Vec<Value> = store
        .schemas
        .all()
        .filter(|(known, it)| *known == id || references(it).any(|used| used == id))
        .map(|(_, it)| it.clone())
        .collect();
    let before: Vec<_> = affected.iter().map(|it| resolved_of(store, it)).collect();
    let old = replace(store, is_schema, id, changed.clone());
    let breaks = affected.iter().zip(&before).find(|(schema, before)| {
        let now = store
            .schemas
            .stored(schema["$id"].as_str().unwrap_or_default());
        let after = now.map(|it| resolved_of(store, it)).unwrap_or_default();
        let is_fixed = in_union(schema) || has_data(store, schema);
        is_fixed && !after.adds_to(before)
    });
    if let Some((schema, _)) = breaks {
        let detail = format!(
            "{} has data, or is in the profile: only additive changes are allowed",
            schema["$id"]
        );
        replace(store, is_schema, id, old);
        return Err(bad(detail));
    }
    shape::derive(&mut changed, word(resource));
    shape::touch(&mut changed);
    replace(store, is_schema, id, changed.clone());
    Ok(Json(changed).into_response())
}

fn replace(store: &mut Contents, is_schema: bool, id: &str, thing: Value) -> Value {
    let shelf = if is_schema {
        &mut store.schemas
    } else {
        &mut store.field_groups
    };
    shelf
        .get_mut(id)
        .map(|place| std::mem::replace(place, thing))
        .unwrap_or_default()
}

/// Whether a schema takes part in the profile.
pub(in crate::platform) fn in_union(schema: &Value) -> bool {
    let tags = schema.get("meta:immutableTags").and_then(Value::as_array);
    tags.is_some_and(|tags| tags.iter().any(|tag| tag == "union"))
}

fn has_primary(store: &Contents, schema: &str) -> bool {
    let is_it =
        |it: &Value| it["xdm:sourceSchema"] == *schema && it["xdm:isPrimary"] == json!(true);
    store.descriptors.all().any(|(_, it)| is_it(it))
}

/// Whether anything landed in a dataset with this schema.
fn has_data(store: &Contents, schema: &Value) -> bool {
    let mut with_it = store
        .datasets
        .all()
        .filter(|(_, it)| it.pointer("/schemaRef/id") == schema.get("$id"));
    with_it.any(|(id, _)| {
        let mut batches = store.batches.values();
        batches.any(|batch| batch.dataset == *id && batch.written > 0)
    })
}
