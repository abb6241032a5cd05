//! A file's schema as a tree, and values put together from columns: the levels of Parquet say where a
//! list begins and what of a path is null
//! (<https://parquet.apache.org/docs/file-format/nestedencoding/>).

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::errors::ParquetError;
use parquet::schema::types::Type;

use super::Cell;
use super::column::Column;

/// What a part of the schema is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    kind: Kind,
    /// The columns below it, by their numbers.
    columns: Range<usize>,
    /// From which definition level on it is not null.
    definition: i16,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Leaf,
    Group(Vec<(Arc<str>, Node)>),
    List(Box<Element>),
    /// Its elements have a key and a value.
    Map(Box<Element>),
}

/// What a list is made of.
#[derive(Clone, Debug, PartialEq)]
struct Element {
    node: Node,
    /// From which definition level on there is one.
    definition: i16,
    /// The repetition level of all but the first.
    repetition: i16,
}

/// Levels at some depth.
#[derive(Clone, Copy, Debug, Default)]
struct Levels {
    definition: i16,
    repetition: i16,
}

impl Levels {
    fn repeated(self) -> Levels {
        Levels {
            definition: self.definition + 1,
            repetition: self.repetition + 1,
        }
    }
}

/// The tree of a file's schema.
pub(super) fn root(schema: &Type) -> Node {
    Growing { columns: 0 }.content(schema, Levels::default())
}

/// Columns are numbered in the order in which the tree is walked.
struct Growing {
    columns: usize,
}

impl Growing {
    fn node(&mut self, type_: &Type, mut levels: Levels) -> Node {
        let facts = type_.get_basic_info();
        let repetition = facts.has_repetition().then(|| facts.repetition());
        match repetition {
            // Without a list around it: a list of what is there.
            Some(Repetition::REPEATED) => {
                let (from, below) = (self.columns, levels.repeated());
                let element = Element {
                    node: self.content(type_, below),
                    definition: below.definition,
                    repetition: below.repetition,
                };
                self.done(Kind::List(Box::new(element)), from, levels)
            }
            repetition => {
                levels.definition += i16::from(repetition == Some(Repetition::OPTIONAL));
                self.content(type_, levels)
            }
        }
    }

    /// The node of a type that is there, once.
    fn content(&mut self, type_: &Type, levels: Levels) -> Node {
        let from = self.columns;
        let kind = if type_.is_primitive() {
            self.columns += 1;
            Kind::Leaf
        } else {
            let below = levels.repeated();
            let element = |node| {
                Box::new(Element {
                    node,
                    definition: below.definition,
                    repetition: below.repetition,
                })
            };
            match (annotation(type_), type_.get_fields()) {
                (Annotation::List, [repeated]) if is_repeated(repeated) => {
                    let node = match repeated.is_group().then(|| repeated.get_fields()) {
                        Some([inner]) if !is_element(repeated, type_.name()) => {
                            self.node(inner, below)
                        }
                        _ => self.content(repeated, below),
                    };
                    Kind::List(element(node))
                }
                (Annotation::Map, [entry]) if is_repeated(entry) && entry.is_group() => {
                    let node = self.content(entry, below);
                    Kind::Map(element(node))
                }
                (_, fields) => {
                    let field =
                        |field: &Arc<Type>| (Arc::from(field.name()), self.node(field, levels));
                    Kind::Group(fields.iter().map(field).collect())
                }
            }
        };
        self.done(kind, from, levels)
    }

    fn done(&self, kind: Kind, from: usize, levels: Levels) -> Node {
        Node {
            kind,
            columns: from..self.columns,
            definition: levels.definition,
        }
    }
}

enum Annotation {
    List,
    Map,
    None,
}

fn annotation(type_: &Type) -> Annotation {
    let facts = type_.get_basic_info();
    match (facts.logical_type_ref(), facts.converted_type()) {
        (Some(LogicalType::List), _) | (None, ConvertedType::LIST) => Annotation::List,
        (Some(LogicalType::Map), _) | (None, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            Annotation::Map
        }
        _ => Annotation::None,
    }
}

