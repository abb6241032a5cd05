//! Lists, objects and maps.

use serde_json::{Map, Value};

use super::{ANY, Function, is_true, number, of, optional, text};

pub(super) const FUNCTIONS: &[Function] = &[
    of("first", 1, ANY, |it| {
        items(it).first().cloned().unwrap_or_default()
    }),
    of("last", 1, ANY, |it| {
        items(it).last().cloned().unwrap_or_default()
    }),
    of("add_to_array", 1, ANY, |it| {
        let mut list = listed(&it[0]);
        list.extend_from_slice(&it[1..]);
        Value::Array(list)
    }),
    of("join_arrays", 1, ANY, |it| {
        it.iter().flat_map(listed).collect()
    }),
    of("to_array", 1, ANY, |it| {
        let has_nulls = is_true(&it[0]);
        let items = it[1..].iter().filter(|it| has_nulls || !it.is_null());
        items.cloned().collect()
    }),
    of("size_of", 1, 1, |it| match &it[0] {
        Value::Array(items) => items.len().into(),
        Value::Object(fields) => fields.len().into(),
        Value::String(text) => text.chars().count().into(),
        _ => Value::Null,
    }),
    of("upsert_array_append", 1, 1, |it| it[0].clone()),
    of("upsert_array_replace", 1, 2, |it| it[0].clone()),
    of("to_object", 2, ANY, paired),
    of("to_map", 2, ANY, paired),
    of("arrays_to_object", 2, ANY, arrays_to_objects),
    of("arrays_to_objects", 2, ANY, arrays_to_objects),
    of("array_to_map", 1, 1, |it| {
        let items = listed(&it[0]).into_iter().enumerate();
        let named = items.map(|(index, item)| (index.to_string(), item));
        Value::Object(named.collect())
    }),
    of("object_to_map", 1, ANY, object_to_map),
    of("add_to_map", 1, ANY, |it| {
        let fields = it.iter().filter_map(Value::as_object).flatten();
        let fields = fields.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(fields.collect())
    }),
    of("str_to_object", 1, 3, |it| {
        Value::Object(str_to_object(&it[0], optional(it, 1), optional(it, 2)))
    }),
    of("get_keys", 1, 1, |it| match &it[0] {
        Value::Object(fields) => fields.keys().cloned().map(Value::from).collect(),
        _ => Value::Null,
    }),
    of("get_values", 2, 4, |it| {
        let found = str_to_object(&it[0], optional(it, 2), optional(it, 3));
        found.get(&text(&it[1])).cloned().unwrap_or_default()
    }),
    of("get", 2, 2, |it| {
        it[0].get(text(&it[1])).cloned().unwrap_or_default()
    }),
    of("map_get_values", 2, 2, |it| match &it[1] {
        Value::Array(keys) => {
            let values = keys.iter().filter_map(|key| it[0].get(text(key)));
            values.cloned().collect()
        }
        key => it[0].get(text(key)).cloned().unwrap_or_default(),
    }),
    of("map_has_keys", 2, 2, |it| {
        let has = |key: &Value| it[0].get(text(key)).is_some();
        match &it[1] {
            Value::Array(keys) => keys.iter().all(has).into(),
            key => has(key).into(),
        }
    }),
];

/// The values of a list that stands alone, or else all that stand there.
fn items(arguments: &[Value]) -> &[Value] {
    match arguments {
        [Value::Array(items)] => items,
        several => several,
    }
}

fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

pub(super) fn coalesce(arguments: &[Value]) -> Value {
    let found = items(arguments).iter().find(|value| !value.is_null());
    found.cloned().unwrap_or_default()
}

/// A key, pairs, and perhaps what it is if none fits.
pub(super) fn decode(arguments: &[Value]) -> Value {
    let key = text(&arguments[0]);
    let pairs = arguments[1..].chunks(2);
    for pair in pairs {
        match pair {
            [known, value] if text(known) == key => return value.clone(),
            [otherwise] => return otherwise.clone(),
            _ => {}
        }
    }
    Value::Null
}

fn paired(arguments: &[Value]) -> Value {
    let pairs = arguments.chunks_exact(2);
    Value::Object(pairs.map(|it| (text(&it[0]), it[1].clone())).collect())
}

/// An object per place, with a value of each list.
fn arrays_to_objects(arguments: &[Value]) -> Value {
    let lists: Vec<_> = arguments
        .chunks_exact(2)
        .map(|it| (text(&it[0]), listed(&it[1])))
        .collect();
    let longest = lists.iter().map(|(_, list)| list.len()).max().unwrap_or(0);
    let object = |index: usize| {
        let fields = lists.iter();
        let fields = fields.map(|(name, list)| {
            let value = list.get(index).cloned().unwrap_or_default();
            (name.clone(), value)
        });
        Value::Object(fields.collect())
    };
    (0..longest).map(object).collect()
}

/// Of an object; of objects, each under the value of one of its fields; of names and values.
fn object_to_map(arguments: &[Value]) -> Value {
    match arguments {
        [object @ Value::Object(_)] => object.clone(),
        [Value::Array(objects), key] => {
            let named = objects.iter().filter_map(|object| {
                let name = object.get(text(key))?;
                Some((text(name), object.clone()))
            });
            Value::Object(named.collect())
        }
        [_] => Value::Null,
        pairs => paired(pairs),
    }
}

fn str_to_object(
    from: &Value,
    between: Option<&Value>,
    after: Option<&Value>,
) -> Map<String, Value> {
    let sign = |given: Option<&Value>, default: &str| match given.map(text) {
        Some(given) if !given.is_empty() => given,
        _ => default.to_owned(),
    };
    let (between, after) = (sign(between, ":"), sign(after, ","));
    let whole = text(from);
    let fields = whole.split(after.as_str());
    let field = |field: &str| {
        let (name, value) = field.split_once(between.as_str())?;
        Some((name.trim().to_owned(), Value::from(value.trim())))
    };
    fields.filter_map(field).collect()
}

/// A number from a value, or nothing.
pub(super) fn whole(value: &Value) -> Option<i64> {
    number(value).map(|it| it as i64)
}
