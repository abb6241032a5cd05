//! Texts without a person: addresses of the net, patterns, running text.

use super::Compiler;
use crate::coding::Coding;
use crate::kinds::{PadOptions, TextOptions};
use crate::locale::Locale;
use crate::program::Op;
use crate::random::hash;
use crate::symbols::{Pattern, Symbol};

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
            self.latin(part_salt(path, part));
        }
    }

    pub(super) fn domain(&mut self, salt: u64) {
        // RFC 2606, 3: nobody's, for ever.
        self.listed("domain", &["com", "org", "net"], salt);
    }

    /// One of these patterns, as a text.
    pub(super) fn patterns(&mut self, patterns: Vec<Vec<Symbol>>, salt: u64) {
        self.text(|compiler| compiler.add_patterns(patterns, salt, salt));
    }

    pub(super) fn add_patterns(&mut self, patterns: Vec<Vec<Symbol>>, by: u64, salt: u64) {
        let (first, count) = (self.program.patterns.len() as u32, patterns.len() as u32);
        // They are written for JSON. Without their escapes they would be others: which place of a pattern has
        // which number depends on all places before it.
        let has_escapes = patterns.iter().flatten().any(|symbol| symbol.is_escape());
        let patterns = patterns.into_iter().map(Pattern::new);
        self.program.patterns.extend(patterns);
        let op = Op::Pattern {
            first,
            count,
            by,
            salt,
        };
        if self.is_bare && has_escapes {
            self.coded(Coding::Unescaped, |compiler| {
                compiler.op(op);
            });
        } else {
            self.op(op);
        }
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
        self.text(|compiler| compiler.padding(options.to.0, compiler.behind, salt));
    }

    /// Text up to a record of so many bytes, with nothing behind it.
    pub(super) fn fill_up(&mut self, to: u64) {
        self.padding(to, 0, hash("fill"));
    }

    fn padding(&mut self, to: u64, behind: u32, salt: u64) {
        self.add_filler();
        // The length of a long text moves it.
        let moved = self.coding.map_or(0, |it| it.moves(to));
        self.op(Op::Pad {
            to: to as u32,
            behind: behind + moved,
            salt,
        });
    }

    /// Latin, whatever the locale: in it a byte is a letter, so it can be cut anywhere.
    fn add_filler(&mut self) {
        if self.program.filler.is_empty() {
            self.program.filler = Locale::En.tables().fake.words.join(" ").into_bytes();
            self.program.filler.push(b' ');
        }
    }
}

/// The salt of a part of the field at this path.
pub(super) fn part_salt(path: &str, part: &str) -> u64 {
    hash(&format!("{path}#{part}"))
}
