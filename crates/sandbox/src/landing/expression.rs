//! Sources of a mapping: a field of the record, or a Data Prep expression over its fields
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>).
//! The functions that people use most are here; others are refused, as unknown ones are there.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

/// A parsed source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    /// A field, step by step.
    Path(Vec<String>),
    Literal(Value),
    Call(String, Vec<Expression>),
    Compare(Box<Expression>, Comparison, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    Greater,
}

/// Names, and how many arguments they take: at least, at most.
const FUNCTIONS: [(&str, usize, usize); 17] = [
    ("concat", 1, usize::MAX),
    ("lower", 1, 1),
    ("upper", 1, 1),
    ("trim", 1, 1),
    ("iif", 3, 3),
    ("is_empty", 1, 1),
    ("nvl", 2, 2),
    ("coalesce", 1, usize::MAX),
    ("to_integer", 1, 1),
    ("to_float", 1, 1),
    ("to_bool", 1, 1),
    ("length", 1, 1),
    ("replace_str", 3, 3),
    ("substr", 2, 3),
    ("uuid", 0, 0),
    ("now", 0, 0),
    ("object_to_map", 1, 1),
];

/// Names that a field has only if they are wrapped in `${}`
/// (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>).
const RESERVED: [&str; 24] = [
    "new", "mod", "or", "break", "var", "lt", "for", "false", "while", "eq", "gt", "div", "not",
    "null", "continue", "else", "and", "ne", "true", "le", "if", "ge", "return", "_errors",
];

/// The functions that there are.
pub(crate) fn functions() -> impl Iterator<Item = (&'static str, usize, usize)> {
    FUNCTIONS.into_iter()
}

impl Expression {
    pub(crate) fn parse(text: &str) -> Result<Expression, String> {
        let mut parser = Parser {
            rest: text.trim(),
            depth: 0,
        };
        let expression = parser.comparison()?;
        if parser.rest.is_empty() {
            Ok(expression)
        } else {
            Err(format!(
                "unexpected `{}` in the expression {text}",
                parser.rest
            ))
        }
    }

    /// A field, whatever its name looks like.
    pub(crate) fn path(text: &str) -> Expression {
        match Expression::parse(text) {
            Ok(path @ Expression::Path(_)) => path,
            _ => Expression::Path(text.split('.').map(str::to_owned).collect()),
        }
    }

    /// Its value for a record. What is not there is null.
    pub(crate) fn value(&self, record: &Value) -> Value {
        match self {
            Expression::Path(steps) => {
                let found = steps.iter().try_fold(record, |at, step| at.get(step));
                found.cloned().unwrap_or_default()
            }
            Expression::Literal(value) => value.clone(),
            Expression::Call(name, arguments) => call(name, arguments, record),
            Expression::Compare(left, comparison, right) => {
                let (left, right) = (left.value(record), right.value(record));
                let order = || -> Option<Ordering> {
                    match (left.as_f64(), right.as_f64()) {
                        (Some(a), Some(b)) => a.partial_cmp(&b),
                        _ => Some(text(&left).cmp(&text(&right))),
                    }
                };
                Value::from(match comparison {
                    Comparison::Equal => order() == Some(Ordering::Equal),
                    Comparison::Unequal => order() != Some(Ordering::Equal),
                    Comparison::Less => order() == Some(Ordering::Less),
                    Comparison::Greater => order() == Some(Ordering::Greater),
                })
            }
        }
    }
}

