//! Every mistake in the `records:` section, with its place.

mod beside;
pub(crate) mod fixed;
pub(crate) mod locale;
pub(crate) mod starts;

use std::collections::HashSet;

use options::{Location, Problem, Problems, suggest};

use crate::derived;
use crate::entities::{each_at, of_problems, own};
use crate::field::FieldOptions;
use crate::kinds::{ObjectFields, Otherwise, correlations, regex_problems};
use crate::options::RecordsOptions;
use crate::path;

/// No destination takes a record of this size, and a batch of them would not fit into memory.
pub(crate) const RECORD_MAX: u64 = 64 << 20;

pub(crate) fn of_section(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let before = problems.len();
    let fields_at = at.join("fields");
    crate::replay::problems(options, at, problems);
    if options.fields.is_empty() && options.replay.is_none() {
        problems.push(
            Problem::new(fields_at, "the records have no fields")
                .help("write at least one, e.g. `fields: {id: record_id}`"),
        );
    } else {
        object(&options.fields, &fields_at, true, problems);
    }
    locale::of_section(options, at, problems);
    if let Some(journeys) = &options.journeys {
        let at = at.join("journeys");
        crate::journeys::problems(journeys, options, &at, problems);
        object(&journeys.session, &at.join("session"), false, problems);
        for (name, field) in &journeys.session {
            own(field, &at.join("session").join(name), problems);
        }
        for (name, state) in &journeys.states {
            let at = at.join("states").join(name).join("fields");
            object(&state.fields, &at, false, problems);
            for name in state
                .fields
                .keys()
                .filter(|name| options.fields.contains_key(*name))
            {
                problems.push(
                    Problem::new(
                        at.join(name),
                        format!("all records have a field `{name}` already"),
                    )
                    .help("give one of the two another name"),
                );
            }
        }
    } else {
        without_journeys(options, at, problems);
    }
    crate::operations::problems(options, at, problems);
    crate::entities::pick_problems(options, at, problems);
    if let Some(key) = &options.key {
        self::key(key, &options.fields, &at.join("key"), problems);
    }
    starts::check(&options.fields, &at.join("fields"), problems);
    beside::find(options, at, problems);
    derived::problems(options, at, problems);
    crate::defects::problems(options, &at.join("defects"), problems);
    let found = problems[before..].to_vec();
    crate::versions::problems(options, at, &found, problems);
    // Only what is sound can be measured.
    if problems[before..].iter().all(|problem| problem.is_warning) {
        let longest = options.longest();
        if longest > RECORD_MAX {
            problems.push(
                Problem::new(
                    at.join("fields"),
                    format!("a record can be {longest} bytes long"),
                )
                .help("a record has at most 64 MiB; most destinations take 1 MiB"),
            );
        } else {
            options.format.layout(options, at, problems);
        }
    }
}

/// Kinds that only records of journeys have.
fn without_journeys(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    each_at(&options.fields, &at.join("fields"), &mut |field, at| {
        if let FieldOptions::Plain(plain) = field
            && let Some(word) = plain.journey_word()
        {
            problems.push(
                Problem::new(at.clone(), format!("`{word}` needs journeys"))
                    .help("describe them below `journeys`, beside `fields`"),
            );
        }
    });
}

pub(crate) fn object(
    fields: &ObjectFields,
    at: &Location,
    is_record: bool,
    problems: &mut Problems,
) {
    for (index, (name, field)) in fields.iter().enumerate() {
        let at = at.join(name);
        if name.is_empty() {
            problems.push(
                Problem::new(at.clone(), "a field needs a name")
                    .help("write it in front of the colon, e.g. `firstName: first_name`"),
            );
        }
        if matches!(field, FieldOptions::Pad(_)) && !(is_record && index + 1 == fields.len()) {
            problems.push(
                Problem::new(
                    at.join("pad"),
                    "`pad` has to be the last field of the record",
                )
                .help("move it to the end of `fields`"),
            );
        }
        self::field(field, &at, problems);
    }
    correlations(fields, at, problems);
    crate::kinds::moments(fields, at, problems);
    crate::kinds::ages(fields, at, problems);
}

