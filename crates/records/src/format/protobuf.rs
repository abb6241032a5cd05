//! Records in Protobuf's binary encoding (<https://protobuf.dev/programming-guides/encoding/>).
//!
//! A schema is read by `protox`, also the one that the fields come to: so there is one way from a schema to bytes.

#![expect(
    clippy::match_same_arms,
    reason = "an arm a case, as the options have them"
)]

mod codings;
mod derive;
mod fit;
mod options;
mod source;

use ::options::{Location, Problems};
use prost_reflect::{FieldDescriptor, MessageDescriptor};

use self::fit::Fit;
pub use self::options::{ProtobufFraming, ProtobufOptions};
use super::texts::Texts;
use super::wishes::What;
use super::{
    Bad, Cut, Layout, Malforming, Part, Registration, SchemaKind, SchemaOptions, Work, beside,
};
use crate::coding::{Coding, varint, zig_zag};
use crate::field::FieldOptions;
use crate::kinds::ObjectFields;

/// What the message is called in a schema that the fields come to.
const NAME: &str = "hydrant.Record";

/// What a record in Protobuf is made of.
pub(super) fn layout(options: &ProtobufOptions, work: &mut Work<'_>) -> Option<Layout> {
    let at = work.at;
    let own = at.join("format").join("protobuf");
    let framing = options.framing.unwrap_or(match options.registry {
        Some(_) => ProtobufFraming::Confluent,
        None => ProtobufFraming::Raw,
    });
    if framing == ProtobufFraming::Confluent && options.registry.is_none() {
        let message =
            "the framing `confluent` has the id of a schema in it, and no registry gives one";
        let help = "add `registry: {url: …}`, or write `registry: {url: …, id: 7}` with an id that is known";
        work.problem(own.join("framing"), message, help);
        return None;
    }
    let text = text(options, work, &own)?;
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
            work.problem(schema_at, message, help);
            return None;
        }
        Err(source::Mistake::Message(message, help)) => {
            work.problem(own.join("message"), message, help);
            return None;
        }
    };
    let beside = beside(work.records);
    let mut fit = Fit {
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
    let fields = &work.fields;
    let record = fit.message(
        (&fields.all, &fields.states),
        &message,
        "",
        &at.join("fields"),
    );
    let mut found = fit.problems;
    work.problems.append(&mut found);
    // The number of a field that the message does not have.
    let unknown = varint(u64::from(unknown(&message)) << 3 | 2);
    let more = work.wishes.of_record(|what| {
        let text = match what {
            What::UnknownField(true) => {
                return Err("a field is sent by its number: leave `name` out".to_owned());
            }
            What::Oversize(to) => Part::Fill {
                to: *to,
                coding: Some(Coding::Length),
            },
            _ => Part::Bytes(Coding::Length.of_text(b"true")),
        };
        Ok(Part::All(vec![Part::Bytes(unknown.clone()), text]))
    });
    let part = Part::All(vec![record, more]);
    let malforming = Malforming {
        cut: if is_always_behind(
            &work.fields.all,
            &message,
            work.records.id_field().as_deref(),
        ) {
            Ok(Cut::LastByte)
        } else {
            Err("there is no field behind the record's id that is always there".to_owned())
        },
        bad: Ok(Bad::Tag {
            is_delimited: framing == ProtobufFraming::Delimited,
        }),
    };
    let id = options.registry.as_ref().and_then(|registry| registry.id);
    let (head, part) = match framing {
        ProtobufFraming::Raw => (Vec::new(), part),
        ProtobufFraming::Delimited => (Vec::new(), Part::Measured(Box::new(part))),
        ProtobufFraming::Confluent => {
            let id = id.unwrap_or_default().to_be_bytes();
            ([&[0], &id[..], &indexes(&message)].concat(), part)
        }
    };
    let registration = Registration {
        kind: SchemaKind::Protobuf,
        name: message.full_name().to_owned(),
        text,
    };
    Some(work.layout(head, &part, Some(registration), malforming))
}

/// A number that no field of the message has
/// (<https://protobuf.dev/programming-guides/proto3/#assigning>).
fn unknown(message: &MessageDescriptor) -> u32 {
    let reserved = 19_000..20_000;
    let last = message.fields().map(|field| field.number()).max();
    match last.unwrap_or_default() + 1 {
        number if reserved.contains(&number) => reserved.end,
        number => number,
    }
}

/// Whether something always stands behind the record's id.
fn is_always_behind(fields: &ObjectFields, message: &MessageDescriptor, id: Option<&str>) -> bool {
    let find = |name: &str| {
        let mut all = message.fields();
        all.find(|field| [field.name(), field.json_name()].contains(&name))
    };
    let id = id.and_then(find).map_or(0, |field| field.number());
    fields.iter().any(|(name, options)| {
        let is_always = match options {
            FieldOptions::Optional(_) | FieldOptions::Of(_) => false,
            FieldOptions::Constant(value) => !value.is_null(),
            FieldOptions::Choose(choices) => choices.values.iter().all(|(it, _)| !it.is_null()),
            _ => true,
        };
        let is_single = |field: &FieldDescriptor| !field.is_list() && !field.is_map();
        is_always && find(name).is_some_and(|field| is_single(&field) && field.number() > id)
    })
}

/// The schema's text.
fn text(options: &ProtobufOptions, work: &mut Work<'_>, own: &Location) -> Option<String> {
    let at_schema = own.join("schema");
    match &options.schema {
        Some(SchemaOptions::Written(serde_json::Value::String(text))) => Some(text.clone()),
        Some(SchemaOptions::Written(_)) => {
            let help = "write it as a text (`schema: |`), or as `{file: orders.proto}`";
            work.problem(at_schema, "a schema of Protobuf is a text", help);
            None
        }
        Some(SchemaOptions::Read { text, .. }) => Some(text.clone()),
        Some(unread) => {
            work.problems.extend(unread.unread(&at_schema));
            None
        }
        None => {
            let name = options.message.as_deref().unwrap_or(NAME);
            if !name.split('.').all(derive::is_name) {
                let message = format!("`{name}` is no name for a message");
                let help = "write e.g. `com.example.Order`: letters, digits and `_`, and no digit in front";
                work.problem(own.join("message"), message, help);
                return None;
            }
            let fields = work.fields.for_schema(&work.wishes);
            let earlier = work.fields.for_earlier_schemas(&work.wishes);
            match derive::schema(&fields, &earlier, name, work.at) {
                Ok(text) => Some(text),
                Err(found) => {
                    work.problems.extend(found);
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