fn call(name: &str, arguments: &[Expression], record: &Value) -> Value {
    let value = |index: usize| {
        arguments
            .get(index)
            .map(|it| it.value(record))
            .unwrap_or_default()
    };
    let of_text = |change: fn(&str) -> String| match value(0) {
        Value::Null => Value::Null,
        other => Value::from(change(&text(&other))),
    };
    match name {
        "concat" => arguments
            .iter()
            .map(|it| text(&it.value(record)))
            .collect::<String>()
            .into(),
        "lower" => of_text(str::to_lowercase),
        "upper" => of_text(str::to_uppercase),
        "trim" => of_text(|text| text.trim().to_owned()),
        "length" => value(0)
            .as_str()
            .map_or(Value::Null, |text| text.chars().count().into()),
        "iif" => value(if is_true(&value(0)) { 1 } else { 2 }),
        "is_empty" => is_empty(&value(0)).into(),
        "nvl" | "coalesce" => {
            let values = arguments.iter().map(|it| it.value(record));
            values
                .into_iter()
                .find(|value| !value.is_null())
                .unwrap_or_default()
        }
        "to_integer" => text(&value(0))
            .trim()
            .parse::<i64>()
            .map_or(Value::Null, Value::from),
        "to_float" => text(&value(0))
            .trim()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        "to_bool" => is_true(&value(0)).into(),
        "replace_str" => text(&value(0))
            .replace(&text(&value(1)), &text(&value(2)))
            .into(),
        "substr" => {
            let start = value(1).as_u64().unwrap_or(0) as usize;
            let length = value(2)
                .as_u64()
                .map_or(usize::MAX, |length| length as usize);
            text(&value(0))
                .chars()
                .skip(start)
                .take(length)
                .collect::<String>()
                .into()
        }
        "uuid" => uuid::Uuid::new_v4().to_string().into(),
        "now" => Timestamp::now().to_string().into(),
        "object_to_map" => match value(0) {
            object @ Value::Object(_) => object,
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => matches!(text.to_lowercase().as_str(), "y" | "yes" | "on" | "true"),
        _ => false,
    }
}

/// A value as text; null is nothing.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.term()?;
        let comparisons = [
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        for (token, comparison) in comparisons {
            if self.eat(token) {
                let right = self.term()?;
                return Ok(Expression::Compare(
                    Box::new(left),
                    comparison,
                    Box::new(right),
                ));
            }
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > 64 {
            return Err("the expression is nested too deeply".to_owned());
        }
        self.skip();
        let term = match self.rest.chars().next() {
            None => Err("the expression ends too early".to_owned()),
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(_) => self.name(),
        };
        self.depth -= 1;
        self.skip();
        term
    }

    fn quoted(&mut self, quote: char) -> Result<Expression, String> {
        let (content, rest) = self.rest[1..]
            .split_once(quote)
            .ok_or_else(|| format!("the text {} has no end", self.rest))?;
        self.rest = rest;
        Ok(Expression::Literal(content.into()))
    }

    fn number(&mut self) -> Result<Expression, String> {
        let end = self
            .rest
            .find(|c: char| !"0123456789.-eE+".contains(c))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        let value =
            serde_json::from_str(number).map_err(|_| format!("{number} is not a number"))?;
        Ok(Expression::Literal(value))
    }

    fn name(&mut self) -> Result<Expression, String> {
        let is_wrapped = self.rest.starts_with("${");
        let name = self.step()?;
        match name.as_str() {
            _ if is_wrapped => {}
            "true" => return Ok(Expression::Literal(true.into())),
            "false" => return Ok(Expression::Literal(false.into())),
            "null" => return Ok(Expression::Literal(Value::Null)),
            word if RESERVED.contains(&word) => {
                return Err(format!("{word} is a reserved keyword: wrap it in ${{}}"));
            }
            _ => {}
        }
        if is_wrapped || !self.eat("(") {
            let mut steps = vec![name];
            while self.eat(".") {
                steps.push(self.step()?);
            }
            return Ok(Expression::Path(steps));
        }
        let (name, least, most) = *FUNCTIONS
            .iter()
            .find(|(known, ..)| *known == name)
            .ok_or_else(|| format!("there is no function {name}"))?;
        let mut arguments = Vec::new();
        while !self.eat(")") {
            if !arguments.is_empty() && !self.eat(",") {
                return Err(format!("`,` or `)` is missing in {name}"));
            }
            arguments.push(self.comparison()?);
        }
        if (least..=most).contains(&arguments.len()) {
            Ok(Expression::Call(name.to_owned(), arguments))
        } else {
            Err(format!(
                "{name} does not take {} arguments",
                arguments.len()
            ))
        }
    }
}

impl Parser<'_> {
    /// One name: an identifier, in which a dot is escaped, or anything wrapped in `${}`.
    fn step(&mut self) -> Result<String, String> {
        if let Some(rest) = self.rest.strip_prefix("${") {
            let (name, rest) = rest.split_once('}').ok_or("a ${ is not closed")?;
            self.rest = rest;
            return Ok(name.replace("\\.", "."));
        }
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        let mut name = String::new();
        loop {
            let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
            name.push_str(&self.rest[..end]);
            self.rest = &self.rest[end..];
            let Some(rest) = self.rest.strip_prefix("\\.") else {
                break;
            };
            name.push('.');
            self.rest = rest;
        }
        if name.is_empty() {
            return Err(format!("unexpected `{}`", self.rest));
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(expression: &str) -> Value {
        let record = json!({"firstName": "Ada ", "n": "42", "empty": "", "a": {"b": true}});
        Expression::parse(expression).unwrap().value(&record)
    }

    #[test]
    fn fields_functions_and_comparisons() {
        assert_eq!(value("firstName"), "Ada ");
        assert_eq!(value("a.b"), true);
        assert_eq!(value("missing.field"), Value::Null);
        assert_eq!(value("concat(trim(firstName), \"-\", 'x', 1)"), "Ada-x1");
        assert_eq!(value("iif(is_empty(empty), 'none', empty)"), "none");
        assert_eq!(value("iif(n == '42', upper(firstName), null)"), "ADA ");
        assert_eq!(value("to_integer(n)"), 42);
        assert_eq!(value("coalesce(missing, nvl(missing, 'z'))"), "z");
        assert_eq!(value("substr(firstName, 1, 2)"), "da");
    }

    #[test]
    fn names_that_are_no_identifiers_are_wrapped() {
        let record = json!({"First Name": "Ada", "first.name": "Bo", "last-name": "Cy", "new": 1,
            "place": {"street.name": "Elm", "post code": 7}});
        let value = |text: &str| Expression::parse(text).unwrap().value(&record);
        assert_eq!(value("${First Name}"), "Ada");
        assert_eq!(value("${first\\.name}"), "Bo");
        assert_eq!(value("concat(${last-name}, '!')"), "Cy!");
        assert_eq!(value("${new}"), 1);
        assert_eq!(value("place.street\\.name"), "Elm");
        assert_eq!(value("place.${post code}"), 7);
        for bad in ["last-name", "new", "First Name", "${First Name", "tags[0]"] {
            assert!(Expression::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for bad in [
            "",
            "f(",
            "nonsense(1)",
            "lower()",
            "lower(a",
            "'open",
            "a b",
            "(",
            "1x",
        ] {
            assert!(Expression::parse(bad).is_err(), "{bad}");
        }
        assert!(Expression::parse(&"lower(".repeat(1000)).is_err());
    }

    proptest! {
        // Whatever somebody writes, it is answered.
        #[test]
        fn nothing_breaks_the_parser(text in ".{0,60}") {
            if let Ok(expression) = Expression::parse(&text) {
                expression.value(&json!({"a": 1}));
            }
        }
    }
}
