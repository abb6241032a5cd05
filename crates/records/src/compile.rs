//! From fields as they are written to a program.

use std::collections::HashMap;

use jiff::civil::date;

use crate::field::{FieldOptions, Plain};
use crate::kinds::{ArrayOptions, ObjectFields, Otherwise, TimeFormat};
use crate::locale::{Locale, Tables};
use crate::path;
use crate::pattern::symbols;
use crate::program::{Field, Op, Program, Step, Symbol};
use crate::random::{hash, threshold};
use crate::regex;
use crate::words::{TABLE_SLACK, Words, escaped};

/// Which numbers make up the record's person: the same for all fields, so that name and e-mail
/// address belong together.
const FIRST_NAME: u64 = hash("person: first name");
const LAST_NAME: u64 = hash("person: last name");

/// Compiles the fields of a record. They have to be free of problems.
pub(crate) fn compile(fields: &ObjectFields, locale: Locale) -> Program {
    let mut compiler = Compiler::new(locale);
    compiler.object(fields, "");
    compiler.finish()
}

/// Compiles the value of one field, which stands at this path: it is the same one that the record has.
pub(crate) fn compile_value(field: &FieldOptions, path: &str, locale: Locale) -> Program {
    let mut compiler = Compiler::new(locale);
    compiler.value(field, path);
    compiler.finish()
}

struct Compiler {
    locale: Locale,
    tables: Tables,
    program: Program,
    /// A literal that will stand before the next operation.
    pending: Vec<u8>,
    /// Word tables by name.
    known: HashMap<&'static str, u32>,
    in_array: bool,
}

impl Compiler {
    fn new(locale: Locale) -> Compiler {
        Compiler {
            locale,
            tables: locale.tables(),
            program: Program::default(),
            pending: Vec::new(),
            known: HashMap::new(),
            in_array: false,
        }
    }

    fn finish(mut self) -> Program {
        self.flush();
        let mut program = self.program;
        program.fuse();
        program
            .literals
            .resize(program.literals.len() + TABLE_SLACK, 0);
        program
    }

    fn literal(&mut self, text: &str) {
        self.pending.extend_from_slice(text.as_bytes());
    }

    /// Adds an operation behind the pending literal; returns its index.
    fn op(&mut self, op: Op) -> usize {
        let literal = self.program.literals.len() as u32;
        let len = self.pending.len() as u32;
        self.program.literals.append(&mut self.pending);
        self.program.steps.push(Step { literal, len, op });
        self.program.steps.len() - 1
    }

