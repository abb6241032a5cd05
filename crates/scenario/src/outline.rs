//! A scenario before it is written down, and the one place that writes it.

use std::fmt::Write as _;

use options::{Period, Rate};
use serde_json::Value;

use crate::Lookup;
use crate::check::fitting_name;
use crate::diagnostics::Diagnostics;
use crate::one_line::{Destination, Mistake, destination};

/// Lines are not made longer than this, where that can be helped.
const WIDTH: usize = 100;

/// A scenario before it is written down.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// What stands at the top, a paragraph each.
    pub about: Vec<String>,
    /// What it is called; made to fit, if need be. `None`: as the destination.
    pub name: Option<String>,
    /// What all random values come from.
    pub seed: Option<u64>,
    /// What has to exist on the platform: the lines below `flow:`.
    pub flow: Vec<Entry>,
    /// The address of the destination; `None`: the inlet of the flow.
    pub address: Option<String>,
    /// The field that is the key.
    pub key: Option<String>,
    /// The fields of a record.
    pub fields: Vec<Entry>,
    /// The rate; 1k/s if nothing is said.
    pub rate: Option<Rate>,
    /// For how long; 10 s if there is no count either.
    pub for_: Option<Period>,
    /// How many records.
    pub count: Option<u64>,
    /// As fast as the destination takes them.
    pub unpaced: bool,
    /// What becomes of them.
    pub verify: Option<Verify>,
    /// What the run has to achieve.
    pub thresholds: Vec<String>,
}

/// Where the records are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// In the stream itself.
    ReadBack,
    /// In the dataset.
    Landed,
}

/// A key with its value, and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as it is.
    pub key: String,
    /// Its value.
    pub item: Item,
    /// What is said about it, a paragraph each.
    pub comment: Vec<String>,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// YAML on one line.
    Line(String),
    /// Keys of its own.
    Entries(Vec<Entry>),
    /// Values in YAML, one below the other.
    List(Vec<String>),
}

impl Entry {
    /// A key with a value that is written as it is.
    pub fn new(key: impl Into<String>, item: Item) -> Entry {
        Entry {
            key: key.into(),
            item,
            comment: Vec::new(),
        }
    }

    /// A key with a value on one line, in YAML.
    pub fn line(key: impl Into<String>, yaml: impl Into<String>) -> Entry {
        Entry::new(key, Item::Line(yaml.into()))
    }

    /// The same with a comment, unless it is empty.
    pub fn comment(mut self, comment: impl Into<String>) -> Entry {
        let comment = comment.into();
        if !comment.is_empty() {
            self.comment.push(comment);
        }
        self
    }
}

impl Outline {
    /// The scenario, with comments. `env` tells which credentials there are.
    pub fn text(&self, env: Lookup<'_>) -> Result<String, Diagnostics> {
        Ok(self.written(env)?)
    }

    pub(crate) fn written(&self, env: Lookup<'_>) -> Result<String, Mistake> {
        let destination = match &self.address {
            Some(address) => destination(address, env)?,
            None => Destination::of_the_flow(),
        };
        let name = self.name.as_deref().unwrap_or(&destination.name);
        let mut top = vec![
            Entry::line("version", "1"),
            Entry::line("name", plain(&fitting_name(name))),
        ];
        top.extend(self.seed.map(|seed| Entry::line("seed", seed.to_string())));
        if !self.flow.is_empty() {
            let flow = Entry::new("flow", Item::Entries(self.flow.clone()));
            top.push(flow.comment("What has to exist on the platform."));
        }
        top.push(destination.entry());
        top.push(self.records());
        top.push(self.load()?);
        top.extend(self.verify.map(Verify::entry));
        if !self.thresholds.is_empty() {
            let thresholds = self.thresholds.iter().map(|it| quoted(it)).collect();
            let words = "What has to come of it. A threshold that is missed ends the run with exit code 99.";
            top.push(Entry::new("thresholds", Item::List(thresholds)).comment(words));
        }
        let mut text = String::new();
        for paragraph in &self.about {
            comment(paragraph, 0, &mut text);
        }
        for entry in &top {
            if !entry.comment.is_empty() {
                text.push('\n');
            }
            write(entry, 0, &mut text);
        }
        Ok(text)
    }

    fn records(&self) -> Entry {
        let key = self
            .key
            .as_deref()
            .map(|key| Entry::line("key", quoted(key)));
        let fields = Entry::new("fields", Item::Entries(self.fields.clone()));
        let entries = key.into_iter().chain([fields]).collect();
        Entry::new("records", Item::Entries(entries))
            .comment("What they are: the same ones for the same seed, on every machine.")
    }

