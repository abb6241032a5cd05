//! What computers and the net have names and numbers for.

use super::Compiler;
use super::texts::part_salt;
use crate::field::Plain;
use crate::locale::Locale;
use crate::random::{Draws, hash};
use crate::regex;

/// Which number makes up the record's file: the same for name and media type.
const FILE: u64 = hash("file: type");

/// Endings of files and their media types (<https://www.iana.org/assignments/media-types>).
const FILES: [(&str, &str); 18] = [
    ("csv", "text/csv"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("gif", "image/gif"),
    ("html", "text/html"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// Some that people send, each of one character.
const EMOJI: [&str; 24] = [
    "😀", "😂", "😍", "😎", "😢", "😡", "🤔", "🙄", "👍", "👎", "👏", "🙏", "💪", "🎉", "🔥", "💯",
    "🚀", "🌞", "🌈", "🍕", "🎂", "🐱", "🐶", "💙",
];

/// How many paragraphs there are.
const PARAGRAPHS: u64 = 512;

impl Compiler {
    pub(super) fn technical(&mut self, plain: Plain, path: &str, salt: u64) {
        match plain {
            // RFC 3849: nobody's, for ever.
            Plain::Ipv6 => self.expression("2001:db8(:[1-9a-f][0-9a-f]{3}){6}", salt),
            // IEEE 802, 8.2.2: set by whoever runs the network, so that it is no maker's.
            Plain::Mac => self.expression("[0-9a-f][26ae](:[0-9a-f]{2}){5}", salt),
            Plain::HexColor => self.expression("#[0-9a-f]{6}", salt),
            Plain::Semver => {
                self.expression(r"[0-9]\.(0|[1-9][0-9]?)\.(0|[1-9][0-9]?)", salt);
            }
            Plain::Emoji => self.listed("emoji", &EMOJI, salt),
            Plain::Domain => {
                self.latin(path, "host");
                self.literal_text(".example.");
                self.domain(salt);
            }
            Plain::FileName => {
                self.latin(path, "first");
                self.literal_text("-");
                self.latin(path, "second");
                self.literal_text(".");
                self.word("ending", || FILES.map(|(ending, _)| ending), FILE);
            }
            _ => self.word("media type", || FILES.map(|(_, media)| media), FILE),
        }
    }

    /// A few sentences.
    pub(super) fn paragraph(&mut self, salt: u64) {
        let tables = self.tables.clone();
        let paragraphs = || {
            let sentences = (tables.fake.sentences)();
            let paragraph = move |number| {
                let draws = Draws::of_record(hash("paragraphs"), number);
                let count = 3 + draws.below(0, 3);
                let chosen = (1..=count).map(|which| {
                    sentences[draws.below(which, sentences.len() as u64) as usize].as_str()
                });
                chosen.collect::<Vec<_>>().join(" ")
            };
            (0..PARAGRAPHS).map(paragraph)
        };
        self.word("paragraph", paragraphs, salt);
    }

    /// Latin, whatever the locale: addresses and names of files have no other letters.
    pub(super) fn latin(&mut self, path: &str, part: &str) {
        let words = Locale::En.tables().fake.words;
        self.listed("latin word", words, part_salt(path, part));
    }

    /// A text that matches this expression.
    fn expression(&mut self, expression: &str, salt: u64) {
        let patterns = regex::patterns(expression).unwrap_or_default();
        self.add_patterns(patterns, salt, salt);
    }
}
