//! Text to [`Node`]s, with bounds on everything that a file can make large.
//!
//! The parser gives events and knows nothing of types, so there is no YAML 1.1 in here: what a plain
//! `no` or `0755` is, the type that reads it decides.

use std::collections::HashMap;
use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::finding::Finding;
use crate::node::{Entry, Node, Scalar, Value};
use crate::syntax;

/// Values in a file, aliases counted as often as they are used.
const NODES_MAX: usize = 50_000;
/// Values in values.
const DEPTH_MAX: usize = 48;

/// The file's tree as far as there is one, and the mistakes that do not hinder reading it.
pub(crate) fn parse(text: &str) -> Result<(Node, Vec<Finding>), Finding> {
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
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Range<usize>)>,
    },
}

/// A value that an alias can repeat.
#[derive(Debug)]
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    has_document: bool,
    findings: Vec<Finding>,
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
                self.count(1, 0, &span)?;
                self.scalar(scalar, span, anchor)?;
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
                let (entries, key) = (Vec::new(), None);
                self.begin(span, anchor, What::Map { entries, key })?;
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

    fn count(&mut self, nodes: usize, depth: usize, span: &Range<usize>) -> Result<(), Finding> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            return Err(Finding::new(
                span.clone(),
                format!("with its aliases the scenario has more than {NODES_MAX} values"),
            )
            .help("an alias (`*name`) repeats all that its anchor has; use fewer of them"));
        }
        if self.open.len() + depth > DEPTH_MAX {
            return Err(too_deep(span.clone()));
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, span: Range<usize>, anchor: usize) -> Result<(), Finding> {
        if let Some(Open {
            what: What::Map {
                key: key @ None, ..
            },
            ..
        }) = self.open.last_mut()
        {
            *key = Some((scalar.text, span));
            return Ok(());
        }
        self.finish(
            Node {
                span,
                value: Value::Scalar(scalar),
            },
            anchor,
        )
    }

    fn begin(&mut self, span: Range<usize>, anchor: usize, what: What) -> Result<(), Finding> {
        if let Some(Open {
            what: What::Map { key: None, .. },
            ..
        }) = self.open.last()
        {
            return Err(Finding::new(span, "a key has to be text")
                .help("a value in `{…}` with variables needs quotes: `{project: \"${NAME}\"}`"));
        }
        self.open.push(Open {
            start: span.start,
            anchor,
            what,
        });
        self.count(1, 0, &span)
    }

    fn end(&mut self, end: usize) -> Result<(), Finding> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.what {
            What::List(items) => Value::List(items),
            What::Map { entries, .. } => Value::Map(entries),
        };
        self.finish(
            Node {
                span: open.start..end.max(open.start),
                value,
            },
            open.anchor,
        )
    }

    /// Puts a finished value in its place.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        if anchor != 0 {
            let (nodes, depth) = size(&node);
            // A copy is kept, so it counts.
            self.count(nodes, 0, &node.span)?;
            self.anchors.insert(
                anchor,
                Anchored {
                    node: node.clone(),
                    nodes,
                    depth,
                },
            );
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open {
                what: What::List(items),
                ..
            }) => items.push(node),
            Some(Open {
                what: What::Map { entries, key },
                ..
            }) => {
                let (key, key_span) = key.take().unwrap_or_default();
                if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                    let first = first.key_span.clone();
                    self.findings.push(duplicate(&key, key_span, first));
                } else {
                    entries.push(Entry {
                        key,
                        key_span,
                        node,
                    });
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, span: &Range<usize>) -> Result<(), Finding> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(Finding::new(span.clone(), "a value cannot contain itself")
                .help("this alias stands inside the value that its anchor names"));
        };
        let (nodes, depth) = (anchored.nodes, anchored.depth);
        self.count(nodes, depth, span)?;
        let Some(Anchored { node, .. }) = self.anchors.get(&id) else {
            return Ok(());
        };
        let node = node.clone();
        match node.value {
            Value::Scalar(scalar) => self.scalar(scalar, node.span, 0),
            _ if self.is_at_key() => Err(Finding::new(span.clone(), "a key has to be text")),
            _ => self.finish(node, 0),
        }
    }

    fn is_at_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                what: What::Map { key: None, .. },
                ..
            })
        )
    }
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

/// Values in a value, itself included, and how deep they are nested.
fn size(node: &Node) -> (usize, usize) {
    let below = |nodes: &mut dyn Iterator<Item = &Node>| {
        nodes
            .map(size)
            .fold((1, 1), |(count, deepest), (nodes, depth)| {
                (count + nodes, deepest.max(depth + 1))
            })
    };
    match &node.value {
        Value::Scalar(_) => (1, 0),
        Value::List(items) => below(&mut items.iter()),
        Value::Map(entries) => below(&mut entries.iter().map(|entry| &entry.node)),
    }
}
