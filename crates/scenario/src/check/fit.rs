//! Values of records next to the types of the custom fields that they are mapped to.

use flow::{FieldType, FlowOptions};
use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::civil::Date;
use options::{Location, Problem};
use records::{Domain, FieldOptions};
use serde_json::Value;

use super::Checker;

type Fields = IndexMap<String, FieldOptions>;

impl Checker<'_> {
    /// Every custom field that some record does not fit into, by the flow at `at`.
    pub(super) fn fit(&mut self, flow: &FlowOptions, fields: &Fields, at: &Location) {
        let Some(schema) = &flow.schema else { return };
        for (name, type_) in &schema.fields {
            let target = format!("_tenant.{name}");
            let below = format!("{target}.");
            let mut is_mapped = false;
            for (source, path) in &flow.mapping {
                let rest = path.strip_prefix(&below);
                is_mapped |= *path == target || rest.is_some();
                let type_ = match rest {
                    Some(rest) => type_.at(rest),
                    None => Some(type_).filter(|_| *path == target),
                };
                if let (Some(type_), Some(field)) = (type_, field_at(fields, source)) {
                    let at = at.join("mapping").join(source);
                    let is_map = matches!(type_, FieldType::Map(_));
                    let why = if is_map {
                        Some(no_map(source))
                    } else {
                        misfit(field, type_)
                    };
                    self.unfit(source, type_, why, at);
                }
            }
            if !is_mapped && let Some(field) = fields.get(name) {
                let at = at.join("schema").join("fields").join(name);
                self.unfit(name, type_, misfit(field, type_), at);
            }
        }
    }

    fn unfit(&mut self, source: &str, type_: &FieldType, why: Option<Why>, at: Location) {
        let Some(Why { what, help }) = why else {
            return;
        };
        let message = format!(
            "`{source}` does not fit into a field of the type `{}`: {what}",
            type_.words()
        );
        let problem = Problem::new(at, message);
        self.report_key(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
}

/// Why a value does not fit, and what to do.
struct Why {
    what: String,
    help: Option<String>,
}

impl Why {
    fn new(what: impl Into<String>) -> Why {
        Why {
            what: what.into(),
            help: None,
        }
    }

    fn help(self, help: impl Into<String>) -> Why {
        Why {
            help: Some(help.into()),
            ..self
        }
    }
}

fn no_map(source: &str) -> Why {
    Why::new("Data Prep makes no map of an object by itself")
        .help(format!("write `object_to_map({source})`"))
}

/// The field of a record at a path; `None` for an expression, or if there is none.
fn field_at<'f>(fields: &'f Fields, path: &str) -> Option<&'f FieldOptions> {
    if let Some(field) = fields.get(path) {
        return Some(field);
    }
    let (step, rest) = path.split_once('.')?;
    match fields.get(step)?.domain() {
        Domain::Object(fields) => field_at(fields, rest),
        _ => None,
    }
}