pub(crate) fn field(field: &FieldOptions, at: &Location, problems: &mut Problems) {
    match field {
        FieldOptions::Plain(_)
        | FieldOptions::Uuid(_)
        | FieldOptions::Pattern(_)
        | FieldOptions::Age(_)
        // What they need is looked at where all fields are known.
        | FieldOptions::Template(_)
        | FieldOptions::Compute(_) => {}
        FieldOptions::Time(options) => options.problems(&at.join("time"), problems),
        FieldOptions::EventTime(options) => {
            let at = at.join("event_time").join("zone");
            crate::zone::problems(options.zone.as_deref(), &at, problems);
        }
        FieldOptions::Regex(expression) => regex_problems(expression, &at.join("regex"), problems),
        FieldOptions::Constant(value) => fixed::check(value, &at.join("constant"), problems),
        FieldOptions::Bool(options) => options.problems(&at.join("bool"), problems),
        FieldOptions::Integer(options) => options.problems(&at.join("integer"), problems),
        FieldOptions::Decimal(options) => options.problems(&at.join("decimal"), problems),
        FieldOptions::Choose(choices) => choices.problems(&at.join("choose"), problems),
        FieldOptions::Lookup(options) => options.problems(&at.join("lookup"), problems),
        FieldOptions::Date(options) => options.problems(&at.join("date"), problems),
        FieldOptions::Text(options) => options.problems(&at.join("text"), problems),
        FieldOptions::Pad(options) => options.problems(&at.join("pad"), problems),
        FieldOptions::Object(fields) => {
            let at = at.join("object");
            if fields.is_empty() {
                problems.push(Problem::new(at.clone(), "the object has no fields"));
            }
            object(fields, &at, false, problems);
        }
        FieldOptions::Array(options) => {
            let at = at.join("array");
            options.problems(&at, problems);
            inner(&options.of, &at.join("of"), problems);
        }
        FieldOptions::Of(of) => of_problems(of, &at.join("of"), problems),
        FieldOptions::Optional(options) => {
            let at = at.join("optional");
            options.problems(&at, problems);
            inner(&options.of, &at.join("of"), problems);
        }
    }
}

/// A field below an array or an optional one.
fn inner(field: &FieldOptions, at: &Location, problems: &mut Problems) {
    if matches!(field, FieldOptions::Pad(_)) {
        problems.push(
            Problem::new(at.clone(), "`pad` has to be a field of the record itself")
                .help("move it to the end of `fields`"),
        );
    }
    self::field(field, at, problems);
}

/// The field of that path, or the mistake that there is none.
fn named<'f>(
    path: &str,
    fields: &'f ObjectFields,
    at: &Location,
    problems: &mut Problems,
) -> Option<&'f FieldOptions> {
    let mut paths = Vec::new();
    collect(fields, "", &mut paths);
    if let Some((_, field)) = paths.iter().find(|(known, _)| known == path) {
        return Some(field.resolved());
    }
    let problem = Problem::new(at.clone(), format!("there is no field `{path}`"));
    let known: Vec<_> = paths.iter().map(|(path, _)| path.as_str()).collect();
    let help = suggest(path, known.iter().copied()).map_or_else(
        || format!("the fields are `{}`", known.join("`, `")),
        |near| format!("did you mean `{near}`?"),
    );
    problems.push(problem.help(help));
    None
}

