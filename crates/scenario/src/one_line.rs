//! A scenario that was not written down: the address of a destination and a few words.
//!
//! It becomes the text of a scenario, and what reads files reads it: nothing here knows what a
//! destination takes or what a threshold is.

mod address;

use std::collections::BTreeMap;

use options::{ByteSize, Period, Rate};

pub use self::address::is_address;
pub(crate) use self::address::{Destination, destination};
use crate::Lookup;
use crate::diagnostics::Diagnostics;
use crate::finding::Finding;
use crate::mask::Mask;
use crate::outline::{Entry, Item, Outline, Verify};
use crate::source::Source;

/// What a command line says beside the address of a destination.
#[derive(Clone, Debug, Default)]
pub struct OneLine {
    /// Where the records go: `kafka://host:9092/topic`.
    pub address: String,
    /// The rate; 1k/s if nothing is said.
    pub rate: Option<Rate>,
    /// For how long; 10 s if there is no count either.
    pub for_: Option<Period>,
    /// How many records.
    pub count: Option<u64>,
    /// As fast as the destination takes them.
    pub unpaced: bool,
    /// Names and kinds, in YAML; none: the person of the tutorial.
    pub fields: Vec<(String, String)>,
    /// The field that is the key.
    pub key: Option<String>,
    /// The size of a record.
    pub size: Option<ByteSize>,
    /// What the run has to achieve.
    pub thresholds: Vec<String>,
    /// Whether the stream is read back.
    pub read_back: bool,
}

/// The person of the tutorial.
const PERSON: [(&str, &str); 4] = [
    ("id", "record_id"),
    ("firstName", "first_name"),
    ("lastName", "last_name"),
    ("email", "email"),
];

