//! Text to [`Node`]s, with bounds on everything that a file can make large.
//!
//! The parser gives events and knows nothing of types, so there is no YAML 1.1 in here: what a plain
//! `no` or `0755` is, the type that reads it decides.

use std::collections::HashMap;
use std::ops::Range;

use options::ByteSize;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::finding::{Finding, Findings};
use crate::node::{Entry, Node, Scalar, Value};
use crate::syntax;

/// Values in a file, aliases counted as often as they are used.
const NODES_MAX: usize = 50_000;
/// Bytes of text in a file's keys and values, aliases counted as often as they are used; and again as
/// much for what variables bring.
pub(crate) const TEXT_MAX: usize = 4 << 20;
/// Values in values.
const DEPTH_MAX: usize = 48;

/// The file's tree as far as there is one, and the mistakes that do not hinder reading it.
pub(crate) fn parse(text: &str) -> Result<(Node, Findings), Finding> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax::explain(text, &error))?;
        builder.take(event, bytes(&span))?;
    }
    match builder.root {
        Some(root) if !matches!(&root.value, Value::Scalar(scalar) if scalar.is_null()) => {
            Ok((root, builder.findings))
        }
        _ => Err(Finding::new(None, "the scenario is empty")
            .help("begin with `version: 1`; scenarios/quickstart.yaml is one to copy")),
    }
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

/// A collection that is not finished yet.
#[derive(Debug)]
struct Open {
    start: usize,
    anchor: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    List(Vec<Node>),
    Map(OpenMap),
}

/// A mapping that is not finished yet.
#[derive(Debug, Default)]
struct OpenMap {
    entries: Vec<Entry>,
    /// Where in `entries` each key is.
    known: HashMap<String, usize>,
    /// The key whose value comes next.
    key: Option<(String, Range<usize>)>,
}

/// A value that an alias can repeat.
#[derive(Debug)]
struct Anchored {
    node: Node,
    size: Size,
}

/// How much there is of a value.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Values in it, itself included.
    nodes: usize,
    /// Bytes of its keys and scalars.
    text: usize,
    /// How deep they are nested.
    depth: usize,
}

