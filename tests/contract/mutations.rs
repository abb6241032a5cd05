//! A checker that can't fail checks nothing: exchanges that keep to the contract, changed in one place
//! each, have to be noticed.

use serde_json::{Value, json};

use super::contract;
use super::exchange::Exchange;

/// Each has a name, and `None` where it does not apply.
type Mutation = (&'static str, fn(&Exchange) -> Option<Exchange>);

const MUTATIONS: [Mutation; 10] = [
    ("another path", |it| {
        let mut changed = it.clone();
        changed.target = it.target.replacen("/data/", "/date/", 1);
        (changed.target != it.target).then_some(changed)
    }),
    ("another method", |it| {
        let mut changed = it.clone();
        changed.method = "OPTIONS".to_owned();
        Some(changed)
    }),
    ("no token", |it| without(it, "authorization")),
    ("no organisation", |it| without(it, "x-gw-ims-org-id")),
    ("no sandbox", |it| {
        // Which ones there are is asked for outside of any.
        let is_list = it.target.contains("/sandbox-management");
        without(it, "x-sandbox-name").filter(|_| !is_list)
    }),
    ("no content type", |it| {
        without(it, "content-type").filter(|it| !it.body.is_empty())
    }),
    ("a parameter that nobody knows", |it| {
        let mut changed = it.clone();
        let sign = if it.target.contains('?') { '&' } else { '?' };
        changed.target = format!("{}{sign}nonsense=1", it.target);
        Some(changed)
    }),
    ("another status", |it| {
        let mut changed = it.clone();
        changed.status = 299;
        Some(changed)
    }),
    ("no request id", |it| {
        let mut changed = it.clone();
        changed
            .answer_headers
            .remove("x-request-id")
            .map(|_| changed)
    }),
    ("an answer of another kind", |it| {
        let mut changed = it.clone();
        changed.answer = b"7".to_vec();
        let kind = "application/json".to_owned();
        changed
            .answer_headers
            .insert("content-type".to_owned(), kind);
        // Of these any answer is right.
        let is_free = it.method == "HEAD" || it.target.contains("path=");
        (!is_free).then_some(changed)
    }),
];

fn without(exchange: &Exchange, header: &str) -> Option<Exchange> {
    // Inlets and the identity service ask for none of these but the type.
    let is_gateway = exchange.target.starts_with("/data/") || header == "content-type";
    let mut changed = exchange.clone();
    let removed = changed.headers.remove(header);
    removed.filter(|_| is_gateway).map(|_| changed)
}

/// The request with another kind of value in each of its fields, and with a field more.
fn requests(exchange: &Exchange) -> Vec<(String, Exchange)> {
    let is_record = exchange.target.starts_with("/collection/");
    let Ok(Value::Object(body)) = serde_json::from_slice(&exchange.body) else {
        return Vec::new();
    };
    let with = |what: String, body: Value| {
        let mut changed = exchange.clone();
        changed.body = body.to_string().into_bytes();
        (what, changed)
    };
    let mut all = Vec::new();
    if is_record {
        // A record is the sender's own.
        return all;
    }
    for (name, value) in &body {
        let mut changed = body.clone();
        let other = if value.is_object() {
            json!("x")
        } else {
            json!({"x": 1})
        };
        changed.insert(name.clone(), other);
        all.push(with(format!("another kind of {name}"), changed.into()));
    }
    let mut more = body;
    more.insert("nonsense".to_owned(), json!(1));
    all.push(with("a field more".to_owned(), more.into()));
    all
}

#[test]
fn what_is_changed_is_noticed() {
    let seen = super::tour::exchanges();
    let good: Vec<_> = seen.iter().filter(|it| it.status < 300).collect();
    let mut unnoticed = Vec::new();
    for exchange in &good {
        let named = MUTATIONS
            .iter()
            .filter_map(|(name, change)| Some(((*name).to_owned(), change(exchange)?)));
        for (name, changed) in named.chain(requests(exchange)) {
            if contract().violations(&changed).is_empty() {
                let Exchange { method, target, .. } = exchange;
                unnoticed.push(format!("{method} {target}: {name}"));
            }
        }
    }
    // Data that is mapped in a preview is the caller's own.
    unnoticed.retain(|it| !it.ends_with("/preview: another kind of data"));
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
    let applied =
        |change: fn(&Exchange) -> Option<Exchange>| good.iter().any(|it| change(it).is_some());
    assert!(MUTATIONS.iter().all(|(_, change)| applied(*change)));
}
