//! The pages about scenarios: their examples are scenarios, and the list of keys in docs/scenario.md is the
//! schema's.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use scenario::Target;
use serde_json::{Map, Value};

use crate::unset;

const BEGIN: &str = "<!-- keys: begin, written by UPDATE_SCHEMAS=1 cargo test -p scenario -->\n";
const END: &str = "<!-- keys: end -->\n";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenario.md")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the page is brought up to date"
)]
fn the_page_lists_all_keys() {
    let page = std::fs::read_to_string(path()).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let keys = Keys::of(&scenario::schema()).text;
    let current = format!("{before}{BEGIN}{keys}{END}{after}");
    if std::env::var("UPDATE_SCHEMAS").is_ok() {
        std::fs::write(path(), &current).unwrap();
        return;
    }
    assert!(
        page == current,
        "docs/scenario.md is out of date: run UPDATE_SCHEMAS=1 cargo test -p scenario"
    );
}

/// What an example leaves out, by its key.
const REST: [(&str, &str); 4] = [
    ("version", "version: 1\n"),
    ("destination", "destination: {discard: {}}\n"),
    (
        "records",
        "records: {fields: {id: record_id, firstName: first_name}}\n",
    ),
    ("load", "load: [{hold: {rate: 1k/s, for: 1m}}]\n"),
];

#[test]
fn every_example_on_the_pages_is_a_scenario() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // Files with data are those of the scenarios that are shipped.
    let name = root.join("scenarios/page.yaml").display().to_string();
    for page in [
        "changes.md",
        "defects.md",
        "entities.md",
        "load.md",
        "scenario.md",
    ] {
        let page = std::fs::read_to_string(root.join("docs").join(page)).unwrap();
        let examples: Vec<_> = page
            .split("```yaml\n")
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap_or_default())
            .collect();
        assert!(!examples.is_empty());
        for example in examples {
            let text = completed(example);
            if let Err(diagnostics) = scenario::parse(&name, &text, &unset, Target::Sandbox) {
                panic!("{diagnostics}");
            }
        }
    }
}

/// An example with what it leaves out.
fn completed(example: &str) -> String {
    let has = |key: &str| {
        example
            .lines()
            .any(|line| line.starts_with(&format!("{key}:")))
    };
    let mut text = example.to_owned();
    for (key, rest) in REST {
        let is_elsewhere = has("streams") && key != "version";
        if !has(key) && !is_elsewhere {
            text += rest;
        }
    }
    text
}

/// The schema as tables.
struct Keys {
    definitions: Map<String, Value>,
    /// What is being described: what has itself in it is described once.
    open: Vec<Value>,
    text: String,
}

impl Keys {
    fn of(schema: &Value) -> Keys {
        let definitions = schema["definitions"].as_object().unwrap().clone();
        let mut keys = Keys {
            definitions,
            open: Vec::new(),
            text: String::new(),
        };
        keys.section("", schema);
        keys
    }