    fn load(&self) -> Result<Entry, Mistake> {
        let mut parts = Vec::new();
        if self.unpaced {
            if let Some(rate) = self.rate {
                return Err(Mistake::new(format!(
                    "`--unpaced` has no rate, and `--rate {rate}` gives one"
                ))
                .help("leave one of them out"));
            }
        } else {
            let rate = self.rate.unwrap_or(Rate::per_second(1_000));
            parts.push(format!("rate: {rate}"));
        }
        match (self.for_, self.count) {
            (None, None) => parts.push("for: 10s".to_owned()),
            (for_, count) => {
                parts.extend(for_.map(|it| format!("for: {it}")));
                parts.extend(count.map(|it| format!("count: {it}")));
            }
        }
        let (word, comment) = if self.unpaced {
            ("unpaced", "As fast as the destination takes them.")
        } else {
            ("hold", "When they leave.")
        };
        let phase = format!("{word}: {{{}}}", parts.join(", "));
        Ok(Entry::new("load", Item::List(vec![phase])).comment(comment))
    }
}

impl Verify {
    fn entry(self) -> Entry {
        let (line, place) = match self {
            Verify::ReadBack => (Entry::line("read_back", "{}"), "in the stream"),
            Verify::Landed => (Entry::line("landed", "{within: 30m}"), "in the dataset"),
        };
        let comment = format!("What became of them: every single one has to be {place}.");
        Entry::new("verify", Item::Entries(vec![line])).comment(comment)
    }
}

fn write(entry: &Entry, depth: usize, text: &mut String) {
    for paragraph in &entry.comment {
        comment(paragraph, depth, text);
    }
    let (indent, key) = ("  ".repeat(depth), plain(&entry.key));
    let _ = write!(text, "{indent}{key}:");
    match &entry.item {
        Item::Line(line) => {
            let _ = writeln!(text, " {line}");
        }
        Item::Entries(entries) if entries.is_empty() => text.push_str(" {}\n"),
        Item::Entries(entries) => {
            text.push('\n');
            for entry in entries {
                write(entry, depth + 1, text);
            }
        }
        Item::List(lines) => {
            text.push('\n');
            for line in lines {
                let _ = writeln!(text, "{indent}  - {line}");
            }
        }
    }
}

/// A paragraph as a comment. What others wrote may have anything in it.
fn comment(paragraph: &str, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let mut line = String::new();
    // A line that begins with spaces is an example, and stays as it is.
    if paragraph.starts_with(' ') {
        let _ = writeln!(text, "{indent}# {}", printable(paragraph));
        return;
    }
    for word in paragraph.split_whitespace() {
        if !line.is_empty() && indent.len() + 2 + line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(text, "{indent}# {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += &printable(word);
    }
    let _ = writeln!(
        text,
        "{indent}#{}{line}",
        if line.is_empty() { "" } else { " " }
    );
}

fn printable(text: &str) -> String {
    // Besides control characters, those that end a line in YAML or turn the direction of writing.
    let is_odd = |c: &char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| !is_odd(c)).collect()
}

/// A value as YAML on one line, without variables.
pub fn in_a_line(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(in_a_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let line =
                |(key, value): (&String, &Value)| format!("{}: {}", plain(key), in_a_line(value));
            let entries: Vec<_> = map.iter().map(line).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

/// Text in YAML's double quotes, which are JSON's, without variables.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text.replace("${", "$${")).to_string()
}

/// Words that YAML, in one version or another, takes for something else than text.
const TAKEN: [&str; 10] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan",
];

/// A text: in quotes where it needs them.
pub(crate) fn plain(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(is_word)
        && !TAKEN.iter().any(|taken| text.eq_ignore_ascii_case(taken));
    if is_plain {
        text.to_owned()
    } else {
        quoted(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Target, parse};

    fn unset(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn what_others_wrote_stays_a_comment_and_a_text() {
        let nasty = "ends here\n\rload: []\u{2028}x: ${HOME} \u{202e}# ";
        let field = Entry::line(
            nasty,
            in_a_line(&json!({"constant": [nasty, "true", "No", 1.5, null, {"y": "~"}]})),
        );
        let outline = Outline {
            about: vec![nasty.to_owned(), "  hydrant run x.yaml".to_owned()],
            name: Some(nasty.to_owned()),
            address: Some("discard:".to_owned()),
            fields: vec![field.comment(nasty), Entry::line("no", "word")],
            ..Outline::default()
        };
        let text = outline.text(&unset).unwrap();
        let loaded = parse("s", &text, &unset, Target::Real)
            .unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
        let records = loaded.document().records.clone().unwrap();
        let names: Vec<_> = records.fields.keys().cloned().collect();
        assert_eq!(names, [nasty, "no"]);
        let written = serde_json::to_value(&records.fields[0]).unwrap();
        assert_eq!(
            written,
            json!({"constant": [nasty, "true", "No", 1.5, null, {"y": "~"}]})
        );
    }
}
