//! A YAML file as a tree in which every value knows where it stands.

use std::ops::Range;

use options::Location;

/// A value with its place in the text, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One line of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

/// Text that is not yet a number, a truth value or anything else: the type that reads it decides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Written without quotes.
    pub(crate) is_plain: bool,
    /// What variables brought into it, if it has any.
    pub(crate) from: Option<Substituted>,
}

/// A scalar that has variables in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Substituted {
    /// The scalar as it is written, `${NAME}` and all.
    pub(crate) written: String,
    /// The values that came from outside. Never shown.
    pub(crate) values: Vec<String>,
    /// Whether a variable was not set and a placeholder stands for it.
    pub(crate) is_stand_in: bool,
}

impl Scalar {
    /// Nothing is written here: `key:`, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.is_plain
            && self.from.is_none()
            && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// The value below this one, and where its key stands.
    pub(crate) fn child(&self, step: &str) -> Option<(&Node, Option<&Range<usize>>)> {
        match &self.value {
            Value::Scalar(_) => None,
            Value::List(items) => {
                let item = items.get(step.parse::<usize>().ok()?)?;
                Some((item, None))
            }
            Value::Map(entries) => {
                let entry = entries.iter().find(|entry| entry.key == step)?;
                Some((&entry.node, Some(&entry.key_span)))
            }
        }
    }

    /// The value at `at`, if it is there.
    pub(crate) fn find(&self, at: &Location) -> Option<&Node> {
        at.steps()
            .iter()
            .try_fold(self, |node, step| node.child(step).map(|(node, _)| node))
    }

    /// Where the first key of a mapping stands.
    pub(crate) fn first_key(&self) -> Option<Range<usize>> {
        match &self.value {
            Value::Map(entries) => entries.first().map(|entry| entry.key_span.clone()),
            _ => None,
        }
    }

    /// The keys of a mapping.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries: &[Entry] = match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        };
        entries.iter().map(|entry| entry.key.as_str())
    }

    /// Where to point for something about the value at `at`, or about the nearest one above it
    /// that is there: at the value where it fits on a line, else at its key. `None`: at nothing in
    /// particular, since not even the first step is there.
    pub(crate) fn place(&self, at: &Location, on_key: bool, text: &str) -> Option<Range<usize>> {
        let mut node = self;
        let mut key = None;
        let mut depth = 0;
        for step in at.steps() {
            let Some((child, key_span)) = node.child(step) else {
                break;
            };
            (node, key) = (child, key_span);
            depth += 1;
        }
        if depth == 0 {
            return None;
        }
        let whole = text.get(node.span.clone()).unwrap_or_default();
        let is_short = !whole.is_empty() && !whole.trim_end().contains('\n');
        let is_missing = depth < at.steps().len();
        match key {
            Some(key) if on_key || is_missing || !is_short => Some(key.clone()),
            _ => Some(first_line(text, &node.span)),
        }
    }

    /// Calls `visit` for every scalar below, with the keys and indices that lead to it.
    pub(crate) fn scalars<'a>(
        &'a self,
        at: &Location,
        visit: &mut impl FnMut(&Location, &'a Node, &'a Scalar),
    ) {
        match &self.value {
            Value::Scalar(scalar) => visit(at, self, scalar),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.scalars(&at.join(index), visit);
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    entry.node.scalars(&at.join(&entry.key), visit);
                }
            }
        }
    }
}

/// The part of `span` that is on its first line, without space at its end.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let whole = text.get(span.clone()).unwrap_or_default();
    let line = whole.lines().next().unwrap_or_default().trim_end();
    span.start..span.start + line.len()
}