#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    text: usize,
    has_document: bool,
    findings: Findings,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Finding> {
        match event {
            Event::DocumentStart(..) if self.has_document => {
                return Err(Finding::new(span, "a second document begins here")
                    .help("a file has one scenario; several streams stand below `streams:`"));
            }
            Event::DocumentStart(..) => self.has_document = true,
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag {
                    self.tag(&span, &tag.original());
                }
                let scalar = Scalar {
                    text: text.into_owned(),
                    is_plain: style == ScalarStyle::Plain,
                    from: None,
                };
                let value = Value::Scalar(scalar);
                let node = Node { span, value };
                self.count(Size::of(&node), &node.span)?;
                self.finish(node, anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    self.tag(&span, &tag.original());
                }
                self.begin(span, anchor, What::List(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    self.tag(&span, &tag.original());
                }
                self.begin(span, anchor, What::Map(OpenMap::default()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end)?,
            Event::Alias(id) => self.alias(id, &span)?,
            _ => {}
        }
        Ok(())
    }

    /// Tags would be a second way to say what a value is.
    fn tag(&mut self, span: &Range<usize>, tag: &str) {
        self.findings.push(
            Finding::new(span.clone(), format!("the tag `{tag}` is not understood"))
                .help("write the value without it; quotes make it text"),
        );
    }

    /// Counts what is about to be kept, before it is copied.
    fn count(&mut self, size: Size, span: &Range<usize>) -> Result<(), Finding> {
        self.nodes += size.nodes;
        self.text += size.text;
        let too_much = if self.nodes > NODES_MAX {
            format!("{NODES_MAX} values")
        } else if self.text > TEXT_MAX {
            format!("{} of text", ByteSize(TEXT_MAX as u64))
        } else if self.open.len() + size.depth > DEPTH_MAX {
            return Err(too_deep(span.clone()));
        } else {
            return Ok(());
        };
        let message = format!("with its aliases the scenario has more than {too_much}");
        Err(Finding::new(span.clone(), message)
            .help("an alias (`*name`) repeats all that its anchor has; use fewer of them"))
    }

    fn begin(&mut self, span: Range<usize>, anchor: usize, what: What) -> Result<(), Finding> {
        if self.is_at_key() {
            return Err(not_a_key(span)
                .help("a value in `{…}` with variables needs quotes: `{project: \"${NAME}\"}`"));
        }
        self.open.push(Open {
            start: span.start,
            anchor,
            what,
        });
        let itself = Size {
            nodes: 1,
            ..Size::default()
        };
        self.count(itself, &span)
    }

    fn end(&mut self, end: usize) -> Result<(), Finding> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.what {
            What::List(items) => Value::List(items),
            What::Map(map) => Value::Map(map.entries),
        };
        self.finish(
            Node {
                span: open.start..end.max(open.start),
                value,
            },
            open.anchor,
        )
    }

    /// Puts a finished value in its place, and a scalar where a key has to be as that key.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        if anchor != 0 {
            let size = Size::of(&node);
            // A copy is kept, so it counts.
            self.count(Size { depth: 0, ..size }, &node.span)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchored { node, size });
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open {
                what: What::List(items),
                ..
            }) => items.push(node),
            Some(Open {
                what: What::Map(map),
                ..
            }) => match (map.key.take(), node.value) {
                (Some((key, key_span)), value) => {
                    let (span, first) = (node.span, map.known.get(&key));
                    if let Some(first) = first.and_then(|at| map.entries.get(*at)) {
                        let first = first.key_span.clone();
                        self.findings.push(duplicate(&key, key_span, first));
                        return Ok(());
                    }
                    map.known.insert(key.clone(), map.entries.len());
                    map.entries.push(Entry {
                        key,
                        key_span,
                        node: Node { span, value },
                    });
                }
                (None, Value::Scalar(scalar)) => map.key = Some((scalar.text, node.span)),
                (None, _) => return Err(not_a_key(node.span)),
            },
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, span: &Range<usize>) -> Result<(), Finding> {
        let Some(size) = self.anchors.get(&id).map(|anchored| anchored.size) else {
            return Err(Finding::new(span.clone(), "a value cannot contain itself")
                .help("this alias stands inside the value that its anchor names"));
        };
        self.count(size, span)?;
        let Some(Anchored { node, .. }) = self.anchors.get(&id) else {
            return Ok(());
        };
        let mut node = node.clone();
        if self.is_at_key() {
            // Two keys by one anchor stand at two places.
            node.span = span.clone();
        }
        self.finish(node, 0)
    }

    fn is_at_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { what: What::Map(map), .. }) if map.key.is_none())
    }
}

fn not_a_key(span: Range<usize>) -> Finding {
    Finding::new(span, "a key has to be text")
}

fn duplicate(key: &str, span: Range<usize>, first: Range<usize>) -> Finding {
    Finding::new(span, format!("the key `{key}` stands here twice"))
        .help("remove one of them")
        .also(first, "here for the first time")
}

pub(crate) fn too_deep(span: Range<usize>) -> Finding {
    Finding::new(
        span,
        format!("values are nested more than {DEPTH_MAX} deep"),
    )
    .help("no scenario needs that; is a bracket missing?")
}

impl Size {
    fn of(node: &Node) -> Size {
        let mut size = Size {
            nodes: 1,
            ..Size::default()
        };
        match &node.value {
            Value::Scalar(scalar) => size.text = scalar.text.len(),
            Value::List(items) => items.iter().for_each(|item| size.hold(item)),
            Value::Map(entries) => {
                for entry in entries {
                    size.text += entry.key.len();
                    size.hold(&entry.node);
                }
            }
        }
        // A collection without anything in it is a level, too.
        if !matches!(node.value, Value::Scalar(_)) {
            size.depth = size.depth.max(1);
        }
        size
    }

    fn hold(&mut self, node: &Node) {
        let inner = Size::of(node);
        self.nodes += inner.nodes;
        self.text += inner.text;
        self.depth = self.depth.max(inner.depth + 1);
    }
}

#[cfg(test)]
mod tests;
