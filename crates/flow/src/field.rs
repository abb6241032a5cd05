//! The types of a scenario's own fields: as they are written, as the Schema Registry takes them, and as it
//! shows them
//! (<https://experienceleague.adobe.com/en/docs/experience-platform/xdm/schema/field-constraints>).

use indexmap::IndexMap;
use options::{Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The type of a custom field.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number of 32 bits: from -2147483648 to 2147483647.
    Integer,
    /// A whole number from -9007199254740991 to 9007199254740991.
    Long,
    /// A whole number of 16 bits: from -32768 to 32767.
    Short,
    /// A whole number of 8 bits: from -128 to 127.
    Byte,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// A moment: `2026-05-17T10:00:00Z`.
    #[serde(alias = "date-time")]
    DateTime,
    /// A day: `2026-05-17`.
    Date,
    /// Several of one type: `{array: string}`.
    Array(Box<FieldType>),
    /// Fields of its own: `{object: {city: string, zip: string}}`.
    Object(IndexMap<String, FieldType>),
    /// Values by names that are not known before: `{map: integer}`. The values are `string` or `integer`.
    Map(Box<FieldType>),
    /// One of several texts: `{enum: [gold, silver]}`.
    Enum(Vec<String>),
}

/// The largest whole number that a JSON number carries exactly, which bounds the platform's longs.
const LONG: i64 = 9_007_199_254_740_991;

impl FieldType {
    /// The smallest and the largest of a whole number's type.
    pub fn range(&self) -> Option<(i64, i64)> {
        Some(match self {
            FieldType::Integer => (i32::MIN.into(), i32::MAX.into()),
            FieldType::Long => (-LONG, LONG),
            FieldType::Short => (i16::MIN.into(), i16::MAX.into()),
            FieldType::Byte => (i8::MIN.into(), i8::MAX.into()),
            _ => return None,
        })
    }

    /// The type of the field at a path below this one, step by step.
    pub fn at(&self, path: &str) -> Option<&FieldType> {
        let (step, rest) = match path.split_once('.') {
            Some((step, rest)) => (step, Some(rest)),
            None => (path, None),
        };
        let FieldType::Object(fields) = self else {
            return None;
        };
        let field = fields.get(step)?;
        rest.map_or(Some(field), |rest| field.at(rest))
    }

    /// For people: `long`, `array of string`.
    pub fn words(&self) -> String {
        match self {
            FieldType::String => "string".to_owned(),
            FieldType::Integer => "integer".to_owned(),
            FieldType::Long => "long".to_owned(),
            FieldType::Short => "short".to_owned(),
            FieldType::Byte => "byte".to_owned(),
            FieldType::Number => "number".to_owned(),
            FieldType::Boolean => "boolean".to_owned(),
            FieldType::DateTime => "date-time".to_owned(),
            FieldType::Date => "date".to_owned(),
            FieldType::Array(of) => format!("array of {}", of.words()),
            FieldType::Map(of) => format!("map of {}", of.words()),
            FieldType::Object(_) => "object".to_owned(),
            FieldType::Enum(values) => one_of(values.iter().map(String::as_str)),
        }
    }

    /// As the Schema Registry takes it. Kinds of whole numbers are told apart by their bounds, which are
    /// the documented ones.
    fn json(&self) -> Value {
        let whole = |bound: i64| json!({"type": "integer", "minimum": -bound, "maximum": bound});
        match self {
            FieldType::String => json!({"type": "string"}),
            FieldType::Integer => json!({"type": "integer"}),
            FieldType::Long => whole(LONG),
            FieldType::Short => whole(32_768),
            FieldType::Byte => whole(128),
            FieldType::Number => json!({"type": "number"}),
            FieldType::Boolean => json!({"type": "boolean"}),
            FieldType::DateTime => json!({"type": "string", "format": "date-time"}),
            FieldType::Date => json!({"type": "string", "format": "date"}),
            FieldType::Array(of) => json!({"type": "array", "items": of.json()}),
            FieldType::Object(fields) => {
                json!({"type": "object", "properties": properties(fields)})
            }
            FieldType::Map(of) => json!({
                "type": "object", "additionalProperties": of.json(), "meta:xdmType": "map",
            }),
            FieldType::Enum(values) => {
                let labels = values.iter().map(|it| (it.clone(), json!(it)));
                let labels: Map<_, _> = labels.collect();
                json!({"type": "string", "enum": values, "meta:enum": labels})
            }
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        match self {
            FieldType::Array(of) => of.problems(&at.join("array"), problems),
            FieldType::Map(of) if !matches!(**of, FieldType::String | FieldType::Integer) => {
                let message = format!("a map of {} is none that the platform has", of.words());
                let help = "the values of a map are `string` or `integer`";
                problems.push(Problem::new(at.join("map"), message).help(help));
            }
            FieldType::Object(fields) => {
                let at = at.join("object");
                if fields.is_empty() {
                    problems.push(Problem::new(at.clone(), "an object without fields"));
                }
                check(fields, &at, problems);
            }
            FieldType::Enum(values) if values.is_empty() => {
                let message = "an enum without values";
                problems.push(Problem::new(at.join("enum"), message));
            }
            _ => {}
        }
    }
}

/// The fields as JSON Schema, by name.
pub(crate) fn properties(fields: &IndexMap<String, FieldType>) -> Map<String, Value> {
    let field = |(name, type_): (&String, &FieldType)| {
        let mut field = type_.json();
        field["title"] = json!(name);
        (name.clone(), field)
    };
    fields.iter().map(field).collect()
}

/// Every mistake in names and types.
pub(crate) fn check(fields: &IndexMap<String, FieldType>, at: &Location, problems: &mut Problems) {
    let mut seen = IndexMap::new();
    for (name, type_) in fields {
        let at = at.join(name);
        // Schema Registry: letters, digits, `-` and `_`, no `_` in front.
        let fits = !name.is_empty()
            && !name.starts_with('_')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !fits {
            problems.push(
                Problem::new(at.clone(), "not a name for a custom field")
                    .help("use letters, digits, `-` and `_`, and no `_` in front"),
            );
        }
        if let Some(other) = seen.insert(name.to_lowercase(), name) {
            let message = format!("the platform can't tell it from `{other}`");
            let help = "names of fields have to differ in more than capitals";
            problems.push(Problem::new(at.clone(), message).help(help));
        }
        type_.problems(&at, problems);
    }
}

pub(crate) fn one_of<'v>(values: impl Iterator<Item = &'v str>) -> String {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    format!("enum of {}", values.join(", "))
}