    /// Writes out the pending literal, where what follows may be left out or repeated.
    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.op(Op::Nothing);
        }
    }

    fn object(&mut self, fields: &ObjectFields, path: &str) {
        self.literal("{");
        for (index, (name, field)) in fields.iter().enumerate() {
            let path = path::join(path, name);
            let is_last = index + 1 == fields.len();
            let key = format!("\"{}\":", escaped(name));
            match field {
                FieldOptions::Optional(options) if options.otherwise == Otherwise::Absent => {
                    self.optional(options.probability, false, &path, |compiler| {
                        compiler.literal(&key);
                        compiler.field(&options.of, &path);
                        compiler.literal(",");
                    });
                    if is_last {
                        self.op(Op::CloseObject);
                    }
                }
                _ => {
                    self.literal(&key);
                    self.field(field, &path);
                    self.literal(if is_last { "}" } else { "," });
                }
            }
        }
    }

    /// A field's value, whose place is noted.
    fn field(&mut self, field: &FieldOptions, path: &str) {
        let (first, skip) = (self.program.steps.len(), self.pending.len());
        self.value(field, path);
        if !self.in_array {
            self.program.fields.push(Field {
                path: path.to_owned(),
                steps: first..self.program.steps.len(),
                skip: skip as isize,
                tail: self.pending.len() as isize,
            });
        }
    }

    fn optional(
        &mut self,
        probability: f64,
        is_null: bool,
        path: &str,
        body: impl FnOnce(&mut Compiler),
    ) {
        let salt = hash(&format!("{path}?"));
        let threshold = threshold(probability);
        let maybe = self.op(Op::Maybe {
            threshold,
            is_null,
            steps: 0,
            salt,
        });
        body(self);
        self.flush();
        let steps = (self.program.steps.len() - maybe - 1) as u32;
        self.program.steps[maybe].op = Op::Maybe {
            threshold,
            is_null,
            steps,
            salt,
        };
    }

    fn value(&mut self, field: &FieldOptions, path: &str) {
        let salt = hash(path);
        match field {
            FieldOptions::Plain(plain) => self.plain(*plain, path, salt),
            FieldOptions::Bool(options) => {
                self.op(Op::Bool {
                    threshold: threshold(options.probability),
                    salt,
                });
            }
            FieldOptions::Integer(options) => self.integer(options.min, options.max, salt),
            FieldOptions::Decimal(options) => {
                let (min, max) = options.scaled();
                let range = max.wrapping_sub(min) as u64 + 1;
                self.op(Op::Decimal {
                    min,
                    range,
                    digits: options.digits,
                    salt,
                });
            }
            FieldOptions::Choose(choices) => {
                let table = self.add_table(Words::of_json(choices.weighted()));
                self.op(Op::Word { table, salt });
            }
            FieldOptions::Constant(value) => self.literal(&value.to_string()),
            FieldOptions::Date(options) => self.day(options.from, options.to, salt),
            FieldOptions::EventTime(options) => match options.format {
                TimeFormat::Rfc3339 => self.quoted(|compiler| {
                    compiler.op(Op::Moment);
                }),
                TimeFormat::EpochMs => {
                    self.op(Op::MomentMillis);
                }
            },
            FieldOptions::Pattern(pattern) => self.patterns(vec![symbols(pattern)], salt),
            FieldOptions::Regex(expression) => {
                // One that has no patterns was refused before.
                self.patterns(regex::patterns(expression).unwrap_or_default(), salt);
            }
            FieldOptions::Text(options) => self.quoted(|compiler| {
                compiler.add_filler();
                compiler.op(Op::Text {
                    len: options.size.0 as u32,
                    salt,
                });
            }),
            FieldOptions::Pad(options) => self.quoted(|compiler| {
                compiler.add_filler();
                // Behind it: its quote and the record's brace.
                compiler.op(Op::Pad {
                    to: options.to.0 as u32,
                    behind: 2,
                    salt,
                });
            }),
            FieldOptions::Object(fields) => self.object(fields, path),
            FieldOptions::Array(options) => self.array(options, path, salt),
            FieldOptions::Optional(options) => {
                // In an array, or asked for: `null`.
                self.optional(options.probability, true, path, |compiler| {
                    compiler.value(&options.of, path);
                });
            }
        }
    }

    fn array(&mut self, options: &ArrayOptions, path: &str, salt: u64) {
        let (min, max) = options.bounds();
        self.literal("[");
        let repeat = self.op(Op::Nothing);
        let outer = std::mem::replace(&mut self.in_array, true);
        self.value(&options.of, &format!("{path}[]"));
        self.flush();
        self.in_array = outer;
        let steps = (self.program.steps.len() - repeat - 1) as u32;
        self.program.steps[repeat].op = Op::Repeat {
            min,
            range: max - min + 1,
            steps,
            salt,
        };
        self.literal("]");
    }

    fn plain(&mut self, plain: Plain, path: &str, salt: u64) {
        if plain == Plain::Ordinal {
            self.op(Op::Ordinal);
            return;
        }
        if plain == Plain::BirthDate {
            return self.day(date(1940, 1, 1), date(2007, 12, 31), salt);
        }
        let salt_of = |part: &str| hash(&format!("{path}#{part}"));
        self.literal("\"");
        match plain {
            Plain::RecordId => {
                self.op(Op::Id);
            }
            Plain::FirstName => self.first_name(),
            Plain::LastName => self.last_name(),
            Plain::Name => {
                self.first_name();
                self.literal(" ");
                self.last_name();
            }
            Plain::Email => {
                self.mailbox(".");
                self.op(Op::Ordinal);
                self.literal("@example.");
                self.domain(salt);
            }
            Plain::Username => {
                self.mailbox("_");
                self.integer(10, 99, salt);
            }
            Plain::Phone => self.formats(self.tables.phones, salt),
            Plain::Postcode => self.formats(self.tables.postcodes, salt),
            Plain::Gender => {
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
                self.word("gender", || Words::of_texts(table), salt);
            }
            Plain::Street => self.street(salt, salt_of("number")),
            Plain::City => self.composed("city", self.tables.cities, salt),
            Plain::Company => self.composed("company", self.tables.companies, salt),
            Plain::JobTitle => self.composed("job title", self.tables.job_titles, salt),
            Plain::Sentence => self.composed("sentence", self.tables.sentences, salt),
            Plain::State => self.listed("state", self.tables.states, salt),
            Plain::Country => self.listed("country", self.tables.countries, salt),
            Plain::CountryCode => self.listed("country code", self.tables.country_codes, salt),
            Plain::UserAgent => self.listed("user agent", self.tables.user_agents, salt),
            Plain::Word => self.listed("word", self.tables.words, salt),
            Plain::Ip => {
                self.integer(1, 223, salt);
                for part in ["b", "c", "d"] {
                    self.literal(".");
                    self.integer(0, 255, salt_of(part));
                }
            }
            Plain::Url => {
                self.literal("https://www.example.");
                self.domain(salt);
                for part in ["folder", "page"] {
                    self.literal("/");
                    // Latin, whatever the locale: an address has no other letters.
                    let words = Locale::En.tables().words;
                    self.listed("latin word", words, salt_of(part));
                }
            }
            Plain::Uuid => {
                self.op(Op::Uuid { salt });
            }
            Plain::Ordinal | Plain::BirthDate => {}
        }
        self.literal("\"");
    }

    fn quoted(&mut self, body: impl FnOnce(&mut Compiler)) {
        self.literal("\"");
        body(self);
        self.literal("\"");
    }

    fn first_name(&mut self) {
        self.listed("first name", self.tables.first_names, FIRST_NAME);
    }

    fn last_name(&mut self) {
        self.listed("last name", self.tables.last_names, LAST_NAME);
    }

    /// The person's names as they stand in an address.
    fn mailbox(&mut self, between: &str) {
        let (
            locale,
            Tables {
                first_names,
                last_names,
                ..
            },
        ) = (self.locale, &self.tables);
        let spelt = move |names: &'static [&'static str]| {
            move || Words::of_texts(names.iter().map(|name| locale.mailbox(name)))
        };
        let (first, last) = (spelt(first_names), spelt(last_names));
        self.word("first name, spelt", first, FIRST_NAME);
        self.literal(between);
        self.word("last name, spelt", last, LAST_NAME);
    }

    fn domain(&mut self, salt: u64) {
        // RFC 2606, 3: nobody's, for ever.
        self.listed("domain", &["com", "org", "net"], salt);
    }

    fn street(&mut self, salt: u64, number_salt: u64) {
        if self.tables.number_first {
            self.integer(1, 199, number_salt);
            self.literal(" ");
        }
        self.composed("street", self.tables.streets, salt);
        if !self.tables.number_first {
            self.literal(" ");
            self.integer(1, 199, number_salt);
        }
    }

    fn integer(&mut self, min: i64, max: i64, salt: u64) {
        let range = (max.wrapping_sub(min) as u64).wrapping_add(1);
        self.op(Op::Integer { min, range, salt });
    }

    fn day(&mut self, from: jiff::civil::Date, to: jiff::civil::Date, salt: u64) {
        let days = |day: jiff::civil::Date| day.duration_since(date(1970, 1, 1)).as_hours() / 24;
        let (first, last) = (days(from), days(to));
        self.quoted(|compiler| {
            compiler.op(Op::Day {
                first,
                range: (last - first) as u64 + 1,
                salt,
            });
        });
    }

    /// One of the formats of telephone numbers and postcodes that `fake` has: `#` is a digit, `^`
    /// one from 1 to 9, `$` a letter.
    fn formats(&mut self, formats: &[&str], salt: u64) {
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

    fn patterns(&mut self, patterns: Vec<Vec<Symbol>>, salt: u64) {
        self.quoted(|compiler| compiler.add_patterns(patterns, salt));
    }

    fn add_patterns(&mut self, mut patterns: Vec<Vec<Symbol>>, salt: u64) {
        let (first, count) = (self.program.patterns.len() as u32, patterns.len() as u32);
        self.program.patterns.append(&mut patterns);
        self.op(Op::Pattern { first, count, salt });
    }

    fn listed(&mut self, name: &'static str, words: &'static [&'static str], salt: u64) {
        self.word(name, || Words::of_texts(words), salt);
    }

    fn composed(&mut self, name: &'static str, words: fn() -> Vec<String>, salt: u64) {
        self.word(name, || Words::of_texts(words()), salt);
    }

    fn word(&mut self, name: &'static str, table: impl FnOnce() -> Words, salt: u64) {
        let table = if let Some(known) = self.known.get(name) {
            *known
        } else {
            let table = self.add_table(table());
            self.known.insert(name, table);
            table
        };
        self.op(Op::Word { table, salt });
    }

    fn add_table(&mut self, table: Words) -> u32 {
        self.program.words.push(table);
        self.program.words.len() as u32 - 1
    }

    /// Latin, whatever the locale: in it a byte is a letter, so it can be cut anywhere.
    fn add_filler(&mut self) {
        if self.program.filler.is_empty() {
            self.program.filler = Locale::En.tables().words.join(" ").into_bytes();
            self.program.filler.push(b' ');
        }
    }
}
