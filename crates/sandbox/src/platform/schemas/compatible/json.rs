//! Whether all that an older JSON Schema allows is allowed by a new one, by the rules and in the words of Confluent's
//! registry (<https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/serdes-json.html>).
//! Types, enums, the properties of objects, the items of arrays and alternatives are looked at; bounds, patterns, `allOf` and
//! references are not.

use serde_json::{Value, json};

/// What the old schema allows and the new one does not.
pub(super) fn differences(new: &Value, old: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(new, old, "#", &mut found);
    found
}

/// What a value may be, one thing at a time.
fn branches(schema: &Value) -> Vec<Value> {
    if let Some(all) = ["anyOf", "oneOf"]
        .iter()
        .find_map(|it| schema[it].as_array())
    {
        return all.clone();
    }
    let Some(types) = schema["type"].as_array() else {
        return vec![schema.clone()];
    };
    let of_type = |word: &Value| {
        let mut one = schema.clone();
        one["type"] = word.clone();
        one
    };
    types.iter().map(of_type).collect()
}

/// What kind of a schema it is, in a word; `None`: one that is not looked at.
fn kind(schema: &Value) -> Option<&str> {
    match schema {
        Value::Bool(true) => Some("any"),
        Value::Object(parts) if parts.is_empty() => Some("any"),
        _ if schema["enum"].is_array() => Some("enum"),
        _ => schema["type"].as_str(),
    }
}

fn compare(new: &Value, old: &Value, path: &str, found: &mut Vec<String>) {
    let (news, olds) = (branches(new), branches(old));
    if let ([new], [old]) = (&news[..], &olds[..]) {
        return single(new, old, path, found);
    }
    for old in olds {
        let fits = news.iter().any(|new| {
            let mut others = Vec::new();
            single(new, &old, path, &mut others);
            others.is_empty()
        });
        if !fits {
            let what = kind(&old).unwrap_or("schema");
            found.push(format!(
                "SUM_TYPE_NARROWED: `{path}` takes no {what} in the new schema as it did in the old one"
            ));
        }
    }
}

fn single(new: &Value, old: &Value, path: &str, found: &mut Vec<String>) {
    let (Some(reader), Some(writer)) = (kind(new), kind(old)) else {
        return;
    };
    match (reader, writer) {
        ("any", _) | ("number", "integer") => {}
        ("integer", "number") => found.push(format!(
            "TYPE_NARROWED: `{path}` takes whole numbers only in the new schema"
        )),
        ("enum", "enum") => {
            let values = |schema: &Value| schema["enum"].as_array().cloned().unwrap_or_default();
            let known = values(new);
            let gone = values(old).into_iter().filter(|it| !known.contains(it));
            let gone: Vec<_> = gone.map(|it| it.to_string()).collect();
            if !gone.is_empty() {
                found.push(format!(
                    "ENUM_ARRAY_NARROWED: the new schema does not take {} at `{path}`",
                    gone.join(", ")
                ));
            }
        }
        (reader, writer) if reader != writer => found.push(format!(
            "TYPE_CHANGED: `{path}` is {reader} in the new schema and {writer} in the old one"
        )),
        ("object", _) => object(new, old, path, found),
        ("array", _) if new["items"].is_object() && old["items"].is_object() => {
            compare(
                &new["items"],
                &old["items"],
                &format!("{path}/items"),
                found,
            );
        }
        _ => {}
    }
}

/// Which properties an object may have beside those that are named.
#[derive(PartialEq)]
enum Others {
    All,
    None,
    /// Those that fit a schema, or have names of a pattern.
    Some,
}

fn others(schema: &Value) -> Others {
    match &schema["additionalProperties"] {
        _ if schema.get("patternProperties").is_some() => Others::Some,
        Value::Null | Value::Bool(true) => Others::All,
        Value::Bool(false) => Others::None,
        _ => Others::Some,
    }
}