/// The type of a field as the platform shows it, in the words of [`FieldType::words`]; empty if it does
/// not say. Kinds of whole numbers are known by what the platform calls them, or else by their bounds.
pub(crate) fn described(field: &Value) -> String {
    let text = |name: &str| field.get(name).and_then(Value::as_str);
    let xdm = text("meta:xdmType");
    match (text("type"), text("format")) {
        (Some("integer"), _) => {
            let bound = |name: &str| field.get(name).and_then(Value::as_f64);
            let most = match (bound("minimum"), bound("maximum")) {
                (Some(least), Some(most)) => most.max(-least),
                // One that has no bounds is an int.
                _ => 0.0,
            };
            match xdm {
                Some("int") => "integer",
                Some(other) => other,
                None if most <= 0.0 => "integer",
                None if most <= 128.0 => "byte",
                None if most <= 32_768.0 => "short",
                None if most <= 2_147_483_648.0 => "integer",
                None => "long",
            }
            .to_owned()
        }
        (Some("array"), _) => {
            let of = field.get("items").map(described);
            format!("array of {}", of.unwrap_or_default())
        }
        (Some("object"), _) => match field.get("additionalProperties") {
            Some(of @ Value::Object(_)) => format!("map of {}", described(of)),
            _ if xdm == Some("map") => "map".to_owned(),
            _ => "object".to_owned(),
        },
        (Some("string"), Some(format @ ("date" | "date-time"))) => format.to_owned(),
        (Some("string"), _) => match field.get("enum").and_then(Value::as_array) {
            Some(values) => one_of(values.iter().filter_map(Value::as_str)),
            None => "string".to_owned(),
        },
        (Some(other), _) => other.to_owned(),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> IndexMap<String, FieldType> {
        let written = json!({
            "level": "string", "points": "integer", "total": "long", "age": "short", "stars": "byte",
            "share": "number", "vip": "boolean", "at": "date_time", "since": "date",
            "tags": {"array": "string"}, "address": {"object": {"city": "string", "zip": "long"}},
            "scores": {"map": "integer"}, "tier": {"enum": ["silver", "gold"]},
        });
        serde_json::from_value(written).unwrap()
    }

    #[test]
    fn every_type_comes_back_as_it_was_sent() {
        let types = types();
        let sent = properties(&types);
        for (name, type_) in &types {
            assert_eq!(described(&sent[name]), type_.words(), "{name}");
        }
        assert_eq!(
            sent["points"],
            json!({"type": "integer", "title": "points"})
        );
        assert_eq!(
            sent["total"],
            json!({"type": "integer", "minimum": -9_007_199_254_740_991_i64,
                "maximum": 9_007_199_254_740_991_i64, "title": "total"})
        );
        let address = &sent["address"]["properties"];
        assert_eq!(address["city"], json!({"type": "string", "title": "city"}));
        assert_eq!(types["address"].at("zip"), Some(&FieldType::Long));
        assert_eq!(types["level"].at("zip"), None);
    }

    #[test]
    fn the_platform_s_own_words_count() {
        let cases = [
            (json!({"type": "integer", "meta:xdmType": "int"}), "integer"),
            (json!({"type": "integer", "meta:xdmType": "long"}), "long"),
            (
                json!({"type": "integer", "maximum": 2_147_483_647, "minimum": 0}),
                "integer",
            ),
            (
                json!({"type": "string", "meta:xdmType": "string"}),
                "string",
            ),
            (json!({"$ref": "https://ns.adobe.com/x"}), ""),
        ];
        for (field, words) in cases {
            assert_eq!(described(&field), words, "{field}");
        }
    }

    #[test]
    fn mistakes_are_told_at_any_depth() {
        let fields: IndexMap<String, FieldType> = serde_json::from_value(json!({
            "a": {"object": {"b b": "string"}}, "A": "string", "m": {"map": "boolean"},
            "e": {"enum": []}, "o": {"object": {}},
        }))
        .unwrap();
        let mut found = Problems::new();
        check(&fields, &Location::root(), &mut found);
        let messages: Vec<_> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "not a name for a custom field",
                "the platform can't tell it from `a`",
                "a map of boolean is none that the platform has",
                "an enum without values",
                "an object without fields",
            ]
        );
    }
}
