//! The record's visit: a device, its system and its browser, which belong together.

use super::Compiler;
use crate::field::Plain;
use crate::random::hash;

/// Which number makes up the record's visit: the same for all fields.
const VISIT: u64 = hash("visit: browser");

/// Weight, device, operating system, browser and user agent.
const BROWSERS: &str = include_str!("../../data/user_agents.txt");

impl Compiler {
    /// A kind that tells of the record's visit.
    pub(super) fn visit(&mut self, plain: Plain) {
        let (table, column) = match plain {
            Plain::Device => ("device", 1),
            Plain::Os => ("operating system", 2),
            Plain::Browser => ("browser", 3),
            _ => ("user agent", 4),
        };
        let lines = BROWSERS.lines().filter(|line| !line.starts_with('#'));
        let words = lines.flat_map(|line| {
            // A user agent has semicolons itself.
            let mut columns = line.splitn(5, ';');
            let weight = columns.next().and_then(|weight| weight.parse().ok());
            let word = columns.nth(column - 1).unwrap_or_default();
            std::iter::repeat_n(word, weight.unwrap_or_default())
        });
        self.word(table, || words, VISIT);
    }
}
