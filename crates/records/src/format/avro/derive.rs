//! The Avro schema that fields come to.

use options::{Location, Problem, Problems};
use serde_json::{Value, json};

use super::codings::plain;
use super::schema::is_name;
use crate::domain::Domain;
use crate::field::{FieldOptions, Plain};
use crate::format::fields::when_there;
use crate::kinds::{ObjectFields, TimeFormat};

/// The most digits that a `decimal` of 64 bits has.
const PRECISION: u32 = 18;

/// The schema of the records; what there is no schema for.
pub(crate) fn schema(fields: &ObjectFields, name: &str, at: &Location) -> Result<Value, Problems> {
    let mut deriver = Deriver {
        names: Vec::new(),
        problems: Problems::new(),
    };
    let (namespace, name) = name.rsplit_once('.').unwrap_or(("", name));
    let mut schema = deriver.record(fields, name, &at.join("fields"));
    if !namespace.is_empty() {
        schema["namespace"] = namespace.into();
    }
    if deriver.problems.is_empty() {
        Ok(schema)
    } else {
        Err(deriver.problems)
    }
}

struct Deriver {
    /// Names of types that were given away.
    names: Vec<String>,
    problems: Problems,
}

impl Deriver {
    fn name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 1;
        while self.names.contains(&name) {
            number += 1;
            name = format!("{wanted}{number}");
        }
        self.names.push(name.clone());
        name
    }

    fn record(&mut self, fields: &ObjectFields, name: &str, at: &Location) -> Value {
        let name = self.name(name);
        let fields = fields.iter().map(|(field, options)| {
            let at = at.join(field);
            if !is_name(field) {
                let message = format!("`{field}` is no name for a field of Avro");
                let help = "use letters, digits and `_`, and no digit in front";
                self.problems
                    .push(Problem::new(at.clone(), message).help(help));
            }
            let (of, is_nullable) = when_there(options);
            let type_ = self.type_(of, &format!("{name}{}", capital(field)), &at);
            if !is_nullable || type_ == "null" {
                return json!({"name": field, "type": type_});
            }
            json!({"name": field, "type": nullable(type_), "default": null})
        });
        let fields: Vec<_> = fields.collect();
        json!({"type": "record", "name": name, "fields": fields})
    }

    fn type_(&mut self, field: &FieldOptions, name: &str, at: &Location) -> Value {
        let (there, may_lack) = when_there(field);
        if may_lack {
            return nullable(self.type_(there, name, at));
        }
        let field = there;
        match (field, field.domain()) {
            (FieldOptions::Plain(Plain::Uuid | Plain::RecordId) | FieldOptions::Uuid(_), _) => {
                json!({"type": "string", "logicalType": "uuid"})
            }
            (FieldOptions::Decimal(options), _) => {
                let most = options.min.abs().max(options.max.abs());
                let before = (most.max(1.0) as u64).to_string().len() as u32;
                let precision = (before + u32::from(options.digits)).min(PRECISION);
                json!({"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": options.digits})
            }
            (FieldOptions::EventTime(options), _) if options.format == TimeFormat::EpochMs => {
                json!({"type": "long", "logicalType": "timestamp-millis"})
            }
            (_, Domain::Object(fields)) => self.record(fields, name, &at.join("object")),
            (_, Domain::List(of)) => {
                let items = self.type_(of, &format!("{name}Item"), &at.join("array").join("of"));
                json!({"type": "array", "items": items})
            }
            // An entity's values are not known by where they stand in the record.
            (FieldOptions::Of(_), Domain::Fixed(values)) => match plain(Domain::Fixed(values)) {
                Domain::Whole(..) => json!("long"),
                Domain::Decimals => json!("double"),
                Domain::Truth => json!("boolean"),
                _ => json!("string"),
            },
            (_, Domain::Fixed(values)) => {
                let values: Vec<_> = values.into_iter().collect();
                self.of_values(&values, name)
            }
            (_, Domain::Words | Domain::Texts) => json!("string"),
            (_, Domain::Whole(..)) => json!("long"),
            (_, Domain::Decimals) => json!("double"),
            (_, Domain::Truth) => json!("boolean"),
            (_, Domain::Moments) => json!({"type": "long", "logicalType": "timestamp-millis"}),
            (_, Domain::Days) => json!({"type": "int", "logicalType": "date"}),
        }
    }

    /// The type of known values: one, or a union of those that they have.
    fn of_values(&mut self, values: &[&Value], name: &str) -> Value {
        let mut types = Vec::new();
        let mut add = |type_: Value| {
            if !types.contains(&type_) {
                types.push(type_);
            }
        };
        let of = |is_it: fn(&Value) -> bool| -> Vec<&Value> {
            values
                .iter()
                .copied()
                .filter(|value| is_it(value))
                .collect()
        };
        if !of(Value::is_null).is_empty() {
            add(json!("null"));
        }
        if !of(Value::is_boolean).is_empty() {
            add(json!("boolean"));
        }
        let numbers = of(Value::is_number);
        if !numbers.is_empty() {
            let whole = numbers.iter().all(|number| number.is_i64());
            add(json!(if whole { "long" } else { "double" }));
        }
        let texts = of(Value::is_string);
        if !texts.is_empty() {
            let mut symbols: Vec<_> = texts.iter().filter_map(|text| text.as_str()).collect();
            symbols.dedup();
            let mut known = std::collections::BTreeSet::new();
            symbols.retain(|symbol| known.insert(*symbol));
            if symbols.iter().all(|symbol| is_name(symbol)) {
                let name = self.name(name);
                add(json!({"type": "enum", "name": name, "symbols": symbols}));
            } else {
                add(json!("string"));
            }
        }
        let lists = of(Value::is_array);
        if !lists.is_empty() {
            let items: Vec<_> = lists
                .iter()
                .filter_map(|it| it.as_array())
                .flatten()
                .collect();
            let items = if items.is_empty() {
                json!("null")
            } else {
                self.of_values(&items, &format!("{name}Item"))
            };
            add(json!({"type": "array", "items": items}));
        }
        let objects = of(Value::is_object);
        if !objects.is_empty() {
            let object = self.of_objects(&objects, name);
            add(object);
        }
        match <[Value; 1]>::try_from(types) {
            Ok([one]) => one,
            Err(several) => Value::Array(several),
        }
    }

    /// A record with every field that one of them has.
    fn of_objects(&mut self, objects: &[&Value], name: &str) -> Value {
        let name = self.name(name);
        let mut names: Vec<&String> = Vec::new();
        for object in objects {
            for field in object.as_object().into_iter().flat_map(|it| it.keys()) {
                if !names.contains(&field) {
                    names.push(field);
                }
            }
        }
        let fields = names.into_iter().map(|field| {
            let values: Vec<_> = objects
                .iter()
                .map(|it| it.get(field).unwrap_or(&Value::Null))
                .collect();
            let type_ = self.of_values(&values, &format!("{name}{}", capital(field)));
            json!({"name": field, "type": type_})
        });
        let fields: Vec<_> = fields.collect();
        json!({"type": "record", "name": name, "fields": fields})
    }
}

/// A union with null, whose default is null.
fn nullable(type_: Value) -> Value {
    match type_ {
        Value::Array(mut types) => {
            types.retain(|it| it != "null");
            types.insert(0, json!("null"));
            Value::Array(types)
        }
        one if one == "null" => one,
        one => json!(["null", one]),
    }
}

/// A name as part of another: `order lines` → `OrderLines`.
pub(crate) fn capital(name: &str) -> String {
    let mut text = String::new();
    let mut is_first = true;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            is_first = true;
        } else if is_first {
            text.push(c.to_ascii_uppercase());
            is_first = false;
        } else {
            text.push(c);
        }
    }
    text
}
