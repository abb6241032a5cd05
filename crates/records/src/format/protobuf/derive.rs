//! The `.proto` file that fields come to.

use std::fmt::Write;

use options::{Location, Problem, Problems};

use super::super::avro::plain;
use crate::domain::Domain;
use crate::field::FieldOptions;
use crate::format::fields::when_there;
use crate::kinds::ObjectFields;

/// Whether it is a name in Protobuf's language.
pub(super) fn is_name(name: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
}

/// The schema of the records; what there is no schema for.
pub(super) fn schema(fields: &ObjectFields, name: &str, at: &Location) -> Result<String, Problems> {
    let mut deriver = Deriver {
        has_moments: false,
        has_anything: false,
        problems: Problems::new(),
    };
    let (package, name) = name.rsplit_once('.').unwrap_or(("", name));
    let message = deriver.message(fields, name, "", &at.join("fields"));
    if !deriver.problems.is_empty() {
        return Err(deriver.problems);
    }
    let mut text = "syntax = \"proto3\";\n".to_owned();
    if !package.is_empty() {
        let _ = write!(text, "\npackage {package};\n");
    }
    let imports = [
        ("struct", deriver.has_anything),
        ("timestamp", deriver.has_moments),
    ];
    let imports: Vec<_> = imports.iter().filter(|(_, is_used)| *is_used).collect();
    if !imports.is_empty() {
        text += "\n";
    }
    for (file, _) in imports {
        let _ = writeln!(text, "import \"google/protobuf/{file}.proto\";");
    }
    Ok(text + "\n" + &message)
}

struct Deriver {
    has_moments: bool,
    has_anything: bool,
    problems: Problems,
}

impl Deriver {
    fn message(
        &mut self,
        fields: &ObjectFields,
        name: &str,
        indent: &str,
        at: &Location,
    ) -> String {
        let inner = format!("{indent}  ");
        let mut messages = String::new();
        let mut lines = String::new();
        for (number, (field, options)) in (1..).zip(fields) {
            let at = at.join(field);
            if !is_name(field) {
                let message = format!("`{field}` is no name for a field of Protobuf");
                let help = "use letters, digits and `_`, and no digit in front";
                self.problems
                    .push(Problem::new(at.clone(), message).help(help));
            }
            let (of, is_optional) = when_there(options);
            let (element, is_list) = match of {
                FieldOptions::Array(options) => (&*options.of, true),
                one => (one, false),
            };
            let own = type_name(field, name);
            let (type_, is_message) = match element.domain() {
                Domain::Object(fields) => {
                    messages += &self.message(fields, &own, &inner, &at);
                    (own, true)
                }
                domain => self.scalar(domain, &at),
            };
            let label = match (is_list, is_optional || may_be_null(element)) {
                (true, _) => "repeated ",
                (false, true) if !is_message => "optional ",
                _ => "",
            };
            let _ = writeln!(lines, "{inner}{label}{type_} {field} = {number};");
        }
        format!("{indent}message {name} {{\n{messages}{lines}{indent}}}\n")
    }

    /// The name of a type that is no message of ours, and whether it is a message.
    fn scalar(&mut self, domain: Domain<'_>, at: &Location) -> (String, bool) {
        let there = match domain {
            Domain::Fixed(values) => plain(Domain::Fixed(
                values.into_iter().filter(|it| !it.is_null()).collect(),
            )),
            domain => domain,
        };
        let type_ = match there {
            Domain::Words | Domain::Texts | Domain::Days => "string",
            Domain::Whole(..) => "int64",
            Domain::Decimals => "double",
            Domain::Truth => "bool",
            Domain::Moments => {
                self.has_moments = true;
                return ("google.protobuf.Timestamp".to_owned(), true);
            }
            // Several types, or objects and lists that are always the same.
            Domain::Fixed(_) => {
                self.has_anything = true;
                return ("google.protobuf.Value".to_owned(), true);
            }
            Domain::Object(_) | Domain::List(_) => {
                let message = "Protobuf has no lists of lists";
                let help = "put an object between them: `{array: {of: {object: {…}}}}`";
                self.problems
                    .push(Problem::new(at.clone(), message).help(help));
                "string"
            }
        };
        (type_.to_owned(), false)
    }
}

/// Whether one of the known values is null.
fn may_be_null(field: &FieldOptions) -> bool {
    if let FieldOptions::Lookup(options) = field.resolved() {
        return options.may_be_null();
    }
    matches!(field.domain(), Domain::Fixed(values) if values.iter().any(|it| it.is_null()))
}

/// The name of a message for a field: `lineItems` → `LineItems`. Not the one that it is in, since the field's type
/// would then be that one.
fn type_name(field: &str, outer: &str) -> String {
    let name = super::super::avro::capital(field);
    if name == outer || !is_name(&name) {
        format!("{outer}{name}")
    } else {
        name
    }
}
