//! From a record's fields to paths of the schema.

use options::{Location, Problem, Problems};
use records::{RecordsOptions, path};

use crate::expression;

use crate::options::{Class, FlowOptions};

/// One line of `mapping:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// A field of the record (`address.city` below an object), or a Data Prep expression.
    pub source: String,
    /// A path of the schema. `_tenant.` in front stands for the organisation's namespace.
    pub target: String,
    is_field: bool,
}

/// What `_tenant` stands for in a target is known only on the platform.
pub(crate) const TENANT: &str = "_tenant";

impl Mapping {
    /// Whether the source is a field or an expression is told by how it is written, unless the
    /// records are known.
    pub fn new(source: impl Into<String>, target: impl Into<String>) -> Mapping {
        let source = source.into();
        Mapping {
            is_field: is_field(&source),
            source,
            target: target.into(),
        }
    }

    /// The same, for these records: a field may be called anything, and `a-b` may be a difference.
    pub(crate) fn of(self, records: &RecordsOptions) -> Mapping {
        let is_known = |path: &str| records.has(path);
        let works_out = |text: &str| {
            let used = expression::used(text);
            used.is_ok_and(|it| it.fields.iter().all(|field| is_known(field)))
        };
        let is_field = is_known(&self.source) || self.is_field && !works_out(&self.source);
        Mapping { is_field, ..self }
    }

    /// Whether the source is a field rather than an expression.
    pub fn is_field(&self) -> bool {
        self.is_field
    }

    /// The source as Data Prep has it: names that are no identifiers are wrapped in `${…}`.
    pub(crate) fn written(&self) -> String {
        if !self.is_field {
            return self.source.clone();
        }
        let steps = path::steps(&self.source);
        let steps = steps.iter().enumerate();
        let steps: Vec<_> = steps
            .map(|(index, name)| wrapped(name, index > 0))
            .collect();
        steps.join(".")
    }

    /// The target in an organisation whose tenant id is `tenant` (without `_`).
    pub fn target_for(&self, tenant: Option<&str>) -> String {
        match (self.target.strip_prefix(TENANT), tenant) {
            (Some(rest), Some(tenant)) if rest.starts_with('.') => format!("_{tenant}{rest}"),
            _ => self.target.clone(),
        }
    }

    /// Whether the target stands in the organisation's namespace under the placeholder.
    pub fn needs_tenant(&self) -> bool {
        self.target
            .strip_prefix(TENANT)
            .is_some_and(|rest| rest.starts_with('.'))
    }
}

/// A name in a path of Data Prep's: `${First Name}`, `${First\.Name}`, and below an object
/// `address.street\.name`
/// (<https://experienceleague.adobe.com/docs/experience-platform/data-prep/functions.html>).
fn wrapped(name: &str, is_below: bool) -> String {
    let is_plain = expression::is_identifier(name) && !expression::RESERVED.contains(&name);
    let escaped = name.replace('.', "\\.");
    if is_plain || is_below && expression::is_identifier(&name.replace('.', "_")) {
        escaped
    } else {
        format!("${{{escaped}}}")
    }
}

/// Whether Data Prep has a way to name a field like this, wrapped or not.
pub(crate) fn is_writable(name: &str) -> bool {
    !name.contains(['}', '\\']) && !name.chars().any(char::is_control)
}

/// `a`, `a.b`, `_id`: names joined by dots.
pub(crate) fn is_path(text: &str) -> bool {
    !text.contains('\\') && is_field(text)
}

/// The same, with escaped dots in the names. Everything else is an expression, unless records have
/// such a field.
fn is_field(text: &str) -> bool {
    path::steps(text).iter().all(|step| {
        let mut chars = step.chars();
        chars
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_' || c == '@')
            && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.'))
    })
}

