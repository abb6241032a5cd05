//! A request and its answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// By small names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) answer_headers: BTreeMap<String, String>,
    pub(crate) answer: Vec<u8>,
}

impl Exchange {
    pub(crate) fn path(&self) -> &str {
        let path = self.target.split('?').next().unwrap_or_default();
        // Adobe prints some of them with a slash at the end.
        path.trim_end_matches('/')
    }

    /// Objects that hold each pair of the query at least once.
    pub(crate) fn queries(&self) -> Vec<Value> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut first = Map::new();
        for (name, value) in &pairs {
            first.entry(name).or_insert_with(|| json!(value));
        }
        let mut all = vec![Value::Object(first.clone())];
        for (name, value) in &pairs {
            if first[name] != json!(value) {
                let mut other = first.clone();
                other.insert(name.clone(), json!(value));
                all.push(Value::Object(other));
            }
        }
        all
    }

    /// The request's body as the contract describes it; `None`: there is none.
    pub(crate) fn request(&self, is_form: bool) -> Result<Option<Value>, String> {
        if self.body.is_empty() {
            return Ok(None);
        }
        if is_form {
            let pairs = url::form_urlencoded::parse(&self.body).into_owned();
            let form = pairs.map(|(name, value)| (name, json!(value))).collect();
            return Ok(Some(Value::Object(form)));
        }
        let body = serde_json::from_slice(&self.body);
        body.map(Some).map_err(|error| format!("no JSON: {error}"))
    }

    /// The answer's body likewise: lines of JSON as `{"lines": […]}`, anything else that is no JSON as
    /// `{"bytes": length}`.
    pub(crate) fn answered(&self) -> Result<Option<Value>, String> {
        if self.answer.is_empty() || self.method == "HEAD" {
            return Ok(None);
        }
        let kind = self.answer_headers.get("content-type");
        let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        if !is_json {
            return Ok(Some(json!({"bytes": self.answer.len()})));
        }
        let is_file = self.queries()[0].get("path").is_some();
        let whole = serde_json::from_slice::<Value>(&self.answer);
        if is_file && !whole.as_ref().is_ok_and(|it| it.get("data").is_some()) {
            let text = String::from_utf8_lossy(&self.answer);
            let lines: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
            let lines = lines.map_err(|error| format!("no lines of JSON: {error}"))?;
            return Ok(Some(json!({ "lines": lines })));
        }
        whole.map(Some).map_err(|error| format!("no JSON: {error}"))
    }
}