/// Why some value of `field` can't be one of the type; `None`: each can, as far as is known.
fn misfit(field: &FieldOptions, type_: &FieldType) -> Option<Why> {
    let domain = field.domain();
    if let (Domain::Fixed(values), false) = (&domain, is_nested(type_)) {
        let odd = values.iter().find(|value| !is_one(value, type_))?;
        let why = Why::new(format!("it can be `{}`", shown(odd)));
        return Some(match larger(odd.as_i64(), type_) {
            Some(help) => why.help(help),
            None => why,
        });
    }
    if let Some((least, most)) = type_.range() {
        return match domain {
            Domain::Whole(from, to) if from < least || to > most => {
                let odd = if to > most { to } else { from };
                let why = Why::new(format!(
                    "it can be {odd}, and the type ends at {}",
                    if to > most { most } else { least }
                ));
                Some(match larger(Some(odd), type_) {
                    Some(help) => why.help(help),
                    None => why,
                })
            }
            Domain::Whole(..) | Domain::Texts => None,
            Domain::Decimals => Some(Why::new("it has decimal places").help("make it `number`")),
            other => Some(no_such(&other, "whole numbers")),
        };
    }
    match (type_, domain) {
        (FieldType::Object(types), Domain::Object(fields)) => within(types, fields),
        (FieldType::Map(of), Domain::Object(fields)) => {
            let mut all = fields.iter();
            all.find_map(|(name, field)| inside(name, misfit(field, of)))
        }
        (FieldType::Array(of), Domain::List(field)) => misfit(field, of).map(|why| Why {
            what: format!("one of its values does not, as {}", why.what),
            ..why
        }),
        (FieldType::Object(_) | FieldType::Map(_), Domain::Fixed(values)) => {
            let odd = values.iter().find(|it| !it.is_object())?;
            Some(Why::new(format!("`{}` has no fields", shown(odd))))
        }
        (FieldType::Array(_), Domain::Fixed(values)) => {
            let odd = values.iter().find(|it| !it.is_array())?;
            Some(Why::new(format!("`{}` is no list", shown(odd))))
        }
        (FieldType::Object(_) | FieldType::Map(_), other) => {
            Some(no_such(&other, "fields of its own"))
        }
        (FieldType::Array(_), other) => Some(no_such(&other, "lists")),
        (_, other @ (Domain::Object(_) | Domain::List(_))) => {
            Some(no_such(&other, "single values"))
        }
        (
            FieldType::Number,
            other @ (Domain::Words | Domain::Truth | Domain::Moments | Domain::Days),
        ) => Some(no_such(&other, "numbers")),
        (
            FieldType::Boolean,
            other @ (Domain::Words
            | Domain::Whole(..)
            | Domain::Decimals
            | Domain::Moments
            | Domain::Days),
        ) => Some(no_such(&other, "true and false")),
        (FieldType::DateTime, other @ (Domain::Words | Domain::Truth | Domain::Decimals)) => {
            Some(no_such(&other, "moments").help("a field of the kind `event_time` does"))
        }
        (
            FieldType::Date,
            other @ (Domain::Words | Domain::Truth | Domain::Decimals | Domain::Whole(..)),
        ) => Some(no_such(&other, "days").help("a field of the kind `date` does")),
        (
            FieldType::Enum(_),
            other @ (Domain::Whole(..)
            | Domain::Decimals
            | Domain::Truth
            | Domain::Moments
            | Domain::Days),
        ) => Some(
            no_such(&other, "the values of the enum").help("a field of the kind `choose` does"),
        ),
        _ => None,
    }
}

/// An object's fields, each in the type of its name.
fn within(types: &IndexMap<String, FieldType>, fields: &Fields) -> Option<Why> {
    fields
        .iter()
        .find_map(|(name, field)| match types.get(name) {
            Some(type_) => inside(name, misfit(field, type_)),
            None => Some(Why::new(format!("the type has no field `{name}`"))),
        })
}

fn inside(name: &str, why: Option<Why>) -> Option<Why> {
    why.map(|why| Why {
        what: format!("its `{name}` does not, as {}", why.what),
        ..why
    })
}

const fn is_nested(type_: &FieldType) -> bool {
    matches!(
        type_,
        FieldType::Array(_) | FieldType::Object(_) | FieldType::Map(_)
    )
}

/// Whether one value can be one of the type, with the platform's conversions.
fn is_one(value: &Value, type_: &FieldType) -> bool {
    let text = value.as_str();
    match type_ {
        _ if value.is_null() => true,
        FieldType::String => !value.is_object() && !value.is_array(),
        FieldType::Number => {
            value.is_number() || text.is_some_and(|it| it.trim().parse::<f64>().is_ok())
        }
        FieldType::Boolean => {
            let words = ["y", "yes", "on", "true", "n", "no", "off", "false"];
            value.is_boolean() || text.is_some_and(|it| words.contains(&it.to_lowercase().as_str()))
        }
        FieldType::DateTime => {
            value.is_i64()
                || text
                    .is_some_and(|it| it.parse::<Timestamp>().is_ok() || it.parse::<Date>().is_ok())
        }
        FieldType::Date => {
            text.is_some_and(|it| it.get(..10).is_some_and(|day| day.parse::<Date>().is_ok()))
        }
        FieldType::Enum(values) => text.is_some_and(|it| values.iter().any(|one| one == it)),
        _ => {
            let number = value.as_i64().or_else(|| text?.trim().parse().ok());
            let (Some(number), Some((least, most))) = (number, type_.range()) else {
                return false;
            };
            (least..=most).contains(&number)
        }
    }
}

