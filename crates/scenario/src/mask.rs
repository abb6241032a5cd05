//! Nothing that may be a secret is shown: not in an excerpt, not in a message.

use std::collections::HashMap;
use std::ops::Range;

use options::Location;

use crate::node::Node;

/// What must not be shown, and what is shown instead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    /// Parts of the file.
    spans: Vec<Range<usize>>,
    /// Values, longest first.
    words: Vec<(String, String)>,
}

/// Words in keys whose value is a secret.
const SECRET_KEYS: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "token",
    "credential",
    "connection_string",
    "connectionstring",
    "private_key",
    "sharedaccesskey",
    "sasl.jaas",
    "ssl.key",
];

/// Shorter values of variables would take ordinary words out of messages …
const WORD_MIN: usize = 8;
/// … and so would shorter secrets.
const SECRET_MIN: usize = 4;
/// What stands for a secret that is written out.
const HIDDEN: &str = "…";
/// A longer text stands for nothing: it is hidden, too.
const SHOWN_MAX: usize = 200;

/// Whether a text that stands under this key is a secret, even if it should not stand there.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    !key.ends_with("_file") && SECRET_KEYS.iter().any(|word| key.contains(word))
}

/// Whether a text at this place is a secret by its name.
pub(crate) fn is_secret_at(at: &Location) -> bool {
    /// Keys below which people name fields of records, which may be called anything.
    const FIELDS: &[&str] = &["fields", "headers", "attributes", "session"];
    let is_field = at
        .steps()
        .iter()
        .any(|step| FIELDS.contains(&step.as_str()));
    !is_field && at.steps().last().is_some_and(|key| is_secret(key))
}

/// Whether this is an address with a user or a password in it.
fn has_password(text: &str) -> bool {
    let rest = text.split_once("://").map(|(_, rest)| rest);
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        host.contains('@')
    })
}

impl Mask {
    /// What is secret in a file that could be read.
    pub(crate) fn of(root: &Node) -> Mask {
        let mut mask = Mask::default();
        // An alias or a variable may bring the same value many times.
        let mut words: HashMap<&str, &str> = HashMap::new();
        root.scalars(&Location::root(), &mut |at, node, scalar| {
            if let Some(from) = &scalar.from {
                let whole = (!from.values.is_empty()).then_some(&scalar.text);
                for value in from.values.iter().chain(whole) {
                    let is_short = from.written.len() <= SHOWN_MAX;
                    let shown = if is_short { &from.written } else { HIDDEN };
                    words.entry(value).or_insert(shown);
                }
                return;
            }
            if is_secret_at(at) || has_password(&scalar.text) {
                mask.spans.push(node.span.clone());
                words.insert(&scalar.text, HIDDEN);
            }
        });
        for (word, shown) in words {
            let least = if shown == HIDDEN {
                SECRET_MIN
            } else {
                WORD_MIN
            };
            mask.words.push(if word.chars().count() < least {
                // Too short to be looked for everywhere: only where a message quotes it.
                (format!("`{word}`"), format!("`{shown}`"))
            } else {
                (word.to_owned(), shown.to_owned())
            });
        }
        mask.sort();
        mask
    }

    /// Hides a part of the text, wherever it is repeated.
    pub(crate) fn hide(&mut self, span: Range<usize>, text: &str) {
        self.spans.push(span);
        if text.chars().count() >= SECRET_MIN {
            self.words.push((text.to_owned(), HIDDEN.to_owned()));
        }
        self.sort();
    }

    /// Hides what `other` hides, too.
    pub(crate) fn add(&mut self, other: Mask) {
        self.spans.extend(other.spans);
        self.words.extend(other.words);
        self.sort();
        self.words.dedup();
    }

    /// Longest words first, and the order is the same every time.
    fn sort(&mut self) {
        self.words
            .sort_by(|(one, _), (other, _)| (other.len(), other).cmp(&(one.len(), one)));
    }

