//! How records are written: JSON, or something that is made of the same fields.
//!
//! A format turns the fields into [`Part`]s, once; from these comes a program like that of JSON. Keys, headers and
//! [`Template::value`](crate::Template::value) are texts of fields and know nothing of it.

mod avro;
mod csv;
mod fields;
mod flaw;
mod glue;
mod json;
mod leaf;
mod options;
mod plan;
mod protobuf;
mod registry;
mod template;
mod texts;
mod wishes;
mod xdm;

use std::io;
use std::path::Path;

use ::options::{Location, Problem, Problems};
use serde_json::Value;

pub use avro::{AvroFraming, AvroOptions};
pub use options::{
    CsvOptions, FormatOptions, JsonOptions, Quotes, RegistryOptions, SchemaOptions, SubjectName,
    TemplateOptions, Version, XdmOptions,
};
pub(crate) use plan::{List, Part};
pub use protobuf::{ProtobufFraming, ProtobufOptions};
pub use registry::{Registration, SchemaKind};
pub(crate) use wishes::{Bad, Cut, Malforming, Spoilt};

use self::fields::Fields;
use self::wishes::Wishes;
use crate::options::RecordsOptions;

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
    /// What records with a defect are made of, if there are any, and they are no JSON.
    pub(crate) spoilt: Option<Spoilt>,
}

impl FormatOptions {
    /// Whether records are plain JSON objects.
    pub fn is_json(&self) -> bool {
        matches!(
            self,
            FormatOptions::Json(JsonOptions {
                registry: None,
                glue: None,
                ..
            })
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

    /// The id that AWS Glue has for the schema, where records begin with one.
    pub(crate) fn glue(&self) -> Option<&str> {
        match self {
            FormatOptions::Json(options) => options.glue.as_deref(),
            FormatOptions::Avro(options) => options.glue.as_deref(),
            _ => None,
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
        let work = &mut Work {
            records,
            fields: Fields::of(records, at),
            wishes: Wishes::of(records, at),
            at,
            problems,
        };
        match self {
            FormatOptions::Json(options) => json::layout(options, work),
            FormatOptions::Avro(options) => avro::layout(options, work),
            FormatOptions::Protobuf(options) => protobuf::layout(options, work),
            FormatOptions::Csv(options) => csv::layout(options, work),
            FormatOptions::Template(options) => template::layout(options, work),
            FormatOptions::Xdm(options) => xdm::layout(options, work),
        }
    }
}

/// What a format has to lay out.
struct Work<'w> {
    records: &'w RecordsOptions,
    fields: Fields,
    /// What is to be wrong with some records.
    wishes: Wishes,
    /// Where the records stand.
    at: &'w Location,
    problems: &'w mut Problems,
}

impl Work<'_> {
    fn problem(&mut self, at: Location, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(at, message).help(help));
    }

    /// The layout with these parts.
    fn layout(
        &mut self,
        head: Vec<u8>,
        part: &Part,
        schema: Option<Registration>,
        malforming: Malforming,
    ) -> Layout {
        let Work {
            records,
            wishes,
            at,
            problems,
            ..
        } = self;
        Layout {
            head,
            part: Some(part.sound()),
            tail: Vec::new(),
            schema,
            spoilt: wishes::spoilt(part, wishes, malforming, records, at, problems),
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
