//! Real-Time Customer Profile: people are looked up by their identities
//! (<https://experienceleague.adobe.com/docs/experience-platform/profile/api/entities.html>).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use indexmap::IndexMap;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};

use super::{Answer, App, Query, Refusal};
use crate::store::{Contents, Key, Person, key};

/// The schema that all profiles follow.
const PROFILE: &str = "_xdm.context.profile";

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/access/entities", get(one).post(many))
}

fn bad(message: impl Into<String>) -> Refusal {
    refusal(400, message)
}

fn refusal(status: u16, message: impl Into<String>) -> Refusal {
    let body = json!({"message": message.into(), "statusCode": status.to_string()});
    Refusal::plain(status, body)
}

fn schema(name: Option<&str>) -> Result<(), Refusal> {
    match name {
        Some(PROFILE) => Ok(()),
        Some("_xdm.context.experienceevent") => {
            Err(bad("UPS-ACC-1000012: events are no longer looked up"))
        }
        Some(other) => Err(bad(format!("UPS-ACC-1000011: unknown schema {other}"))),
        None => Err(bad("UPS-ACC-1000010: schema.name is required")),
    }
}

async fn one(State(app): State<Arc<App>>, query: Query) -> Answer {
    schema(query.get("schema.name"))?;
    let id = query.get("entityId").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| bad("UPS-ACC-1000013: entityId is required"))?;
    let store = app.store.lock();
    let wanted = if let Some(namespace) = query.get("entityIdNS") {
        Some(key(namespace, id))
    } else {
        let found = store.people.keys().find(|key| xid(key) == id);
        if found.is_none() && !is_xid(id) {
            return Err(bad("UPS-ACC-1000014: entityIdNS is required"));
        }
        found.cloned()
    };
    let found = wanted.and_then(|key| Some((key.clone(), store.people.find(&key)?)));
    let (key, person) = found.ok_or_else(|| refusal(404, "XDM objects not found"))?;
    let fields: Option<Vec<_>> = query
        .get("fields")
        .map(|fields| fields.split(',').collect());
    let xid = xid(&key);
    let shown = known(&xid, &person, fields.as_deref());
    Ok(Json(json!({ xid: shown })).into_response())
}

async fn many(State(app): State<Arc<App>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let text =
        |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).map(str::to_owned);
    schema(text(&body, "/schema/name").as_deref())?;
    let wanted = body.get("identities").and_then(Value::as_array);
    let wanted = wanted.filter(|wanted| !wanted.is_empty());
    let wanted = wanted.ok_or_else(|| bad("UPS-ACC-1000015: identities is required"))?;
    let fields = match body.get("fields") {
        None | Some(Value::Null) => None,
        Some(Value::Array(fields)) => {
            let fields: Option<Vec<_>> = fields.iter().map(Value::as_str).collect();
            Some(fields.ok_or_else(|| bad("UPS-ACC-1000016: fields has to be a list of paths"))?)
        }
        Some(_) => return Err(bad("UPS-ACC-1000016: fields has to be a list of paths")),
    };
    let store = app.store.lock();
    // In an order that says nothing.
    let mut found = IndexMap::new();
    for identity in wanted {
        let id = text(identity, "/entityId").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| bad("UPS-ACC-1000013: entityId is required"))?;
        let namespace = text(identity, "/entityIdNS/code");
        let namespace = namespace.ok_or_else(|| bad("UPS-ACC-1000014: entityIdNS is required"))?;
        let key = key(&namespace, &id);
        let xid = xid(&key);
        let shown = if let Some(person) = store.people.find(&key) {
            known(&xid, &person, fields.as_deref())
        } else {
            json!({
                "entityId": xid,
                "sources": [""],
                "entity": {},
                "lastModifiedAt": "1970-01-01T00:00:00Z",
            })
        };
        found.insert(xid, shown);
    }
    found.sort_unstable_keys();
    Ok(Json(found).into_response())
}

/// The profile's own id of an identity.
fn xid((namespace, id): &Key) -> String {
    let hash = Md5::digest(format!("{namespace}:{id}"));
    format!("G{}", BASE64_URL_SAFE_NO_PAD.encode(hash))
}

fn is_xid(text: &str) -> bool {
    text.len() == 23 && text.starts_with('G')
}

fn known(xid: &str, person: &Person, fields: Option<&[&str]>) -> Value {
    let modified = Timestamp::from_millisecond(person.modified).unwrap_or_default();
    let identities = person.identities.iter().enumerate();
    let identities: Vec<_> = identities
        .map(|(index, (namespace, id))| {
            let mut identity = json!({"id": id, "namespace": {"code": namespace}});
            if index == 0 {
                identity["primary"] = json!(true);
            }
            identity
        })
        .collect();
    let mut entity = match fields {
        None => person.attributes.as_object().cloned().unwrap_or_default(),
        Some(fields) => fields.iter().fold(Map::new(), |shown, path| {
            with(shown, path, &person.attributes)
        }),
    };
    if fields.is_none_or(|fields| fields.contains(&"identities")) {
        entity.insert("identities".to_owned(), identities.into());
    }
    json!({
        "entityId": xid,
        "sources": person.sources,
        "entity": entity,
        // Whole seconds.
        "lastModifiedAt": modified.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

/// What is shown, and what `path` leads to, if it does.
fn with(mut shown: Map<String, Value>, path: &str, from: &Value) -> Map<String, Value> {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(found) = from.get(step) else {
        return shown;
    };
    let value = if rest.is_empty() {
        found.clone()
    } else {
        let before = shown.remove(step).and_then(|before| match before {
            Value::Object(before) => Some(before),
            _ => None,
        });
        Value::Object(with(before.unwrap_or_default(), rest, found))
    };
    shown.insert(step.to_owned(), value);
    shown
}

/// Which fields of a dataset's rows say whom they are about, as pointers, with their namespaces; the
/// primary one first. `None`: its rows do not come to the profile.
pub(crate) fn identities(store: &Contents, dataset: &str) -> Option<Vec<(String, String)>> {
    let dataset = store.datasets.stored(dataset)?;
    let tags = dataset.pointer("/tags/unifiedProfile")?.as_array()?;
    let schema = dataset.pointer("/schemaRef/id")?.as_str()?;
    let is_in = tags.iter().any(|tag| tag == "enabled:true")
        && super::registry::in_union(store.schemas.stored(schema)?);
    if !is_in {
        return None;
    }
    let is_identity =
        |it: &&Value| it["xdm:sourceSchema"] == *schema && it["@type"] == "xdm:descriptorIdentity";
    let all = store.descriptors.all().map(|(_, it)| it);
    let mut all: Vec<_> = all.filter(is_identity).collect();
    all.sort_by_key(|it| it["xdm:isPrimary"] != true);
    let first = all.first()?;
    if first["xdm:isPrimary"] != true {
        return None;
    }
    let text = |it: &Value, name: &str| Some(it[name].as_str()?.to_owned());
    let of = |it: &&Value| Some((text(it, "xdm:sourceProperty")?, text(it, "xdm:namespace")?));
    all.iter().map(of).collect()
}
