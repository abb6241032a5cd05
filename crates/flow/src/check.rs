//! The mapping next to the records that it reads and the schema that it writes to, as far as both are
//! known without the platform.

use options::{Location, Problem, Problems, listed, suggest};
use records::{RecordsOptions, path};

use crate::expression::{self, FUNCTIONS};
use crate::fields::Fields;
use crate::mapping::{Mapping, is_path, is_writable};
use crate::options::FlowOptions;
use crate::spec::Spec;

/// What is wrong with a mapping.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Of the sources: they stand in keys.
    pub sources: Problems,
    /// Of the targets: they stand in values.
    pub targets: Problems,
}

/// To look for what was meant takes a while: beyond so many mistakes nobody reads it.
const SUGGESTIONS_MAX: usize = 100;

/// Checks the mapping of the section at `at` for these records, if they are known.
pub fn check(options: &FlowOptions, records: Option<&RecordsOptions>, at: &Location) -> Checked {
    let mut checked = Checked::default();
    let spec = Spec::unplaced(options);
    let fields = Fields::offline(&spec);
    if let Some(records) = records {
        let known = Known {
            records,
            paths: records.paths(),
        };
        for (source, target) in &options.mapping {
            let at = at.join("mapping").join(source);
            let line = Mapping::new(source, target).of(records);
            known.source(&line, &at, &mut checked.sources);
        }
    }
    if options.mapping_set.is_none() {
        for line in &spec.mapping {
            // Custom fields map to themselves where nothing is written.
            let at = if options.mapping.contains_key(&line.source) {
                at.join("mapping").join(&line.source)
            } else {
                at.join("schema").join("fields").join(&line.source)
            };
            target(&fields, line, &at, &mut checked.targets);
        }
    }
    if let Some(identity) = spec.identity_path()
        && let Some(message) = fields.missing(&identity.target)
    {
        let at = at.join("schema").join("identity").join("field");
        checked.targets.push(Problem::new(at, message));
    }
    checked
}

fn target(fields: &Fields, line: &Mapping, at: &Location, problems: &mut Problems) {
    // What is no path is told elsewhere.
    if !is_path(&line.target) {
        return;
    }
    if problems.len() < SUGGESTIONS_MAX
        && let Some(message) = fields.missing(&line.target)
    {
        problems.push(Problem::new(at.clone(), message).help(
            "the class and the field groups of `flow.schema` say which paths there are; own fields \
             stand below `schema.fields`",
        ));
    }
}

/// Whether there are no signs in it, but what stands between words.
fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '\\');
    text.chars().all(is_part)
}

/// Records, and the paths of their fields.
struct Known<'r> {
    records: &'r RecordsOptions,
    paths: Vec<String>,
}

