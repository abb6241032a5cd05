//! Expressions in the Common Expression Language (<https://cel.dev>), as read: a flat list of nodes over fields.
//!
//! The parser is the `cel` crate's. Its values are not: a number here is exact, with decimal places, and nothing is
//! allocated where an expression is worked out.

mod calls;
mod literal;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;

use super::number::Number;
use super::scope::{Found, Missing, Scope};
use crate::FieldOptions;
use crate::domain::Domain;
use crate::field::Plain;

/// A place in [`Expression::nodes`].
pub(super) type At = u32;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Truth(bool),
    Number(Number),
    /// A text of the expression's own: a range of [`Expression::texts`].
    Text(u32, u32),
    /// The value of a field.
    Leaf(u32),
    Not(At),
    Negated(At),
    And(At, At),
    Or(At, At),
    If(At, At, At),
    Equal(At, At),
    Less(At, At),
    LessOrEqual(At, At),
    Add(At, At),
    /// Two texts behind each other.
    Join(At, At),
    Times(At, At),
    By(At, At),
    Rest(At, At),
    Min(At, At),
    Max(At, At),
    Floor(At),
    Ceil(At),
    Absolute(At),
    Round(At, u8),
    /// How many characters a text has.
    Size(At),
    /// How many elements an array has.
    Count(u32),
    /// The sum over the elements of an array.
    Sum(u32, At),
    StartsWith(At, At),
    EndsWith(At, At),
    Contains(At, At),
    /// A number as text.
    AsText(At),
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A number with so many decimal places; `None`: as many as it happens to have.
    Number(Option<u8>),
    Text,
    Truth,
    Null,
    /// Depends on the record.
    Any,
}

/// Why an expression is none, and where: the character in its text, from 1 on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) at: Option<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) is_warning: bool,
}

/// An expression as read.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) nodes: Vec<Node>,
    pub(super) root: At,
    pub(super) kind: Type,
    pub(super) texts: Vec<u8>,
    /// The fields that it needs.
    pub(super) leaves: Vec<Found>,
    /// The arrays that it counts or sums: each as its elements.
    pub(super) arrays: Vec<Found>,
}

/// Reads an expression that stands below so many arrays. Flaws that are warnings come with it.
pub(super) fn read(text: &str, scope: &Scope, arrays: u32) -> (Option<Expression>, Vec<Flaw>) {
    let parser = Parser::new().enable_ident_escape_syntax(true);
    let (parsed, source) = match parser.parse_with_source_info(text) {
        Ok(parsed) => parsed,
        Err(errors) => {
            let flaws = errors.errors.iter().map(|error| {
                let message = error
                    .msg
                    .strip_prefix("Syntax error: ")
                    .unwrap_or(&error.msg);
                // What the grammar says is not for people: a list of all tokens.
                let message = message.split(" expecting ").next().unwrap_or(message);
                Flaw::new(place(text, error.pos), message.trim())
            });
            return (None, flaws.take(1).collect());
        }
    };
    let mut reading = Reading {
        scope,
        arrays,
        text,
        source,
        flaws: Vec::new(),
        expression: Expression {
            nodes: Vec::new(),
            root: 0,
            kind: Type::Any,
            texts: Vec::new(),
            leaves: Vec::new(),
            arrays: Vec::new(),
        },
        sum: Summing::No,
        conditions: 0,
    };
    let (root, kind) = reading.node(&parsed);
    (reading.expression.root, reading.expression.kind) = (root, kind);
    let is_sound = reading.flaws.iter().all(|flaw| flaw.is_warning);
    (is_sound.then_some(reading.expression), reading.flaws)
}

/// Line and column, from 1 and 0 on, as a character.
fn place(text: &str, (line, column): (isize, isize)) -> Option<usize> {
    let before = text
        .split_inclusive('\n')
        .take(usize::try_from(line - 1).ok()?);
    let before: usize = before.map(|line| line.chars().count()).sum();
    Some((before + usize::try_from(column).ok()?).max(1))
}

impl Flaw {
    fn new(at: Option<usize>, message: impl Into<String>) -> Flaw {
        Flaw {
            at,
            message: message.into(),
            help: None,
            is_warning: false,
        }
    }
}

/// The array that is being summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Summing {
    No,
    /// The one of which a field will be named.
    Any,
    /// This one in [`Expression::arrays`].
    List(u32),
}

pub(super) struct Reading<'r> {
    scope: &'r Scope,
    arrays: u32,
    text: &'r str,
    source: SourceInfo,
    flaws: Vec<Flaw>,
    expression: Expression,
    sum: Summing,
    /// How many conditions are around.
    conditions: u32,
}

