//! Data Prep expressions, as far as they can be checked without the platform: whether they are
//! complete, which functions they call and which fields they read
//! (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>).
//!
//! The platform knows more of the grammar than this: only brackets and quotes that do not match, and an end
//! that is missing, are mistakes for sure.

use records::path;

/// What an expression uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// Paths of fields, as they stand in a scenario.
    pub(crate) fields: Vec<String>,
    /// Names of functions.
    pub(crate) functions: Vec<String>,
}

/// Why an expression can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// In words that go on behind "the expression".
    pub(crate) why: String,
    /// It is none in any grammar: brackets or quotes do not match, or its end is missing.
    pub(crate) is_broken: bool,
}

impl Unread {
    fn broken(why: impl Into<String>) -> Unread {
        Unread {
            why: why.into(),
            is_broken: true,
        }
    }

    /// The platform may understand it all the same.
    fn unknown(why: impl Into<String>) -> Unread {
        Unread {
            why: why.into(),
            is_broken: false,
        }
    }
}

/// Every function of Data Prep that is documented.
#[rustfmt::skip]
pub const FUNCTIONS: &[&str] = &[
    "concat", "explode", "instr", "replacestr", "substr", "lower", "lcase", "upper", "ucase", "split",
    "join", "lpad", "rpad", "left", "right", "ltrim", "rtrim", "trim", "equals", "equalsIgnoreCase",
    "extract_regex", "matches_regex", "sha1", "sha256", "sha512", "md5", "crc32", "get_url_protocol",
    "get_url_host", "get_url_port", "get_url_path", "get_url_query_str", "get_url_encoded",
    "get_url_decoded", "now", "timestamp", "format", "dformat", "date", "date_part", "set_date_part",
    "make_date_time", "make_timestamp", "zone_date_to_utc", "zone_date_to_zone", "is_empty",
    "arrays_to_object", "arrays_to_objects", "to_object", "str_to_object", "contains_key", "is_set",
    "nullify", "get_keys", "get_values", "get", "coalesce", "first", "last", "add_to_array",
    "join_arrays", "to_array", "size_of", "upsert_array_append", "upsert_array_replace", "decode",
    "iif", "min", "max", "to_bigint", "to_decimal", "to_float", "to_integer", "json_to_object",
    "uuid", "guid", "fpid_to_ecid", "ua_os_name", "ua_os_version_major", "ua_os_version",
    "ua_os_name_version", "ua_agent_version", "ua_agent_version_major", "ua_agent_name",
    "ua_device_class",
    // In older versions of the page.
    "nvl", "to_bool", "length", "replace_str", "map_get_values", "map_has_keys", "add_to_map",
    "object_to_map", "to_map", "array_to_map",
];

/// Names that stand for something else unless they are wrapped in `${…}`.
#[rustfmt::skip]
pub(crate) const RESERVED: &[&str] = &[
    "new", "mod", "or", "break", "var", "lt", "for", "false", "while", "eq", "gt", "div", "not",
    "null", "continue", "else", "and", "ne", "true", "le", "if", "ge", "return", "_errors",
];

/// Operators between two values, longer ones first.
const OPERATORS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "=~", "!~", "<", ">", "+", "-", "*", "/", "%",
];
const WORDS: &[&str] = &[
    "and", "or", "eq", "ne", "lt", "gt", "le", "ge", "div", "mod",
];

/// The longest expression that the platform takes, in characters
/// (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/home.html>).
const LONGEST: usize = 4096;
/// Deeper ones are not written by people.
const DEPTH_MAX: usize = 64;

/// What the expression uses; or why that can't be told.
pub(crate) fn used(text: &str) -> Result<Used, Unread> {
    if text.chars().count() > LONGEST {
        let why = format!("has more than {LONGEST} characters");
        return Err(Unread::broken(why));
    }
    let mut parser = Parser {
        rest: text,
        depth: 0,
        used: Used::default(),
    };
    parser.expression()?;
    match parser.word() {
        "" => Ok(parser.used),
        more => {
            let why = format!("has `{more}` where it could end");
            Err(if more.starts_with([')', ']', '}']) {
                Unread::broken(why)
            } else {
                Unread::unknown(why)
            })
        }
    }
}

/// Whether a name needs no wrapping: letters, digits, `_` and `$`, no digit in front.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(begins) && name.chars().all(goes_on)
}

fn begins(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$')
}

fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
    used: Used,
}