    /// The schema that `schema` stands for.
    fn target<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema
            .get("$ref")
            .or_else(|| schema.pointer("/allOf/0/$ref"));
        let name = reference
            .and_then(Value::as_str)
            .and_then(|name| name.rsplit('/').next());
        match name.and_then(|name| self.definitions.get(name)) {
            Some(target) => self.target(target),
            None => schema,
        }
    }

    /// A table of the keys of `schema`, which stands at `path`, and then of what is below them.
    fn section(&mut self, path: &str, schema: &Value) {
        let schema = self.target(schema).clone();
        let properties = schema["properties"].as_object().unwrap().clone();
        let required: Vec<_> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        if path.is_empty() {
            self.text += "\n### At the top\n\n";
        } else {
            write!(self.text, "\n### `{path}`\n\n").unwrap();
        }
        if !path.is_empty() && !properties.is_empty() {
            let description = paragraph(&schema["description"]);
            write!(self.text, "{description}\n\n").unwrap();
        }
        if properties.is_empty() {
            self.text += "Has no options: `{}`.\n";
            return;
        }
        self.text += "| key | value | |\n| --- | --- | --- |\n";
        for (key, value) in &properties {
            let is_required = required.iter().any(|name| *name == key);
            let needed = if is_required { "**required** " } else { "" };
            let about = value
                .get("description")
                .unwrap_or(&self.target(value)["description"]);
            let about = cell(about);
            let kind = self.kind(value);
            let default = if about.contains("Default:") {
                String::new()
            } else {
                default(value)
            };
            writeln!(self.text, "| `{key}` | {kind} | {needed}{about}{default} |").unwrap();
        }
        self.open.push(schema);
        for (key, value) in &properties {
            let below = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            self.below(&below, value);
        }
        self.open.pop();
    }

    fn below(&mut self, path: &str, value: &Value) {
        let target = self.target(value).clone();
        let items = self.target(&target["items"]).clone();
        let values = self.target(&target["additionalProperties"]).clone();
        let is_field =
            |schema: &Value| schema["anyOf"].as_array().is_some_and(|all| all.len() > 20);
        if self.open.contains(&items) {
            // A list of what it is in.
        } else if path == "streams" {
            let sections = "Each stream, by name: `flow`, `destination`, `records`, `load` and `verify`, as at the \
                            top.";
            write!(self.text, "\n### `streams`\n\n{sections}\n").unwrap();
        } else if is_field(&values) {
            self.kinds(&values);
        } else if has_keys(&target) && self.kind(value) == "keys" {
            self.section(path, &target);
        } else if has_keys(&items) {
            self.section(&format!("{path}[]"), &items);
        }
    }

    /// A table of the kinds of fields.
    fn kinds(&mut self, field: &Value) {
        self.text += "\n### Field kinds\n\n| kind | |\n| --- | --- |\n";
        let choices = field["anyOf"].as_array().unwrap().clone();
        for choice in choices
            .iter()
            .filter(|choice| choice.get("description").is_some())
        {
            let about = cell(&choice["description"]);
            writeln!(
                self.text,
                "| `{}` | {about} |",
                choice["const"].as_str().unwrap()
            )
            .unwrap();
        }
        self.text += "\n| kind with options | |\n| --- | --- |\n";
        for choice in &choices {
            for (kind, options) in choice["properties"].as_object().into_iter().flatten() {
                let about = cell(&options["description"]);
                let target = self.target(options);
                let keys: Vec<_> = target["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| {
                        let about = cell(&value["description"]);
                        let default = if about.contains("Default:") {
                            String::new()
                        } else {
                            default(value)
                        };
                        format!("`{key}`: {about}{default}")
                    })
                    .collect();
                let keys = if keys.is_empty() {
                    about
                } else {
                    format!("{about}<br>{}", keys.join("<br>"))
                };
                writeln!(self.text, "| `{kind}` | {keys} |").unwrap();
            }
        }
    }

    /// What is to be written, in a word or two.
    fn kind(&self, value: &Value) -> String {
        let reference = value.get("$ref").or_else(|| value.pointer("/allOf/0/$ref"));
        let name = reference
            .and_then(Value::as_str)
            .and_then(|name| name.rsplit('/').next());
        match name {
            Some("Duration") => return "duration".to_owned(),
            Some("Share") => return "share".to_owned(),
            Some("Rate") => return "rate".to_owned(),
            Some("ByteSize") => return "size".to_owned(),
            Some("Secret") => return "secret".to_owned(),
            Some("Threshold") => return "threshold".to_owned(),
            _ => {}
        }
        let target = self.target(value);
        let words = words(target);
        if !words.is_empty() {
            return words.join(", ");
        }
        if has_keys(target) {
            return "keys".to_owned();
        }
        match target["type"].as_str() {
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("number") => "number".to_owned(),
            Some("boolean") => "`true`, `false`".to_owned(),
            Some("array") => format!("list of: {}", self.kind(&target["items"])),
            Some("object") if target["additionalProperties"] == false => "`{}`".to_owned(),
            Some("object") => "names with values".to_owned(),
            _ if target.get("const").is_some() => format!("`{}`", target["const"]),
            _ => match target["anyOf"].as_array().and_then(|all| all.first()) {
                Some(first) => self.kind(first),
                None => "anything".to_owned(),
            },
        }
    }
}

fn has_keys(schema: &Value) -> bool {
    schema["properties"].is_object()
}

/// The words that may be written, if it is one of several.
fn words(schema: &Value) -> Vec<String> {
    let quoted = |value: &Value| value.as_str().map(|word| format!("`{word}`"));
    let of = |schema: &Value| -> Vec<String> {
        let plain = schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(quoted);
        let described = schema["oneOf"].as_array().into_iter().flatten();
        plain
            .chain(described.filter_map(|one| quoted(&one["const"])))
            .collect()
    };
    let direct = of(schema);
    if direct.is_empty() {
        of(&schema["anyOf"][0])
    } else {
        direct
    }
}

fn default(value: &Value) -> String {
    match value.get("default") {
        None => String::new(),
        Some(Value::String(text)) => format!(" Default: `{text}`."),
        Some(value) if value.is_object() || value.is_array() => String::new(),
        Some(value) => format!(" Default: `{value}`."),
    }
}

/// The first paragraph of a description on one line.
fn paragraph(description: &Value) -> String {
    let text = description.as_str().unwrap_or_default();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for a cell of a table.
fn cell(description: &Value) -> String {
    paragraph(description).replace('|', "\\|")
}
