//! Why a value does not fit its type, in words for people.

use std::fmt;

use options::{Location, Rate, RateUnit, suggest};
use serde::de;

use crate::node::{Node, Value};

/// A mistake that serde stops at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    /// Where; filled in by the first deserializer on the way up that knows.
    pub(crate) at: Option<Location>,
    /// Whether it is about the key, not about the value.
    pub(crate) on_key: bool,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// In the type's own words.
    Told(String),
    /// Another type is expected.
    Type { found: String, expected: String },
    /// A number between others.
    Value { found: String, expected: String },
    /// A word that is not one of several.
    Word {
        found: String,
        known: &'static [&'static str],
    },
    /// A key that is not one of several.
    Key {
        found: String,
        known: &'static [&'static str],
    },
    /// A key that has to be there.
    Missing(&'static str),
    /// A key without a value.
    Null,
    /// A number that people read in two ways.
    LeadingZero(String),
    /// A number with more digits than JSON's readers keep.
    Rounded { written: String, kept: f64 },
}

impl Failure {
    pub(crate) fn new(what: What) -> Failure {
        Failure {
            at: None,
            on_key: false,
            what,
        }
    }

    pub(crate) fn or_at(mut self, at: &Location) -> Failure {
        self.at.get_or_insert_with(|| at.clone());
        self
    }

    /// What is wrong and what to do. `key` is the last key on the way to the value.
    pub(crate) fn words(&self, key: &str) -> (String, Option<String>) {
        match &self.what {
            What::Told(message) => (message.clone(), None),
            What::Type { found, expected } => {
                let expected = plain(expected);
                if let Some(word) = quoted(found, expected) {
                    return (
                        format!("expected {expected}, found the text `{word}` in quotes"),
                        Some(format!("write `{word}`, without quotes")),
                    );
                }
                let help = match expected {
                    TRUTH => Some("`yes`, `no`, `on` and `off` are text in YAML 1.2".to_owned()),
                    WHOLE => written_out(found),
                    _ => None,
                };
                (format!("expected {expected}, found {found}"), help)
            }
            What::Value { found, expected } => {
                (format!("expected {}, found {found}", plain(expected)), None)
            }
            // The one list of words that stands below keys of the user's own choice.
            What::Word { found, known } if known.contains(&"record_id") => {
                unknown("field kind", found, "", known)
            }
            What::Word { found, known } => unknown("value", found, &format!(" of `{key}`"), known),
            What::Key { found, known } if found == "<<" => {
                let (message, _) = unknown("key", found, "", known);
                let help = "merge keys are not part of YAML 1.2: write the keys out";
                (message, Some(help.to_owned()))
            }
            What::Key { found, known } => unknown("key", found, "", known),
            What::Missing(field) => (format!("`{field}` is missing"), None),
            What::Null => (
                format!("`{key}` has no value"),
                Some(
                    "write a value, `{}` for one that is all defaults, or leave the key out".into(),
                ),
            ),
            What::LeadingZero(text) => (
                format!("`{text}` is a number to some and text to others"),
                Some(format!(
                    "write `\"{text}\"` for the text, or the number without its zero"
                )),
            ),
            What::Rounded { written, kept } if kept.is_infinite() => (
                format!("`{written}` is larger than any number that JSON's readers keep"),
                Some("write it in quotes, as text".to_owned()),
            ),
            What::Rounded { written, kept } => (
                format!("`{written}` has more digits than JSON's readers keep of a number"),
                Some(format!(
                    "it would become `{kept}`: write that, or text in quotes"
                )),
            ),
        }
    }

    /// What to write instead of one item or of keys where a list has to be, and the other way round;
    /// `node` is what stands there.
    pub(crate) fn dashes(&self, node: &Node) -> Option<String> {
        let What::Type { expected, .. } = &self.what else {
            return None;
        };
        match (plain(expected), &node.value) {
            (LIST, Value::Map(entries)) => {
                let key = &entries.first()?.key;
                Some(format!(
                    "every item of a list has a dash in front: `- {key}: …`"
                ))
            }
            (LIST, Value::Scalar(scalar)) if is_short(&scalar.text) => Some(format!(
                "every item of a list has a dash in front: `- {}`",
                scalar.text
            )),
            (KEYS, Value::List(_)) => Some("write the keys without dashes in front".to_owned()),
            _ => None,
        }
    }
}

/// A number or a truth value in quotes, if `found` (a word in backticks) is one where one is expected.
fn quoted<'f>(found: &'f str, expected: &str) -> Option<&'f str> {
    let word = found.strip_prefix('`')?.strip_suffix('`')?;
    let fits = match expected {
        WHOLE => word.parse::<u64>().is_ok(),
        INTEGER => word.parse::<i64>().is_ok(),
        NUMBER => word.parse().is_ok_and(f64::is_finite),
        TRUTH => matches!(word, "true" | "false"),
        _ => false,
    };
    fits.then_some(word)
}