    /// What is probably secret in a file that could not be read: the rest of a line behind a key
    /// that says so, and the lines below it that are further in.
    pub(crate) fn by_lines(text: &str) -> Mask {
        let mut mask = Mask::default();
        let mut start = 0;
        let mut secret_above: Option<usize> = None;
        for line in text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            let end = start + line.trim_end().len();
            if secret_above.is_some_and(|above| indent > above) {
                mask.spans.push(start + indent..end.max(start + indent));
            } else {
                secret_above = None;
            }
            if let Some(colon) = secret_colon(line) {
                let value = &line[colon + 1..];
                if !value.trim_start().starts_with('{') {
                    mask.spans
                        .push(start + colon + 1..end.max(start + colon + 1));
                    secret_above = Some(indent);
                }
            }
            start += line.len();
        }
        mask
    }

    /// The file with `*` for every character of a secret: as long in bytes as before, so that
    /// places stay what they are.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for span in &self.spans {
            for byte in bytes.get_mut(span.clone()).into_iter().flatten() {
                if !matches!(byte, b'\n' | b'\r' | b' ') {
                    *byte = b'*';
                }
            }
        }
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// A message without values that came from variables or are secret.
    pub(crate) fn message(&self, message: &str) -> String {
        self.words
            .iter()
            .fold(message.to_owned(), |message, (word, shown)| {
                message.replace(word, shown)
            })
    }
}

/// Where the first colon of the line is that has a key before it whose value is a secret: seen in one
/// pass, however many colons there are.
fn secret_colon(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let named = SECRET_KEYS
        .iter()
        .filter_map(|word| Some(lower.find(word)? + word.len()));
    let named = named.min()?;
    let mut key_end = 0;
    lower
        .char_indices()
        .find(|&(at, character)| {
            if character.is_alphanumeric() {
                key_end = at + character.len_utf8();
            }
            character == ':' && at >= named && !lower[..key_end].ends_with("_file")
        })
        .map(|(colon, _)| colon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_in_a_file_that_was_read() {
        let text = "client_secret: hunter2\nnested: {sasl.password: \"ünf\", user: me}\n\
                    records: {fields: {password: word}}\n";
        let (root, _) = crate::yaml::parse(text).unwrap();
        let shown = Mask::of(&root).text(text);
        assert!(
            !shown.contains("hunter2") && !shown.contains("ünf"),
            "{shown}"
        );
        assert!(
            shown.contains("user: me") && shown.contains("password: word"),
            "{shown}"
        );
        assert_eq!(shown.len(), text.len());
        assert_eq!(Mask::of(&root).message("found hunter2"), "found …");
    }

    #[test]
    fn secrets_are_hidden_in_a_file_that_was_not_read() {
        let text = "a: b\nconnection_string: \"Endpoint=sb://x\n\nclient_secret: {env: NAME}\n\
                    password:\n  hunter2\nother: c\n";
        let shown = Mask::by_lines(text).text(text);
        assert!(
            !shown.contains("Endpoint") && !shown.contains("hunter2"),
            "{shown}"
        );
        for kept in ["a: b", "{env: NAME}", "other: c"] {
            assert!(shown.contains(kept), "{shown}");
        }
    }

    #[test]
    fn a_key_is_secret_by_the_word_in_it_and_not_if_it_names_a_file() {
        for (line, colon) in [
            ("a: {Client_Secret: x}", Some(17)),
            ("\"sasl.password\" : x", Some(16)),
            ("password_file: x", None),
            ("{password_file: x, token: y}", Some(24)),
            ("user: x", None),
        ] {
            assert_eq!(secret_colon(line), colon, "{line}");
        }
        // One pass: a line of nothing but colons does not take minutes.
        let colons = ":".repeat(1 << 20);
        assert_eq!(secret_colon(&format!("token_file{colons}")), None);
        assert!(Mask::by_lines(&colons).spans.is_empty());
    }

    #[test]
    fn a_long_text_with_many_variables_is_kept_once() {
        let text = format!("key: {}", "${A}".repeat(100_000));
        let (mut root, _) = crate::yaml::parse(&text).unwrap();
        let env = |_: &str| Some("value".to_owned());
        let mut findings = crate::finding::Findings::default();
        crate::variables::fill_in(&mut root, &text, &env, false, &mut findings);
        let mask = Mask::of(&root);
        assert_eq!(mask.words.len(), 2);
        assert_eq!(mask.message("`value` is no name"), "`…` is no name");
    }

    #[test]
    fn a_value_from_a_variable_is_shown_as_its_variable() {
        let text = "hub: ${HUB}";
        let (mut root, _) = crate::yaml::parse(text).unwrap();
        let env = |_: &str| Some("s3cret hub".to_owned());
        let mut findings = crate::finding::Findings::default();
        crate::variables::fill_in(&mut root, text, &env, false, &mut findings);
        let message = Mask::of(&root).message("`s3cret hub` is no name");
        assert_eq!(message, "`${HUB}` is no name");
    }
}
