//! Running text.

use options::{ByteSize, Location, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problems::RECORD_MAX;

/// Options of `text`: words, cut off at a size.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextOptions {
    /// How long the text is, e.g. `200 B` or `2 KiB`.
    pub size: ByteSize,
}

/// Options of `pad`: words that fill the record up to a size. It has to be the last field of the
/// record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PadOptions {
    /// How long the whole record is, e.g. `1 KiB`. A record that is longer without it stays so.
    pub to: ByteSize,
}

impl TextOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        size(self.size.0, &at.join("size"), problems);
    }
}

impl PadOptions {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        size(self.to.0, &at.join("to"), problems);
    }
}

fn size(bytes: u64, at: &Location, problems: &mut Problems) {
    if bytes > RECORD_MAX {
        problems.push(
            Problem::new(at.clone(), "the text is larger than any record can be")
                .help("a record has at most 64 MiB; most destinations take 1 MiB"),
        );
    }
}

/// That an expression can be turned round.
pub(crate) fn regex_problems(expression: &str, at: &Location, problems: &mut Problems) {
    if let Err(why) = crate::regex::patterns(expression) {
        let message = format!("no text can be made from this expression: {why}");
        problems.push(Problem::new(at.clone(), message).help(
            "look-around, back references and `\\b` are not supported; most patterns can do without",
        ));
    }
}