fn object(new: &Value, old: &Value, path: &str, found: &mut Vec<String>) {
    let nothing = json!({});
    let properties = |schema: &Value| {
        let named = schema.get("properties").unwrap_or(&nothing).as_object();
        named.cloned().unwrap_or_default()
    };
    let is_required = |schema: &Value, name: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|all| all.iter().any(|it| it == name))
    };
    let (news, olds) = (properties(new), properties(old));
    for (name, before) in &olds {
        let below = format!("{path}/properties/{name}");
        let Some(now) = news.get(name) else {
            if others(new) == Others::None {
                found.push(format!(
                    "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL: the new schema has a closed content model and lacks `{below}`"
                ));
            }
            continue;
        };
        if is_required(new, name) && !is_required(old, name) && now.get("default").is_none() {
            found.push(format!(
                "REQUIRED_ATTRIBUTE_ADDED: `{below}` is required in the new schema, without a default"
            ));
        }
        compare(now, before, &below, found);
    }
    for (name, now) in news.iter().filter(|(name, _)| !olds.contains_key(*name)) {
        let below = format!("{path}/properties/{name}");
        if others(old) == Others::All {
            if kind(now) != Some("any") {
                found.push(format!(
                    "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL: the old schema has an open content model and lacks `{below}`"
                ));
            }
        } else if is_required(new, name) && now.get("default").is_none() {
            found.push(format!(
                "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL: `{below}` is required in the new schema, without a default"
            ));
        }
    }
    if others(old) == Others::All && others(new) == Others::None {
        found.push(format!(
            "ADDITIONAL_PROPERTIES_REMOVED: the new schema takes no other properties at `{path}`"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object with these properties, of which the first is required.
    fn object(properties: &Value, more: &Value) -> Value {
        let first = properties.as_object().unwrap().keys().next();
        json!({"type": "object", "properties": properties, "required": [first], "additionalProperties": more})
    }

    /// The rules that are named for it.
    fn rules(new: &Value, old: &Value) -> Vec<String> {
        let found = differences(new, old);
        let word = |it: &String| it.split(':').next().unwrap_or_default().to_owned();
        found.iter().map(word).collect()
    }

    #[test]
    fn a_new_schema_takes_all_that_the_old_one_took() {
        let properties =
            json!({"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"enum": ["x", "y"]}});
        let (closed, open) = (
            object(&properties, &json!(false)),
            object(&properties, &json!(true)),
        );
        let with = |name: &str, schema: Value, more: bool| {
            let mut properties = properties.clone();
            properties[name] = schema;
            object(&properties, &json!(more))
        };
        let without = |name: &str, more: bool| {
            let mut properties = properties.clone();
            properties.as_object_mut().unwrap().shift_remove(name);
            object(&properties, &json!(more))
        };
        let text = json!({"type": "string"});
        for (new, old, rule) in [
            (closed.clone(), &closed, ""),
            (with("d", text.clone(), false), &closed, ""),
            (with("a", json!({"type": "number"}), false), &closed, ""),
            (
                with("b", json!({"type": ["null", "string"]}), false),
                &closed,
                "",
            ),
            (
                with("b", json!({"anyOf": [{"type": "null"}, text]}), false),
                &closed,
                "",
            ),
            (with("b", json!({}), false), &closed, ""),
            (
                with("c", json!({"enum": ["z", "y", "x"]}), false),
                &closed,
                "",
            ),
            (without("b", true), &open, ""),
            (open.clone(), &closed, ""),
            (with("b", json!({"$ref": "#/x"}), false), &closed, ""),
            (
                without("b", false),
                &closed,
                "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
            ),
            (
                with("d", json!({"type": "string"}), true),
                &open,
                "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
            ),
            (
                with("b", json!({"type": "integer"}), false),
                &closed,
                "TYPE_CHANGED",
            ),
            (
                with("c", json!({"enum": ["x"]}), false),
                &closed,
                "ENUM_ARRAY_NARROWED",
            ),
            (
                with("c", json!({"type": "string"}), false),
                &closed,
                "TYPE_CHANGED",
            ),
            (closed.clone(), &open, "ADDITIONAL_PROPERTIES_REMOVED"),
            (
                closed.clone(),
                &with("a", json!({"type": "number"}), false),
                "TYPE_NARROWED",
            ),
            (
                closed.clone(),
                &with("b", json!({"type": ["null", "string"]}), false),
                "SUM_TYPE_NARROWED",
            ),
        ] {
            let found = rules(&new, old);
            let wanted: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
            assert_eq!(found, wanted, "{new} after {old}");
        }
        let mut required = with("d", json!({"type": "string"}), false);
        required["required"] = json!(["a", "b", "d"]);
        let wanted = [
            "REQUIRED_ATTRIBUTE_ADDED",
            "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
        ];
        assert_eq!(rules(&required, &closed), wanted);
        let list = |of: &Value| json!({"type": "array", "items": of});
        assert_eq!(
            rules(&list(&closed), &list(&open)),
            ["ADDITIONAL_PROPERTIES_REMOVED"]
        );
    }
}
