//! Whether records have something at a path.

use serde_json::Value;

use crate::FieldOptions;
use crate::options::RecordsOptions;
use crate::path;

impl RecordsOptions {
    /// Whether a record can have something at this path: a field, or a part of a value that is written
    /// out in `choose` or `constant`.
    pub fn has(&self, path: &str) -> bool {
        let steps = path::steps(path);
        let Some((first, rest)) = steps.split_first() else {
            return false;
        };
        let states = self
            .journeys
            .iter()
            .flat_map(|journeys| journeys.states.values());
        let fields = std::iter::once(&self.fields).chain(states.map(|state| &state.fields));
        let later = self.versions.iter().map(|version| &version.fields);
        fields
            .chain(later)
            .filter_map(|fields| fields.get(first))
            .any(|field| reaches(field, rest))
    }
}

fn reaches(field: &FieldOptions, steps: &[String]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    let below = |value: &Value| {
        steps
            .iter()
            .try_fold(value, |at, step| at.get(step))
            .is_some()
    };
    match field {
        FieldOptions::Optional(options) => reaches(&options.of, steps),
        FieldOptions::Object(fields) => fields.get(step).is_some_and(|field| reaches(field, rest)),
        FieldOptions::Of(of) => of.target().is_some_and(|field| reaches(field, steps)),
        FieldOptions::Constant(value) => below(value),
        FieldOptions::Choose(choices) => choices.values.iter().any(|(value, _)| below(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_records_have_is_found_in_fixed_values_too() {
        let records: RecordsOptions = serde_json::from_value(json!({"fields": {
            "First Name": "first_name",
            "a.b": "word",
            "address": {"object": {"geo": {"optional": {"of": {"object": {"lat": "ordinal"}}}}}},
            "place": {"choose": [{"city": "Rome"}, {"city": "Oslo", "zip": 1}]},
            "web": {"constant": {"page": {"name": "home"}}},
            "tags": {"array": {"of": "word", "length": 2}},
        }}))
        .unwrap();
        for path in [
            "First Name",
            "a\\.b",
            "address",
            "address.geo.lat",
            "place.city",
            "place.zip",
            "web.page.name",
            "tags",
        ] {
            assert!(records.has(path), "{path}");
        }
        for path in [
            "a.b",
            "address.lat",
            "place.street",
            "tags.0",
            "First Name.x",
            "",
        ] {
            assert!(!records.has(path), "{path}");
        }
    }
}
