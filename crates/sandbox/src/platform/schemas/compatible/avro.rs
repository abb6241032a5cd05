//! Whether readers of a new Avro schema can read what was written with an older one: the rules of the Avro specification
//! for schema resolution (<https://avro.apache.org/docs/1.12.0/specification/#schema-resolution>), as Confluent's registry
//! applies them at its level `BACKWARD`, its default
//! (<https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html>).

use std::collections::BTreeMap;

use serde_json::Value;

/// Why a reader with the new schema can't read what was written with the old one. Empty: it can.
pub(super) fn differences(new: &Value, old: &Value) -> Vec<String> {
    let mut check = Check {
        new: named(new),
        old: named(old),
        open: Vec::new(),
        found: Vec::new(),
    };
    check.compare(new, old, "/");
    check.found
}

/// The types of a schema that have names.
fn named(schema: &Value) -> BTreeMap<String, Value> {
    let mut names = BTreeMap::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        match schema {
            Value::Array(branches) => open.extend(branches),
            Value::Object(parts) => {
                if let Some(name) = parts.get("name").and_then(Value::as_str)
                    && matches!(word(schema), "record" | "error" | "enum" | "fixed")
                {
                    names.insert(short(name).to_owned(), schema.clone());
                }
                for part in ["type", "items", "values"] {
                    open.extend(parts.get(part));
                }
                let fields = parts.get("fields").and_then(Value::as_array);
                open.extend(fields.into_iter().flatten());
            }
            _ => {}
        }
    }
    names
}

/// A name without its namespace, which is how resolution compares records.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The word for a type.
fn word(schema: &Value) -> &str {
    match schema {
        Value::String(word) => word,
        Value::Array(_) => "union",
        _ => match &schema["type"] {
            Value::String(word) => word,
            _ => "",
        },
    }
}

struct Check {
    new: BTreeMap<String, Value>,
    old: BTreeMap<String, Value>,
    /// Pairs of records that are being compared: a type may have itself in it.
    open: Vec<(String, String)>,
    found: Vec<String>,
}

/// What a type is, where a schema only names it; `{"type": {…}}` is what is in it.
fn resolved(schema: &Value, names: &BTreeMap<String, Value>) -> Value {
    match schema {
        Value::String(name) => names.get(short(name)).unwrap_or(schema).clone(),
        Value::Object(parts) if parts.get("type").is_some_and(|it| !it.is_string()) => {
            resolved(&schema["type"], names)
        }
        _ => schema.clone(),
    }
}

impl Check {
    fn compare(&mut self, new: &Value, old: &Value, path: &str) {
        let (new, old) = (resolved(new, &self.new), resolved(old, &self.old));
        match (&new, &old) {
            // Everything that may have been written has to be read.
            (_, Value::Array(branches)) => {
                for branch in branches {
                    self.compare(&new, branch, path);
                }
            }
            (Value::Array(branches), _) => {
                let fits = branches.iter().any(|branch| self.fits(branch, &old));
                if !fits {
                    let missing = word(&old);
                    self.found.push(format!(
                        "MISSING_UNION_BRANCH: the union at `{path}` in the new schema lacks the type `{missing}` of the old one"
                    ));
                }
            }
            _ => self.single(&new, &old, path),
        }
    }

    /// Whether a reader of one type reads the other, without a word.
    fn fits(&mut self, new: &Value, old: &Value) -> bool {
        let before = self.found.len();
        self.compare(new, old, "");
        let fits = self.found.len() == before;
        self.found.truncate(before);
        fits
    }

    fn single(&mut self, new: &Value, old: &Value, path: &str) {
        let (reader, writer) = (word(new), word(old));
        let is_promoted = matches!(
            (writer, reader),
            ("int", "long" | "float" | "double")
                | ("long", "float" | "double")
                | ("float", "double")
                | ("string", "bytes")
                | ("bytes", "string")
        );
        if reader != writer {
            if !is_promoted {
                self.found.push(format!(
                    "TYPE_MISMATCH: the type at `{path}` is `{reader}` in the new schema and `{writer}` in the old one"
                ));
            }
            return;
        }
        let name = |schema: &Value| schema["name"].as_str().map(|it| short(it).to_owned());
        if matches!(reader, "record" | "enum" | "fixed") && name(new) != name(old) {
            self.found.push(format!(
                "NAME_MISMATCH: the name at `{path}` is not the same in the new schema"
            ));
            return;
        }
        match reader {
            "record" => self.record(new, old, path),
            "array" => self.compare(&new["items"], &old["items"], &format!("{path}items/")),
            "map" => self.compare(&new["values"], &old["values"], &format!("{path}values/")),
            "fixed" if new["size"] != old["size"] => self.found.push(format!(
                "FIXED_SIZE_MISMATCH: the size at `{path}` is not the same in the new schema"
            )),
            "enum" if new.get("default").is_none() => {
                let symbols =
                    |schema: &Value| schema["symbols"].as_array().cloned().unwrap_or_default();
                let known = symbols(new);
                let missing = symbols(old).into_iter().filter(|it| !known.contains(it));
                let missing: Vec<_> = missing.map(|it| it.to_string()).collect();
                if !missing.is_empty() {
                    self.found.push(format!(
                        "MISSING_ENUM_SYMBOLS: the enum at `{path}` in the new schema lacks {} and has no default",
                        missing.join(", ")
                    ));
                }
            }
            _ => {}
        }
    }

