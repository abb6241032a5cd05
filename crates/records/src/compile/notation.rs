//! How values are written: the only place, next to [`structure`](super::structure), that knows JSON.
//!
//! Bare, a value is its text without quotes and escapes: what the other formats are made of.

use serde_json::Value;

use super::Compiler;
use crate::kinds::Choices;
use crate::program::Op;
use crate::words::{Words, escaped};

impl Compiler {
    /// Writes a text value; `body` writes its content.
    pub(super) fn text(&mut self, body: impl FnOnce(&mut Compiler)) {
        let quote = if self.is_bare { "" } else { "\"" };
        self.literal(quote);
        body(self);
        self.literal(quote);
    }

    /// Writes a value that is a number or a truth.
    pub(super) fn number(&mut self, op: Op) {
        self.op(op);
    }

    /// Writes a value that is always the same.
    pub(super) fn constant(&mut self, value: &Value) {
        match value {
            Value::String(text) if self.is_bare => self.literal(text),
            value => self.literal(&value.to_string()),
        }
    }

    /// Writes one of several values, as often as their weights say.
    pub(super) fn choice(&mut self, choices: &Choices, salt: u64) {
        let mut pieces = choices.weighted();
        if self.is_bare {
            for piece in &mut pieces {
                // What is no text stays as it is.
                if let Ok(text) = serde_json::from_str(piece) {
                    *piece = text;
                }
            }
        }
        let table = self.add_table(Words::of_pieces(pieces));
        self.op(Op::Word { table, salt });
    }

    /// Adds these characters to the content of a text.
    pub(super) fn literal_text(&mut self, text: &str) {
        let text = self.escaped(text);
        self.literal(&text);
    }

    /// Characters as they stand within a text.
    pub(super) fn escaped(&self, text: &str) -> String {
        if self.is_bare {
            text.to_owned()
        } else {
            escaped(text)
        }
    }

    /// Adds bytes as they are.
    pub(super) fn literal(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// The same of bytes that are no text.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }
}
