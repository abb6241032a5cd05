//! People, where they live and work: texts that come from a locale's tables.

use super::Compiler;
use crate::program::{Op, Symbol};
use crate::random::hash;

/// Which numbers make up the record's person: the same for all fields, so that name and e-mail
/// address belong together.
pub(super) const FIRST_NAME: u64 = hash("person: first name");
pub(super) const LAST_NAME: u64 = hash("person: last name");

impl Compiler {
    pub(super) fn first_name(&mut self) {
        self.listed("first name", self.tables.first_names, FIRST_NAME);
    }

    pub(super) fn last_name(&mut self) {
        self.listed("last name", self.tables.last_names, LAST_NAME);
    }

    pub(super) fn name(&mut self) {
        self.first_name();
        self.literal_text(" ");
        self.last_name();
    }

    pub(super) fn email(&mut self, salt: u64) {
        self.mailbox(".");
        self.op(Op::Ordinal);
        self.literal_text("@example.");
        self.domain(salt);
    }

    pub(super) fn username(&mut self, salt: u64) {
        self.mailbox("_");
        self.integer_op(10, 99, salt);
    }

    pub(super) fn gender(&mut self, salt: u64) {
        // The values of `person.gender` in XDM's field group "Demographic Details".
        let genders = [
            ("female", 48),
            ("male", 48),
            ("non_specific", 2),
            ("not_specified", 2),
        ];
        let table = genders
            .into_iter()
            .flat_map(|(word, times)| vec![word; times]);
        self.word("gender", || table, salt);
    }

    /// The person's names as they stand in an address.
    fn mailbox(&mut self, between: &str) {
        let (locale, first_names, last_names) =
            (self.locale, self.tables.first_names, self.tables.last_names);
        let spelt = move |names: &'static [&'static str]| {
            move || names.iter().map(move |name| locale.mailbox(name))
        };
        self.word("first name, spelt", spelt(first_names), FIRST_NAME);
        self.literal_text(between);
        self.word("last name, spelt", spelt(last_names), LAST_NAME);
    }

    pub(super) fn street(&mut self, salt: u64, number_salt: u64) {
        if self.tables.number_first {
            self.integer_op(1, 199, number_salt);
            self.literal_text(" ");
        }
        self.composed("street", self.tables.streets, salt);
        if !self.tables.number_first {
            self.literal_text(" ");
            self.integer_op(1, 199, number_salt);
        }
    }

    /// One of the formats of telephone numbers and postcodes that `fake` has: `#` is a digit, `^`
    /// one from 1 to 9, `$` a letter.
    pub(super) fn formats(&mut self, formats: &[&str], salt: u64) {
        let patterns = formats.iter().map(|format| {
            let symbols = format.bytes().map(|byte| match byte {
                b'#' => Symbol::DIGIT,
                b'^' => Symbol::NONZERO,
                b'$' => Symbol::LETTER,
                other => Symbol::literal(other),
            });
            symbols.collect()
        });
        self.add_patterns(patterns.collect(), salt);
    }
}