pub(crate) fn problems(options: &FlowOptions, at: &Location, problems: &mut Problems) {
    let custom = options
        .schema
        .as_ref()
        .is_some_and(|schema| !schema.fields.is_empty());
    if options.mapping.is_empty() && options.mapping_set.is_none() && !custom {
        problems.push(Problem::new(at.join("mapping"), "nothing is mapped").help(
            "write which field goes where: `mapping: {id: _id, firstName: person.name.firstName}`",
        ));
    }
    let is_event = options
        .schema
        .as_ref()
        .is_some_and(|schema| schema.class == Some(Class::ExperienceEvent));
    if is_event && options.mapping_set.is_none() {
        for required in ["_id", "timestamp"] {
            if !options.mapping.values().any(|target| target == required) {
                let message =
                    format!("an ExperienceEvent needs `{required}`, and nothing is mapped to it");
                let help = match required {
                    "_id" => "add `id: _id`, from a field of the kind `record_id`",
                    _ => "add `at: timestamp`, from a field of the kind `event_time`",
                };
                problems.push(Problem::new(at.join("mapping"), message).help(help));
            }
        }
    }
    let at = at.join("mapping");
    let mut targets = std::collections::BTreeMap::new();
    for (source, target) in &options.mapping {
        let at = at.join(source);
        if !is_path(target) {
            problems.push(
                Problem::new(at.clone(), format!("`{target}` is not a path of a schema"))
                    .help("a path is names joined by dots, such as `person.name.firstName`"),
            );
        }
        if let Some(other) = targets.insert(target.as_str(), source.as_str()) {
            problems.push(
                Problem::new(at, format!("`{target}` is already mapped from `{other}`"))
                    .help("map every path of the schema once"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_needs_its_id_and_its_time() {
        let wrong = |mapping: serde_json::Value| {
            let options: FlowOptions = serde_json::from_value(serde_json::json!({
                "schema": {"class": "experience_event"}, "mapping": mapping,
            }))
            .unwrap();
            let mut found = Problems::new();
            problems(&options, &Location::root(), &mut found);
            found.len()
        };
        assert_eq!(
            wrong(serde_json::json!({"id": "_id", "at": "timestamp"})),
            0
        );
        assert_eq!(wrong(serde_json::json!({"id": "_id"})), 1);
        assert_eq!(wrong(serde_json::json!({"type": "eventType"})), 2);
    }

    #[test]
    fn fields_are_told_from_expressions() {
        for field in ["firstName", "_id", "address.city", "first-name"] {
            assert!(is_path(field), "{field}");
        }
        for expression in ["concat(a, b)", "a + b", "\"fixed\"", "", "a..b", "1st"] {
            assert!(!is_path(expression), "{expression}");
        }
    }

    #[test]
    fn names_are_wrapped_where_the_platform_wants_it() {
        let records: RecordsOptions = serde_json::from_value(serde_json::json!({"fields": {
            "First Name": "first_name", "first.name": "first_name", "last-name": "last_name",
            "new": "word", "tags[0]": "word", "\"": "word", "a": "ordinal", "b": "ordinal",
            "place": {"object": {"street.name": "street", "post code": "postcode", "no": "ordinal"}},
            "größe": "word",
        }}))
        .unwrap();
        let written = |source: &str| {
            let mapping = Mapping::new(source, "x").of(&records);
            (mapping.written(), mapping.is_field())
        };
        for (source, platform) in [
            ("First Name", "${First Name}"),
            (r"first\.name", r"${first\.name}"),
            ("last-name", "${last-name}"),
            ("new", "${new}"),
            ("tags[0]", "${tags[0]}"),
            ("\"", "${\"}"),
            ("a", "a"),
            (r"place.street\.name", r"place.street\.name"),
            ("place.post code", "place.${post code}"),
            ("place.no", "place.no"),
            ("größe", "größe"),
        ] {
            assert_eq!(written(source), (platform.to_owned(), true), "{source}");
        }
        for expression in ["a-b", "concat(a, b)", "a + b", "${First Name}"] {
            assert_eq!(written(expression), (expression.to_owned(), false));
        }
        // What is no field of theirs and reads none is a field that is missing.
        assert_eq!(written("first-nam"), ("${first-nam}".to_owned(), true));
        assert!(is_writable("a [b]") && !is_writable("a}") && !is_writable("a\\b"));
    }

    #[test]
    fn the_tenant_is_filled_in_where_it_stands_in_front() {
        let mapping = Mapping::new("level", "_tenant.level");
        assert!(mapping.needs_tenant());
        assert_eq!(mapping.target_for(Some("acme")), "_acme.level");
        let other = Mapping::new("level", "_tenantry.level");
        assert!(!other.needs_tenant());
        assert_eq!(other.target_for(Some("acme")), "_tenantry.level");
    }
}
