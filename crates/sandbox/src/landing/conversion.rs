//! A value of a record as its field in the schema wants it (Data Prep's conversions: booleans in
//! words, numbers in text, dates in several forms).

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::expression::text;
use super::times;
use crate::platform::xdm::Type;

/// `None`: it can't be converted. Of an object, that is left out which can't be, or for which there is no
/// field. Whether a value is one of those that the schema allows is not asked.
pub(super) fn converted(value: Value, type_: &Type) -> Option<Value> {
    match (type_, value) {
        (_, Value::Null) => Some(Value::Null),
        (Type::String, Value::Array(_) | Value::Object(_)) => None,
        (Type::String, value @ Value::String(_)) | (Type::Boolean, value @ Value::Bool(_)) => {
            Some(value)
        }
        (Type::String, value) => Some(text(&value).into()),
        (Type::Integer(bits), Value::Number(number)) => whole(number.as_i64()?, *bits),
        (Type::Integer(bits), Value::String(text)) => whole(text.trim().parse().ok()?, *bits),
        (Type::Number, Value::Number(number)) => Some(number.into()),
        (Type::Number, Value::String(text)) => text.trim().parse::<f64>().ok().map(Value::from),
        (Type::Boolean, Value::String(text)) => match text.to_lowercase().as_str() {
            "y" | "yes" | "on" | "true" => Some(true.into()),
            "n" | "no" | "off" | "false" => Some(false.into()),
            _ => None,
        },
        (Type::DateTime, Value::String(text)) => {
            // What is right already stays as it is written.
            if text.parse::<Timestamp>().is_ok() {
                return Some(text.into());
            }
            times::moment(&text).map(|at| at.to_string().into())
        }
        (Type::DateTime, Value::Number(millis)) => Timestamp::from_millisecond(millis.as_i64()?)
            .ok()
            .map(|at| at.to_string().into()),
        (Type::Date, Value::String(text)) => {
            let day = text.parse::<Date>().ok();
            let day = day.or_else(|| times::day(&text));
            day.map(|day| day.to_string().into())
        }
        (Type::Array(items), Value::Array(values)) => values
            .into_iter()
            .map(|value| converted(value, items))
            .collect::<Option<_>>()
            .map(Value::Array),
        (Type::Map(values), Value::Object(map)) => {
            let one = |(name, value): (String, Value)| Some((name, converted(value, values)?));
            map.into_iter()
                .map(one)
                .collect::<Option<_>>()
                .map(Value::Object)
        }
        (Type::Object(fields), Value::Object(map)) => {
            let one = |(name, value): (String, Value)| {
                let value = converted(value, fields.get(&name)?)?;
                Some((name, value))
            };
            Some(Value::Object(map.into_iter().filter_map(one).collect()))
        }
        (Type::Limited(type_, _), value) => converted(value, type_),
        _ => None,
    }
}

/// A whole number, if it has room in so many bits.
fn whole(number: i64, bits: u8) -> Option<Value> {
    let most = i64::MAX >> (64 - bits);
    (-most - 1..=most).contains(&number).then(|| number.into())
}

/// The keyword that a value of another type breaks, and how, in the validator's words.
pub(super) fn misfit(value: &Value, type_: &Type) -> (&'static str, String) {
    let wanted = match type_ {
        Type::String => "String",
        Type::Integer(_) => "Integer",
        Type::Number => "Number",
        Type::Boolean => "Boolean",
        Type::Object(_) | Type::Map(_) => "JSONObject",
        Type::Array(_) => "JSONArray",
        Type::DateTime => {
            return (
                "format",
                format!("[{}] is not a valid date-time", text(value)),
            );
        }
        Type::Date => return ("format", format!("[{}] is not a valid date", text(value))),
        Type::Limited(inner, _) => return misfit(value, inner),
    };
    let found = match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "BigDecimal",
        Value::Number(number) if number.as_i64().is_some_and(|it| i32::try_from(it).is_err()) => {
            "Long"
        }
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "JSONArray",
        Value::Object(_) => "JSONObject",
    };
    ("type", format!("expected type: {wanted}, found: {found}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_what_the_schema_wants_or_are_refused() {
        let cases = [
            (json!(7), Type::String, Some(json!("7"))),
            (json!("7"), Type::Integer(32), Some(json!(7))),
            (json!("x"), Type::Integer(32), None),
            (
                json!(2_147_483_647),
                Type::Integer(32),
                Some(json!(2_147_483_647)),
            ),
            (json!(2_147_483_648_i64), Type::Integer(32), None),
            (
                json!("2147483648"),
                Type::Integer(64),
                Some(json!(2_147_483_648_i64)),
            ),
            (json!(-32_768), Type::Integer(16), Some(json!(-32_768))),
            (json!(32_768), Type::Integer(16), None),
            (json!(128), Type::Integer(8), None),
            (
                json!({"a": "1"}),
                Type::Map(Box::new(Type::Integer(32))),
                Some(json!({"a": 1})),
            ),
            (json!("Yes"), Type::Boolean, Some(json!(true))),
            (json!("perhaps"), Type::Boolean, None),
            (
                json!("2026-01-02T03:04:05.678Z"),
                Type::DateTime,
                Some(json!("2026-01-02T03:04:05.678Z")),
            ),
            (json!("yesterday"), Type::DateTime, None),
            (
                json!("2026-01-02T03:04:05Z"),
                Type::Date,
                Some(json!("2026-01-02")),
            ),
            (
                json!("2026-01-02"),
                Type::DateTime,
                Some(json!("2026-01-02T00:00:00Z")),
            ),
            (json!("1/2/2026"), Type::Date, Some(json!("2026-01-02"))),
            (json!({"a": 1}), Type::String, None),
            // Of an object, what has a field is copied.
            (
                json!({"a": "1", "b": "x", "c": 2}),
                Type::Object(
                    [("a", Type::Integer(32)), ("b", Type::Integer(32))]
                        .map(|(name, type_)| (name.to_owned(), type_))
                        .into(),
                ),
                Some(json!({"a": 1})),
            ),
            (Value::Null, Type::Integer(32), Some(Value::Null)),
        ];
        for (value, type_, wanted) in cases {
            assert_eq!(
                converted(value.clone(), &type_),
                wanted,
                "{value} as {type_:?}"
            );
        }
    }
}
