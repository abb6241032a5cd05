//! JSON Patch, as far as the services take it: add, remove, replace
//! (<https://www.rfc-editor.org/rfc/rfc6902>). `op` may be written in any case, as Adobe's pages do.

use serde_json::Value;

/// One operation.
pub(crate) fn apply(thing: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |name: &str| {
        let found = operation.get(name).and_then(Value::as_str);
        found.ok_or_else(|| format!("an operation needs {name}"))
    };
    let (path, op) = (text("path")?, text("op")?.to_lowercase());
    let (parent, name) = path
        .rsplit_once('/')
        .ok_or_else(|| format!("{path} is not a path"))?;
    let name = name.replace("~1", "/").replace("~0", "~");
    let missing = || format!("there is no {path}");
    let value = || match (op.as_str(), operation.get("value")) {
        ("remove", _) => Ok(Value::Null),
        (_, Some(value)) => Ok(value.clone()),
        (_, None) => Err(format!("{op} of {path} needs a value")),
    };
    let value = value()?;
    match thing.pointer_mut(parent).ok_or_else(missing)? {
        Value::Object(map) => match op.as_str() {
            "add" => drop(map.insert(name, value)),
            "replace" => *map.get_mut(&name).ok_or_else(missing)? = value,
            "remove" => drop(map.shift_remove(&name).ok_or_else(missing)?),
            _ => return Err(format!("{op} is not an operation")),
        },
        Value::Array(items) => {
            let end = items.len();
            let index = if name == "-" {
                Some(end)
            } else {
                name.parse().ok()
            };
            let index: usize = index.ok_or_else(missing)?;
            match op.as_str() {
                "add" if index <= end => items.insert(index, value),
                "replace" => *items.get_mut(index).ok_or_else(missing)? = value,
                "remove" if index < end => drop(items.remove(index)),
                "add" | "remove" => return Err(missing()),
                _ => return Err(format!("{op} is not an operation")),
            }
        }
        _ => return Err(missing()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_and_lists_are_changed() {
        let mut thing = json!({"a": {"b": 1}, "l": [1, 3]});
        for operation in [
            json!({"op": "add", "path": "/a/c~1d", "value": 2}),
            json!({"op": "Replace", "path": "/a/b", "value": 9}),
            json!({"op": "add", "path": "/l/1", "value": 2}),
            json!({"op": "add", "path": "/l/-", "value": 4}),
            json!({"op": "remove", "path": "/l/0"}),
        ] {
            apply(&mut thing, &operation).unwrap();
        }
        assert_eq!(thing, json!({"a": {"b": 9, "c/d": 2}, "l": [2, 3, 4]}));
        for operation in [
            json!({"op": "replace", "path": "/a/x", "value": 1}),
            json!({"op": "remove", "path": "/l/9"}),
            json!({"op": "add", "path": "/x/y", "value": 1}),
            json!({"op": "add", "path": "/a/z"}),
            json!({"op": "move", "path": "/a", "value": 1}),
            json!({"path": "/a", "value": 1}),
        ] {
            assert!(apply(&mut thing, &operation).is_err(), "{operation}");
        }
    }
}
