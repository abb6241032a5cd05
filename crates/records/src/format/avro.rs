//! Records in Avro's binary encoding
//! (<https://avro.apache.org/docs/1.12.0/specification/#binary-encoding>).
//!
//! The schema is parsed here rather than by `apache-avro`: what is needed of it is small, and every mistake is told
//! with its place in the schema.

mod canonical;
mod codings;
mod derive;
mod fit;
mod options;
mod read;
mod schema;
mod value;

use ::options::Problems;

pub(super) use self::codings::{plain, words};
pub(super) use self::derive::capital;
use self::fit::Fit;
pub use self::options::{AvroFraming, AvroOptions};
use self::schema::Schema;
use super::texts::Texts;
use super::wishes::What;
use super::{
    Bad, Cut, Layout, Malforming, Part, Registration, SchemaKind, SchemaOptions, Work, beside,
    document, glue,
};

/// What the record is called in a schema that the fields come to.
const NAME: &str = "hydrant.Record";

/// What a record in Avro is made of.
pub(super) fn layout(options: &AvroOptions, work: &mut Work<'_>) -> Option<Layout> {
    let at = work.at;
    let own = at.join("format").join("avro");
    let glue = match &options.glue {
        Some(id) => {
            for (word, is_given) in [
                ("registry", options.registry.is_some()),
                ("framing", options.framing.is_some()),
            ] {
                if is_given {
                    glue::one_only(&own, word, work);
                }
            }
            Some(glue::head(id, &own, work)?)
        }
        None => None,
    };
    let framing = options.framing.unwrap_or(match options.registry {
        Some(_) => AvroFraming::Confluent,
        None => AvroFraming::Raw,
    });
    if framing == AvroFraming::Confluent && options.registry.is_none() {
        let message =
            "the framing `confluent` has the id of a schema in it, and no registry gives one";
        let help = "add `registry: {url: …}`, or write `registry: {url: …, id: 7}` with an id that is known";
        work.problem(own.join("framing"), message, help);
        return None;
    }
    let schema_at = own.join("schema");
    let name = options.name.as_deref().unwrap_or(NAME);
    if !name.split('.').all(schema::is_name) {
        let message = format!("`{name}` is no name for a record");
        let help = "write e.g. `com.example.Order`: letters, digits and `_`, and no digit in front";
        work.problem(own.join("name"), message, help);
        return None;
    }
    let document = match &options.schema {
        Some(_) => document(options.schema.as_ref(), &schema_at, work.problems)?,
        None => match derive::schema(&work.fields.for_schema(&work.wishes), name, at) {
            Ok(document) => document,
            Err(found) => {
                work.problems.extend(found);
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
            work.problems.extend(found);
            return None;
        }
    };
    let beside = beside(work.records);
    let mut fit = Fit {
        schema: &schema,
        texts: Texts {
            records: work.records,
            state: None,
            is_of_entity: false,
        },
        beside: &beside,
        gates: &work.fields.gates,
        wishes: &mut work.wishes,
        problems: Problems::new(),
    };
    let record = fit.record(&work.fields, &at.join("fields"));
    let mut found = fit.problems;
    work.problems.append(&mut found);
    let nothing = work.wishes.of_record(|what| match what {
        // What `record` has done.
        What::Oversize(_) if schema.fillable(work.records).is_some() => Ok(Part::All(Vec::new())),
        What::Oversize(_) => Err("it has no field of texts that could be long".to_owned()),
        _ => Err("a record in Avro has the fields of its schema and no others".to_owned()),
    });
    let part = Part::All(vec![record, nothing]);
    let malforming = malforming(&schema, work.records.id_field().as_deref());
    let id = options.registry.as_ref().and_then(|registry| registry.id);
    let head = match framing {
        _ if glue.is_some() => glue.unwrap_or_default(),
        AvroFraming::Raw => Vec::new(),
        AvroFraming::Confluent => [&[0], &id.unwrap_or_default().to_be_bytes()[..]].concat(),
        AvroFraming::SingleObject => canonical::single_object_header(&schema),
    };
    let registration = Registration {
        kind: SchemaKind::Avro,
        name: schema.name().to_owned(),
        text: document.to_string(),
    };
    Some(work.layout(head, &part, Some(registration), malforming))
}

/// How a record is spoilt, whose id is this field.
fn malforming(schema: &Schema, id: Option<&str>) -> Malforming {
    let fields = schema.fields();
    let place = fields.iter().position(|field| Some(&*field.name) == id);
    let behind = &fields[place.map_or(0, |place| place + 1)..];
    let has = |is_it: fn(&Schema, usize) -> bool| behind.iter().any(|it| is_it(schema, it.type_));
    Malforming {
        cut: if has(Schema::takes_bytes) {
            // Within the last text, some readers take a shorter one.
            Ok(Cut::BehindId)
        } else {
            Err("there is no field behind the record's id".to_owned())
        },
        bad: if has(Schema::begins_with_a_number) {
            Ok(Bad::Rest)
        } else {
            Err("whatever stands behind the record's id is a value".to_owned())
        },
    }
}