    fn record(&mut self, new: &Value, old: &Value, path: &str) {
        let pair = (new.to_string(), old.to_string());
        if self.open.contains(&pair) {
            return;
        }
        self.open.push(pair);
        let fields = |schema: &Value| schema["fields"].as_array().cloned().unwrap_or_default();
        let written = fields(old);
        for field in fields(new) {
            let name = field["name"].as_str().unwrap_or_default();
            let aliases = field["aliases"].as_array();
            let is_it = |it: &&Value| {
                it["name"] == name || aliases.is_some_and(|all| all.contains(&it["name"]))
            };
            let path = format!("{path}{name}/");
            match written.iter().find(is_it) {
                Some(before) => self.compare(&field["type"], &before["type"], &path),
                None if field.get("default").is_some() => {}
                None => self.found.push(format!(
                    "READER_FIELD_MISSING_DEFAULT_VALUE: the field `{name}` in the new schema has no default value and is \
                     missing in the old schema"
                )),
            }
        }
        self.open.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(fields: &Value) -> Value {
        json!({"type": "record", "name": "a.R", "fields": fields})
    }

    fn first(new: &Value, old: &Value) -> String {
        let found = differences(new, old);
        found.first().map_or_else(String::new, |it| {
            it.split(':').next().unwrap_or_default().to_owned()
        })
    }

    #[test]
    fn what_the_specification_resolves_is_compatible() {
        let old = record(
            &json!([{"name": "a", "type": "int"}, {"name": "b", "type": ["null", "string"]},
            {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["x", "y"]}},
            {"name": "next", "type": ["null", "R"]}]),
        );
        for new in [
            old.clone(),
            // A field goes, one comes with a default, a number grows, a value becomes one of several.
            record(&json!([{"name": "b", "type": ["null", "string", "int"]}])),
            record(
                &json!([{"name": "a", "type": "long"}, {"name": "c", "type": "string", "default": ""}]),
            ),
            record(&json!([{"name": "a", "type": ["null", "double"]}])),
            record(&json!([{"name": "renamed", "aliases": ["a"], "type": "int"}])),
            record(
                &json!([{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["x", "y", "z"]}}]),
            ),
            record(&json!([{"name": "next", "type": ["null", "R"], "default": null}])),
        ] {
            assert_eq!(differences(&new, &old), [""; 0], "{new}");
        }
    }

    #[test]
    fn what_it_does_not_is_told() {
        let old = record(
            &json!([{"name": "a", "type": "long"}, {"name": "b", "type": ["null", "string"]},
            {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["x", "y"]}},
            {"name": "f", "type": {"type": "fixed", "name": "F", "size": 4}},
            {"name": "l", "type": {"type": "array", "items": "string"}}]),
        );
        for (new, why) in [
            (
                json!([{"name": "c", "type": "string"}]),
                "READER_FIELD_MISSING_DEFAULT_VALUE",
            ),
            (json!([{"name": "a", "type": "int"}]), "TYPE_MISMATCH"),
            (json!([{"name": "b", "type": "string"}]), "TYPE_MISMATCH"),
            (
                json!([{"name": "a", "type": ["null", "string"]}]),
                "MISSING_UNION_BRANCH",
            ),
            (
                json!([{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["x"]}}]),
                "MISSING_ENUM_SYMBOLS",
            ),
            (
                json!([{"name": "f", "type": {"type": "fixed", "name": "F", "size": 5}}]),
                "FIXED_SIZE_MISMATCH",
            ),
            (
                json!([{"name": "l", "type": {"type": "array", "items": "int"}}]),
                "TYPE_MISMATCH",
            ),
        ] {
            assert_eq!(first(&record(&new), &old), why, "{new}");
        }
        let other = json!({"type": "record", "name": "a.Other", "fields": []});
        assert_eq!(first(&other, &old), "NAME_MISMATCH");
    }
}
