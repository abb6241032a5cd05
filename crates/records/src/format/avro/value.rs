//! Values that are known beforehand, as Avro has them.

use serde_json::Value;

use super::schema::{Kind, Logical, Schema, Type};
use crate::coding::{Coding, varint, zig_zag};

/// The bytes of a value; why it does not fit.
pub(crate) fn bytes(schema: &Schema, index: usize, value: &Value) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    put(schema, index, value, &mut out)?;
    Ok(out)
}

fn put(schema: &Schema, index: usize, value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    let type_ = schema.at(index);
    match (&type_.kind, value) {
        (Kind::Null, Value::Null) => {}
        (Kind::Union(branches), value) => {
            let fitting = branches.iter().enumerate().find_map(|(number, branch)| {
                let inner = bytes(schema, *branch, value).ok()?;
                Some((number, inner))
            });
            let Some((number, inner)) = fitting else {
                let words: Vec<_> = branches.iter().map(|it| schema.at(*it).words()).collect();
                return Err(format!("`{value}` is none of {}", words.join(", ")));
            };
            out.extend(varint(zig_zag(number as i64)));
            out.extend(inner);
        }
        (Kind::Array(of), Value::Array(items)) => {
            if !items.is_empty() {
                out.extend(varint(zig_zag(items.len() as i64)));
            }
            for item in items {
                put(schema, *of, item, out)?;
            }
            out.push(0);
        }
        (Kind::Map(of), Value::Object(entries)) => {
            if !entries.is_empty() {
                out.extend(varint(zig_zag(entries.len() as i64)));
            }
            for (name, value) in entries {
                out.extend(Coding::Counted.of_text(name.as_bytes()));
                put(schema, *of, value, out)?;
            }
            out.push(0);
        }
        (Kind::Record { fields, .. }, Value::Object(entries)) => {
            if let Some(name) = entries
                .keys()
                .find(|name| fields.iter().all(|it| it.name != **name))
            {
                return Err(format!("{} has no field `{name}`", type_.words()));
            }
            for field in fields {
                if let Some(value) = entries.get(&field.name).or(field.default.as_ref()) {
                    put(schema, field.type_, value, out)?;
                } else {
                    let missing = put(schema, field.type_, &Value::Null, out);
                    missing.map_err(|_| format!("it has no `{}`", field.name))?;
                }
            }
        }
        (Kind::Enum { symbols, .. }, Value::String(text)) => {
            let index = symbols.iter().position(|symbol| symbol == text);
            let index =
                index.ok_or_else(|| format!("`{text}` is no symbol of {}", type_.words()))?;
            out.extend(varint(zig_zag(index as i64)));
        }
        _ => {
            let coding = single(type_, value);
            let coding = coding.ok_or_else(|| format!("`{value}` is no {}", type_.words()))?;
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            out.extend(coding.of_text(text.as_bytes()));
        }
    }
    Ok(())
}

fn single(type_: &Type, value: &Value) -> Option<Coding> {
    let whole = value.as_i64();
    Some(match (&type_.kind, type_.logical, value) {
        (Kind::Boolean, _, Value::Bool(_)) => Coding::Truth,
        (Kind::Int, _, Value::Number(_)) if whole.is_some_and(|it| i32::try_from(it).is_ok()) => {
            Coding::ZigZag
        }
        (Kind::Int, Some(Logical::Date), Value::String(text))
            if text.parse::<jiff::civil::Date>().is_ok() =>
        {
            Coding::Day
        }
        (Kind::Long, _, Value::Number(_)) if whole.is_some() => Coding::ZigZag,
        (Kind::Long, Some(Logical::Timestamp(per_second)), Value::String(text))
            if text.parse::<jiff::Timestamp>().is_ok() =>
        {
            Coding::Moment { per_second }
        }
        (Kind::Float, _, Value::Number(_)) => Coding::Float,
        (Kind::Double, _, Value::Number(_)) => Coding::Double,
        (Kind::Bytes, Some(Logical::Decimal { scale, .. }), Value::Number(_)) => {
            Coding::Unscaled { scale }
        }
        (Kind::Fixed { size, .. }, Some(Logical::Decimal { scale, .. }), Value::Number(_))
            if *size <= 16 =>
        {
            Coding::UnscaledFixed {
                scale,
                size: *size as u8,
            }
        }
        (Kind::String, _, Value::String(_)) | (Kind::Bytes, None, Value::String(_)) => {
            Coding::Counted
        }
        _ => return None,
    })
}
