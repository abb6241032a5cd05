//! People: names, and what goes with them.

use super::Compiler;
use crate::locale::{Name, capitalized};
use crate::program::Op;
use crate::random::hash;

/// Which numbers make up the record's person: the same for all fields, so that name, title and e-mail
/// address belong together.
pub(super) const FIRST_NAME: u64 = hash("person: first name");
pub(super) const LAST_NAME: u64 = hash("person: last name");
const MIDDLE_NAME: u64 = hash("person: middle name");
/// The second of two family names.
const SECOND_NAME: u64 = hash("person: second name");

impl Compiler {
    pub(super) fn first_name(&mut self) {
        self.first_names("first name", |name| name.text.to_owned());
    }

    pub(super) fn last_name(&mut self) {
        self.last_names("last name", LAST_NAME, |name| name.text.to_owned());
    }

    fn first_names(&mut self, table: &'static str, form: impl Fn(Name) -> String) {
        let tables = self.tables.clone();
        self.word(
            table,
            || tables.first_names().into_iter().map(form),
            FIRST_NAME,
        );
    }

    fn last_names(&mut self, table: &'static str, salt: u64, form: impl Fn(Name) -> String) {
        let tables = self.tables.clone();
        self.word(table, || tables.last_names().into_iter().map(form), salt);
    }

    /// A second given name, of the same gender as the first.
    pub(super) fn middle_name(&mut self) {
        self.gendered(|compiler, gender| {
            let tables = compiler.tables.clone();
            let names = tables
                .own
                .as_ref()
                .map(|own| [&own.women, &own.men][gender]);
            let names = names.into_iter().flatten().map(|name| name.text);
            compiler.word(
                ["woman's name", "man's name"][gender],
                || names,
                MIDDLE_NAME,
            );
        });
    }

    /// First and last name in the order of the country.
    pub(super) fn name(&mut self) {
        let own = self.tables.own.as_ref();
        self.layout(own.map_or("{first} {last}", |own| own.land.name));
    }

    /// How the person is addressed on an envelope.
    pub(super) fn title(&mut self) {
        let titles = self
            .tables
            .own
            .as_ref()
            .map_or([""; 2], |own| own.land.titles);
        let names = self.tables.clone();
        let women = names.own.as_ref().map_or(0, |own| own.women.len());
        let count = names.first_names().len();
        // Beside the first names, so that one draw finds both.
        let titles = (0..count).map(|index| titles[usize::from(index >= women)]);
        self.word("title", || titles, FIRST_NAME);
    }

    /// How a letter to the person begins.
    pub(super) fn salutation(&mut self) {
        self.gendered(|compiler, gender| {
            let own = compiler.tables.own.as_ref();
            compiler.layout(own.map_or("", |own| own.land.salutations[gender]));
        });
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

    /// The values of `person.gender` in XDM's field group "Demographic Details": as the first name says, for those
    /// who say it.
    pub(super) fn gender(&mut self, salt: u64) {
        let names = self.tables.clone();
        let Some(own) = &names.own else {
            // Whose names they are is not known.
            let genders = [
                ("female", 48),
                ("male", 48),
                ("non_specific", 2),
                ("not_specified", 2),
            ];
            let table = genders
                .into_iter()
                .flat_map(|(word, times)| vec![word; times]);
            return self.word("gender", || table, salt);
        };
        let women = own.women.iter().map(|_| "female");
        let genders: Vec<_> = women.chain(own.men.iter().map(|_| "male")).collect();
        self.switch(salt, &[48, 1, 1], |compiler, index| match index {
            0 => compiler.word("gender", || &genders, FIRST_NAME),
            1 => compiler.literal_text("non_specific"),
            _ => compiler.literal_text("not_specified"),
        });
    }

    pub(super) fn job_title(&mut self, salt: u64) {
        let tables = self.tables.clone();
        let Some(own) = &tables.own else {
            return self.composed("job title", tables.fake.job_titles, salt);
        };
        self.gendered(|compiler, gender| {
            let key = ["jobs_women", "jobs_men"][gender];
            compiler.word(key, || own.list(key), salt);
        });
    }

    pub(super) fn company(&mut self, salt: u64) {
        let tables = self.tables.clone();
        match &tables.own {
            Some(own) => self.word("company", || own.companies(), salt),
            None => self.composed("company", tables.fake.companies, salt),
        }
    }

    pub(super) fn department(&mut self, salt: u64) {
        let tables = self.tables.clone();
        if let Some(own) = &tables.own {
            self.word("department", || own.list("departments"), salt);
        }
    }

    /// The person's names as they stand in an address.
    fn mailbox(&mut self, between: &str) {
        let locale = self.locale;
        self.first_names("first name, spelt", move |name| locale.mailbox(name.spelt));
        self.literal_text(between);
        self.last_names("last name, spelt", LAST_NAME, move |name| {
            locale.mailbox(name.spelt)
        });
    }

    /// A text in which a word in braces stands for a part of the person or the place.
    pub(super) fn layout(&mut self, layout: &'static str) {
        for piece in layout.split_inclusive('}') {
            let (text, part) = piece.split_once('{').unwrap_or((piece, ""));
            self.literal_text(text);
            match part.trim_end_matches('}') {
                "first" => self.first_name(),
                "last" => self.last_name(),
                // With a capital, as where no first name stands before it: "mevrouw De Vries".
                "Last" => {
                    self.last_names("last name, large", LAST_NAME, |name| capitalized(name.text));
                }
                "second" => self.last_names("last name", SECOND_NAME, |name| name.text.to_owned()),
                part => self.part_of_place(part),
            }
        }
    }
}
