//! Records in Protobuf's binary encoding (<https://protobuf.dev/programming-guides/encoding/>).
//!
//! A schema is read by `protox`, also the one that the fields come to: so there is one way from a schema to bytes.

#![expect(
    clippy::match_same_arms,
    reason = "an arm a case, as the options have them"
)]

mod derive;
mod fit;
mod options;
mod source;

use ::options::{Location, Problem, Problems};
use prost_reflect::MessageDescriptor;

use self::fit::Fit;
pub use self::options::{ProtobufFraming, ProtobufOptions};
use super::texts::Texts;
use super::{Layout, Part, Registration, SchemaKind, SchemaOptions, beside};
use crate::coding::{varint, zig_zag};
use crate::kinds::ObjectFields;
use crate::options::RecordsOptions;

/// What the message is called in a schema that the fields come to.
const NAME: &str = "hydrant.Record";

/// What a record in Protobuf is made of.
pub(super) fn layout(
    options: &ProtobufOptions,
    records: &RecordsOptions,
    fields: &ObjectFields,
    at: &Location,
    problems: &mut Problems,
) -> Option<Layout> {
    let own = at.join("format").join("protobuf");
    let framing = options.framing.unwrap_or(match options.registry {
        Some(_) => ProtobufFraming::Confluent,
        None => ProtobufFraming::Raw,
    });
    if framing == ProtobufFraming::Confluent && options.registry.is_none() {
        let message =
            "the framing `confluent` has the id of a schema in it, and no registry gives one";
        let help = "add `registry: {url: …}`, or write `registry: {url: …, id: 7}` with an id that is known";
        problems.push(Problem::new(own.join("framing"), message).help(help));
        return None;
    }
    let text = text(options, fields, at, &own, problems)?;
    let schema_at = own.join("schema");
    let message = match source::message(&text, options.message.as_deref()) {
        Ok(message) => message,
        Err(source::Mistake::Schema(message)) => {
            let message = match &options.schema {
                Some(SchemaOptions::Read { path, .. }) => {
                    format!("in `{}`: {message}", path.display())
                }
                _ => message,
            };
            let help = "a schema is a `.proto` file that imports nothing but `google/protobuf/…`";
            problems.push(Problem::new(schema_at, message).help(help));
            return None;
        }
        Err(source::Mistake::Message(message, help)) => {
            problems.push(Problem::new(own.join("message"), message).help(help));
            return None;
        }
    };
    let beside = beside(records);
    let mut fit = Fit {
        texts: Texts { records },
        beside: &beside,
        problems: Problems::new(),
    };
    let part = fit.message(fields, &message, "", &at.join("fields"));
    problems.append(&mut fit.problems);
    let id = options.registry.as_ref().and_then(|registry| registry.id);
    let (head, part) = match framing {
        ProtobufFraming::Raw => (Vec::new(), part),
        ProtobufFraming::Delimited => (Vec::new(), Part::Measured(Box::new(part))),
        ProtobufFraming::Confluent => {
            let id = id.unwrap_or_default().to_be_bytes();
            ([&[0], &id[..], &indexes(&message)].concat(), part)
        }
    };
    Some(Layout {
        head,
        part: Some(part),
        tail: Vec::new(),
        schema: Some(Registration {
            kind: SchemaKind::Protobuf,
            name: message.full_name().to_owned(),
            text,
        }),
    })
}

/// The schema's text.
fn text(
    options: &ProtobufOptions,
    fields: &ObjectFields,
    at: &Location,
    own: &Location,
    problems: &mut Problems,
) -> Option<String> {
    let at_schema = own.join("schema");
    match &options.schema {
        Some(SchemaOptions::Written(serde_json::Value::String(text))) => Some(text.clone()),
        Some(SchemaOptions::Written(_)) => {
            let help = "write it as a text (`schema: |`), or as `{file: orders.proto}`";
            problems.push(Problem::new(at_schema, "a schema of Protobuf is a text").help(help));
            None
        }
        Some(SchemaOptions::Read { text, .. }) => Some(text.clone()),
        Some(unread) => {
            problems.extend(unread.unread(&at_schema));
            None
        }
        None => {
            let name = options.message.as_deref().unwrap_or(NAME);
            if !name.split('.').all(derive::is_name) {
                let message = format!("`{name}` is no name for a message");
                let help = "write e.g. `com.example.Order`: letters, digits and `_`, and no digit in front";
                problems.push(Problem::new(own.join("message"), message).help(help));
                return None;
            }
            match derive::schema(fields, name, at) {
                Ok(text) => Some(text),
                Err(found) => {
                    problems.extend(found);
                    None
                }
            }
        }
    }
}

/// Which message of its schema it is: the way from the top, as numbers behind their count; of the first one, a zero
/// (<https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format>).
fn indexes(message: &MessageDescriptor) -> Vec<u8> {
    let mut way = Vec::new();
    let mut at = message.clone();
    loop {
        let parent = at.parent_message();
        let index = match &parent {
            Some(parent) => parent.child_messages().position(|it| it == at),
            None => at.parent_file().messages().position(|it| it == at),
        };
        way.push(index.unwrap_or_default());
        match parent {
            Some(parent) => at = parent,
            None => break,
        }
    }
    if way == [0] {
        return vec![0];
    }
    let numbers = std::iter::once(way.len()).chain(way.iter().rev().copied());
    numbers
        .flat_map(|number| varint(zig_zag(number as i64)))
        .collect()
}
