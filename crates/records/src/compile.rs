//! From fields as they are written to a program.

mod banks;
mod choosing;
mod derived;
mod entities;
mod goods;
mod layout;
mod lookups;
mod notation;
mod numbers;
mod people;
mod places;
mod structure;
mod technical;
mod texts;
mod times;
mod visits;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::codes::Code;
use crate::coding::Coding;
use crate::derived::{Found, Scope};
use crate::field::{FieldOptions, Plain};
use crate::format::{Layout, Part};
use crate::kinds::BORN;
use crate::locale::{Locale, Locales, Tables};
use crate::options::RecordsOptions;
use crate::pattern::symbols;
use crate::program::{Op, Program, Step};
use crate::quantiles::{Normal, Quantiles};
use crate::random::hash;
use crate::regex;
use crate::words::{TABLE_SLACK, Words};

/// Compiles the fields of a record. They have to be free of problems.
pub(crate) fn compile(options: &RecordsOptions) -> Program {
    let mut compiler = Compiler::new(options);
    compiler.record();
    compiler.finish()
}

/// Compiles a value that is none of the record's, and may name fields of it.
pub(crate) fn compile_value(field: &FieldOptions, path: &str, options: &RecordsOptions) -> Program {
    let mut compiler = Compiler::new(options);
    compiler.scope = Scope::of_record(&options.fields);
    compiler.value(field, path);
    compiler.finish()
}

/// Compiles the text of one field, without quotes and escapes; `state` is the state of a journey that has it.
pub(crate) fn compile_text(
    field: &FieldOptions,
    path: &str,
    state: Option<u16>,
    options: &RecordsOptions,
) -> Program {
    let mut compiler = Compiler::new(options);
    compiler.state = state;
    compiler.go_to(path);
    compiler.is_bare = true;
    compiler.value(field, path);
    compiler.flush();
    // Not joined yet: how it is made shows.
    compiler.program
}

/// Compiles what a format made of the fields: this part of it.
pub(crate) fn compile_layout(
    layout: &Layout,
    part: Option<&Part>,
    options: &RecordsOptions,
) -> Program {
    let mut compiler = Compiler::new(options);
    compiler.bytes(&layout.head);
    match part {
        None => {
            compiler.behind += layout.tail.len() as u32;
            compiler.record();
        }
        Some(part) => {
            compiler.is_bare = true;
            compiler.behind = layout.tail.len() as u32;
            compiler.part(part);
        }
    }
    compiler.bytes(&layout.tail);
    compiler.finish()
}

/// Compiles the value of one field of the record: it is the same one that the record has.
pub(crate) fn compile_field(found: &Found, options: &RecordsOptions) -> Program {
    Compiler::new(options).again(found, &found.gates)
}

/// What a field that is compiled once more has in common with itself.
#[derive(Default)]
struct Shared {
    /// Tables of quantiles, and what they were made from.
    quantiles: RefCell<Vec<(numbers::Drawn, Arc<Quantiles>)>>,
    normal: OnceCell<Arc<Normal>>,
}

struct Compiler {
    options: Rc<RecordsOptions>,
    shared: Rc<Shared>,
    /// Those that the record can have, …
    locales: Locales,
    /// … and the one that is compiled.
    locale: Locale,
    tables: Rc<Tables>,
    program: Program,
    /// A literal that will stand before the next operation.
    pending: Vec<u8>,
    /// Word tables by locale, name and notation.
    known: HashMap<(Locale, &'static str, bool), u32>,
    in_array: bool,
    /// The entity that is being compiled.
    within: entities::Around,
    /// The step that has just ended an entity, with its role and depth …
    left: Option<(usize, u32, u32)>,
    /// … and the role that goes on instead of being entered again.
    rejoined: Option<(u32, u32)>,
    /// Whether texts stand without quotes and escapes, as what is made of them is no JSON.
    is_bare: bool,
    /// How many bytes come behind the text of a last field: its quote and the record's brace in JSON.
    behind: u32,
    /// How what is being written will be coded.
    coding: Option<Coding>,
    /// The objects around what is being compiled, and how many arrays.
    scope: Scope,
    arrays: u32,
    /// The state of a journey whose fields are compiled, in a record that is no JSON.
    state: Option<u16>,
}

impl Compiler {
    fn new(options: &RecordsOptions) -> Compiler {
        Compiler::with(Rc::new(options.clone()), Rc::default(), options.locale)
    }

