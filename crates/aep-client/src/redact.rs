//! Taking secrets out of requests and answers, by the keys that they stand under.

use access::MASK;
use secrecy::SecretString;
use serde_json::{Map, Value};

/// Keys of requests and answers whose values are secrets, in small letters. Named in Adobe's tutorials
/// on base connections and on authentication; the platform's other connectors add the last ones.
const SECRET_KEYS: [&str; 10] = [
    "saskey",
    "clientsecretvalue",
    "secretkey",
    "credentials",
    "access_token",
    "client_secret",
    "clientsecret",
    "password",
    "connectionstring",
    "accesstoken",
];

fn is_secret(key: &str) -> bool {
    SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str())
}

/// Replaces the values of keys that hold secrets.
pub(crate) fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => mask_map(map),
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn mask_map(map: &mut Map<String, Value>) {
    for (key, value) in map {
        if is_secret(key) && !value.is_null() {
            *value = Value::from(MASK);
        } else {
            mask(value);
        }
    }
}

/// An answer's body that may be printed, whatever it holds.
pub(crate) fn printable(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut json) => {
            mask(&mut json);
            json.to_string()
        }
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// The texts that [`mask`] would take out.
pub(crate) fn secrets(value: &Value, found: &mut Vec<SecretString>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if is_secret(key) => found.push(text.as_str().into()),
                    _ => secrets(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut body = json!({"auth": {"params": {"sasKey": "hush", "namespace": "ns"}},
                              "list": [{"secretKey": "hush"}, {"password": null}]});
        let mut found = Vec::new();
        secrets(&body, &mut found);
        assert_eq!(found.len(), 2);
        assert_eq!(
            printable(body.to_string().as_bytes()),
            r#"{"auth":{"params":{"sasKey":"***","namespace":"ns"}},"list":[{"secretKey":"***"},{"password":null}]}"#
        );
        mask(&mut body);
        assert_eq!(body["auth"]["params"]["sasKey"], MASK);
        assert_eq!(printable(b"<html>"), "<html>");
    }
}
