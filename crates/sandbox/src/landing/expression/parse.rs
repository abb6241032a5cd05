//! The grammar, which is that of JEXL (<https://commons.apache.org/proper/commons-jexl/>) as far as Data
//! Prep documents it.

use serde_json::Value;

use super::functions::{Function, find};
use super::{Expression, Operator};

/// Names that a field has only if they are wrapped in `${}`
/// (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>).
const RESERVED: [&str; 24] = [
    "new", "mod", "or", "break", "var", "lt", "for", "false", "while", "eq", "gt", "div", "not",
    "null", "continue", "else", "and", "ne", "true", "le", "if", "ge", "return", "_errors",
];

/// What stands between two values, by how tightly it binds, loosest first. Longer signs come before those
/// that they begin with.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("eq", Operator::Equal),
        ("!=", Operator::Unequal),
        ("ne", Operator::Unequal),
        ("=~", Operator::Matches),
        ("!~", Operator::Differs),
    ],
    &[
        ("<=", Operator::AtMost),
        ("le", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("ge", Operator::AtLeast),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[
        ("*", Operator::Times),
        ("/", Operator::Over),
        ("div", Operator::Over),
        ("%", Operator::Modulo),
        ("mod", Operator::Modulo),
    ],
];

/// Deeper ones are refused.
const DEPTH_MAX: usize = 64;

pub(super) fn expression(text: &str) -> Result<Expression, String> {
    let mut parser = Parser {
        rest: text.trim(),
        depth: 0,
    };
    let expression = parser.expression()?;
    parser.skip();
    if parser.rest.is_empty() {
        Ok(expression)
    } else {
        Err(format!(
            "unexpected `{}` in the expression {text}",
            parser.rest
        ))
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
        let rest = self.rest.strip_prefix(token);
        // A word goes on.
        let is_word = token.starts_with(|c: char| c.is_alphabetic());
        let rest = rest.filter(|rest| !is_word || !rest.starts_with(is_part));
        rest.map(|rest| self.rest = rest).is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) {
            Ok(())
        } else if self.rest.is_empty() {
            Err(format!("`{token}` is missing at the end"))
        } else {
            Err(format!("`{token}` is missing before `{}`", self.rest))
        }
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the expression is nested too deeply".to_owned());
        }
        let condition = self.level(0)?;
        let expression = if self.eat("?") {
            let yes = self.expression()?;
            self.expect(":")?;
            let no = self.expression()?;
            Expression::Choice(Box::new([condition, yes, no]))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn level(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.signed();
        };
        let mut left = self.level(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.eat(sign)) {
            let right = self.level(level + 1)?;
            left = Expression::Operation(Box::new(left), *operator, Box::new(right));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the expression is nested too deeply".to_owned());
        }
        let signed = if self.eat("!") || self.eat("not") {
            Expression::Not(Box::new(self.signed()?))
        } else if self.eat("-") {
            Expression::Negative(Box::new(self.signed()?))
        } else {
            self.value()?
        };
        self.depth -= 1;
        Ok(signed)
    }

    /// A value, and what is asked of it.
    fn value(&mut self) -> Result<Expression, String> {
        self.skip();
        let mut value = match self.rest.chars().next() {
            None => return Err("the expression ends too early".to_owned()),
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            Some(c) if c.is_ascii_digit() => self.number()?,
            Some('(') => {
                self.eat("(");
                let inner = self.expression()?;
                self.expect(")")?;
                inner
            }
            Some('[') => {
                self.eat("[");
                Expression::List(self.list("]")?)
            }
            Some('{') => self.object()?,
            Some(_) => self.name()?,
        };
        loop {
            if self.eat("[") {
                let which = self.expression()?;
                self.expect("]")?;
                value = Expression::Element(Box::new(value), Box::new(which));
            } else if self.eat(".") {
                let name = self.step()?;
                value = if self.eat("(") {
                    self.call(&name, vec![value])?
                } else if let Expression::Path(mut steps) = value {
                    steps.push(name);
                    Expression::Path(steps)
                } else {
                    let which = Expression::Literal(name.into());
                    Expression::Element(Box::new(value), Box::new(which))
                };
            } else {
                return Ok(value);
            }
        }
    }

    /// Values with commas in between, up to `end`.
    fn list(&mut self, end: &str) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        while !self.eat(end) {
            if !items.is_empty() && !self.eat(",") {
                return Err(format!("`,` or `{end}` is missing before `{}`", self.rest));
            }
            items.push(self.expression()?);
        }
        Ok(items)
    }

    fn object(&mut self) -> Result<Expression, String> {
        self.eat("{");
        let mut fields = Vec::new();
        while !self.eat("}") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            let name = match self.level(0)? {
                // `{name: …}` is as good as `{'name': …}`.
                Expression::Path(steps) if steps.len() == 1 => {
                    Expression::Literal(steps.concat().into())
                }
                name => name,
            };
            self.expect(":")?;
            fields.push((name, self.expression()?));
        }
        Ok(Expression::Object(fields))
    }

    /// A text, in which a `\` stands before what is meant literally.
    fn quoted(&mut self, quote: char) -> Result<Expression, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, escaped @ ('\\' | '"' | '\''))) => text.push(escaped),
                    // What follows is a regular expression's own.
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Ok(Expression::Literal(text.into()));
                }
                c => text.push(c),
            }
        }
        Err(format!("the text {} has no end", self.rest))
    }

    fn number(&mut self) -> Result<Expression, String> {
        let is_digit = |c: char| c.is_ascii_digit() || c == '.';
        let end = self.rest.find(|c| !is_digit(c));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let value: Option<Value> = serde_json::from_str(number).ok();
        match value.filter(|_| !rest.starts_with(is_part)) {
            Some(value) => Ok(Expression::Literal(value)),
            None => Err(format!("{number}{rest} is not a number")),
        }
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
        if !is_wrapped && self.eat("(") {
            return self.call(&name, Vec::new());
        }
        Ok(Expression::Path(vec![name]))
    }

    /// A function of what stands before it, if anything does, and of its arguments.
    fn call(&mut self, name: &str, mut arguments: Vec<Expression>) -> Result<Expression, String> {
        let function: &Function = find(name)?;
        arguments.extend(self.list(")")?);
        if (function.least..=function.most).contains(&arguments.len()) {
            Ok(Expression::Call(function, arguments))
        } else {
            Err(format!(
                "{name} does not take {} arguments",
                arguments.len()
            ))
        }
    }

    /// One name: an identifier, in which a dot is escaped, or anything wrapped in `${}`.
    fn step(&mut self) -> Result<String, String> {
        self.skip();
        if let Some(rest) = self.rest.strip_prefix("${") {
            let (name, rest) = rest.split_once('}').ok_or("a ${ is not closed")?;
            self.rest = rest;
            return Ok(name.replace("\\.", "."));
        }
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

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}