fn is_repeated(type_: &Type) -> bool {
    let facts = type_.get_basic_info();
    facts.has_repetition() && facts.repetition() == Repetition::REPEATED
}

/// Whether the repeated group of a list is itself the element, as older writers have it
/// (<https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules>).
fn is_element(repeated: &Type, list: &str) -> bool {
    let [inner] = repeated.get_fields() else {
        return true;
    };
    let is_wrapper = is_repeated(inner) || !matches!(annotation(repeated), Annotation::None);
    let name = repeated.name();
    !is_wrapper && (name == "array" || name.strip_suffix("_tuple") == Some(list))
}

/// That a file's columns have different numbers of rows, or levels that fit no row.
pub(super) fn uneven() -> ParquetError {
    ParquetError::General("the columns of a row group do not fit together".to_owned())
}

impl Node {
    pub(super) fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// What stands at a path with dots, if no list is on the way; at an empty one the row itself.
    pub(super) fn at(&self, path: &str) -> Option<Node> {
        if path.is_empty() {
            return Some(self.clone());
        }
        let mut node = self;
        for step in path.split('.') {
            let Kind::Group(fields) = &node.kind else {
                return None;
            };
            node = fields
                .iter()
                .find_map(|(name, node)| (&**name == step).then_some(node))?;
        }
        Some(node.clone())
    }

    /// Takes the next value from the columns below it.
    pub(super) fn take(&self, open: &mut [Option<Column>]) -> Result<Cell, ParquetError> {
        let first = open[self.columns.start].as_ref();
        let definition = first.and_then(Column::definition).ok_or_else(uneven)?;
        if definition < self.definition {
            self.skip(open);
            return Ok(Cell::Null);
        }
        match &self.kind {
            Kind::Leaf => {
                let column = open[self.columns.start].as_mut();
                column.map(Column::take).ok_or_else(uneven)
            }
            Kind::Group(fields) => {
                let field = |(name, node): &(Arc<str>, Node)| Ok((name.clone(), node.take(open)?));
                let fields: Result<_, ParquetError> = fields.iter().map(field).collect();
                Ok(Cell::Object(fields?))
            }
            Kind::List(element) => Ok(Cell::List(self.elements(element, definition, open)?)),
            Kind::Map(element) => Ok(map(self.elements(element, definition, open)?)),
        }
    }

    fn elements(
        &self,
        element: &Element,
        definition: i16,
        open: &mut [Option<Column>],
    ) -> Result<Vec<Cell>, ParquetError> {
        let mut elements = Vec::new();
        if definition < element.definition {
            self.skip(open);
            return Ok(elements);
        }
        loop {
            elements.push(element.node.take(open)?);
            let first = open[self.columns.start].as_ref();
            let goes_on = first.is_some_and(|it| it.repetition() == element.repetition);
            if !goes_on {
                return Ok(elements);
            }
        }
    }

    /// Passes over one value: each column below has noted that there is none.
    fn skip(&self, open: &mut [Option<Column>]) {
        let columns = open[self.columns()].iter_mut();
        columns.flatten().for_each(Column::skip);
    }
}

/// Entries as an object, if their keys are texts.
fn map(entries: Vec<Cell>) -> Cell {
    let entry = |entry: &Cell| match entry {
        Cell::Object(parts) => match &parts[..] {
            [(_, Cell::Text(key)), (_, value)] => Some((Arc::from(&**key), value.clone())),
            [(_, Cell::Text(key))] => Some((Arc::from(&**key), Cell::Null)),
            _ => None,
        },
        _ => None,
    };
    let object: Option<Vec<_>> = entries.iter().map(entry).collect();
    object.map_or(Cell::List(entries), Cell::Object)
}
