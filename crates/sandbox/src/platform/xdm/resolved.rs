//! What a schema comes to when all its references are resolved.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Limits;

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    String,
    /// A whole number of so many bits.
    Integer(u8),
    Number,
    Boolean,
    /// A moment: RFC 3339.
    DateTime,
    /// A day.
    Date,
    Object(Fields),
    Array(Box<Type>),
    /// Values by names that the schema does not know.
    Map(Box<Type>),
    /// Not every value of the type.
    Limited(Box<Type>, Box<Limits>),
}

/// Fields by name.
pub(crate) type Fields = IndexMap<String, Type>;

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

    /// Whether everything that `before` has is here as it was, and nothing more is required.
    pub(crate) fn adds_to(&self, before: &Resolved) -> bool {
        fn adds(after: &Fields, before: &Fields) -> bool {
            let kept = |(name, old): (&String, &Type)| match (after.get(name), old) {
                (Some(Type::Object(after)), Type::Object(before)) => adds(after, before),
                (now, old) => now == Some(old),
            };
            before.iter().all(kept)
        }
        let is_old = |name: &String| before.required.contains(name);
        adds(&self.fields, &before.fields) && self.required.iter().all(is_old)
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

/// How large a whole number may be: by its bounds, and an int without any
/// (<https://experienceleague.adobe.com/en/docs/experience-platform/xdm/schema/field-constraints>).
pub(crate) fn bits(field: &Value) -> u8 {
    let bound = |name: &str| field.get(name).and_then(Value::as_f64);
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => match most.max(-least) {
            most if most <= 128.0 => 8,
            most if most <= 32_768.0 => 16,
            most if most <= 2_147_483_648.0 => 32,
            _ => 64,
        },
        _ if field["meta:xdmType"] == "long" => 64,
        _ => 32,
    }
}

fn type_of(field: &Value) -> Type {
    let text = |name: &str| field.get(name).and_then(Value::as_str);
    let plain = match (text("type"), text("format")) {
        (Some("integer"), _) => Type::Integer(bits(field)),
        (Some("number"), _) => Type::Number,
        (Some("boolean"), _) => Type::Boolean,
        (Some("array"), _) => {
            Type::Array(Box::new(field.get("items").map_or(Type::String, type_of)))
        }
        (Some("object"), _)
            if field
                .get("additionalProperties")
                .is_some_and(Value::is_object) =>
        {
            Type::Map(Box::new(type_of(&field["additionalProperties"])))
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
    };
    match Limits::read(field) {
        Some(limits) => Type::Limited(Box::new(plain), Box::new(limits)),
        None => plain,
    }
}