/// The smallest type of whole numbers that this one fits into, if it is another one.
fn larger(number: Option<i64>, type_: &FieldType) -> Option<String> {
    type_.range()?;
    let types = [
        FieldType::Byte,
        FieldType::Short,
        FieldType::Integer,
        FieldType::Long,
    ];
    let fits = |it: &&FieldType| {
        let range = it.range();
        range.is_some_and(|(least, most)| number.is_some_and(|it| (least..=most).contains(&it)))
    };
    let larger = types.iter().find(fits)?;
    Some(format!("make it `{}`", larger.words()))
}

fn no_such(domain: &Domain<'_>, wanted: &str) -> Why {
    let has = match domain {
        Domain::Words | Domain::Texts => "texts",
        Domain::Whole(..) | Domain::Decimals => "numbers",
        Domain::Truth => "true and false",
        Domain::Moments => "moments",
        Domain::Days => "days",
        Domain::Fixed(_) => "values",
        Domain::Object(_) => "fields of its own",
        Domain::List(_) => "lists",
    };
    Why::new(format!("it has {has}, and the type wants {wanted}"))
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn why(field: Value, type_: Value) -> Option<String> {
        let field: FieldOptions = serde_json::from_value(field).unwrap();
        let type_: FieldType = serde_json::from_value(type_).unwrap();
        misfit(&field, &type_).map(|why| match why.help {
            Some(help) => format!("{}; {help}", why.what),
            None => why.what,
        })
    }

    #[test]
    fn whole_numbers_have_to_fit_into_their_bits() {
        let up_to = |max: i64| json!({"integer": {"max": max}});
        assert_eq!(why(up_to(2_147_483_647), json!("integer")), None);
        assert_eq!(
            why(up_to(2_147_483_648), json!("integer")).unwrap(),
            "it can be 2147483648, and the type ends at 2147483647; make it `long`"
        );
        assert_eq!(
            why(json!({"integer": {"min": -200, "max": 5}}), json!("byte")).unwrap(),
            "it can be -200, and the type ends at -128; make it `short`"
        );
        // Milliseconds since 1970.
        let millis = json!({"event_time": {"format": "epoch_ms"}});
        assert!(
            why(millis.clone(), json!("integer"))
                .unwrap()
                .ends_with("make it `long`")
        );
        assert_eq!(why(millis, json!("long")), None);
        assert_eq!(why(json!({"choose": ["1", 2]}), json!("byte")), None);
        assert!(
            why(json!({"choose": [1, 300]}), json!("byte"))
                .unwrap()
                .contains("`300`")
        );
        assert!(
            why(json!("first_name"), json!("long"))
                .unwrap()
                .contains("texts")
        );
        assert!(
            why(json!({"decimal": {"max": 9.0}}), json!("long"))
                .unwrap()
                .contains("`number`")
        );
    }

    #[test]
    fn other_types_are_compared_value_by_value_where_they_are_known() {
        let tiers = json!({"enum": ["gold", "silver"]});
        for (field, type_, wanted) in [
            (
                json!({"choose": {"gold": 1, "silver": 2}}),
                tiers.clone(),
                None,
            ),
            (
                json!({"choose": {"gold": 1, "none": 2}}),
                tiers,
                Some("`none`"),
            ),
            (json!({"constant": "yes"}), json!("boolean"), None),
            (
                json!({"constant": "perhaps"}),
                json!("boolean"),
                Some("`perhaps`"),
            ),
            (json!("event_time"), json!("date_time"), None),
            (json!("email"), json!("date-time"), Some("moments")),
            (json!("birth_date"), json!("date"), None),
            (
                json!({"array": {"of": "word", "length": 2}}),
                json!({"array": "string"}),
                None,
            ),
            (json!("word"), json!({"array": "string"}), Some("lists")),
            (
                json!({"object": {"zip": {"integer": {"max": 70_000}}}}),
                json!({"object": {"zip": "short"}}),
                Some("its `zip` does not, as it can be 70000"),
            ),
            (
                json!({"object": {"a": "word"}}),
                json!({"object": {"b": "string"}}),
                Some("no field `a`"),
            ),
            (
                json!({"object": {"a": "word"}}),
                json!({"map": "integer"}),
                Some("its `a`"),
            ),
            (json!({"optional": {"of": "city"}}), json!("string"), None),
        ] {
            let found = why(field.clone(), type_.clone());
            let is_right = match (&found, wanted) {
                (None, None) => true,
                (Some(found), Some(wanted)) => found.contains(wanted),
                _ => false,
            };
            assert!(is_right, "{field} as {type_}: {found:?}");
        }
    }
}
