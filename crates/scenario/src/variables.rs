//! `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, and `$${` for a plain `${`.
//!
//! Variables are filled in value by value after the file was read, so that what they bring can be a
//! value and never more: no key, no list, no second line of YAML.

use std::collections::BTreeSet;
use std::ops::Range;

use options::{ByteSize, Location};

use crate::Lookup;
use crate::finding::{Finding, Findings};
use crate::node::{Entry, Node, Substituted, Value};
use crate::yaml::TEXT_MAX;

/// Fills the variables in. What cannot be filled in is reported, and its place returned; `None` if
/// they bring so much that the rest was left as it is, and nothing can be read further.
///
/// With `is_sandbox`, a variable that is not set stands for its own name: on the sandbox nothing
/// that comes from the environment is needed.
pub(crate) fn fill_in(
    root: &mut Node,
    text: &str,
    env: Lookup<'_>,
    is_sandbox: bool,
    findings: &mut Findings,
) -> Option<BTreeSet<Location>> {
    let mut filler = Filler {
        text,
        env,
        is_sandbox,
        findings,
        broken: BTreeSet::new(),
        room: TEXT_MAX,
        is_full: false,
    };
    filler.node(root, &Location::root());
    (!filler.is_full).then_some(filler.broken)
}

struct Filler<'a> {
    text: &'a str,
    env: Lookup<'a>,
    is_sandbox: bool,
    findings: &'a mut Findings,
    broken: BTreeSet<Location>,
    /// Bytes that variables may still bring.
    room: usize,
    /// One of them brought more.
    is_full: bool,
}

impl Filler<'_> {
    fn node(&mut self, node: &mut Node, at: &Location) {
        match &mut node.value {
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.node(item, &at.join(index));
                }
            }
            Value::Map(entries) => {
                for Entry {
                    key,
                    key_span,
                    node,
                } in entries
                {
                    // `$${` is a way to write `${` here, too.
                    let plain = key.replace("$${", "");
                    if plain.contains("${") {
                        self.findings.push(
                            Finding::new(key_span.clone(), "a key cannot have a variable in it")
                                .help(
                                    "variables stand in values; a `${` that is meant as it stands is \
                                     written `$${`",
                                ),
                        );
                        self.broken.insert(at.join(&key));
                        continue;
                    }
                    if plain.len() < key.len() {
                        *key = key.replace("$${", "${");
                    }
                    self.node(node, &at.join(&key));
                }
            }
            Value::Scalar(scalar) if !self.is_full && scalar.text.contains("${") => {
                match self.scalar(&scalar.text, &node.span) {
                    Some((text, from)) => {
                        scalar.text = text;
                        scalar.from = from;
                    }
                    None => {
                        self.broken.insert(at.clone());
                    }
                }
            }
            Value::Scalar(_) => {}
        }
    }

    /// The text with its variables filled in; `None` if one of them cannot be.
    fn scalar(
        &mut self,
        written: &str,
        span: &Range<usize>,
    ) -> Option<(String, Option<Substituted>)> {
        let mut out = String::new();
        let mut from = Substituted {
            written: written.to_owned(),
            values: Vec::new(),
            is_stand_in: false,
        };
        let (mut rest, mut shown, mut is_good, mut has_variable) =
            (written, span.start, true, false);
        while let Some(dollar) = rest.find("${") {
            let (before, expression) = rest.split_at(dollar);
            if let Some(before) = before.strip_suffix('$') {
                // `$${` is a way to write `${`.
                out.push_str(before);
                out.push_str("${");
                rest = &expression[2..];
                continue;
            }
            out.push_str(before);
            has_variable = true;
            let (read, behind) = match Expression::read(expression) {
                Ok((read, behind)) => (self.value(&read, &mut out, &mut from), behind),
                Err(mistake) => (Err(mistake), ""),
            };
            rest = behind;
            if let Err((message, help)) = read {
                is_good = false;
                if !self.findings.leave_out(false) {
                    let mut finding = Finding::new(None, message);
                    finding.span = Some(self.place(expression, span, &mut shown));
                    finding.help = help;
                    self.findings.push(finding);
                }
                if self.is_full {
                    return None;
                }
            }
        }
        out.push_str(rest);
        is_good.then_some((out, has_variable.then_some(from)))
    }

    /// Where the expression stands in the file; the whole value if that cannot be told.
    fn place(&self, expression: &str, span: &Range<usize>, from: &mut usize) -> Range<usize> {
        let expression = expression
            .find('}')
            .map_or(expression, |end| &expression[..=end]);
        let found = self
            .text
            .get(*from..span.end)
            .and_then(|text| text.find(expression));
        match found {
            Some(start) => {
                let start = *from + start;
                *from = start + expression.len();
                start..*from
            }
            None => span.clone(),
        }
    }

    fn value(
        &mut self,
        expression: &Expression<'_>,
        out: &mut String,
        from: &mut Substituted,
    ) -> Result<(), Mistake> {
        let name = expression.name;
        let value = (self.env)(name).filter(|value| !value.is_empty());
        match (value, expression.otherwise) {
            (Some(value), _) => {
                let Some(room) = self.room.checked_sub(value.len()) else {
                    self.is_full = true;
                    let most = ByteSize(TEXT_MAX as u64);
                    return Err((
                        format!("variables bring more than {most} of text into the scenario"),
                        Some(format!("is `{name}` what it is meant to be?")),
                    ));
                };
                self.room = room;
                out.push_str(&value);
                from.values.push(value);
            }
            (None, Otherwise::Default(default)) => out.push_str(default),
            (None, _) if self.is_sandbox => {
                out.push_str(name);
                from.is_stand_in = true;
            }
            (None, Otherwise::Message(message)) => {
                let message = format!("environment variable `{name}` is not set: {message}");
                return Err((message, None));
            }
            (None, Otherwise::Nothing) => {
                let message = format!("environment variable `{name}` is not set");
                let help = format!(
                    "set it, or give a default: `${{{name}:-…}}`; `--sandbox` does without"
                );
                return Err((message, Some(help)));
            }
        }
        Ok(())
    }
}

