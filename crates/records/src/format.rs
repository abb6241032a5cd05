//! How records are written: JSON, or something that is made of the same fields.
//!
//! A format turns the fields into [`Part`]s, once; from these comes a program like that of JSON. Keys, headers and
//! [`Template::value`](crate::Template::value) are texts of fields and know nothing of it.

mod avro;
mod csv;
mod flaw;
mod json;
mod options;
mod plan;
mod protobuf;
mod registry;
mod template;
mod texts;
mod xdm;

use std::io;
use std::path::Path;

use ::options::{Location, Problem, Problems};
use serde_json::Value;

pub use options::{
    AvroFraming, AvroOptions, CsvOptions, FormatOptions, JsonOptions, Quotes, RegistryOptions,
    SchemaOptions, SubjectName, TemplateOptions, Version, XdmOptions,
};
pub(crate) use plan::{List, Part};
pub use protobuf::{ProtobufFraming, ProtobufOptions};
pub use registry::{Registration, SchemaKind};

use self::texts::Texts;
use crate::FieldOptions;
use crate::coding::Coding;
use crate::domain::Domain;
use crate::kinds::{ArrayOptions, ObjectFields, OptionalOptions};
use crate::options::RecordsOptions;
use crate::path;

/// A record's head, its parts and its tail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// What every record begins with.
    pub(crate) head: Vec<u8>,
    /// What the record is made of; `None`: its JSON.
    pub(crate) part: Option<Part>,
    /// What every record ends with.
    pub(crate) tail: Vec<u8>,
    /// The schema that the records have, where there is one.
    pub(crate) schema: Option<Registration>,
}

impl FormatOptions {
    /// Whether records are plain JSON objects.
    pub fn is_json(&self) -> bool {
        matches!(
            self,
            FormatOptions::Json(JsonOptions { registry: None, .. })
        )
    }