/// Why the words come to no scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    message: String,
    help: Option<String>,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>) -> Mistake {
        Mistake {
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Mistake {
        Mistake {
            help: Some(help.into()),
            ..self
        }
    }
}

impl From<Mistake> for Diagnostics {
    fn from(mistake: Mistake) -> Diagnostics {
        let source = Source::new("the address", "");
        let mut finding = Finding::new(None, mistake.message);
        finding.help = mistake.help;
        Diagnostics::new(&source, &Mask::default(), finding.into())
    }
}

impl OneLine {
    /// The scenario, with comments. `env` tells which credentials there are.
    pub fn text(&self, env: Lookup<'_>) -> Result<String, Diagnostics> {
        Ok(self.written(env)?)
    }

    fn written(&self, env: Lookup<'_>) -> Result<String, Mistake> {
        let (key, fields) = self.records()?;
        let outline = Outline {
            about: vec![
                "Made from the address of a destination. `hydrant check` tells what is wrong with it,".to_owned(),
                "`hydrant preview` shows its records, `hydrant run` sends them.".to_owned(),
            ],
            address: Some(self.address.clone()),
            key,
            fields,
            rate: self.rate,
            for_: self.for_,
            count: self.count,
            unpaced: self.unpaced,
            verify: self.read_back.then_some(Verify::ReadBack),
            thresholds: self.thresholds.clone(),
            ..Outline::default()
        };
        outline.written(env)
    }

    /// The key and the fields.
    fn records(&self) -> Result<(Option<String>, Vec<Entry>), Mistake> {
        let person = || PERSON.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        let mut fields = self.fields.clone();
        let mut key = self.key.as_deref();
        if fields.is_empty() {
            fields = person().into();
            key = key.or(Some("id"));
        } else if self.read_back && !fields.iter().any(|(_, kind)| is_record_id(kind)) {
            // What is looked for is found by its id.
            let name = free_name(&fields, "id");
            fields.insert(0, (name, "record_id".to_owned()));
        }
        if let Some(size) = self.size {
            let name = free_name(&fields, "padding");
            fields.push((name, format!("{{pad: {{to: {size}}}}}")));
        }
        for (name, kind) in &fields {
            if kind.trim().is_empty() || kind.contains(['\n', '\r']) {
                return Err(
                    Mistake::new(format!("the field `{name}` has no kind on its line"))
                        .help("write e.g. `--field firstName=first_name`"),
                );
            }
        }
        let fields = fields.into_iter();
        let fields = fields.map(|(name, kind)| Entry::line(name, kind));
        Ok((key.map(str::to_owned), fields.collect()))
    }
}

/// Whether a kind is that of a record's id: `record_id`, or `{record_id: {}}`.
fn is_record_id(kind: &str) -> bool {
    let kind = kind.trim();
    let word = kind.strip_prefix('{').unwrap_or(kind).trim_start();
    let word = word.trim_start_matches(['"', '\'']);
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    word.strip_prefix("record_id")
        .is_some_and(|behind| !behind.starts_with(goes_on))
}

/// A name that no field has: the one that is `wanted`, or with a number behind it.
fn free_name(fields: &[(String, String)], wanted: &str) -> String {
    let numbered = (1..=fields.len()).map(|number| format!("{wanted}{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    let is_free = |name: &String| fields.iter().all(|(taken, _)| taken != name);
    names.find(is_free).unwrap_or_default()
}

/// Options whose keys are somebody else's names, dots and all.
const OPEN: [&str; 2] = ["properties", "attributes"];

/// Options below options.
#[derive(Debug, Default)]
struct Tree<'a> {
    value: Option<&'a str>,
    below: BTreeMap<&'a str, Tree<'a>>,
    /// In which order they came.
    order: Vec<&'a str>,
}

impl<'a> Tree<'a> {
    fn put(&mut self, path: &'a str, value: &'a str) {
        let (first, rest) = path
            .split_once('.')
            .map_or((path, None), |(a, b)| (a, Some(b)));
        let is_open = OPEN.contains(&first);
        if !self.below.contains_key(first) {
            self.order.push(first);
        }
        let child = self.below.entry(first).or_default();
        match rest {
            Some(rest) if is_open => child.put_as(rest, value),
            Some(rest) => child.put(rest, value),
            None => child.value = Some(value),
        }
    }

    /// A name that may have dots in it.
    fn put_as(&mut self, name: &'a str, value: &'a str) {
        self.order.push(name);
        self.below.entry(name).or_default().value = Some(value);
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for key in &self.order {
            let Some(child) = self.below.get(key) else {
                continue;
            };
            entries.push(match child.value {
                Some(value) if child.order.is_empty() => Entry::line(*key, value),
                _ => Entry::new(*key, Item::Entries(child.entries())),
            });
        }
        entries
    }
}

impl Destination {
    /// The section of the scenario.
    pub(crate) fn entry(&self) -> Entry {
        let mut tree = Tree::default();
        for (path, value) in &self.options {
            tree.put(path, value);
        }
        let way = Entry::new(self.word, Item::Entries(tree.entries()));
        let note = self.note.map_or_else(String::new, |note| {
            let mut letters = note.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            format!(" {}{}.", first.unwrap_or_default(), letters.as_str())
        });
        Entry::new("destination", Item::Entries(vec![way]))
            .comment(format!("Where the records go.{note}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Target, parse};

    fn unset(_: &str) -> Option<String> {
        None
    }

    fn line(address: &str) -> OneLine {
        OneLine {
            address: address.to_owned(),
            ..OneLine::default()
        }
    }

    fn field(name: &str, kind: &str) -> (String, String) {
        (name.to_owned(), kind.to_owned())
    }

    #[test]
    fn a_line_is_a_scenario() {
        let all = OneLine {
            rate: Some("5k/s".parse().unwrap()),
            for_: Some(Period::from_secs(30)),
            fields: vec![
                field("firstName", "first_name"),
                field("amount due", "{decimal: {max: 99}}"),
            ],
            key: Some("firstName".to_owned()),
            size: Some(ByteSize(1024)),
            thresholds: vec!["response p99 < 50ms".to_owned()],
            read_back: true,
            ..line(
                "kafka://localhost:9092/profiles?security.tls.ca_certificate=ca.pem&\
                 properties.message.max.bytes=1000",
            )
        };
        insta::assert_snapshot!(all.text(&unset).unwrap());
        insta::assert_snapshot!(line("discard:").text(&unset).unwrap());
    }

    #[test]
    fn every_kind_of_address_makes_a_scenario_without_mistakes() {
        for address in [
            "kafka://localhost:9092/profiles",
            "eventhubs://my-namespace/profiles",
            "kinesis://eu-west-1/profiles",
            "pubsub://my-project/profiles",
            "https://dcs.adobedc.net/collection/abc?flow_id=f",
            "discard:",
        ] {
            for unpaced in [false, true] {
                let text = OneLine {
                    unpaced,
                    ..line(address)
                };
                let text = text.text(&unset).unwrap();
                if let Err(wrong) = parse(address, &text, &unset, Target::Sandbox) {
                    panic!("{wrong}\n{text}");
                }
            }
        }
    }

    #[test]
    fn a_mistake_is_pointed_at_in_the_line_that_it_came_from() {
        let wrong = OneLine {
            fields: vec![field("id", "record_idd")],
            thresholds: vec!["respons p99 < 1s".to_owned()],
            ..line("discard:?latncy=5ms")
        };
        let text = wrong.text(&unset).unwrap();
        let found = parse("discard:", &text, &unset, Target::Real).unwrap_err();
        let shown = found.to_string();
        for words in [
            "unknown key `latncy`, did you mean `latency`?",
            "unknown field kind `record_idd`, did you mean `record_id`?",
            "did you mean `response`?",
        ] {
            assert!(shown.contains(words), "{shown}");
        }
    }

    #[test]
    fn what_is_added_takes_a_name_that_is_free() {
        let names = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, kind)| field(name, kind));
            let added = OneLine {
                fields: fields.collect(),
                size: Some(ByteSize(1024)),
                read_back: true,
                ..line("kafka://b/t")
            };
            let text = added.text(&unset).unwrap();
            let loaded = parse("s", &text, &unset, Target::Sandbox);
            let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
            let records = loaded.document().records.clone().unwrap();
            records.fields.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names(&[("a", "word")]), ["id", "a", "padding"]);
        assert_eq!(
            names(&[("id", "uuid"), ("id1", "word"), ("padding", "word")]),
            ["id2", "id", "id1", "padding", "padding1"]
        );
        for kind in [
            "record_id",
            " record_id ",
            "{record_id: {}}",
            "{ \"record_id\": {}}",
        ] {
            assert!(is_record_id(kind), "{kind}");
        }
        for kind in [
            "uuid",
            "record_ids",
            "{record_id_of: {}}",
            "{choose: [record_id]}",
        ] {
            assert!(!is_record_id(kind), "{kind}");
        }
    }

    proptest! {
        /// Whatever a topic, a field or a threshold is called, it is that and nothing else.
        #[test]
        fn no_text_becomes_anything_but_text(name in "[^\\n\\r.=]{1,12}", topic in "[^?/#@\\n\\r]{1,12}") {
            let odd = OneLine {
                fields: vec![field(&name, "word")],
                ..line(&format!("kafka://b:1/{topic}"))
            };
            if let Ok(text) = odd.text(&unset)
                && let Ok(loaded) = parse("s", &text, &unset, Target::Sandbox)
            {
                let records = loaded.document().records.clone().unwrap();
                prop_assert_eq!(records.fields.keys().collect::<Vec<_>>(), [&name]);
                let kafka = loaded.document().destination.clone().unwrap().kafka.unwrap();
                prop_assert_eq!(kafka.topic, topic);
            }
        }
    }
}
