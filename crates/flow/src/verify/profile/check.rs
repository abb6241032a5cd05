//! What can be told of `verify: {profile: {…}}` without the platform.

use options::{Location, Problem, Problems};
use records::RecordsOptions;

use crate::options::{Class, FlowOptions};
use crate::spec::Spec;

/// Every reason for which records of this flow can't be looked up in the profile, as far as it is known.
/// `at` is where `profile` stands below `verify`.
pub fn profile_problems(
    flow: &FlowOptions,
    records: Option<&RecordsOptions>,
    at: &Location,
) -> Problems {
    let mut problems = Problems::new();
    let mut tell = |message: &str, help: &str| {
        problems.push(Problem::new(at.clone(), message).help(help));
    };
    let schema = flow.schema.as_ref();
    // What somebody else made is known to the platform only.
    let is_theirs = schema.is_some_and(|schema| schema.id.is_some())
        || flow.dataset.as_ref().is_some_and(|it| it.id.is_some());
    let identity = schema.and_then(|schema| schema.identity.as_ref());
    let primary = identity.filter(|identity| identity.primary != Some(false));
    if !is_theirs && schema.and_then(|schema| schema.profile) != Some(true) {
        tell(
            "the flow's records do not reach the profile",
            "add `profile: true` and an `identity` to `flow.schema`; a schema can't be taken out of the \
             profile again",
        );
    } else if schema.is_some_and(|schema| schema.class == Some(Class::ExperienceEvent)) {
        tell(
            "the profile shows people and not events",
            "Adobe no longer lets events be looked up: verify them with `landed: {within: 30m}`",
        );
    }
    // Without one, the schema's own section says what is wrong.
    if let Some(identity) = primary.filter(|_| !is_theirs) {
        let mut spec = Spec::unplaced(flow);
        if let Some(records) = records {
            spec = spec.with_records(records);
        }
        let lines = spec.mapping.iter();
        let mut lines = lines.filter(|line| line.target == identity.field);
        match lines.next() {
            Some(line) if line.is_field() => {}
            Some(line) => tell(
                &format!(
                    "the platform computes the identity `{}`, so Hydrant can't look it up",
                    identity.field
                ),
                &format!(
                    "map a field of the record to it unchanged, instead of `{}`",
                    line.source
                ),
            ),
            None => tell(
                &format!("no field is mapped to the identity `{}`", identity.field),
                &format!("add e.g. `email: {}` to `flow.mapping`", identity.field),
            ),
        }
    }
    problems
}
