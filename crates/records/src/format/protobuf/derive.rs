//! The `.proto` file that fields come to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use indexmap::IndexMap;
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

/// The schema of the records; what there is no schema for. Fields of versions before keep their numbers, and those
/// that are gone leave theirs to nobody (<https://protobuf.dev/programming-guides/proto3/#deleting>). Their messages
/// stay: registries take none away.
pub(super) fn schema(
    fields: &ObjectFields,
    earlier: &[ObjectFields],
    name: &str,
    at: &Location,
) -> Result<String, Problems> {
    let (package, name) = name.rsplit_once('.').unwrap_or(("", name));
    let mut deriver = Deriver::default();
    for fields in earlier {
        deriver.message(fields, name, "", &at.join("fields"));
    }
    // What is wrong with them is said where they stand.
    deriver.problems.clear();
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

#[derive(Default)]
struct Deriver {
    has_moments: bool,
    has_anything: bool,
    /// The fields that have had the numbers from 1 on, with what they were, in the message at each place.
    numbers: BTreeMap<String, Vec<(String, String)>>,
    /// The messages by their names that have been in the message at each place.
    messages: BTreeMap<String, IndexMap<String, String>>,
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
        let mut lines = BTreeMap::new();
        let place = at.to_string();
        for (field, options) in fields {
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
                    let message = self.message(fields, &own, &inner, &at);
                    let known = self.messages.entry(place.clone()).or_default();
                    known.insert(own.clone(), message);
                    (own, true)
                }
                domain => self.scalar(domain, &at),
            };
            let label = match (is_list, is_optional || may_be_null(element)) {
                (true, _) => "repeated ",
                (false, true) if !is_message => "optional ",
                _ => "",
            };
            let number = self.number(&place, field, (is_list, &type_));
            lines.insert(
                number,
                format!("{inner}{label}{type_} {field} = {number};\n"),
            );
        }
        let reserved = self.reserved(&place, &inner, &lines, fields);
        let lines: String = lines.into_values().collect();
        let messages: String = match self.messages.get(&place) {
            Some(messages) => messages.values().map(String::as_str).collect(),
            None => String::new(),
        };
        format!("{indent}message {name} {{\n{messages}{reserved}{lines}{indent}}}\n")
    }

    /// The number of a field in the message at this place: the one that it has had, if it has been there and of the same type.
    fn number(&mut self, place: &str, field: &str, (is_list, type_): (bool, &str)) -> usize {
        let kind = if is_list {
            format!("repeated {type_}")
        } else {
            type_.to_owned()
        };
        let had = self.numbers.entry(place.to_owned()).or_default();
        let known = (had.iter()).position(|(name, of)| name == field && *of == kind);
        let index = known.unwrap_or_else(|| {
            had.push((field.to_owned(), kind));
            had.len() - 1
        });
        index + 1
    }

    /// The numbers and names that only versions before have.
    fn reserved(
        &self,
        place: &str,
        inner: &str,
        lines: &BTreeMap<usize, String>,
        fields: &ObjectFields,
    ) -> String {
        let had = self.numbers.get(place).map_or(&[][..], Vec::as_slice);
        let numbers = (1..=had.len()).filter(|number| !lines.contains_key(number));
        let numbers: Vec<_> = numbers.map(|number| number.to_string()).collect();
        let gone = had.iter().filter(|(name, _)| !fields.contains_key(name));
        let names: BTreeSet<_> = gone.map(|(name, _)| format!("\"{name}\"")).collect();
        let names: Vec<_> = names.into_iter().collect();
        let mut text = String::new();
        for reserved in [numbers, names] {
            if !reserved.is_empty() {
                let _ = writeln!(text, "{inner}reserved {};", reserved.join(", "));
            }
        }
        text
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
