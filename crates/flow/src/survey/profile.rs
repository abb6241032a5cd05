//! Whether a schema takes part in the profile. To let it in can't be undone: it is done to schemas of
//! Hydrant's own only.

use serde_json::Value;

use crate::compare::Difference;
use crate::look::Sighting;
use crate::spec::Spec;
use crate::state::Origin;

/// Whether the schema is in the union.
pub(crate) fn takes_part(schema: &Value) -> bool {
    let tags = schema["meta:immutableTags"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag == "union"))
}

/// A schema of somebody else that would have to be let into the profile first.
pub(crate) fn difference(spec: &Spec, schema: &Sighting) -> Option<Difference> {
    let is_theirs = schema.object.origin == Origin::Adopted;
    (spec.wants_profile() && is_theirs && !takes_part(&schema.facts)).then(|| Difference {
        field: "profile".to_owned(),
        scenario: "`true`, and to let a schema in can't be undone: leave `profile: true` out, or \
                   enable the schema for the profile on the platform yourself"
            .to_owned(),
        platform: "`false`, and somebody else made the schema".to_owned(),
        is_blocking: true,
    })
}