/// The key is the text of a field: it has to be one that has a text, always.
fn key(key: &str, fields: &ObjectFields, at: &Location, problems: &mut Problems) {
    let Some(field) = named(key, fields, at, problems) else {
        return;
    };
    match field {
        FieldOptions::Object(_) | FieldOptions::Array(_) => problems.push(
            Problem::new(at.clone(), format!("`{key}` has no text of its own"))
                .help("take a field with a single value as key"),
        ),
        FieldOptions::Optional(options) => {
            let what = match options.otherwise {
                Otherwise::Absent => "is not in every record",
                Otherwise::Null => "is null in some records",
            };
            problems.push(
                Problem::warning(at.clone(), format!("`{key}` {what}"))
                    .help("records without it have an empty key: all of them the same one"),
            );
        }
        _ => {}
    }
}

/// All fields by their paths.
pub(crate) fn paths(options: &RecordsOptions) -> Vec<String> {
    let mut paths = Vec::new();
    collect(&options.fields, "", &mut paths);
    for state in options
        .journeys
        .iter()
        .flat_map(|journeys| journeys.states.values())
    {
        collect(&state.fields, "", &mut paths);
    }
    let mut known = HashSet::new();
    let replay = options.replay.iter();
    let replayed = replay.flat_map(|replay| replay.paths(&options.fields));
    let paths = paths.into_iter().map(|(path, _)| path).chain(replayed);
    // States may have fields of the same name.
    paths.filter(|path| known.insert(path.clone())).collect()
}

fn collect<'f>(fields: &'f ObjectFields, below: &str, into: &mut Vec<(String, &'f FieldOptions)>) {
    for (name, field) in fields {
        let path = path::join(below, name);
        if let FieldOptions::Object(fields) = field.resolved() {
            collect(fields, &path, into);
        }
        into.push((path, field));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> Vec<String> {
        let options: RecordsOptions = serde_json::from_str(json).unwrap();
        let mut problems = Problems::new();
        options.problems(&Location::root().join("records"), &mut problems);
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem.at, problem.message))
            .collect()
    }

    #[test]
    fn all_mistakes_come_at_once_and_each_at_its_place() {
        let found = problems(
            r#"{"key": "idd", "fields": {
                "id": "record_id",
                "a": {"integer": {"min": 5, "max": 1}},
                "b": {"choose": {}},
                "c": {"choose": {"x": 0}},
                "d": {"bool": {"probability": 30}},
                "e": {"decimal": {"max": 1e300, "digits": 2}},
                "f": {"date": {"from": "2026-01-02", "to": "2026-01-01"}},
                "g": {"array": {"of": "word"}},
                "h": {"array": {"of": {"pad": {"to": "1 KiB"}}, "length": 2}},
                "i": {"object": {}},
                "j": {"text": {"size": "1 GiB"}},
                "": "word",
                "m": {"pad": {"to": "1 KiB"}},
                "n": {"optional": {"of": {"integer": {"min": 2, "max": 1}}, "probability": -1}},
                "o": {"regex": "a(?=b)"}
            }}"#,
        );
        insta::assert_snapshot!(found.join("\n"));
    }

    #[test]
    fn a_record_without_fields_or_beyond_all_sizes_is_refused() {
        assert_eq!(
            problems(r#"{"fields": {}}"#),
            ["records.fields: the records have no fields"]
        );
        let huge = r#"{"fields": {"a": {"array": {"of": {"text": {"size": "60 MiB"}}, "length": 90000}}}}"#;
        assert!(
            problems(huge)[0].contains("bytes long"),
            "{:?}",
            problems(huge)
        );
    }

    #[test]
    fn a_key_has_to_be_a_field_with_a_text() {
        let with =
            |field: &str| problems(&format!(r#"{{"key": "k", "fields": {{"k": {field}}}}}"#));
        assert!(with(r#""word""#).is_empty());
        assert_eq!(
            with(r#"{"array": {"of": "word", "length": 1}}"#),
            ["records.key: `k` has no text of its own"]
        );
        assert_eq!(
            with(r#"{"optional": {"of": "word"}}"#),
            ["records.key: `k` is not in every record"]
        );
        let nested = r#"{"key": "o.k", "fields": {"o": {"object": {"k": "word"}}}}"#;
        assert!(problems(nested).is_empty());
    }
}