impl Known<'_> {
    fn has(&self, path: &str) -> bool {
        self.records.has(path)
    }

    fn source(&self, line: &Mapping, at: &Location, problems: &mut Problems) {
        if line.is_field() {
            if !self.has(&line.source) {
                problems.push(self.unknown(&line.source, at, problems.len()));
            } else if let Some(name) = path::steps(&line.source)
                .into_iter()
                .find(|name| !is_writable(name))
            {
                let message = format!("the platform has no way to read a field called `{name}`");
                problems.push(
                    Problem::new(at.clone(), message)
                        .help("a name in a mapping can have no `}`, no `\\` and no line break"),
                );
            }
            return;
        }
        let used = match expression::used(&line.source) {
            Ok(used) => used,
            // A field whose name has a blank in it, perhaps.
            Err(_)
                if is_name(&line.source)
                    && problems.len() < SUGGESTIONS_MAX
                    && self.near(&line.source).is_some() =>
            {
                problems.push(self.unknown(&line.source, at, problems.len()));
                return;
            }
            Err(unread) => {
                let message = format!("the expression {}", unread.why);
                problems.push(if unread.is_broken {
                    let help = format!("the fields are {}", self.listed());
                    Problem::new(at.clone(), message).help(help)
                } else {
                    Problem::warning(at.clone(), message)
                        .help("the platform decides: it checks the mapping before anything is made")
                });
                return;
            }
        };
        for field in used.fields.iter().filter(|field| !self.has(field)) {
            problems.push(self.unknown(field, at, problems.len()));
        }
        for name in &used.functions {
            if FUNCTIONS.contains(&name.as_str()) {
                continue;
            }
            let message = format!("Data Prep documents no function `{name}`");
            problems.push(match suggest(name, FUNCTIONS.iter().copied()) {
                Some(near) => {
                    Problem::new(at.clone(), format!("{message}, did you mean `{near}`?"))
                }
                None => Problem::warning(at.clone(), message),
            });
        }
    }

    /// `before` is how many mistakes there are already.
    fn unknown(&self, path: &str, at: &Location, before: usize) -> Problem {
        let message = format!("records have no field `{path}`");
        if before >= SUGGESTIONS_MAX {
            return Problem::new(at.clone(), message);
        }
        let near = self.near(path);
        let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        Problem::new(at.clone(), format!("{message}{near}"))
            .help(format!("the fields are {}", self.listed()))
    }

    fn near(&self, path: &str) -> Option<&str> {
        suggest(path, self.paths.iter().map(String::as_str))
    }

    fn listed(&self) -> String {
        listed(self.paths.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(fields: &Value, flow: Value) -> Vec<String> {
        let records = serde_json::from_value(json!({ "fields": fields })).unwrap();
        let flow = serde_json::from_value(flow).unwrap();
        let Checked { sources, targets } = check(&flow, Some(&records), &Location::root());
        let all = sources.into_iter().chain(targets);
        all.map(|problem| {
            let kind = if problem.is_warning { "warning: " } else { "" };
            format!("{}: {kind}{}", problem.at, problem.message)
        })
        .collect()
    }

    #[test]
    fn sources_are_fields_or_expressions_over_fields() {
        let fields = json!({
            "id": "record_id", "First Name": "first_name", "last.name": "last_name",
            "place": {"choose": [{"city": "Rome"}, {"city": "Oslo"}]}, "odd}": "word",
        });
        let found = checked(
            &fields,
            json!({"mapping": {
                "id": "_id",
                "First Name": "person.name.firstName",
                "last\\.name": "person.name.lastName",
                "place.city": "homeAddress.city",
                "concat(${First Name}, ' ', ${last\\.name})": "person.name.fullName",
                "First Nam": "person.name.suffix",
                "last.name": "person.name.middleName",
                "place.town": "homeAddress.region",
                "odd}": "homeAddress.label",
                "concat(id,": "homeAddress.street1",
                "conct(id)": "homeAddress.street2",
                "frobnicate(id)": "homeAddress.street3",
                "lower(idd)": "homeAddress.street4",
                "upper(id id)": "homeAddress.country",
                "place ?: id": "homeAddress.countryCode",
            }}),
        );
        assert_eq!(
            found,
            [
                "mapping.First Nam: records have no field `First Nam`, did you mean `First Name`?",
                "mapping.last.name: records have no field `last.name`, did you mean `last\\.name`?",
                "mapping.place.town: records have no field `place.town`, did you mean `place`?",
                "mapping.odd}: the platform has no way to read a field called `odd}`",
                "mapping.concat(id,: the expression ends where a value is expected",
                "mapping.conct(id): Data Prep documents no function `conct`, did you mean `concat`?",
                "mapping.frobnicate(id): warning: Data Prep documents no function `frobnicate`",
                "mapping.lower(idd): records have no field `idd`, did you mean `id`?",
                "mapping.upper(id id): warning: the expression has `id)` where `)` is expected",
                "mapping.place ?: id: warning: the expression has `:` where a value is expected",
            ]
        );
    }

    #[test]
    fn targets_are_paths_of_the_schema() {
        let found = checked(
            &json!({"id": "record_id", "name": "first_name", "level": "word"}),
            json!({
                "schema": {
                    "field_groups": ["person_details"],
                    "fields": {"level": "string"},
                    "identity": {"field": "personalEmail.address"},
                },
                "mapping": {"id": "_id", "name": "person.name.firstNam"},
            }),
        );
        assert_eq!(
            found,
            [
                "mapping.name: the schema has no path `person.name.firstNam`, did you mean \
                 `person.name.firstName`?",
                "schema.identity.field: the schema has no path `personalEmail.address`",
            ]
        );
        // With a mapping set of one's own, the lines only say what to verify.
        let own = json!({"mapping_set": "m", "mapping": {"id": "_idd"}});
        assert!(checked(&json!({"id": "record_id"}), own).is_empty());
    }
}
