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

/// A record as it lands.
#[derive(Debug)]
pub(crate) struct Mapped {
    pub(crate) row: Value,
    /// Why something of it is not there.
    pub(crate) lost: Vec<Refused>,
}

/// The record as it lands. What can't be converted is left out, and the rest lands, if that is right by
/// the schema (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>).
pub(crate) fn mapped(lines: &[Line], schema: &Resolved, record: &Value) -> Result<Mapped, Refused> {
    let (mut row, mut lost) = (Value::Object(Map::new()), Vec::new());
    for line in lines {
        let value = line.expression.value(record);
        if value.is_null() {
            continue;
        }
        let Some(type_) = schema.at(&line.target) else {
            return Err(extraneous(&line.target, pointer(&line.target)));
        };
        // Only a function makes a map of an object.
        let is_path = matches!(line.expression, Expression::Path(_));
        if matches!(type_, Type::Map(_)) && is_path {
            lost.push(Refused {
                keyword: "type",
                message: "expected type: Map, found: JSONObject".to_owned(),
                pointer: pointer(&line.target),
            });
            continue;
        }
        let value = match fitting(value, type_) {
            Ok(value) => value,
            Err((keyword, message)) => {
                lost.push(Refused {
                    keyword,
                    message,
                    pointer: pointer(&line.target),
                });
                continue;
            }
        };
        // Most values are right as they are.
        if !matches!(type_, Type::String) {
            valid(&value, type_, &pointer(&line.target))?;
        }
        put(&mut row, &line.target, value);
    }
    if let Value::Object(row) = &row {
        required(schema, row)?;
    }
    Ok(Mapped { row, lost })
}

fn pointer(path: &str) -> String {
    format!("#/{}", path.replace('.', "/"))
}

fn extraneous(name: &str, pointer: String) -> Refused {
    Refused {
        keyword: "additionalProperties",
        message: format!("extraneous key [{name}] is not permitted"),
        pointer,
    }
}

/// The value as its field wants it, or why it can't be that.
fn fitting(value: Value, type_: &Type) -> Result<Value, (&'static str, String)> {
    // Most values are right as they are: nothing is kept for the message of the others.
    if matches!((&value, type_), (Value::String(_), Type::String)) {
        return Ok(value);
    }
    let kept = value.clone();
    converted(value, type_).ok_or_else(|| misfit(&kept, type_))
}

/// What the validator says of a value that is to land: nothing is converted any more.
fn valid(value: &Value, type_: &Type, pointer: &str) -> Result<(), Refused> {
    let refuse = |(keyword, message): (&'static str, String)| {
        Err(Refused {
            keyword,
            message,
            pointer: pointer.to_owned(),
        })
    };
    let below = |name: &dyn std::fmt::Display| format!("{pointer}/{name}");
    match (type_, value) {
        (_, Value::Null) => Ok(()),
        (Type::Limited(inner, limits), value) => {
            valid(value, inner, pointer)?;
            limits.broken_by(value).map_or(Ok(()), refuse)
        }
        (Type::Object(fields), Value::Object(map)) => {
            map.iter()
                .try_for_each(|(name, value)| match fields.get(name) {
                    Some(type_) => valid(value, type_, &below(name)),
                    None => Err(extraneous(name, pointer.to_owned())),
                })
        }
        (Type::Map(of), Value::Object(map)) => map
            .iter()
            .try_for_each(|(name, value)| valid(value, of, &below(name))),
        (Type::Array(of), Value::Array(items)) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| valid(item, of, &below(&index))),
        (type_, value) if converted(value.clone(), type_).as_ref() == Some(value) => Ok(()),
        (type_, value) => refuse(misfit(value, type_)),
    }
}

/// A record that is in the schema's shape already, as a flow without a mapping takes it.
pub(crate) fn whole(schema: &Resolved, record: &Value) -> Result<Value, Refused> {
    let Some(row) = record.as_object() else {
        let (keyword, message) = misfit(record, &Type::Object(schema.fields.clone()));
        return Err(Refused {
            keyword,
            message,
            pointer: "#".to_owned(),
        });
    };
    for (name, value) in row {
        let type_ = schema.fields.get(name);
        let type_ = type_.ok_or_else(|| extraneous(name, "#".to_owned()))?;
        valid(value, type_, &format!("#/{name}"))?;
    }
    required(schema, row)?;
    Ok(record.clone())
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
            mapped(&lines, &schema, &record).unwrap().row,
            json!({"_id": "x", "person": {"name": {"firstName": "Ada"}, "birthYear": 1815}})
        );
        // What can't be converted is left out; what the schema does not allow is refused.
        let record = json!({"id": "x", "year": "long ago"});
        assert_eq!(
            mapped(&lines, &schema, &record).unwrap().row,
            json!({"_id": "x"})
        );
        let refused = mapped(&lines, &schema, &json!({"year": 0})).unwrap_err();
        assert_eq!(
            (refused.keyword, refused.pointer.as_str()),
            ("minimum", "#/person/birthYear")
        );
    }

    #[test]
    fn without_a_mapping_nothing_is_converted() {
        let schema = schema(&[xdm::PROFILE, xdm::PERSON, xdm::PERSONAL]);
        let why = |record: Value| whole(&schema, &record).map_err(|it| (it.keyword, it.pointer));
        let good = json!({"_id": "x", "person": {"birthYear": 1815, "birthDate": "1815-12-10"}});
        assert_eq!(why(good.clone()), Ok(good));
        for (record, keyword, pointer) in [
            (json!({"_id": 7}), "type", "#/_id"),
            (
                json!({"person": {"birthYear": "1815"}}),
                "type",
                "#/person/birthYear",
            ),
            (
                json!({"person": {"birthDate": "1/2/1815"}}),
                "format",
                "#/person/birthDate",
            ),
            (
                json!({"person": {"gender": "x"}}),
                "enum",
                "#/person/gender",
            ),
            (
                json!({"person": {"x": 1}}),
                "additionalProperties",
                "#/person",
            ),
            (
                json!({"personalEmail": {"address": "x"}}),
                "format",
                "#/personalEmail/address",
            ),
            (json!(7), "type", "#"),
        ] {
            assert_eq!(
                why(record.clone()),
                Err((keyword, pointer.to_owned())),
                "{record}"
            );
        }
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
