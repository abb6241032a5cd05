//! Whether a schema goes with those before it, by the levels that Confluent's registry has
//! (<https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html>).

mod avro;
mod json;
mod protobuf;

use serde_json::Value;

/// What has to be able to read what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    word: &'static str,
    /// Readers of the new schema what was written with an old one.
    backward: bool,
    /// Readers of an old schema what is written with the new one.
    forward: bool,
    /// Of all that there have been, not of the newest only.
    pub(super) transitive: bool,
}

const fn level(word: &'static str, backward: bool, forward: bool, transitive: bool) -> Level {
    Level {
        word,
        backward,
        forward,
        transitive,
    }
}

const LEVELS: [Level; 7] = [
    Level::BACKWARD,
    level("BACKWARD_TRANSITIVE", true, false, true),
    level("FORWARD", false, true, false),
    level("FORWARD_TRANSITIVE", false, true, true),
    level("FULL", true, true, false),
    level("FULL_TRANSITIVE", true, true, true),
    level("NONE", false, false, false),
];

impl Level {
    /// What holds where nobody says anything.
    pub(super) const BACKWARD: Level = level("BACKWARD", true, false, false);

    /// The level that this word is for.
    pub(super) fn of(word: &str) -> Option<Level> {
        let mut all = LEVELS.into_iter();
        all.find(|level| level.word.eq_ignore_ascii_case(word))
    }

    pub(super) fn word(self) -> &'static str {
        self.word
    }

    /// Why a schema of this language does not go with an older one.
    pub(super) fn differences(self, kind: &str, new: &str, old: &str) -> Vec<String> {
        let mut found = Vec::new();
        if self.backward {
            found.extend(unreadable(kind, new, old));
        }
        if self.forward {
            found.extend(unreadable(kind, old, new));
        }
        found
    }
}

/// Why readers with one schema can't read what was written with the other.
fn unreadable(kind: &str, reader: &str, written: &str) -> Vec<String> {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    match kind {
        "AVRO" => avro::differences(&parsed(reader), &parsed(written)),
        "JSON" => json::differences(&parsed(reader), &parsed(written)),
        _ => protobuf::differences(reader, written),
    }
}
