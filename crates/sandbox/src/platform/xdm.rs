//! Classes and field groups of Adobe's that are known here, and what a schema comes to when all its
//! references are resolved. A part of the real ones, with the same paths and types.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

pub(crate) const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
pub(crate) const EVENT: &str = "https://ns.adobe.com/xdm/context/experienceevent";
pub(crate) const PERSON: &str = "https://ns.adobe.com/xdm/context/profile-person-details";
pub(crate) const PERSONAL: &str = "https://ns.adobe.com/xdm/context/profile-personal-details";

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    String,
    Integer,
    Number,
    Boolean,
    /// A moment: RFC 3339.
    DateTime,
    /// A day.
    Date,
    Object(Fields),
    Array(Box<Type>),
}

/// Fields by name.
pub(crate) type Fields = IndexMap<String, Type>;

/// `$id`, title and properties of what Adobe has.
pub(crate) fn global(id: &str) -> Option<Value> {
    let (title, properties) = match id {
        PROFILE => ("XDM Individual Profile", record()),
        EVENT => ("XDM ExperienceEvent", event()),
        PERSON => ("Demographic Details", person()),
        PERSONAL => ("Personal Contact Details", personal()),
        _ => return None,
    };
    let kind = if matches!(id, PROFILE | EVENT) {
        "classes"
    } else {
        "mixins"
    };
    let name = id.rsplit('/').next().unwrap_or(id);
    let mut value = json!({
        "$id": id,
        "meta:altId": format!("_xdm.context.{name}"),
        "meta:resourceType": kind,
        "version": "1.0",
        "title": title,
        "type": "object",
        "properties": properties,
        "meta:containerId": "global",
    });
    if id == EVENT {
        value["required"] = json!(["_id", "timestamp"]);
    }
    Some(value)
}

pub(crate) const GLOBAL_CLASSES: [&str; 2] = [PROFILE, EVENT];
pub(crate) const GLOBAL_FIELD_GROUPS: [&str; 2] = [PERSON, PERSONAL];

fn object(fields: &[(&str, Value)]) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|(name, field)| ((*name).to_owned(), field.clone()))
        .collect();
    json!({"type": "object", "properties": properties})
}

fn strings(names: &[&str]) -> Vec<(String, Value)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string"})))
        .collect()
}

fn properties(fields: Vec<(String, Value)>) -> Value {
    Value::Object(fields.into_iter().collect())
}

fn record() -> Value {
    properties(strings(&[
        "_id",
        "personID",
        "createdByBatchID",
        "modifiedByBatchID",
        "repositoryCreatedBy",
    ]))
}

fn event() -> Value {
    let mut fields = strings(&["_id", "eventType", "producedBy", "eventMergeId"]);
    fields.push((
        "timestamp".to_owned(),
        json!({"type": "string", "format": "date-time"}),
    ));
    properties(fields)
}

fn person() -> Value {
    let (text, date) = (
        json!({"type": "string"}),
        json!({"type": "string", "format": "date"}),
    );
    let name = [
        "firstName",
        "lastName",
        "middleName",
        "fullName",
        "courtesyTitle",
        "suffix",
    ];
    let name: Vec<_> = name.iter().map(|name| (*name, text.clone())).collect();
    let person = object(&[
        ("name", object(&name)),
        ("birthDate", date),
        ("birthYear", json!({"type": "integer"})),
        ("birthDayAndMonth", text.clone()),
        ("gender", text.clone()),
        ("maritalStatus", text.clone()),
        ("nationality", text.clone()),
        ("taxId", text),
    ]);
    json!({ "person": person })
}

fn personal() -> Value {
    let text = || json!({"type": "string"});
    let yes_no = || json!({"type": "boolean"});
    let address = object(&[
        ("street1", text()),
        ("street2", text()),
        ("city", text()),
        ("state", text()),
        ("stateProvince", text()),
        ("postalCode", text()),
        ("country", text()),
        ("countryCode", text()),
        ("label", text()),
        ("primary", yes_no()),
    ]);
    let phone = object(&[
        ("number", text()),
        ("countryCode", text()),
        ("extension", text()),
        ("primary", yes_no()),
        ("status", text()),
    ]);
    let email = object(&[
        ("address", text()),
        ("label", text()),
        ("type", text()),
        ("status", text()),
        ("primary", yes_no()),
    ]);
    json!({
        "personalEmail": email, "homeAddress": address, "homePhone": phone.clone(),
        "mobilePhone": phone.clone(), "faxPhone": phone,
    })
}

/// A schema with nothing left to look up.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) fields: Fields,
    pub(crate) required: Vec<String>,
}

impl Resolved {
    /// What a path with dots holds.
    pub(crate) fn at(&self, path: &str) -> Option<&Type> {
        let mut fields = &self.fields;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            let found = fields.get(step)?;
            match (found, steps.peek()) {
                (found, None) => return Some(found),
                (Type::Object(deeper), Some(_)) => fields = deeper,
                _ => return None,
            }
        }
        None
    }

    /// Adds the properties of a class, a field group, or whatever else `allOf` names.
    pub(crate) fn add(&mut self, part: &Value) {
        let named = part.get("properties").and_then(Value::as_object);
        // Own field groups keep theirs below `definitions`.
        let defined = part.get("definitions").and_then(Value::as_object);
        let defined = defined
            .into_iter()
            .flat_map(Map::values)
            .filter_map(|definition| definition.get("properties")?.as_object());
        for properties in named.into_iter().chain(defined) {
            merge(&mut self.fields, &fields(properties));
        }
        let required = part.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        self.required.extend(required.map(str::to_owned));
    }
}

fn merge(into: &mut Fields, from: &Fields) {
    for (name, type_) in from {
        match (into.get_mut(name), type_) {
            (Some(Type::Object(deeper)), Type::Object(more)) => merge(deeper, more),
            _ => {
                into.insert(name.clone(), type_.clone());
            }
        }
    }
}

fn fields(properties: &Map<String, Value>) -> Fields {
    properties
        .iter()
        .map(|(name, field)| (name.clone(), type_of(field)))
        .collect()
}

fn type_of(field: &Value) -> Type {
    let text = |name: &str| field.get(name).and_then(Value::as_str);
    match (text("type"), text("format")) {
        (Some("integer"), _) => Type::Integer,
        (Some("number"), _) => Type::Number,
        (Some("boolean"), _) => Type::Boolean,
        (Some("array"), _) => {
            Type::Array(Box::new(field.get("items").map_or(Type::String, type_of)))
        }
        (Some("object"), _) => Type::Object(
            field
                .get("properties")
                .and_then(Value::as_object)
                .map(fields)
                .unwrap_or_default(),
        ),
        (_, Some("date-time")) => Type::DateTime,
        (_, Some("date")) => Type::Date,
        _ => Type::String,
    }
}
