//! `compute`: a value that an expression says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expression::{Node, Type};
use super::number::{NUMBER_LEN, Number};
use super::{Leaf, Whose};
use crate::domain::Domain;
use crate::output::SLACK;

/// Options of `compute`: an expression over other fields, such as `price * quantity`, in the Common Expression Language.
/// Alone, it is that expression.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(untagged)]
#[serde(untagged)]
pub enum ComputeOptions {
    /// The expression.
    Alone(String),
    /// The expression and how its value is written.
    With(WithOptions),
}

/// An expression and how its value is written.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithOptions {
    /// The expression.
    pub of: String,
    /// How many decimal places a number has, 0 to 9; halves are rounded away from zero. Default: as many as the exact
    /// result needs, and 6 after a division.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u8>,
}

impl<'de> Deserialize<'de> for ComputeOptions {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ComputeOptions, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "an expression such as `price * quantity`, or a map with `of` and `digits`"
        )]
        enum Written {
            Alone(String),
            With(WithOptions),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Alone(of) => ComputeOptions::Alone(of),
            Written::With(with) => ComputeOptions::With(with),
        })
    }
}

impl ComputeOptions {
    /// The expression.
    pub(crate) fn of(&self) -> &str {
        match self {
            ComputeOptions::Alone(of) => of,
            ComputeOptions::With(with) => &with.of,
        }
    }

    /// How many decimal places, if that is said.
    pub(crate) fn digits(&self) -> Option<u8> {
        match self {
            ComputeOptions::Alone(_) => None,
            ComputeOptions::With(with) => with.digits,
        }
    }

    /// What the values are, as far as it can be told without the record around.
    pub(crate) fn domain(&self) -> Domain<'_> {
        match self.digits() {
            Some(1..) => Domain::Decimals,
            _ => Domain::Texts,
        }
    }
}

/// More decimal places are not written.
pub(super) const DIGITS_MAX: u8 = 9;

/// An expression ready to be worked out.
#[derive(Clone, Debug)]
pub(crate) struct Worked {
    pub(super) nodes: Vec<Node>,
    pub(super) root: u32,
    pub(super) kind: Type,
    pub(super) texts: Vec<u8>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) lists: Vec<List>,
    pub(super) written: Written,
}

/// How the value of an expression is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    /// Stands for the field.
    pub(crate) salt: u64,
    /// How many decimal places a number has, if that is said.
    pub(crate) digits: Option<u8>,
    /// Whether a text stands without quotes and escapes.
    pub(crate) is_bare: bool,
}

/// An array whose elements are counted or summed.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) salt: u64,
    pub(super) min: u32,
    pub(super) range: u32,
    /// Whose numbers the array has.
    pub(super) of: Whose,
    /// Writes something else than `null` if the array is there; `None`: it always is.
    pub(super) is_there: Option<Leaf>,
}

impl Worked {
    /// How long all texts of it can be together.
    fn text_len(&self) -> usize {
        let leaves = self.leaves.iter().map(|leaf| leaf.longest);
        let numbers = self
            .nodes
            .iter()
            .filter(|node| matches!(node, Node::AsText(_)));
        leaves
            .chain([self.texts.len(), NUMBER_LEN * numbers.count()])
            .fold(0, usize::saturating_add)
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        let lists = self.lists.iter().filter_map(|list| list.is_there.as_ref());
        self.leaves.iter().chain(lists)
    }

    pub(super) fn longest(&self) -> u64 {
        let is_text = matches!(self.kind, Type::Text | Type::Any);
        // A character of a text is up to six when it is escaped.
        let text = if is_text {
            2 + 6 * self.text_len() as u64
        } else {
            0
        };
        text.max(NUMBER_LEN as u64)
    }

    pub(super) fn scratch(&self) -> usize {
        let rooms = self.leaves().map(Leaf::room);
        let room = rooms.max().unwrap_or(0);
        let texts = self.text_len().saturating_mul(8);
        [room, texts, NUMBER_LEN, SLACK]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// A number as it is written.
    pub(super) fn for_record(&self, number: Number) -> Option<Number> {
        match (self.written.digits, self.kind) {
            (Some(digits), _) | (None, Type::Number(Some(digits))) => {
                number.with_scale(digits.min(DIGITS_MAX))
            }
            _ => number.with_scale(number.scale.min(DIGITS_MAX)),
        }
    }
}
