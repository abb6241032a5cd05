//! Which types of Protobuf take which fields, and how they stand in a record.

use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind};
use serde_json::{Value, json};

use super::super::avro::{plain, words};
use super::super::plan::Part;
use crate::coding::{Coding, varint};
use crate::domain::Domain;
use crate::field::FieldOptions;

/// The wire type of what has its length in front, …
pub(super) const LENGTH: u32 = 2;
/// … and of what has eight bytes, or four.
pub(super) const FIXED64: u32 = 1;
pub(super) const FIXED32: u32 = 5;

pub(super) fn wire_type(field: &FieldDescriptor) -> u32 {
    match field.kind() {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => FIXED64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => FIXED32,
        Kind::String | Kind::Bytes | Kind::Message(_) => LENGTH,
        _ => 0,
    }
}

pub(super) fn tag(field: &FieldDescriptor, wire_type: u32) -> Part {
    Part::Bytes(varint(u64::from(field.number() << 3 | wire_type)))
}

/// A value that is known beforehand, with its tag; why it does not fit.
pub(super) fn encoded(field: &FieldDescriptor, value: &Value) -> Result<Vec<u8>, String> {
    let json = json!({field.json_name(): value});
    let message = DynamicMessage::deserialize(field.parent_message().clone(), json);
    let message = message.map_err(|error| format!("`{value}` is none: {error}"))?;
    Ok(message.encode_to_vec())
}

/// What stands behind a tag and a length.
pub(super) fn behind_length(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    for _ in 0..2 {
        let end = rest.iter().position(|byte| byte & 0x80 == 0);
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
    }
    rest.to_vec()
}

pub(super) fn unfit(field: &FieldDescriptor, why: &str) -> String {
    format!(
        "the field does not fit the schema's `{}`, {}: {why}",
        field.name(),
        type_of(field)
    )
}

/// A type as the schema has it.
fn type_of(field: &FieldDescriptor) -> String {
    let kind = format!("{:?}", field.kind()).to_lowercase();
    let name = match field.kind() {
        Kind::Message(message) if !field.is_map() => message.full_name().to_owned(),
        Kind::Enum(of) => of.full_name().to_owned(),
        Kind::Message(_) => "map".to_owned(),
        _ => kind,
    };
    if field.is_list() {
        format!("repeated {name}")
    } else {
        name
    }
}

pub(super) fn help(kind: &Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Bytes => "take a kind of texts",
        Kind::Float | Kind::Double => "take `{decimal: {…}}` or `{integer: {…}}`",
        Kind::Bool => "take `bool`",
        Kind::Enum(_) => "take `{choose: […]}` with the names of the enum's values",
        Kind::Message(message) if message.full_name() == TIMESTAMP => {
            "take `event_time` or another kind of moments"
        }
        Kind::Message(_) => "take `{object: {…}}`",
        _ => "take a kind of whole numbers within the type's range",
    }
}

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// How a field's text becomes this type; why it can't.
pub(super) fn coding(field: &FieldOptions, kind: &Kind) -> Result<Coding, String> {
    let domain = plain(field.domain());
    let within = |coding: Coding, least: i64, most: i64| match &domain {
        Domain::Whole(first, last) if *first >= least && *last <= most => Ok(coding),
        Domain::Whole(first, last) => Err(format!("its values go from {first} to {last}")),
        other => Err(words(other)),
    };
    let int32 = (i64::from(i32::MIN), i64::from(i32::MAX));
    let is_text = matches!(
        domain,
        Domain::Words | Domain::Texts | Domain::Moments | Domain::Days
    );
    let is_number = matches!(domain, Domain::Whole(..) | Domain::Decimals);
    match kind {
        Kind::String | Kind::Bytes if is_text => Ok(Coding::Length),
        Kind::Int32 => within(Coding::Varint, int32.0, int32.1),
        Kind::Sint32 => within(Coding::ZigZag, int32.0, int32.1),
        Kind::Sfixed32 => within(Coding::Fixed32, int32.0, int32.1),
        Kind::Uint32 => within(Coding::Varint, 0, u32::MAX.into()),
        Kind::Fixed32 => within(Coding::Fixed32, 0, u32::MAX.into()),
        Kind::Int64 => within(Coding::Varint, i64::MIN, i64::MAX),
        Kind::Sint64 => within(Coding::ZigZag, i64::MIN, i64::MAX),
        Kind::Sfixed64 => within(Coding::Fixed64, i64::MIN, i64::MAX),
        Kind::Uint64 => within(Coding::Varint, 0, i64::MAX),
        Kind::Fixed64 => within(Coding::Fixed64, 0, i64::MAX),
        Kind::Float if is_number => Ok(Coding::Float),
        Kind::Double if is_number => Ok(Coding::Double),
        Kind::Bool if domain == Domain::Truth => Ok(Coding::Truth),
        Kind::Message(message) if message.full_name() == TIMESTAMP && domain == Domain::Moments => {
            Ok(Coding::Timestamp)
        }
        _ => Err(words(&domain)),
    }
}