    fn with(options: Rc<RecordsOptions>, shared: Rc<Shared>, locales: Locales) -> Compiler {
        Compiler {
            options,
            shared,
            locales,
            locale: locales.first(),
            tables: locales.first().tables().into(),
            program: Program::default(),
            pending: Vec::new(),
            known: HashMap::new(),
            in_array: false,
            within: entities::Around::default(),
            left: None,
            rejoined: None,
            is_bare: false,
            behind: 2,
            coding: None,
            scope: Scope::default(),
            arrays: 0,
            state: None,
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

    /// Adds an operation behind the pending literal; returns its index.
    fn op(&mut self, op: Op) -> usize {
        let literal = self.program.literals.len() as u32;
        let len = self.pending.len() as u32;
        self.program.literals.append(&mut self.pending);
        self.program.steps.push(Step { literal, len, op });
        self.program.steps.len() - 1
    }

    /// Puts bytes among the literals that no step writes by itself.
    fn aside(&mut self, bytes: &[u8]) -> (u32, u32) {
        let start = self.program.literals.len() as u32;
        self.program.literals.extend_from_slice(bytes);
        (start, bytes.len() as u32)
    }

    /// Writes out the pending literal, where what follows may be left out or repeated.
    fn flush(&mut self) {
        // What follows may be come to from elsewhere.
        self.left = None;
        if !self.pending.is_empty() {
            self.op(Op::Nothing);
        }
    }

    /// The value of a field: one line for each kind, which leads to its group.
    fn value(&mut self, field: &FieldOptions, path: &str) {
        let salt = hash(path);
        match field {
            FieldOptions::Plain(Plain::Ordinal) => self.number(Op::Ordinal),
            FieldOptions::Plain(Plain::SessionStep) => self.number(Op::SessionStep),
            FieldOptions::Plain(Plain::Replayed) => self.replayed(path),
            FieldOptions::Plain(Plain::BirthDate) => self.day(BORN, salt),
            FieldOptions::Plain(Plain::ModelYear) => self.model_year(),
            FieldOptions::Plain(Plain::Price) => self.localized(Compiler::price),
            FieldOptions::Plain(plain @ (Plain::Latitude | Plain::Longitude)) => {
                self.localized(|compiler| compiler.coordinate(*plain, salt));
            }
            FieldOptions::Plain(plain) => self.text(|compiler| compiler.plain(*plain, path, salt)),
            FieldOptions::Bool(options) => self.truth(options, salt),
            FieldOptions::Integer(options) => self.integer(options, path, salt),
            FieldOptions::Decimal(options) => self.decimal(options, path, salt),
            FieldOptions::Choose(choices) => self.choice(choices, salt),
            FieldOptions::Lookup(options) => self.lookup(options),
            FieldOptions::Constant(value) => self.constant(value),
            FieldOptions::Date(options) => self.day((options.from, options.to), salt),
            FieldOptions::Age(options) => self.age(&options.of),
            FieldOptions::EventTime(options) => self.event_time(options, salt),
            FieldOptions::Time(options) => self.time(options, salt),
            FieldOptions::Uuid(options) => self.uuid(*options, salt),
            FieldOptions::Pattern(pattern) => self.patterns(vec![symbols(pattern)], salt),
            FieldOptions::Regex(expression) => {
                // One that has no patterns was refused before.
                self.patterns(regex::patterns(expression).unwrap_or_default(), salt);
            }
            FieldOptions::Template(options) => self.template(options, path),
            FieldOptions::Compute(options) => self.compute(options, salt),
            FieldOptions::Text(options) => self.running_text(options, salt),
            FieldOptions::Pad(options) => self.pad(options, salt),
            FieldOptions::Object(fields) => self.object(fields, path),
            FieldOptions::Of(of) => self.within(of, path, |compiler, field, path| {
                compiler.value(field, path);
            }),
            FieldOptions::Array(options) => self.array(options, path, salt),
            FieldOptions::Optional(options) => self.optional(options, path),
        }
    }

    /// The content of a text.
    fn plain(&mut self, plain: Plain, path: &str, salt: u64) {
        match plain {
            Plain::RecordId => {
                self.op(Op::Id);
            }
            Plain::Ip => self.ip(path, salt),
            Plain::Url => self.url(path, salt),
            Plain::Uuid => {
                self.op(Op::Uuid { salt });
            }
            Plain::SessionId => {
                self.op(Op::SessionId);
            }
            Plain::JourneyState => self.state(),
            Plain::Operation => self.operation(),
            Plain::CreditCard | Plain::CardBrand | Plain::CardExpiry | Plain::CardCvc => {
                self.card(plain, salt);
            }
            Plain::Imei => self.code(Code::Imei, salt),
            Plain::UserAgent
            | Plain::Device
            | Plain::DeviceMaker
            | Plain::DeviceModel
            | Plain::Os
            | Plain::OsVersion
            | Plain::Browser => self.visit(plain),
            Plain::Brand | Plain::Sku | Plain::Ean => self.product(plain),
            Plain::Ipv6
            | Plain::Mac
            | Plain::Domain
            | Plain::HexColor
            | Plain::Semver
            | Plain::Emoji
            | Plain::FileName
            | Plain::MimeType => self.technical(plain, path, salt),
            Plain::Ordinal
            | Plain::Replayed
            | Plain::BirthDate
            | Plain::SessionStep
            | Plain::ModelYear
            | Plain::Price
            | Plain::Latitude
            | Plain::Longitude => {}
            _ => self.localized(|compiler| compiler.local(plain, path, salt)),
        }
    }

    /// The content of a text that is another one in every locale.
    fn local(&mut self, plain: Plain, path: &str, salt: u64) {
        match plain {
            Plain::FirstName => self.first_name(),
            Plain::MiddleName => self.middle_name(),
            Plain::LastName => self.last_name(),
            Plain::Name => self.name(),
            Plain::Title => self.title(),
            Plain::Salutation => self.salutation(),
            Plain::Gender => self.gender(salt),
            Plain::Email => self.email(salt),
            Plain::Username => self.username(salt),
            Plain::Company => self.company(salt),
            Plain::JobTitle => self.job_title(salt),
            Plain::Department => self.department(salt),
            Plain::Iban => self.iban(salt),
            Plain::Bic => self.bic(),
            Plain::Sentence => self.composed("sentence", self.tables.fake.sentences, salt),
            Plain::Paragraph => self.paragraph(salt),
            Plain::Product | Plain::Category => self.product(plain),
            Plain::Color => self.color(salt),
            Plain::Vehicle | Plain::VehicleMake | Plain::VehicleModel => self.vehicle(plain),
            Plain::Vin => self.vin(salt),
            Plain::LicensePlate => self.plate(salt),
            Plain::Word => self.listed("word", self.tables.fake.words, salt),
            _ => self.place(plain, path, salt),
        }
    }

    fn listed(&mut self, name: &'static str, words: &'static [&'static str], salt: u64) {
        self.word(name, || words, salt);
    }

    fn composed(&mut self, name: &'static str, words: fn() -> Vec<String>, salt: u64) {
        self.word(name, words, salt);
    }

    /// A word of a table, which is made once for all fields that use it.
    fn word<W>(&mut self, name: &'static str, words: impl FnOnce() -> W, salt: u64)
    where
        W: IntoIterator<Item: AsRef<str>>,
    {
        let key = (self.locale, name, self.is_bare);
        let table = if let Some(known) = self.known.get(&key) {
            *known
        } else {
            let table = self.add_words(words());
            self.known.insert(key, table);
            table
        };
        self.drawn_with(salt, |compiler| {
            compiler.op(Op::Word { table, salt });
        });
    }

    /// Adds a table of texts.
    fn add_words(&mut self, words: impl IntoIterator<Item: AsRef<str>>) -> u32 {
        let words = words.into_iter().map(|word| self.escaped(word.as_ref()));
        let table = Words::of_pieces(words);
        self.add_table(table)
    }

    fn add_table(&mut self, table: Words) -> u32 {
        self.program.words.push(table);
        self.program.words.len() as u32 - 1
    }
}
