//! A record through a mapping set, into the shape of a schema.

use serde_json::{Map, Value, json};

use super::conversion::converted;
use super::expression::Expression;
use crate::platform::xdm::Resolved;

/// What goes where.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) expression: Expression,
    /// A path with dots.
    pub(crate) target: String,
}

/// Why a record is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) keyword: &'static str,
    pub(crate) message: String,
    pub(crate) pointer: String,
}

impl Refused {
    /// As it stands beside the record in the file of refused ones.
    pub(crate) fn json(&self) -> Value {
        json!([{
            "keyword": self.keyword,
            "message": self.message,
            "pointerToViolation": self.pointer,
            "schemaLocation": "#",
        }])
    }
}

/// The record as it lands.
pub(crate) fn mapped(lines: &[Line], schema: &Resolved, record: &Value) -> Result<Value, Refused> {
    let mut row = Value::Object(Map::new());
    for line in lines {
        let value = line.expression.value(record);
        if value.is_null() {
            continue;
        }
        let pointer = || format!("#/{}", line.target.replace('.', "/"));
        let Some(type_) = schema.at(&line.target) else {
            let message = format!("the schema has no field {}", line.target);
            return Err(Refused {
                keyword: "additionalProperties",
                message,
                pointer: pointer(),
            });
        };
        let shown = value.to_string();
        let Some(value) = converted(value, type_) else {
            let message = format!(
                "{}: {shown} can't be converted to the field's type",
                line.target
            );
            return Err(Refused {
                keyword: "type",
                message,
                pointer: pointer(),
            });
        };
        put(&mut row, &line.target, value);
    }
    for required in &schema.required {
        if row.get(required).is_none_or(Value::is_null) {
            let message = format!("required key [{required}] not found");
            return Err(Refused {
                keyword: "required",
                message,
                pointer: "#".to_owned(),
            });
        }
    }
    Ok(row)
}

fn put(row: &mut Value, path: &str, value: Value) {
    let mut at = row;
    for step in path.split('.') {
        // Every step but the last is an object: the schema says so.
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[step];
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::xdm;

    fn schema(ids: &[&str]) -> Resolved {
        let mut schema = Resolved::default();
        for id in ids {
            schema.add(&xdm::global(id).unwrap());
        }
        schema
    }

    fn lines(pairs: &[(&str, &str)]) -> Vec<Line> {
        let line = |(source, target): &(&str, &str)| Line {
            expression: Expression::parse(source).unwrap(),
            target: (*target).to_owned(),
        };
        pairs.iter().map(line).collect()
    }

    #[test]
    fn fields_go_where_the_mapping_says() {
        let schema = schema(&[xdm::PROFILE, xdm::PERSON]);
        let lines = lines(&[
            ("id", "_id"),
            ("firstName", "person.name.firstName"),
            ("lastName", "person.name.lastName"),
            ("year", "person.birthYear"),
        ]);
        let record = json!({"id": "x", "firstName": "Ada", "year": "1815", "level": "gold"});
        assert_eq!(
            mapped(&lines, &schema, &record).unwrap(),
            json!({"_id": "x", "person": {"name": {"firstName": "Ada"}, "birthYear": 1815}})
        );
        let refused = mapped(&lines, &schema, &json!({"year": "long ago"})).unwrap_err();
        assert_eq!(
            (refused.keyword, refused.pointer.as_str()),
            ("type", "#/person/birthYear")
        );
    }

    #[test]
    fn an_event_needs_its_id_and_its_time() {
        let schema = schema(&[xdm::EVENT]);
        let lines = lines(&[("id", "_id"), ("at", "timestamp")]);
        let refused = mapped(&lines, &schema, &json!({"id": "x"})).unwrap_err();
        assert_eq!(refused.message, "required key [timestamp] not found");
        assert!(
            mapped(
                &lines,
                &schema,
                &json!({"id": "x", "at": "2026-01-01T00:00:00Z"})
            )
            .is_ok()
        );
    }
}
