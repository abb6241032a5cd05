//! From a record's fields to paths of the schema.

use options::{Location, Problem, Problems};

use crate::options::{Class, FlowOptions};

/// One line of `mapping:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// A field of the record (`address.city` below an object), or a Data Prep expression.
    pub source: String,
    /// A path of the schema. `_tenant.` in front stands for the organisation's namespace.
    pub target: String,
}

/// What `_tenant` stands for in a target is known only on the platform.
pub(crate) const TENANT: &str = "_tenant";

impl Mapping {
    /// Whether the source is a field rather than an expression.
    pub fn is_field(&self) -> bool {
        is_path(&self.source)
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

/// `a`, `a.b`, `_id`: names joined by dots. Everything else is an expression.
pub(crate) fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|step| {
            let mut chars = step.chars();
            chars
                .next()
                .is_some_and(|c| c.is_alphabetic() || c == '_' || c == '@')
                && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':'))
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
    fn the_tenant_is_filled_in_where_it_stands_in_front() {
        let mapping = Mapping {
            source: "level".into(),
            target: "_tenant.level".into(),
        };
        assert!(mapping.needs_tenant());
        assert_eq!(mapping.target_for(Some("acme")), "_acme.level");
        let other = Mapping {
            source: "level".into(),
            target: "_tenantry.level".into(),
        };
        assert!(!other.needs_tenant());
        assert_eq!(other.target_for(Some("acme")), "_tenantry.level");
    }
}
