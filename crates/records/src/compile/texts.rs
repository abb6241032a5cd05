//! Texts without a person: addresses of the net, patterns, running text.

use super::Compiler;
use crate::kinds::{PadOptions, TextOptions};
use crate::locale::Locale;
use crate::program::{Op, Symbol};
use crate::random::hash;

impl Compiler {
    pub(super) fn ip(&mut self, path: &str, salt: u64) {
        self.integer_op(1, 223, salt);
        for part in ["b", "c", "d"] {
            self.literal_text(".");
            self.integer_op(0, 255, part_salt(path, part));
        }
    }

    pub(super) fn url(&mut self, path: &str, salt: u64) {
        self.literal_text("https://www.example.");
        self.domain(salt);
        for part in ["folder", "page"] {
            self.literal_text("/");
            // Latin, whatever the locale: an address has no other letters.
            let words = Locale::En.tables().words;
            self.listed("latin word", words, part_salt(path, part));
        }
    }

    pub(super) fn domain(&mut self, salt: u64) {
        // RFC 2606, 3: nobody's, for ever.
        self.listed("domain", &["com", "org", "net"], salt);
    }

    /// One of these patterns, as a text.
    pub(super) fn patterns(&mut self, patterns: Vec<Vec<Symbol>>, salt: u64) {
        self.text(|compiler| compiler.add_patterns(patterns, salt));
    }

    pub(super) fn add_patterns(&mut self, mut patterns: Vec<Vec<Symbol>>, salt: u64) {
        let (first, count) = (self.program.patterns.len() as u32, patterns.len() as u32);
        self.program.patterns.append(&mut patterns);
        self.op(Op::Pattern { first, count, salt });
    }

    pub(super) fn running_text(&mut self, options: &TextOptions, salt: u64) {
        self.add_filler();
        self.text(|compiler| {
            compiler.op(Op::Text {
                len: options.size.0 as u32,
                salt,
            });
        });
    }

    pub(super) fn pad(&mut self, options: &PadOptions, salt: u64) {
        self.add_filler();
        self.text(|compiler| {
            // Behind it: its quote and the record's brace.
            compiler.op(Op::Pad {
                to: options.to.0 as u32,
                behind: 2,
                salt,
            });
        });
    }

    /// Latin, whatever the locale: in it a byte is a letter, so it can be cut anywhere.
    fn add_filler(&mut self) {
        if self.program.filler.is_empty() {
            self.program.filler = Locale::En.tables().words.join(" ").into_bytes();
            self.program.filler.push(b' ');
        }
    }
}

/// The salt of a part of the field at this path.
pub(super) fn part_salt(path: &str, part: &str) -> u64 {
    hash(&format!("{path}#{part}"))
}
