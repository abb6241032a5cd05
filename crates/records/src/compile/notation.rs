//! How values are written: the only place, next to [`structure`](super::structure), that knows JSON.

use serde_json::Value;

use super::Compiler;
use crate::kinds::Choices;
use crate::program::Op;
use crate::words::{Words, escaped};

impl Compiler {
    /// Writes a text value; `body` writes its content.
    pub(super) fn text(&mut self, body: impl FnOnce(&mut Compiler)) {
        self.literal("\"");
        body(self);
        self.literal("\"");
    }

    /// Writes a value that is a number or a truth.
    pub(super) fn number(&mut self, op: Op) {
        self.op(op);
    }

    /// Writes a value that is always the same.
    pub(super) fn constant(&mut self, value: &Value) {
        self.literal(&value.to_string());
    }

    /// Writes one of several values, as often as their weights say.
    pub(super) fn choice(&mut self, choices: &Choices, salt: u64) {
        let table = self.add_table(Words::of_pieces(choices.weighted()));
        self.op(Op::Word { table, salt });
    }

    /// Adds these characters to the content of a text.
    pub(super) fn literal_text(&mut self, text: &str) {
        let text = self.escaped(text);
        self.literal(&text);
    }

    /// Characters as they stand within a text.
    #[expect(clippy::unused_self, reason = "the notation is the compiler's")]
    pub(super) fn escaped(&self, text: &str) -> String {
        escaped(text)
    }

    /// Adds bytes as they are.
    pub(super) fn literal(&mut self, text: &str) {
        self.pending.extend_from_slice(text.as_bytes());
    }
}
