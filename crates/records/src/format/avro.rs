//! Records in Avro's binary encoding
//! (<https://avro.apache.org/docs/1.12.0/specification/#binary-encoding>).
//!
//! The schema is parsed here rather than by `apache-avro`: what is needed of it is small, and every mistake is told
//! with its place in the schema.

mod canonical;
mod derive;
mod fit;
mod read;
mod schema;
mod value;

use options::{Location, Problem, Problems};

pub(super) use self::derive::capital;
use self::fit::Fit;
pub(super) use self::fit::{plain, words};
use self::schema::Schema;
use super::texts::Texts;
use super::{
    AvroFraming, AvroOptions, Layout, Registration, SchemaKind, SchemaOptions, beside, document,
};
use crate::kinds::ObjectFields;
use crate::options::RecordsOptions;

/// What the record is called in a schema that the fields come to.
const NAME: &str = "hydrant.Record";

/// What a record in Avro is made of.
pub(super) fn layout(
    options: &AvroOptions,
    records: &RecordsOptions,
    fields: &ObjectFields,
    at: &Location,
    problems: &mut Problems,
) -> Option<Layout> {
    let own = at.join("format").join("avro");
    let framing = options.framing.unwrap_or(match options.registry {
        Some(_) => AvroFraming::Confluent,
        None => AvroFraming::Raw,
    });
    if framing == AvroFraming::Confluent && options.registry.is_none() {
        let message =
            "the framing `confluent` has the id of a schema in it, and no registry gives one";
        let help = "add `registry: {url: …}`, or write `registry: {url: …, id: 7}` with an id that is known";
        problems.push(Problem::new(own.join("framing"), message).help(help));
        return None;
    }
    let schema_at = own.join("schema");
    let name = options.name.as_deref().unwrap_or(NAME);
    if !name.split('.').all(schema::is_name) {
        let message = format!("`{name}` is no name for a record");
        let help = "write e.g. `com.example.Order`: letters, digits and `_`, and no digit in front";
        problems.push(Problem::new(own.join("name"), message).help(help));
        return None;
    }
    let document = match &options.schema {
        Some(_) => document(options.schema.as_ref(), &schema_at, problems)?,
        None => match derive::schema(fields, name, at) {
            Ok(document) => document,
            Err(found) => {
                problems.extend(found);
                return None;
            }
        },
    };
    let elsewhere = match &options.schema {
        Some(SchemaOptions::Read { path, .. }) => Some(format!("`{}`", path.display())),
        Some(_) => None,
        None => Some("the schema that the fields come to".to_owned()),
    };
    let schema = match Schema::read(&document) {
        Ok(schema) => schema,
        Err(flaws) => {
            let found = flaws
                .into_iter()
                .map(|flaw| flaw.problem(&schema_at, elsewhere.as_deref()));
            problems.extend(found);
            return None;
        }
    };
    let beside = beside(records);
    let mut fit = Fit {
        schema: &schema,
        texts: Texts { records },
        beside: &beside,
        problems: Problems::new(),
    };
    let part = fit.record(fields, &at.join("fields"));
    problems.append(&mut fit.problems);
    let id = options.registry.as_ref().and_then(|registry| registry.id);
    let head = match framing {
        AvroFraming::Raw => Vec::new(),
        AvroFraming::Confluent => [&[0], &id.unwrap_or_default().to_be_bytes()[..]].concat(),
        AvroFraming::SingleObject => canonical::single_object_header(&schema),
    };
    Some(Layout {
        head,
        part: Some(part),
        tail: Vec::new(),
        schema: Some(Registration {
            kind: SchemaKind::Avro,
            name: schema.name().to_owned(),
            text: document.to_string(),
        }),
    })
}
