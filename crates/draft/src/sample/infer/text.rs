//! Texts: a closed set, a format, what their name says, identifiers, or words.

use serde_json::{Value, json};

use super::super::formats::{FORMATS, Format};
use super::super::privacy::{self, SEEN_MIN, VALUES_MAX};
use super::super::seen::Texts;
use super::{At, Inferred, percent, weighted};
use crate::shape::{Node, Type};
use crate::table::Class;

impl Inferred {
    /// What texts are, and why.
    pub(super) fn text(&mut self, texts: &Texts, at: At<'_>) -> (Node, String) {
        let filled = texts.filled();
        if filled == 0 {
            let values = vec![(json!(""), 1)];
            let node = Node {
                values,
                ..text_node()
            };
            return (node, "always an empty text".to_owned());
        }
        if texts.empty * 20 > texts.count {
            self.remark(
                at.path,
                &format!(
                    "empty in {} % of the records",
                    percent(texts.empty, texts.count)
                ),
            );
        }
        let format = format_of(texts);
        let mut note = String::new();
        if format.is_none_or(Format::is_public) {
            match closed_set(texts, at.name) {
                Closed::Values(values) => {
                    let why = match values.len() {
                        1 => "always the same value".to_owned(),
                        count => format!("a closed set: {count} values cover {} %", covered(texts)),
                    };
                    let node = Node {
                        values,
                        ..text_node()
                    };
                    return (node, why);
                }
                Closed::Doubtful(count, doubt) => {
                    let what = if count == 1 {
                        "its only value".to_owned()
                    } else {
                        format!("its {count} values")
                    };
                    note = format!("; {what} left out: {}", doubt.words());
                }
                Closed::Not => {}
            }
        }
        let (node, why) = match format {
            Some(format) => {
                let node = Node {
                    kind: kind_of(format, texts, at.name),
                    ..text_node()
                };
                (node, format!("looks like {}", format.words()))
            }
            None => self.free(texts, at),
        };
        (node, why + &note)
    }

    /// Texts of no format: what the field's name tells, or identifiers, or words.
    fn free(&self, texts: &Texts, at: At<'_>) -> (Node, String) {
        let mut node = text_node();
        let steps = records::path::steps(at.path);
        let by_name = self.table.by_name(Class::Text, &steps);
        let structures = &texts.structures;
        let pattern = structures.pattern(texts.filled(), texts.distinct.count());
        // What somebody thought up for a name is not as good as what is there.
        if let Some(pattern) = pattern.filter(|_| by_name.is_none_or(|kind| !kind.is_string())) {
            node.kind = Some(json!({ "pattern": pattern }));
            return (node, "identifiers of one form".to_owned());
        }
        if let Some(kind) = by_name {
            node.kind = Some(kind.clone());
            return (node, "by its name".to_owned());
        }
        let length = mean_length(texts);
        let is_one_word = texts.words <= texts.filled() * 6 / 5;
        let (kind, why) = match length {
            0..=20 if is_one_word => (json!("word"), "words"),
            0..=100 => (json!("sentence"), "text"),
            _ => {
                let step = 10usize.pow(length.ilog10());
                let size = (length + step / 2) / step * step;
                (json!({"text": {"size": format!("{size} B")}}), "long text")
            }
        };
        node.kind = Some(kind);
        (node, why.to_owned())
    }
}

/// A text of any length: the longest and the shortest are somebody's.
fn text_node() -> Node {
    Node::new(Type::Text {
        min: None,
        max: None,
        pattern: None,
    })
}

/// Whether texts are a closed set.
enum Closed {
    Values(Vec<(Value, u32)>),
    /// So many values, and none of them stays.
    Doubtful(usize, privacy::Doubt),
    Not,
}

/// The values that cover nearly all, each of which was there often.
fn frequent(texts: &Texts) -> Vec<(&str, u64)> {
    texts.frequent.at_least(SEEN_MIN)
}

fn covered(texts: &Texts) -> u32 {
    let covered = frequent(texts).iter().map(|(_, seen)| seen).sum();
    percent(covered, texts.filled())
}

fn closed_set(texts: &Texts, name: &str) -> Closed {
    let values = frequent(texts);
    if values.is_empty() || values.len() > VALUES_MAX || covered(texts) < 95 {
        return Closed::Not;
    }
    match privacy::doubt(name, values.iter().map(|(value, _)| *value)) {
        Some(doubt) => Closed::Doubtful(values.len(), doubt),
        None => Closed::Values(weighted(
            values
                .into_iter()
                .map(|(value, seen)| (json!(value), seen))
                .collect(),
        )),
    }
}

/// The format that nearly all texts have.
fn format_of(texts: &Texts) -> Option<Format> {
    let is_rule = |count: u64| count * 20 >= texts.filled() * 19;
    let found = FORMATS
        .iter()
        .zip(&texts.formats)
        .find(|(_, count)| is_rule(**count));
    let of = |wanted: Format| {
        let at = FORMATS.iter().position(|(format, _)| *format == wanted);
        at.map_or(0, |at| texts.formats[at])
    };
    match found {
        Some(((format, _), _)) => Some(*format),
        None if is_rule(of(Format::Ip4) + of(Format::Ip6)) => Some(Format::Ip4),
        None if is_rule(of(Format::Moment) + of(Format::LocalMoment)) => Some(Format::LocalMoment),
        None => None,
    }
}

/// The kind of field that has such texts, and none of those that were there.
fn kind_of(format: Format, texts: &Texts, name: &str) -> Option<Value> {
    let is_fixed = texts.shortest == Some(texts.longest);
    let pattern = |pattern: String| Some(json!({ "pattern": pattern }));
    match format {
        Format::Uuid => Some(json!("uuid")),
        Format::Email => Some(json!("email")),
        Format::Url => Some(json!("url")),
        Format::Ip4 => Some(json!("ip")),
        // 2001:db8::/32 is for documentation (RFC 3849).
        Format::Ip6 => pattern("2001:db8:####:####:####:####:####:####".to_owned()),
        Format::Moment | Format::LocalMoment => Some(json!("event_time")),
        Format::Day if is_birth(name) => Some(json!("birth_date")),
        Format::Day => {
            let (first, last) = texts.years?;
            let (from, to) = (format!("{first:04}-01-01"), format!("{last:04}-12-31"));
            Some(json!({"date": {"from": from, "to": to}}))
        }
        Format::UserAgent => Some(json!("user_agent")),
        Format::Mac => pattern("##:##:##:##:##:##".to_owned()),
        Format::Country => Some(json!("country_code")),
        Format::Currency => Some(json!({"choose": ["EUR", "GBP", "JPY", "USD"]})),
        Format::Language => Some(json!({"choose": ["de", "en", "es", "fr"]})),
        Format::Phone => Some(json!("phone")),
        Format::Hex if is_fixed => pattern("#".repeat(texts.longest)),
        // Letters alone are Base64, too.
        Format::Base64 => pattern("?".repeat(mean_length(texts).next_multiple_of(4))),
        Format::Iban | Format::Card => {
            let found = texts.structures.pattern(texts.filled(), 0.0);
            pattern(found.unwrap_or_else(|| "#".repeat(texts.longest)))
        }
        Format::Hex => pattern("#".repeat(mean_length(texts))),
    }
}

fn mean_length(texts: &Texts) -> usize {
    (texts.length / texts.filled().max(1)) as usize
}

fn is_birth(name: &str) -> bool {
    const BIRTHS: [&str; 5] = ["birth", "dob", "geburt", "naissance", "nacimiento"];
    let name = privacy::words(name).concat();
    BIRTHS.iter().any(|word| name.contains(word))
}