impl<'t> Parser<'t> {
    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// What comes next, for a message.
    fn word(&self) -> &'t str {
        let rest = self.rest.trim();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        &rest[..end]
    }

    fn expect(&mut self, token: &str) -> Result<(), Unread> {
        if self.eat(token) {
            return Ok(());
        }
        Err(match self.word() {
            "" => Unread::broken(format!("ends without `{token}`")),
            found => Unread::unknown(format!("has `{found}` where `{token}` is expected")),
        })
    }

    fn expression(&mut self) -> Result<(), Unread> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Unread::unknown("is nested too deeply"));
        }
        self.operand()?;
        while self.operator() {
            self.operand()?;
        }
        if self.eat("?") {
            self.expression()?;
            self.expect(":")?;
            self.expression()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn operator(&mut self) -> bool {
        OPERATORS.iter().any(|sign| self.eat(sign)) || WORDS.iter().any(|word| self.keyword(word))
    }

    /// A word that no name goes on from.
    fn keyword(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(word);
        let rest = rest.filter(|rest| !rest.starts_with(goes_on));
        rest.map(|rest| self.rest = rest).is_some()
    }

    fn operand(&mut self) -> Result<(), Unread> {
        while self.eat("!") || self.eat("-") || self.keyword("not") {}
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            None => return Err(Unread::broken("ends where a value is expected")),
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            Some(c) if c.is_ascii_digit() => self.number()?,
            Some('(') => {
                self.eat("(");
                self.expression()?;
                self.expect(")")?;
            }
            Some('[') => {
                self.eat("[");
                self.list("]")?;
            }
            Some('{') => {
                self.eat("{");
                self.list("}")?;
            }
            Some(c) if begins(c) => self.name()?,
            Some(_) => {
                let why = format!("has `{}` where a value is expected", self.word());
                return Err(Unread::unknown(why));
            }
        }
        // Of what was worked out: methods, members, elements.
        loop {
            if self.eat("[") {
                self.expression()?;
                self.expect("]")?;
            } else if self.eat(".") {
                let name = self.step()?;
                if self.eat("(") {
                    self.used.functions.push(name);
                    self.list(")")?;
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Values with commas in between, or keys with values, up to `end`.
    fn list(&mut self, end: &str) -> Result<(), Unread> {
        if self.eat(end) {
            return Ok(());
        }
        loop {
            self.expression()?;
            if end == "}" && self.eat(":") {
                self.expression()?;
            }
            if !self.eat(",") {
                return self.expect(end);
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<(), Unread> {
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => {
                    chars.next();
                }
                c if c == quote => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(Unread::broken(format!(
            "has a text without its closing `{quote}`"
        )))
    }

    fn number(&mut self) -> Result<(), Unread> {
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        if rest.starts_with(begins) || number.parse::<f64>().is_err() {
            let found = self.word();
            let why = format!("has `{number}{found}`, which is no number");
            return Err(Unread::unknown(why));
        }
        Ok(())
    }

    /// A field, or a call.
    fn name(&mut self) -> Result<(), Unread> {
        let mut steps = vec![self.step()?];
        if self.eat("(") {
            self.used.functions.extend(steps);
            return self.list(")");
        }
        while self.eat(".") {
            let step = self.step()?;
            if self.eat("(") {
                self.used.functions.push(step);
                self.read(&steps);
                return self.list(")");
            }
            steps.push(step);
        }
        self.read(&steps);
        Ok(())
    }

    fn read(&mut self, steps: &[String]) {
        let is_constant =
            matches!(steps, [one] if matches!(one.as_str(), "true" | "false" | "null"));
        if !is_constant {
            let path = steps
                .iter()
                .fold(String::new(), |at, it| path::join(&at, it));
            self.used.fields.push(path);
        }
    }

    /// One name of a path: plain, with escaped dots, or wrapped.
    fn step(&mut self) -> Result<String, Unread> {
        if self.eat("${") {
            let (name, rest) = self
                .rest
                .split_once('}')
                .ok_or_else(|| Unread::broken("has `${` without its `}`"))?;
            self.rest = rest;
            return Ok(name.replace("\\.", "."));
        }
        let mut name = String::new();
        loop {
            let end = self.rest.find(|c| !goes_on(c)).unwrap_or(self.rest.len());
            let (part, rest) = self.rest.split_at(end);
            name.push_str(part);
            self.rest = rest;
            match rest.strip_prefix("\\.") {
                Some(rest) => {
                    name.push('.');
                    self.rest = rest;
                }
                None if name.is_empty() => {
                    let why = format!("has `{}` where a name is expected", self.word());
                    return Err(Unread::unknown(why));
                }
                None => return Ok(name),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_and_functions_are_found() {
        for (text, fields, functions) in [
            ("firstName", &["firstName"][..], &[][..]),
            (
                "concat(first, \" \", name.last)",
                &["first", "name.last"],
                &["concat"],
            ),
            ("${First Name} + 'x'", &["First Name"], &[]),
            (
                "lower(address.street\\.name)",
                &["address.street\\.name"],
                &["lower"],
            ),
            (
                "iif(a.equalsIgnoreCase('S') and not b, 1, -2.5)",
                &["a", "b"],
                &["iif", "equalsIgnoreCase"],
            ),
            (
                "str_to_object(text, '-', ';').get('x')",
                &["text"],
                &["str_to_object", "get"],
            ),
            ("items[0].sku", &["items"], &[]),
            ("is_empty([1, null, {'a': b}])", &["b"], &["is_empty"]),
            ("a > 0 ? true : false", &["a"], &[]),
            ("orders - normal", &["orders", "normal"], &[]),
        ] {
            let used = used(text).unwrap();
            assert_eq!(
                (used.fields, used.functions),
                (owned(fields), owned(functions)),
                "{text}"
            );
        }
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_does_not_parse_is_told_why() {
        for (text, why) in [
            ("", "ends where a value is expected"),
            ("concat(a, ", "ends where a value is expected"),
            ("concat(a", "ends without `)`"),
            ("lower('a", "has a text without its closing `'`"),
            ("a +", "ends where a value is expected"),
            ("(a", "ends without `)`"),
            ("a)", "has `)` where it could end"),
            ("${First Name", "has `${` without its `}`"),
        ] {
            assert_eq!(used(text), Err(Unread::broken(why)), "{text}");
        }
        // The platform may know more.
        for (text, why) in [
            ("concat(a b)", "has `b)` where `)` is expected"),
            ("concat(, a)", "has `,` where a value is expected"),
            ("first last", "has `last` where it could end"),
            ("1st", "has `1st`, which is no number"),
        ] {
            assert_eq!(used(text), Err(Unread::unknown(why)), "{text}");
        }
        assert!(used(&"(".repeat(4_000)).is_err());
        let long = format!("'{}'", "x".repeat(4_095));
        let why = "has more than 4096 characters";
        assert_eq!(used(&long), Err(Unread::broken(why)));
    }

    proptest! {
        /// Whatever somebody writes, it is answered.
        #[test]
        fn nothing_breaks_the_parser(text in ".{0,60}") {
            let _ = used(&text);
        }
    }
}