impl Reading<'_> {
    fn add(&mut self, node: Node) -> At {
        self.expression.nodes.push(node);
        self.expression.nodes.len() as At - 1
    }

    /// Notes what is wrong with a part; what stands for it is of no kind.
    fn flaw(
        &mut self,
        part: &IdedExpr,
        message: impl Into<String>,
        help: Option<String>,
    ) -> (At, Type) {
        let mut flaw = Flaw::new(self.place(part), message);
        flaw.help = help;
        self.flaws.push(flaw);
        (self.add(Node::Null), Type::Any)
    }

    fn place(&self, part: &IdedExpr) -> Option<usize> {
        let (start, _) = self.source.offset_for(part.id)?;
        Some(start as usize + 1)
    }

    fn node(&mut self, part: &IdedExpr) -> (At, Type) {
        match &part.expr {
            Expr::Literal(value) => self.literal(part, value),
            Expr::Ident(_) | Expr::Select(_) => self.named(part),
            Expr::Call(call) => self.call(part, call),
            Expr::Comprehension(_) => self.flaw(
                part,
                "`map`, `filter` and the like are not supported",
                Some("sum over a list with `sum(items.price * items.quantity)`".to_owned()),
            ),
            _ => self.flaw(part, "lists, maps and structures are not supported", None),
        }
    }

    /// A field by its name.
    fn named(&mut self, part: &IdedExpr) -> (At, Type) {
        let (mut names, mut is_test) = (Vec::new(), false);
        let mut expr = &part.expr;
        loop {
            match expr {
                Expr::Ident(name) => names.push(name.clone()),
                Expr::Select(select) => {
                    names.push(select.field.clone());
                    is_test |= select.test;
                    expr = &select.operand.expr;
                    continue;
                }
                _ => return self.flaw(part, "only a field has fields", None),
            }
            break;
        }
        names.reverse();
        let found = match self
            .scope
            .resolve(&names, self.arrays, self.sum != Summing::No)
        {
            Ok(found) => found,
            Err(Missing::Unknown(_)) if names == ["ordinal"] => {
                Found::alone(FieldOptions::Plain(Plain::Ordinal), String::new())
            }
            Err(missing) => {
                let (message, help) = missing.words(&names.join("."));
                return self.flaw(part, message, help);
            }
        };
        let kind = match kind_of(&found.field) {
            Ok(kind) => kind,
            Err(what) => {
                let name = names.join(".");
                let help = "name a field in it; `size(items)` counts, `sum(items.price)` adds up";
                return self.flaw(
                    part,
                    format!("`{name}` is {what}, not a value"),
                    Some(help.to_owned()),
                );
            }
        };
        if let Some(array) = &found.array {
            let known = match self.sum {
                Summing::List(index) => Some(&self.expression.arrays[index as usize]),
                Summing::No | Summing::Any => None,
            };
            let path = |found: &Found| found.array.as_ref().map(|array| array.path.clone());
            match known.map(path) {
                Some(known) if known.as_ref() != Some(&array.path) => {
                    let message =
                        format!("`{}` is not in the list that is summed", names.join("."));
                    return self.flaw(part, message, Some("sum one list at a time".to_owned()));
                }
                Some(_) => {}
                None => {
                    self.expression.arrays.push(found.clone());
                    self.sum = Summing::List(self.expression.arrays.len() as u32 - 1);
                }
            }
        }
        self.expression.leaves.push(found);
        let leaf = self.expression.leaves.len() as u32 - 1;
        let leaf = self.add(Node::Leaf(leaf));
        if is_test {
            let null = self.add(Node::Null);
            let equal = self.add(Node::Equal(leaf, null));
            return (self.add(Node::Not(equal)), Type::Truth);
        }
        (leaf, kind)
    }
}

impl Missing {
    /// What to say of a name that means nothing, and what to do.
    pub(super) fn words(self, name: &str) -> (String, Option<String>) {
        match self {
            Missing::Unknown(known) => {
                let near = options::suggest(name, known.iter().map(String::as_str));
                let help = near.map_or_else(
                    || format!("the fields are `{}`", known.join("`, `")),
                    |near| format!("did you mean `{near}`?"),
                );
                (format!("there is no field `{name}`"), Some(help))
            }
            Missing::InArray(array) => (
                format!("`{name}` is not one value: `{array}` is a list"),
                Some(format!(
                    "an expression can add all of them up: `sum({name})`"
                )),
            ),
            Missing::OuterElement => (
                format!("`{name}` stands in an element of a list around this one"),
                Some("name fields of the same element, or of the record".to_owned()),
            ),
        }
    }
}

/// What the values of a field are; an error says what it is instead of a value.
pub(super) fn kind_of(field: &FieldOptions) -> Result<Type, &'static str> {
    Ok(match field.resolved() {
        FieldOptions::Decimal(options) => Type::Number(Some(options.digits)),
        FieldOptions::Pad(_) => return Err("what fills the record up"),
        FieldOptions::Template(_) => Type::Text,
        FieldOptions::Compute(_) => Type::Any,
        _ => match field.domain() {
            Domain::Words | Domain::Texts | Domain::Moments | Domain::Days => Type::Text,
            Domain::Whole(..) => Type::Number(Some(0)),
            Domain::Decimals => Type::Number(None),
            Domain::Truth => Type::Truth,
            Domain::Object(_) => return Err("an object"),
            Domain::List(_) => return Err("a list"),
            Domain::Fixed(values) => {
                let mut kinds = values.into_iter().map(literal::kind);
                let first = kinds.next().unwrap_or(Type::Null);
                kinds.fold(first, Type::with)
            }
        },
    })
}

impl Type {
    /// What is one or the other.
    pub(super) fn with(self, other: Type) -> Type {
        match (self, other) {
            (Type::Number(a), Type::Number(b)) => Type::Number(a.zip(b).map(|(a, b)| a.max(b))),
            (kind, Type::Null) | (Type::Null, kind) => kind,
            (a, b) if a == b => a,
            _ => Type::Any,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Type::Number(_) => "a number",
            Type::Text => "a text",
            Type::Truth => "true or false",
            Type::Null => "null",
            Type::Any => "anything",
        }
    }
}