    /// The registry that the format names.
    pub fn registry(&self) -> Option<&RegistryOptions> {
        match self {
            FormatOptions::Json(options) => options.registry.as_ref(),
            FormatOptions::Avro(options) => options.registry.as_ref(),
            FormatOptions::Protobuf(options) => options.registry.as_ref(),
            FormatOptions::Csv(_) | FormatOptions::Template(_) | FormatOptions::Xdm(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn registry_mut(&mut self) -> Option<&mut RegistryOptions> {
        match self {
            FormatOptions::Json(options) => options.registry.as_mut(),
            FormatOptions::Avro(options) => options.registry.as_mut(),
            FormatOptions::Protobuf(options) => options.registry.as_mut(),
            FormatOptions::Csv(_) | FormatOptions::Template(_) | FormatOptions::Xdm(_) => None,
        }
    }

    /// The schema that is given, to be read or replaced, with where it stands.
    pub fn schema_mut(&mut self) -> Option<&mut Option<SchemaOptions>> {
        match self {
            FormatOptions::Json(options) => Some(&mut options.schema),
            FormatOptions::Avro(options) => Some(&mut options.schema),
            FormatOptions::Protobuf(options) => Some(&mut options.schema),
            FormatOptions::Csv(_) | FormatOptions::Template(_) | FormatOptions::Xdm(_) => None,
        }
    }

    /// Lets `read` read the file that the schema is in, if it is in one: of [`SCHEMA_BYTES_MAX`] bytes at most.
    pub fn read_schema(&mut self, read: impl FnOnce(&Path) -> io::Result<Vec<u8>>) {
        let Some(Some(schema)) = self.schema_mut() else {
            return;
        };
        let SchemaOptions::File(path) = schema else {
            return;
        };
        let path = path.clone();
        let text = read(&path).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
        *schema = match text {
            Ok(text) => SchemaOptions::Read { path, text },
            Err(error) => SchemaOptions::Unreadable {
                path,
                why: error.to_string(),
            },
        };
    }

    /// Whether the format takes these records; what stands in the way.
    fn takes(&self, records: &RecordsOptions, at: &Location, problems: &mut Problems) -> bool {
        let word = self.word();
        let mut add = |key: &str, message: String, help: &str| {
            problems.push(Problem::new(at.join(key), message).help(help));
            false
        };
        let mut takes = true;
        if records.defects.is_some() {
            let message = format!("defects are made in JSON, and the format is `{word}`");
            takes = add("defects", message, "leave out `defects`, or `format`");
        }
        if records.journeys.is_some() && !matches!(self, FormatOptions::Xdm(_)) {
            let message = format!(
                "the states of journeys have fields of their own, which `{word}` has no place for"
            );
            takes = add("journeys", message, "leave out `journeys`, or `format`");
        }
        takes
    }

    /// What the records are laid out as, if they are not just JSON; all that does not fit. The fields have to be
    /// sound.
    pub(crate) fn layout(
        &self,
        records: &RecordsOptions,
        at: &Location,
        problems: &mut Problems,
    ) -> Option<Layout> {
        if let Some(registry) = self.registry() {
            let at = at.join("format").join(self.word()).join("registry");
            registry.problems(&at, problems);
        }
        if !self.is_json() && !self.takes(records, at, problems) {
            return None;
        }
        let fields = &expanded(&records.fields);
        match self {
            FormatOptions::Json(options) => json::layout(options, fields, at, problems),
            FormatOptions::Avro(options) => avro::layout(options, records, fields, at, problems),
            FormatOptions::Protobuf(options) => {
                protobuf::layout(options, records, fields, at, problems)
            }
            FormatOptions::Csv(options) => csv::layout(options, records, fields, at, problems),
            FormatOptions::Template(options) => {
                template::layout(options, records, fields, at, problems)
            }
            FormatOptions::Xdm(options) => xdm::layout(options, at, problems),
        }
    }
}

/// A schema of more bytes is a mistake.
pub const SCHEMA_BYTES_MAX: u64 = 8 << 20;

/// The document of a schema that is written or was read; `None` if there is none.
fn document(
    schema: Option<&SchemaOptions>,
    at: &Location,
    problems: &mut Problems,
) -> Option<Value> {
    match schema? {
        SchemaOptions::Written(value) => Some(value.clone()),
        SchemaOptions::Read { path, text } => match serde_json::from_str(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let message = format!(
                    "`{}` is no JSON at line {line}, column {column}: {error}",
                    path.display()
                );
                problems.push(Problem::new(at.clone(), message).help("a schema of Avro is JSON"));
                None
            }
        },
        unread => {
            problems.extend(unread.unread(at));
            None
        }
    }
}

impl SchemaOptions {
    /// Why a file's content is not known.
    fn unread(&self, at: &Location) -> Option<Problem> {
        match self {
            SchemaOptions::Written(_) | SchemaOptions::Read { .. } => None,
            SchemaOptions::File(path) => {
                let message = format!("`{}` was not read", path.display());
                Some(Problem::new(at.join("file"), message))
            }
            SchemaOptions::Unreadable { path, why } => {
                let message = format!("cannot read `{}`: {why}", path.display());
                let help = "a schema's file is found from the scenario's directory on";
                Some(Problem::new(at.join("file"), message).help(help))
            }
        }
    }
}

/// Fields that need not be in a record, since they are used beside it.
fn beside(records: &RecordsOptions) -> Vec<&str> {
    let fields = [&records.key, &records.partition, &records.hash_key];
    let fields = fields.into_iter().flatten().map(String::as_str);
    let headers = records.headers.values().chain(records.attributes.values());
    let headers = headers.filter_map(|header| match header {
        crate::HeaderOptions::Field(path) => Some(path.as_str()),
        crate::HeaderOptions::Made(_) => None,
    });
    fields.chain(headers).collect()
}

/// Whether it is an entity's, and not every entity has it.
fn some_lack(field: &FieldOptions) -> bool {
    matches!(field, FieldOptions::Of(of) if matches!(of.target(), Some(FieldOptions::Optional(_))))
}

/// What is wrong then, and what to do.
const LACKING: &str = "not every entity has this field, which only JSON can say";
const LACKING_HELP: &str = "leave it out of the record, or `optional` out of the entity";

/// A field of the record that is one value, with what may be missing around it.
#[derive(Clone, Debug)]
struct Leaf {
    path: String,
    field: FieldOptions,
    around: Vec<(OptionalOptions, String)>,
}

impl Leaf {
    /// What stands in the way of it: some entities lack it.
    fn problem(&self, at: &Location) -> Option<Problem> {
        some_lack(&self.field).then(|| {
            let message = format!(
                "not every entity has `{}`, which only JSON can say",
                self.path
            );
            Problem::new(at.clone(), message).help(LACKING_HELP)
        })
    }
}

/// All values of a record, objects by their fields, in the order in which they are written.
fn leaves(fields: &ObjectFields) -> Vec<Leaf> {
    let mut all = Vec::new();
    collect(fields, "", &[], &mut all);
    all
}

fn collect(
    fields: &ObjectFields,
    above: &str,
    around: &[(OptionalOptions, String)],
    all: &mut Vec<Leaf>,
) {
    for (name, field) in fields {
        let path = path::join(above, name);
        let (mut field, mut around) = (field, around.to_vec());
        while let FieldOptions::Optional(options) = field {
            around.push((options.clone(), path.clone()));
            field = &options.of;
        }
        match field {
            FieldOptions::Object(fields) => collect(fields, &path, &around, all),
            _ => all.push(Leaf {
                path,
                field: field.clone(),
                around,
            }),
        }
    }
}

impl Leaf {
    /// Its text, coded; nothing, coded, where it is missing or null. Lists are JSON.
    fn part(&self, texts: Texts<'_>, coding: Option<Coding>) -> Part {
        let Leaf { path, field, .. } = self;
        let coded = |text: &str| match coding {
            Some(coding) => coding.of_text(text.as_bytes()),
            None => text.as_bytes().to_vec(),
        };
        let value = match (field.domain(), texts.values(field, path)) {
            (Domain::Fixed(_), Some((salt, values))) => {
                let pieces = values.iter().map(|value| match value {
                    Value::Null => coded(""),
                    Value::String(text) => coded(text),
                    other => coded(&other.to_string()),
                });
                Part::Choice {
                    salt,
                    pieces: pieces.collect(),
                }
            }
            (Domain::List(_), _) => Part::Json {
                field: field.clone(),
                path: path.clone(),
                coding,
            },
            _ => Part::Text {
                field: field.clone(),
                path: path.clone(),
                coding,
            },
        };
        self.around
            .iter()
            .rev()
            .fold(value, |then, (options, path)| Part::Maybe {
                options: options.clone(),
                path: path.clone(),
                then: Box::new(then),
                otherwise: coded(""),
            })
    }
}

/// Fields in which an entity's objects are objects of the entity's fields.
fn expanded(fields: &ObjectFields) -> ObjectFields {
    let fields = fields.iter();
    fields
        .map(|(name, field)| (name.clone(), with_objects(field)))
        .collect()
}

fn with_objects(field: &FieldOptions) -> FieldOptions {
    match field {
        FieldOptions::Object(fields) => FieldOptions::Object(expanded(fields)),
        FieldOptions::Array(options) => {
            let of = Box::new(with_objects(&options.of));
            FieldOptions::Array(ArrayOptions {
                of,
                ..options.clone()
            })
        }
        FieldOptions::Optional(options) => {
            let of = Box::new(with_objects(&options.of));
            FieldOptions::Optional(OptionalOptions {
                of,
                ..options.clone()
            })
        }
        FieldOptions::Of(of) => match of.target() {
            Some(FieldOptions::Object(fields)) => {
                let below = fields.iter().map(|(name, field)| {
                    let narrowed = of.narrowed(std::slice::from_ref(name), field.clone());
                    (name.clone(), with_objects(&FieldOptions::Of(narrowed)))
                });
                FieldOptions::Object(below.collect())
            }
            _ => field.clone(),
        },
        other => other.clone(),
    }
}
