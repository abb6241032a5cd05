//! A record through a mapping set, into the shape of a schema.

use serde_json::{Map, Value, json};

use super::conversion::{converted, misfit};
use super::expression::Expression;
use crate::platform::xdm::{Resolved, Type};

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
            "causingExceptions": [],
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
            let message = format!("extraneous key [{}] is not permitted", line.target);
            return Err(Refused {
                keyword: "additionalProperties",
                message,
                pointer: pointer(),
            });
        };
        // Only a function makes a map of an object.
        if matches!(type_, Type::Map(_)) && matches!(line.expression, Expression::Path(_)) {
            return Err(Refused {
                keyword: "type",
                message: "expected type: Map, found: JSONObject".to_owned(),
                pointer: pointer(),
            });
        }
        let value = fitting(value, type_, &pointer)?;
        put(&mut row, &line.target, value);
    }
    if let Value::Object(row) = &row {
        required(schema, row)?;
    }
    Ok(row)
}

/// The value as its field wants it.
fn fitting(value: Value, type_: &Type, pointer: &dyn Fn() -> String) -> Result<Value, Refused> {
    // Most values are right as they are: nothing is kept for the message of the others.
    if matches!((&value, type_), (Value::String(_), Type::String)) {
        return Ok(value);
    }
    let kept = value.clone();
    converted(value, type_).ok_or_else(|| {
        let (keyword, message) = misfit(&kept, type_);
        Refused {
            keyword,
            message,
            pointer: pointer(),
        }
    })
}

/// A record that is in the schema's shape already, as a flow without a mapping takes it.
pub(crate) fn whole(schema: &Resolved, record: &Value) -> Result<Value, Refused> {
    let refuse = |keyword, message: String, pointer: String| Refused {
        keyword,
        message,
        pointer,
    };
    let Some(fields) = record.as_object() else {
        let (keyword, message) = misfit(record, &Type::Object(schema.fields.clone()));
        return Err(refuse(keyword, message, "#".to_owned()));
    };
    let mut row = Map::new();
    for (name, value) in fields {
        let Some(type_) = schema.fields.get(name) else {
            let message = format!("extraneous key [{name}] is not permitted");
            return Err(refuse("additionalProperties", message, "#".to_owned()));
        };
        let pointer = || format!("#/{name}");
        row.insert(name.clone(), fitting(value.clone(), type_, &pointer)?);
    }
    required(schema, &row)?;
    Ok(Value::Object(row))
}

fn required(schema: &Resolved, row: &Map<String, Value>) -> Result<(), Refused> {
    let is_missing = |name: &&String| row.get(*name).is_none_or(Value::is_null);
    match schema.required.iter().find(is_missing) {
        None => Ok(()),
        Some(name) => Err(Refused {
            keyword: "required",
            message: format!("required key [{name}] not found"),
            pointer: "#".to_owned(),
        }),
    }
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