/// What is wrong, and what to do about it.
type Mistake = (String, Option<String>);

/// What stands between `${` and `}`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Expression<'a> {
    name: &'a str,
    otherwise: Otherwise<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Otherwise<'a> {
    Nothing,
    Default(&'a str),
    Message(&'a str),
}

impl<'a> Expression<'a> {
    /// Takes an expression from the beginning of `text`; also returns what stands behind it.
    fn read(text: &'a str) -> Result<(Expression<'a>, &'a str), Mistake> {
        let escape = "a `${` that is meant as it stands is written `$${`";
        let inside = &text[2..];
        let Some((inside, behind)) = inside.split_once('}') else {
            return Err((
                "this `${` is not closed".to_owned(),
                Some(format!("add a `}}`; {escape}")),
            ));
        };
        let end = inside
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inside.len());
        let (name, rest) = inside.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err((
                "this is no name of a variable".to_owned(),
                Some(format!("a name has letters, digits and `_`; {escape}")),
            ));
        }
        if inside.contains("${") {
            return Err((
                "a default cannot have a variable in it".to_owned(),
                Some("write the default itself".to_owned()),
            ));
        }
        let otherwise = if rest.is_empty() {
            Otherwise::Nothing
        } else if let Some(default) = rest.strip_prefix(":-") {
            Otherwise::Default(default)
        } else if let Some(message) = rest.strip_prefix(":?") {
            Otherwise::Message(message)
        } else {
            return Err((
                format!("`{rest}` after the variable's name is not understood"),
                Some(format!(
                    "write `${{{name}}}`, `${{{name}:-default}}` or `${{{name}:?message}}`"
                )),
            ));
        };
        Ok((Expression { name, otherwise }, behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(written: &str) -> Result<String, String> {
        let text = format!("key: '{written}'");
        let (mut root, _) = crate::yaml::parse(&text).unwrap();
        let env = |name: &str| (name == "SET").then(|| "value".to_owned());
        let mut findings = Findings::default();
        let broken = fill_in(&mut root, &text, &env, false, &mut findings).unwrap();
        assert_eq!(findings.kept().is_empty(), broken.is_empty());
        if let Some(finding) = findings.into_parts().0.into_iter().next() {
            let place = finding.span.map(|span| text[span].to_owned());
            return Err(format!(
                "{}: {}",
                place.unwrap_or_default(),
                finding.message
            ));
        }
        let node = root.find(&Location::root().join("key")).unwrap();
        match &node.value {
            Value::Scalar(scalar) => Ok(scalar.text.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn variables_are_filled_in() {
        for (written, expected) in [
            ("${SET}", "value"),
            ("a-${SET}-b-${SET}", "a-value-b-value"),
            ("${SET:-other}", "value"),
            ("${UNSET:-other}", "other"),
            ("${UNSET:-}", ""),
            ("${UNSET:-a:b/c}", "a:b/c"),
            ("${SET:?why}", "value"),
            ("$${SET}", "${SET}"),
            ("$$${SET}", "$${SET}"),
            ("$SET costs $5", "$SET costs $5"),
        ] {
            assert_eq!(filled(written).as_deref(), Ok(expected), "{written}");
        }
    }

    #[test]
    fn a_key_has_no_variables_and_may_have_what_looks_like_one() {
        let text = "lower($${First Name}): _id\n${SET}: x";
        let (mut root, _) = crate::yaml::parse(text).unwrap();
        let mut findings = Findings::default();
        fill_in(&mut root, text, &|_| None, false, &mut findings);
        assert_eq!(findings.kept().len(), 1);
        let keys: Vec<_> = root.keys().collect();
        assert_eq!(keys, ["lower(${First Name})", "${SET}"]);
    }

    #[test]
    fn what_cannot_be_filled_in_is_pointed_at() {
        for (written, expected) in [
            (
                "a ${UNSET} b",
                "${UNSET}: environment variable `UNSET` is not set",
            ),
            (
                "${UNSET:?ask Ops}",
                "${UNSET:?ask Ops}: environment variable `UNSET` is not set: ask Ops",
            ),
            ("${SET", "${SET: this `${` is not closed"),
            ("${}", "${}: this is no name of a variable"),
            ("${1ST}", "${1ST}: this is no name of a variable"),
            (
                "${SET-x}",
                "${SET-x}: `-x` after the variable's name is not understood",
            ),
            (
                "${SET:-${SET}}",
                "${SET:-${SET}: a default cannot have a variable in it",
            ),
        ] {
            assert_eq!(filled(written), Err(expected.to_owned()), "{written}");
        }
    }

    #[test]
    fn on_the_sandbox_a_variable_stands_for_itself() {
        let text = "key: ${NAMESPACE}";
        let (mut root, _) = crate::yaml::parse(text).unwrap();
        let mut findings = Findings::default();
        fill_in(&mut root, text, &|_| None, true, &mut findings);
        assert_eq!(findings.kept(), []);
        let Some(Node {
            value: Value::Scalar(scalar),
            ..
        }) = root.find(&Location::root().join("key"))
        else {
            panic!("{root:?}")
        };
        assert_eq!(scalar.text, "NAMESPACE");
        assert!(scalar.from.as_ref().is_some_and(|from| from.is_stand_in));
    }
}
