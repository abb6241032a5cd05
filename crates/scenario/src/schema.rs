//! The JSON Schema of the scenario file, for editors.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::Document;

/// The JSON Schema (draft 7, which all editors read) of the scenario file.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>();
    RecursiveTransform(without_null).transform(&mut schema);
    OrVariable.transform(&mut schema);
    let mut schema = schema.to_value();
    schema["title"] = json!("Hydrant scenario");
    for choice in CHOICES {
        if let Some(choice) = schema.pointer_mut(&format!("/definitions/{choice}")) {
            choice["minProperties"] = json!(1);
            choice["maxProperties"] = json!(1);
        }
    }
    schema
}

/// The types of which exactly one key is to be given.
const CHOICES: &[&str] = &["DestinationOptions", "Phase", "Security"];

pub(crate) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": 1, "description": "The version of this format: 1."})
}

/// A key without a value is a mistake in a scenario, so nothing is ever null.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|one| one != &json!({"type": "null"}));
        if let [only] = &choices[..] {
            let only = only.clone();
            object.remove("anyOf");
            // Draft 7 ignores everything beside a `$ref`.
            if only.get("$ref").is_some() && object.contains_key("description") {
                object.insert("allOf".to_owned(), json!([only]));
            } else if let Value::Object(only) = only {
                object.extend(only);
            }
        }
    }
}

/// Where a number, a truth value or one of several words stands, a variable may stand too.
#[derive(Debug)]
struct OrVariable;

impl Transform for OrVariable {
    fn transform(&mut self, schema: &mut Schema) {
        // From the inside out: what is put in here is not looked at again.
        transform_subschemas(self, schema);
        or_variable(schema);
    }
}

fn or_variable(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let is_scalar = matches!(
        object.get("type").and_then(Value::as_str),
        Some("integer" | "number" | "boolean")
    );
    let words = |choices: &Value| {
        let mut choices = choices.as_array().into_iter().flatten();
        choices.all(|one| one.get("const").is_some_and(Value::is_string))
    };
    let is_word = object.contains_key("enum") || object.get("oneOf").is_some_and(words);
    if !is_scalar && !is_word {
        return;
    }
    let described = ["description", "default", "title"];
    let (outside, inside): (Map<_, _>, Map<_, _>) = std::mem::take(object)
        .into_iter()
        .partition(|(key, _)| described.contains(&key.as_str()));
    *object = outside;
    let variable =
        json!({"type": "string", "pattern": "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:[-?][^}]*)?\\}"});
    object.insert("anyOf".to_owned(), json!([inside, variable]));
}
