//! Addresses.

use serde_json::{Map, Value};
use url::Url;

use super::{Function, is_true, of, optional, text};

pub(super) const FUNCTIONS: &[Function] = &[
    of("get_url_protocol", 1, 1, |it| {
        part(it, |url| Some(url.scheme().into()))
    }),
    of("get_url_host", 1, 1, |it| {
        part(it, |url| Some(url.host_str()?.into()))
    }),
    of("get_url_port", 1, 1, |it| {
        part(it, |url| Some(port(url)?.into()))
    }),
    of("get_url_path", 1, 2, path),
    of("get_url_query_str", 2, 2, query),
    of("get_url_encoded", 1, 1, |it| encoded(&text(&it[0])).into()),
    of("get_url_decoded", 1, 1, |it| decoded(&text(&it[0])).into()),
];

fn part(arguments: &[Value], part: fn(&Url) -> Option<Value>) -> Value {
    let url = Url::parse(&text(&arguments[0])).ok();
    url.and_then(|url| part(&url)).unwrap_or_default()
}

fn port(url: &Url) -> Option<u16> {
    url.port_or_known_default()
        .or_else(|| matches!(url.scheme(), "sftp" | "ssh").then_some(22))
}

/// Whole, or its last step.
fn path(arguments: &[Value]) -> Value {
    let is_whole = optional(arguments, 1).is_none_or(is_true);
    let Ok(url) = Url::parse(&text(&arguments[0])) else {
        return Value::Null;
    };
    let path = url.path();
    let last = path.rsplit('/').next().unwrap_or(path);
    if is_whole { path } else { last }.into()
}

/// The parameters by name. The anchor stays with the last one, is left out, or gets a name of its own.
fn query(arguments: &[Value]) -> Value {
    let Ok(url) = Url::parse(&text(&arguments[0])) else {
        return Value::Null;
    };
    let pairs = url.query_pairs().into_owned();
    let mut found: Map<String, Value> = pairs
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let anchor = url.fragment().unwrap_or_default();
    match text(&arguments[1]).as_str() {
        _ if anchor.is_empty() => {}
        "retain" => {
            if let Some(last) = found.values_mut().next_back() {
                *last = format!("{}#{anchor}", text(last)).into();
            }
        }
        "append" => {
            found.insert("_anchor_".to_owned(), anchor.into());
        }
        _ => {}
    }
    Value::Object(found)
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let pair = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(decoded) = pair {
            found.push(decoded);
            at += 3;
        } else {
            found.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&found).into_owned()
}
