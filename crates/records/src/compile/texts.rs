//! Texts without a person: addresses of the net, patterns, running text.

use options::{ByteSize, Share};

use super::Compiler;
use crate::coding::Coding;
use crate::filling::{Filling, Size, random_part};
use crate::kinds::{PadOptions, SizeOptions, TextOptions};
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
            self.latin(path, part);
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
        let filling = self.filling(&options.size, options.compressible);
        self.text(|compiler| {
            compiler.op(Op::Text { filling, salt });
        });
    }

    pub(super) fn pad(&mut self, options: &PadOptions, salt: u64) {
        let compressible = options.compressible;
        self.text(|compiler| compiler.padding(&options.to, compressible, compiler.behind, salt));
    }

    /// Text up to a record of so many bytes, with nothing behind it.
    pub(super) fn fill_up(&mut self, to: u64) {
        self.padding(&ByteSize(to).into(), None, 0, hash("fill"));
    }

    fn padding(&mut self, to: &SizeOptions, compressible: Option<Share>, behind: u32, salt: u64) {
        let filling = self.filling(to, compressible);
        // The length of a long text moves it.
        let moved = self.coding.map_or(0, |it| it.moves(to.bounds().1));
        let behind = behind + moved;
        self.op(Op::Pad {
            filling,
            behind,
            salt,
        });
    }

    /// Adds what fills a text.
    fn filling(&mut self, size: &SizeOptions, compressible: Option<Share>) -> u32 {
        self.add_filler();
        let size = match size {
            SizeOptions::Fixed(size) => Size::Fixed(size.0 as u32),
            SizeOptions::Drawn(drawn) => Size::Drawn {
                table: self.sizes(drawn),
                largest: drawn.max.0 as u32,
            },
        };
        self.program.fillings.push(Filling {
            size,
            random: compressible.map(|share| random_part(share.fraction())),
        });
        self.program.fillings.len() as u32 - 1
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
