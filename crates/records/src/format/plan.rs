//! What a record that is no JSON is made of, in the order in which it is written: what a format comes to.

use crate::FieldOptions;
use crate::coding::Coding;
use crate::kinds::{ArrayOptions, OptionalOptions};

/// A part of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Always these bytes.
    Bytes(Vec<u8>),
    /// The value of a field, which has this path: its text, coded.
    Text {
        field: FieldOptions,
        path: String,
        coding: Option<Coding>,
    },
    /// The value of a field as JSON, coded.
    Json {
        field: FieldOptions,
        path: String,
        coding: Option<Coding>,
    },
    /// The value of a field of which all values are known, coded already: one of these, equally likely.
    Choice { salt: u64, pieces: Vec<Vec<u8>> },
    /// One behind the other.
    All(Vec<Part>),
    /// What is not always there, and what stands for it otherwise.
    Maybe {
        options: OptionalOptions,
        path: String,
        then: Box<Part>,
        otherwise: Vec<u8>,
    },
    /// The elements of an array.
    Repeat {
        options: ArrayOptions,
        path: String,
        list: List,
        each: Box<Part>,
    },
    /// What is in it, with its length in front: a message in Protobuf.
    Measured(Box<Part>),
}

/// What stands with the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Commas between them.
    Json,
    /// Their number in front, unless there are none, as in a block of Avro.
    Counted,
    /// Nothing.
    Plain,
}