fn unknown(noun: &str, found: &str, of: &str, known: &[&str]) -> (String, Option<String>) {
    let message = format!("unknown {noun} `{found}`{of}");
    match suggest(found, known.iter().copied()) {
        Some(near) => (format!("{message}, did you mean `{near}`?"), None),
        None if known.is_empty() => (message, None),
        None => {
            let known = known.join("`, `");
            (message, Some(format!("expected one of `{known}`")))
        }
    }
}

/// What to write for `found`, a word in backticks, if it is an amount as a rate has it: `1M`.
fn written_out(found: &str) -> Option<String> {
    let word = found.strip_prefix('`')?.strip_suffix('`')?;
    let rate: Rate = format!("{word}/s").parse().ok()?;
    if rate.unit != RateUnit::Records || 1_000_000_000 % rate.per_nanos != 0 {
        return None;
    }
    let amount = rate.amount * (1_000_000_000 / rate.per_nanos);
    Some(format!("write `{amount}`"))
}

const WHOLE: &str = "a whole number, not negative";
const INTEGER: &str = "a whole number";
const NUMBER: &str = "a number";
const TRUTH: &str = "`true` or `false`";
const LIST: &str = "a list";
const KEYS: &str = "keys with values";

/// Rust's names for types in words.
fn plain(expected: &str) -> &str {
    match expected {
        "a string" | "a borrowed string" | "string" | "a character" | "path string" => "text",
        "a boolean" => TRUTH,
        "u8" | "u16" | "u32" | "u64" | "usize" => WHOLE,
        "i8" | "i16" | "i32" | "i64" | "isize" => INTEGER,
        "f32" | "f64" => NUMBER,
        "a sequence" => LIST,
        "a map" => KEYS,
        other if other.starts_with("struct ") => KEYS,
        other => other,
    }
}

/// Whether a text fits into a message.
fn is_short(text: &str) -> bool {
    text.chars().count() <= 60 && !text.contains('\n')
}

/// A value in words. Text is shown as it is: the caller takes care of secrets.
fn described(found: &de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Str("") | de::Unexpected::Unit | de::Unexpected::Option => {
            "nothing".to_owned()
        }
        de::Unexpected::Str(text) if is_short(text) => format!("`{text}`"),
        de::Unexpected::Str(_) => "text".to_owned(),
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("`{value}`"),
        de::Unexpected::Signed(value) => format!("`{value}`"),
        // `1.0` is not `1`.
        de::Unexpected::Float(value) => format!("`{value:?}`"),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "keys with values".to_owned(),
        _ => "something else".to_owned(),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words("").0)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Failure {
        Failure::new(What::Told(message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Failure {
        Failure::new(What::Type {
            found: described(&found),
            expected: expected.to_string(),
        })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Failure {
        Failure::new(What::Value {
            found: described(&found),
            expected: expected.to_string(),
        })
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Failure {
        Failure::new(What::Word {
            found: found.to_owned(),
            known,
        })
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Failure {
        Failure::new(What::Key {
            found: found.to_owned(),
            known,
        })
    }

    fn missing_field(field: &'static str) -> Failure {
        Failure::new(What::Missing(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_quotes_is_told_to_be_text() {
        for (word, expected, fits) in [
            ("1", "u64", true),
            ("-1", "u64", false),
            ("-1", "i64", true),
            ("0.5", "f64", true),
            ("true", "a boolean", true),
            ("yes", "a boolean", false),
        ] {
            let failure = Failure::new(What::Type {
                found: format!("`{word}`"),
                expected: expected.to_owned(),
            });
            let (message, _) = failure.words("version");
            assert_eq!(message.ends_with("in quotes"), fits, "{message}");
        }
    }

    #[test]
    fn an_amount_as_in_a_rate_is_written_out() {
        for (word, help) in [
            ("1M", Some("write `1000000`")),
            ("1.5k", Some("write `1500`")),
            ("1_000", Some("write `1000`")),
            ("20", Some("write `20`, without quotes")),
            ("1.5", None),
            ("5 MiB", None),
            ("1/2", None),
            ("many", None),
        ] {
            let failure = Failure::new(What::Type {
                found: format!("`{word}`"),
                expected: "u64".to_owned(),
            });
            let (message, found) = failure.words("count");
            assert!(message.starts_with("expected a whole number"), "{message}");
            assert_eq!(found.as_deref(), help, "{word}");
        }
    }
}
