//! The descriptions, and whether an exchange keeps to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Draft, Validator};
use regex::Regex;
use serde_json::{Map, Value, json};

use super::exchange::Exchange;

/// Every call that there is.
pub(crate) struct Contract {
    calls: Vec<Call>,
    answer_headers: Validator,
}

struct Call {
    name: String,
    method: String,
    path: Regex,
    headers: Vec<Validator>,
    query: Validator,
    is_form: bool,
    /// `None`: a body must not be there.
    request: Option<Validator>,
    answers: BTreeMap<u16, Body>,
    errors: Vec<Validator>,
}

enum Body {
    None,
    Any,
    Fits(Validator),
}

/// Statuses of refusals that are documented.
const REFUSALS: [u16; 16] = [
    400, 401, 403, 404, 405, 406, 409, 412, 413, 416, 422, 428, 429, 500, 501, 503,
];

/// Headers of Adobe's own that a request may have.
const OWN_HEADERS: [&str; 4] = [
    "x-api-key",
    "x-gw-ims-org-id",
    "x-sandbox-name",
    "x-adobe-flow-id",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Contract {
    pub(crate) fn read() -> Contract {
        let shapes = read(&folder().join("shapes.json"));
        let compile = |schema: &Value| {
            let whole = json!({"definitions": shapes["definitions"], "allOf": [schema]});
            jsonschema::options()
                .with_draft(Draft::Draft7)
                .build(&whole)
                .unwrap_or_else(|error| panic!("{schema}: {error}"))
        };
        let mut files: Vec<_> = fs::read_dir(folder().join("calls"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let mut calls = Vec::new();
        for file in files {
            let service = read(&file);
            for call in service["calls"].as_array().unwrap() {
                calls.push(Call::new(&service, call, &shapes["parameters"], &compile));
            }
        }
        let headers = json!({"$ref": "#/definitions/answer_headers"});
        Contract {
            calls,
            answer_headers: compile(&headers),
        }
    }

    /// The names of the calls that these exchanges do not show.
    pub(crate) fn unseen(&self, exchanges: &[Exchange]) -> BTreeSet<&str> {
        let seen: BTreeSet<_> = exchanges
            .iter()
            .filter(|it| it.status < 300)
            .filter_map(|it| Some(self.call(it)?.name.as_str()))
            .collect();
        let all: BTreeSet<_> = self.calls.iter().map(|it| it.name.as_str()).collect();
        all.difference(&seen).copied().collect()
    }

    fn call(&self, exchange: &Exchange) -> Option<&Call> {
        self.calls
            .iter()
            .find(|it| it.method == exchange.method && it.path.is_match(exchange.path()))
    }

    /// Everything that is wrong with an exchange, in words. Of a call that is refused, the answer only:
    /// a wrong request is what it was refused for.
    pub(crate) fn violations(&self, exchange: &Exchange) -> Vec<String> {
        let Exchange { method, target, .. } = exchange;
        let Some(call) = self.call(exchange) else {
            return vec![format!(
                "{method} {target}: the contract does not know this call"
            )];
        };
        let mut wrong = Vec::new();
        if exchange.status < 400 {
            call.request(exchange, &mut wrong);
        }
        let headers = json!(exchange.answer_headers);
        note(
            &self.answer_headers,
            &headers,
            "the answer's headers",
            &mut wrong,
        );
        call.answer(exchange, &mut wrong);
        let place = format!("{method} {target} ({}, {})", call.name, exchange.status);
        wrong.iter().map(|it| format!("{place}: {it}")).collect()
    }
}

impl Call {
    fn new(
        service: &Value,
        call: &Value,
        parameters: &Value,
        compile: &dyn Fn(&Value) -> Validator,
    ) -> Call {
        let text = |of: &Value, name: &str| of[name].as_str().unwrap().to_owned();
        let written = text(service, "base") + call["path"].as_str().unwrap();
        let mut path = regex::escape(&written);
        for (name, pattern) in parameters.as_object().unwrap() {
            let pattern = pattern.as_str().unwrap();
            path = path.replace(&regex::escape(&format!("{{{name}}}")), pattern);
        }
        // What is not said may not be there.
        let mut query = call.get("query").cloned().unwrap_or_else(|| json!({}));
        query["additionalProperties"] = json!(false);
        let headers = [Some(&service["headers"]), call.get("headers")];
        let answers = call["answers"].as_object().unwrap();
        Call {
            name: text(call, "name"),
            method: text(call, "method"),
            path: Regex::new(&format!("^{path}$")).unwrap(),
            headers: headers.into_iter().flatten().map(compile).collect(),
            query: compile(&query),
            is_form: call.get("form").is_some(),
            request: call.get("request").map(compile),
            answers: answers
                .iter()
                .map(|(status, body)| {
                    let body = match body {
                        Value::Bool(false) => Body::None,
                        Value::Bool(true) => Body::Any,
                        schema => Body::Fits(compile(schema)),
                    };
                    (status.parse().unwrap(), body)
                })
                .collect(),
            errors: [
                json!({"$ref": "#/definitions/gateway_error"}),
                service["error"].clone(),
            ]
            .iter()
            .map(compile)
            .collect(),
        }
    }

    fn request(&self, exchange: &Exchange, wrong: &mut Vec<String>) {
        let headers: Map<String, Value> = exchange
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        for name in headers.keys().filter(|name| name.starts_with("x-")) {
            if !OWN_HEADERS.contains(&name.as_str()) {
                wrong.push(format!("the header {name} is none that is known"));
            }
        }
        let headers = Value::Object(headers);
        for validator in &self.headers {
            note(validator, &headers, "headers", wrong);
        }
        for query in exchange.queries() {
            note(&self.query, &query, "query", wrong);
        }
        match (exchange.request(self.is_form), &self.request) {
            (Err(error), _) => wrong.push(format!("request: {error}")),
            (Ok(None), None) => {}
            (Ok(None), Some(_)) => wrong.push("request: a body is missing".to_owned()),
            (Ok(Some(_)), None) => wrong.push("request: there is a body".to_owned()),
            (Ok(Some(body)), Some(validator)) => {
                let kind = exchange
                    .headers
                    .get("content-type")
                    .map_or("", String::as_str);
                let wanted = if self.is_form {
                    "application/x-www-form-urlencoded"
                } else {
                    "application/json"
                };
                if !kind.starts_with(wanted) {
                    wrong.push(format!("request: its content type is {kind:?}"));
                }
                note(validator, &body, "request", wrong);
            }
        }
    }

    fn answer(&self, exchange: &Exchange, wrong: &mut Vec<String>) {
        let body = match exchange.answered() {
            Ok(body) => body,
            Err(error) => return wrong.push(format!("answer: {error}")),
        };
        match (self.answers.get(&exchange.status), body) {
            (Some(Body::Any), _) | (Some(Body::None), None) => {}
            (Some(Body::None), Some(body)) => wrong.push(format!("answer: a body: {body}")),
            (Some(Body::Fits(_)), None) => wrong.push("answer: a body is missing".to_owned()),
            (Some(Body::Fits(validator)), Some(body)) => note(validator, &body, "answer", wrong),
            (None, Some(body)) if REFUSALS.contains(&exchange.status) => {
                if !self.errors.iter().any(|it| it.is_valid(&body)) {
                    wrong.push(format!(
                        "answer: not the shape of this service's errors: {body}"
                    ));
                }
                let has_time = exchange.answer_headers.contains_key("retry-after");
                if exchange.status == 429 && !has_time {
                    wrong.push("answer: 429 without Retry-After".to_owned());
                }
            }
            (None, _) => wrong.push("answer: this status is not documented".to_owned()),
        }
    }
}

fn note(validator: &Validator, value: &Value, what: &str, wrong: &mut Vec<String>) {
    for error in validator.iter_errors(value) {
        let mut said = error.to_string();
        if let Some((cut, _)) = said.char_indices().nth(500) {
            said.truncate(cut);
        }
        wrong.push(format!("{what}: {}: {said}", error.instance_path()));
    }
}
