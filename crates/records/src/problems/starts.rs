//! The fixed start of a record's event times.

use jiff::Timestamp;
use options::{Location, Problem, Problems};

use crate::field::FieldOptions;
use crate::kinds::ObjectFields;

/// The fixed starts of event times, with their fields' paths.
pub(crate) fn fixed_starts(fields: &ObjectFields) -> Vec<(Vec<&str>, Timestamp)> {
    fn find<'f>(
        field: &'f FieldOptions,
        steps: &mut Vec<&'f str>,
        into: &mut Vec<(Vec<&'f str>, Timestamp)>,
    ) {
        let depth = steps.len();
        match field {
            FieldOptions::EventTime(options) => {
                steps.extend(["event_time", "start"]);
                into.extend(options.start.map(|start| (steps.clone(), start)));
            }
            FieldOptions::Object(fields) => {
                steps.push("object");
                for (name, field) in fields {
                    steps.push(name);
                    find(field, steps, into);
                    steps.pop();
                }
            }
            FieldOptions::Array(options) => {
                steps.extend(["array", "of"]);
                find(&options.of, steps, into);
            }
            FieldOptions::Optional(options) => {
                steps.extend(["optional", "of"]);
                find(&options.of, steps, into);
            }
            _ => {}
        }
        steps.truncate(depth);
    }
    let mut starts = Vec::new();
    for (name, field) in fields {
        find(field, &mut vec![name], &mut starts);
    }
    starts
}

/// A record has one start for all its event times, which a number of nanoseconds since 1970 reaches.
pub(super) fn check(fields: &ObjectFields, at: &Location, problems: &mut Problems) {
    let starts = fixed_starts(fields);
    for (steps, start) in &starts {
        let at = steps.iter().fold(at.clone(), |at, step| at.join(*step));
        let first = starts[0].1;
        if *start != first {
            problems.push(
                Problem::new(
                    at,
                    format!("the event times of a record start at {start} and at {first}"),
                )
                .help("write `start` in one place: it is that of the whole record"),
            );
        } else if i64::try_from(start.as_nanosecond()).is_err() {
            problems.push(
                Problem::new(at, format!("{start} is too far away"))
                    .help("take a moment between the years 1678 and 2261"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::RecordsOptions;
    use options::Location;

    fn problems(json: &str) -> Vec<String> {
        let options: RecordsOptions = serde_json::from_str(json).unwrap();
        let mut problems = Vec::new();
        options.problems(&Location::root().join("records"), &mut problems);
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem.at, problem.message))
            .collect()
    }

    #[test]
    fn a_record_has_one_start() {
        let start =
            |year: &str| format!(r#"{{"event_time": {{"start": "{year}-01-01T00:00:00Z"}}}}"#);
        let two = |one: &str, other: &str| {
            let (one, other) = (start(one), start(other));
            problems(&format!(
                r#"{{"fields": {{"a": {one}, "b": {{"optional": {{"of": {other}}}}}}}}}"#
            ))
        };
        assert!(two("2026", "2026").is_empty());
        assert_eq!(
            two("2026", "2027"),
            [
                "records.fields.b.optional.of.event_time.start: the event times of a record start at \
              2027-01-01T00:00:00Z and at 2026-01-01T00:00:00Z"
            ]
        );
        assert_eq!(two("3000", "3000").len(), 2);
    }
}
