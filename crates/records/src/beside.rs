//! What travels beside a record: headers, and where the record is to go. A text each, made as fields are.

use std::sync::Arc;

use batch::{Batch, Columns};

use crate::compile::{compile_field, compile_value};
use crate::derived::Scope;
use crate::escape;
use crate::field::{FieldOptions, HeaderOptions};
use crate::kinds::ObjectFields;
use crate::options::RecordsOptions;
use crate::path;
use crate::program::Program;
use crate::template::Template;
use crate::writer::Beginnings;
use crate::writing::Row;

/// What is made beside every record. It comes from the same numbers as the record, so it can be made again.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    columns: Arc<Columns>,
    values: Vec<Value>,
    /// Whether the place is the number of a partition.
    has_partition: bool,
}

/// One text beside a record.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    program: Program,
    /// With its quotes, in bytes.
    pub(crate) longest: usize,
    /// Whether nothing in it is ever escaped.
    is_plain: bool,
}

/// How many records the buffer is made longer by at a time.
const RECORDS_AHEAD: usize = 64;

impl Beside {
    /// Compiles what the options ask for, which have to be sound. `None`: nothing.
    pub(crate) fn compile(options: &RecordsOptions) -> Option<Beside> {
        let headers = options.headers.iter().chain(&options.attributes);
        let place = options.partition.as_ref().or(options.hash_key.as_ref());
        let columns = Columns {
            headers: headers.clone().map(|(name, _)| name.clone()).collect(),
            has_place: place.is_some(),
        };
        if columns.count() == 0 {
            return None;
        }
        let of_field = |path: &str| {
            let record = Scope::of_record(&options.fields);
            let found = record.resolve(&path::steps(path), 0, false).ok()?;
            Some(Value::new(compile_field(&found, options)))
        };
        let headers = headers.filter_map(|(name, header)| match header {
            HeaderOptions::Field(path) => of_field(path),
            // A header has numbers of its own, whatever field has its name.
            HeaderOptions::Made(field) => {
                let path = format!("header: {name}");
                Some(Value::new(compile_value(field, &path, options)))
            }
        });
        let values = headers.chain(place.and_then(|path| of_field(path)));
        Some(Beside {
            values: values.collect(),
            columns: Arc::new(columns),
            has_partition: options.partition.is_some(),
        })
    }

    /// Writes what goes beside the records of a batch, which are of this template. A record may be made as another one.
    pub(crate) fn fill(&self, batch: &mut Batch, template: &Template, beginnings: Beginnings<'_>) {
        let (records, first, stride) = (batch.len(), batch.first(), batch.stride());
        let (texts, ends) = batch.beside_mut(&self.columns);
        let mut row = Row::new(&template.constants);
        for index in 0..records {
            let n = first + stride * index as u64;
            let ahead = RECORDS_AHEAD.min(records - index);
            let version = template.later(n);
            let values = version.and_then(|it| it.beside.as_ref()).unwrap_or(self);
            let mut write = |row: &mut Row<'_>| {
                for value in &values.values {
                    let room = texts.room(value.longest + value.program.slack(), ahead);
                    let len = value.write(row, room);
                    texts.advance(len);
                    ends.push(texts.len() as u32);
                }
            };
            let template = version.unwrap_or(template);
            if let Some((n, constants)) = template.instead(n) {
                write(&mut template.row(n, &constants));
            } else {
                beginnings.begin(&mut row, n, index);
                write(&mut row);
            }
        }
    }

    /// Whether something in it depends on when the record's event happened.
    pub(crate) fn needs_times(&self) -> bool {
        self.values.iter().any(|value| value.program.needs_times())
    }

    /// Hands over the headers of the record of this row: names and values.
    pub(crate) fn headers(&self, row: &mut Row<'_>, mut take: impl FnMut(&str, &[u8])) {
        for (name, value) in self.columns.headers.iter().zip(&self.values) {
            take(name, &value.text(row));
        }
    }

    /// The partition that the record of this row is to go to, if it says so.
    pub(crate) fn partition(&self, row: &mut Row<'_>) -> Option<u32> {
        let value = self.values.last().filter(|_| self.has_partition)?;
        std::str::from_utf8(&value.text(row)).ok()?.parse().ok()
    }

    /// How long all texts and the headers' names can be together.
    pub(crate) fn longest_all(&self) -> usize {
        let names = self.columns.headers.iter().map(String::len);
        let texts = self.values.iter().map(|value| value.longest);
        names.chain(texts).fold(0, usize::saturating_add)
    }

    /// Names of headers, and how long their values can be, without the quotes that they are made with.
    pub(crate) fn longest(&self) -> impl Iterator<Item = (&str, usize)> {
        let names = self.columns.headers.iter().map(String::as_str);
        names.zip(
            self.values
                .iter()
                .map(|value| value.longest.saturating_sub(2)),
        )
    }
}

impl Value {
    fn new(program: Program) -> Value {
        let steps = 0..program.steps.len();
        let longest = usize::try_from(program.max_len(steps.clone())).unwrap_or(usize::MAX);
        Value {
            longest,
            is_plain: program.is_plain(steps),
            program,
        }
    }

    /// The text of a field that every record has.
    pub(crate) fn of_certain(path: &str, options: &RecordsOptions) -> Option<Value> {
        let field = find(&options.fields, path)?;
        let is_certain = match &field {
            FieldOptions::Optional(_) => false,
            FieldOptions::Of(of) => !of.may_be_absent(),
            _ => true,
        };
        let record = Scope::of_record(&options.fields);
        let found = record.resolve(&path::steps(path), 0, false).ok();
        let found = found.filter(|found| is_certain && found.gates.is_empty())?;
        Some(Value::new(compile_field(&found, options)))
    }

    /// How much room it takes to write it, in bytes.
    pub(crate) fn room(&self) -> usize {
        self.longest.saturating_add(self.program.slack())
    }

    /// Writes the text at the front of `room`; returns its length.
    pub(crate) fn write(&self, row: &mut Row<'_>, room: &mut [u8]) -> usize {
        // What picks the entities of another program is none of this one's matter.
        let within = (!self.program.roles.is_empty()).then(|| row.other_roles());
        let len = self.program.run(row, room);
        if let Some(within) = within {
            row.within = within;
        }
        if room[0] != b'"' {
            return len;
        }
        let inner = 1..len - 1;
        if self.is_plain || !room[inner.clone()].contains(&b'\\') {
            room.copy_within(inner, 0);
            return len - 2;
        }
        escape::unescape_to_front(room, inner)
    }

    fn text(&self, row: &mut Row<'_>) -> Vec<u8> {
        let mut room = vec![0; self.longest + self.program.slack()];
        let len = self.write(row, &mut room);
        room.truncate(len);
        room
    }
}

/// The field at a path; below an entity, that field of the entity.
pub(crate) fn find(fields: &ObjectFields, path: &str) -> Option<FieldOptions> {
    below(fields, &path::steps(path))
}

/// The same by the steps of the path.
pub(crate) fn below(fields: &ObjectFields, steps: &[String]) -> Option<FieldOptions> {
    let (step, rest) = steps.split_first()?;
    let field = fields.get(step)?;
    match field {
        _ if rest.is_empty() => Some(field.clone()),
        FieldOptions::Object(fields) => below(fields, rest),
        FieldOptions::Of(of) => {
            let FieldOptions::Object(fields) = of.target()? else {
                return None;
            };
            Some(FieldOptions::Of(of.narrowed(rest, below(fields, rest)?)))
        }
        _ => None,
    }
}
