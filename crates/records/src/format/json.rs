//! JSON with the id of its schema in front, as Confluent's serializers write it.

use serde_json::{Map, Value, json};

use super::fields::{Fields, when_there};
use super::{JsonOptions, Layout, Registration, SchemaKind, Work, document, glue};
use crate::FieldOptions;
use crate::domain::Domain;
use crate::kinds::{ObjectFields, Otherwise};

/// The JSON of a record behind its head; `None` without a registry.
pub(super) fn layout(options: &JsonOptions, work: &mut Work<'_>) -> Option<Layout> {
    let own = work.at.join("format").join("json");
    if let Some(id) = &options.glue {
        if options.registry.is_some() {
            glue::one_only(&own, "registry", work);
        }
        return Some(Layout {
            head: glue::head(id, &own, work)?,
            part: None,
            tail: Vec::new(),
            schema: None,
            spoilt: None,
        });
    }
    let at = own.join("schema");
    let registry = options.registry.as_ref()?;
    let schema = match &options.schema {
        Some(_) => document(options.schema.as_ref(), &at, work.problems)?,
        None => derived(&work.fields),
    };
    let name = schema["title"].as_str().unwrap_or("Record").to_owned();
    let id = registry.id.unwrap_or_default();
    Some(Layout {
        head: [&[0], &id.to_be_bytes()[..]].concat(),
        part: None,
        tail: Vec::new(),
        schema: Some(Registration {
            kind: SchemaKind::Json,
            name,
            text: schema.to_string(),
        }),
        spoilt: None,
    })
}

/// The JSON Schema that the fields come to.
fn derived(fields: &Fields) -> Value {
    let mut schema = object(&fields.of_operations());
    for name in fields.of_states() {
        let mut kinds: Vec<Value> = Vec::new();
        for (_, field) in Fields::in_states(&fields.states, name) {
            let kind = of(when_there(field).0);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        schema["properties"][name] = match &kinds[..] {
            [one] => one.clone(),
            several => json!({"anyOf": several}),
        };
    }
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "Record".into();
    schema
}

fn object(fields: &ObjectFields) -> Value {
    let mut required = Vec::new();
    let mut properties = Map::new();
    for (name, field) in fields {
        let mut schema = of(field);
        match field {
            FieldOptions::Optional(options) if options.otherwise == Otherwise::Absent => {
                schema = of(&options.of);
            }
            FieldOptions::Of(entity) if entity.may_be_absent() => {
                schema = of(when_there(field).0);
            }
            _ => required.push(name.clone()),
        }
        properties.insert(name.clone(), schema);
    }
    json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    })
}

fn of(field: &FieldOptions) -> Value {
    if let FieldOptions::Of(of_entity) = field
        && let Some(target @ FieldOptions::Optional(_)) = of_entity.target()
    {
        return of(target);
    }
    if let FieldOptions::Optional(options) = field {
        return json!({"anyOf": [{"type": "null"}, of(&options.of)]});
    }
    match field.domain() {
        // An expression may come to anything.
        Domain::Texts if matches!(field.resolved(), FieldOptions::Compute(_)) => json!({}),
        Domain::Words | Domain::Texts => json!({"type": "string"}),
        Domain::Whole(..) => json!({"type": "integer"}),
        Domain::Decimals => json!({"type": "number"}),
        Domain::Truth => json!({"type": "boolean"}),
        Domain::Moments => json!({"type": "string", "format": "date-time"}),
        Domain::Days => json!({"type": "string", "format": "date"}),
        Domain::Fixed(values) => json!({"enum": values}),
        Domain::Object(fields) => object(fields),
        Domain::List(field) => json!({"type": "array", "items": of(field)}),
    }
}
