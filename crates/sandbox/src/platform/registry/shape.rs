//! The forms in which a thing of the registry is shown.

use serde_json::{Map, Value, json};

use super::{parts, references};
use crate::platform::xdm;
use crate::store::{Contents, hex, now};
use crate::{CLIENT_ID, ORGANIZATION, TENANT};

/// Title and ids.
pub(super) fn brief(thing: &Value) -> Value {
    let keys = ["$id", "meta:altId", "version", "title"];
    keys.iter()
        .filter_map(|key| Some(((*key).to_owned(), thing.get(*key)?.clone())))
        .collect()
}

/// References away, what they stand for in.
pub(super) fn resolve(store: &Contents, thing: &mut Value) {
    let mut properties = Map::new();
    let parts = parts(store, thing);
    for part in parts.iter().chain(std::iter::once(&*thing)) {
        let own = part.get("properties").and_then(Value::as_object);
        let defined = part.get("definitions").and_then(Value::as_object);
        let defined = defined
            .into_iter()
            .flat_map(Map::values)
            .filter_map(|it| it.get("properties")?.as_object());
        for found in own.into_iter().chain(defined) {
            merge(&mut properties, found);
        }
    }
    let required: Vec<_> = parts
        .iter()
        .filter_map(|part| part.get("required")?.as_array())
        .flatten()
        .cloned()
        .collect();
    let Some(thing) = thing.as_object_mut() else {
        return;
    };
    if !parts.is_empty() || thing.contains_key("definitions") {
        thing.shift_remove("allOf");
        thing.shift_remove("definitions");
    }
    if !required.is_empty() {
        thing.insert("required".to_owned(), required.into());
    }
    thing.insert("properties".to_owned(), Value::Object(properties));
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, field) in from {
        let deeper = into
            .get_mut(name)
            .and_then(|it| it.get_mut("properties")?.as_object_mut());
        match (deeper, field.get("properties").and_then(Value::as_object)) {
            (Some(deeper), Some(more)) => merge(deeper, more),
            _ => {
                into.insert(name.clone(), field.clone());
            }
        }
    }
}

/// Titles and descriptions away, at any depth.
pub(super) fn untitle(thing: &mut Value) {
    match thing {
        Value::Object(map) => {
            // A field may be called `title`: then it is an object.
            map.retain(|key, value| {
                !(matches!(key.as_str(), "title" | "description") && value.is_string())
            });
            map.values_mut().for_each(untitle);
        }
        Value::Array(items) => items.iter_mut().for_each(untitle),
        _ => {}
    }
}

/// What the registry adds to a thing that is created.
pub(super) fn complete(thing: &mut Value, word: &str) -> String {
    let hash = hex(48);
    let id = format!("https://ns.adobe.com/{TENANT}/{word}/{hash}");
    let facts = json!({
        "$id": id,
        "meta:altId": format!("_{TENANT}.{word}.{hash}"),
        "meta:resourceType": word,
        "version": "1.0",
        "imsOrg": ORGANIZATION,
        "meta:extensible": word != "schemas",
        "meta:abstract": word != "schemas",
        "meta:xdmType": "object",
        "meta:containerId": "tenant",
        "meta:sandboxId": "sandbox",
        "meta:sandboxType": "production",
        "meta:tenantNamespace": format!("_{TENANT}"),
        "meta:registryMetadata": {
            "repo:createdDate": now(),
            "repo:lastModifiedDate": now(),
            "xdm:createdClientId": CLIENT_ID,
            "xdm:lastModifiedClientId": CLIENT_ID,
            "xdm:createdUserId": CLIENT_ID,
            "xdm:lastModifiedUserId": CLIENT_ID,
            "eTag": hex(64),
            "meta:globalLibVersion": "1.16.1",
        },
    });
    for (name, value) in facts.as_object().into_iter().flatten() {
        thing[name] = value.clone();
    }
    derive(thing, word);
    id
}

/// What the registry calls the types of fields, at any depth.
fn name_types(fields: &mut Value) {
    for field in fields.as_object_mut().into_iter().flat_map(Map::values_mut) {
        name_type(field);
    }
}

fn name_type(field: &mut Value) {
    let text = |name: &str| field.get(name).and_then(Value::as_str);
    let xdm = match (text("type"), text("format")) {
        (Some("integer"), _) => match xdm::bits(field) {
            8 => "byte",
            16 => "short",
            32 => "int",
            _ => "long",
        },
        (Some("string"), Some(format @ ("date" | "date-time"))) => format,
        (Some("object"), _) if field.get("additionalProperties").is_some() => "map",
        (Some(other), _) => other,
        (None, _) => return,
    };
    let xdm = json!(xdm);
    field["meta:xdmType"] = xdm;
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = field.get_mut(inner).filter(|it| it.is_object()) {
            name_type(inner);
        }
    }
    if let Some(fields) = field.get_mut("properties") {
        name_types(fields);
    }
}

/// What follows from the fields and the references of a thing.
pub(super) fn derive(thing: &mut Value, word: &str) {
    let definitions = thing.get_mut("definitions").and_then(Value::as_object_mut);
    for definition in definitions.into_iter().flat_map(Map::values_mut) {
        if let Some(fields) = definition.get_mut("properties") {
            name_types(fields);
        }
    }
    if word == "schemas" {
        let refs: Vec<_> = references(thing).map(str::to_owned).collect();
        let mut extends = refs.clone();
        if let Some(class) = thing["meta:class"].as_str() {
            extends.extend(xdm::behind(class).map(str::to_owned));
        }
        thing["refs"] = json!(refs);
        thing["meta:extends"] = json!(extends);
    }
    let all_of = thing.get_mut("allOf").and_then(Value::as_array_mut);
    for reference in all_of.into_iter().flatten() {
        for (name, value) in [("type", "object"), ("meta:xdmType", "object")] {
            if reference.get(name).is_none() {
                reference[name] = json!(value);
            }
        }
    }
}

/// Notes that a thing was changed.
pub(super) fn touch(thing: &mut Value) {
    thing["meta:registryMetadata"]["repo:lastModifiedDate"] = json!(now());
    thing["meta:registryMetadata"]["eTag"] = json!(hex(64));
    if let Some((major, minor)) = thing["version"].as_str().and_then(|it| it.split_once('.')) {
        let minor: u32 = minor.parse().unwrap_or(0);
        thing["version"] = json!(format!("{major}.{}", minor + 1));
    }
}
