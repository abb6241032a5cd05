//! Every mistake in the `records:` section, with its place.

mod beside;
mod fixed;

use std::fmt::Display;

use options::{Location, Problem, Problems, suggest};

use crate::field::FieldOptions;
use crate::kinds::{ArrayOptions, Choices, DecimalOptions, ObjectFields, Otherwise};
use crate::options::RecordsOptions;
use crate::path;

/// No destination takes a record of this size, and a batch of them would not fit into memory.
pub(crate) const RECORD_MAX: u64 = 64 << 20;
/// Elements of an array.
const ELEMENTS_MAX: u32 = 100_000;
/// A decimal is worked out in whole units of its last digit, which have to be exact in a double.
const DECIMAL_MAX: f64 = 9_007_199_254_740_992.0;

pub(crate) fn of_section(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    let before = problems.len();
    let fields_at = at.join("fields");
    if options.fields.is_empty() {
        problems.push(
            Problem::new(fields_at, "the records have no fields")
                .help("write at least one, e.g. `fields: {id: record_id}`"),
        );
    } else {
        object(&options.fields, &fields_at, true, problems);
    }
    if let Some(key) = &options.key {
        self::key(key, &options.fields, &at.join("key"), problems);
    }
    beside::find(options, at, problems);
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
        }
    }
}

fn object(fields: &ObjectFields, at: &Location, is_record: bool, problems: &mut Problems) {
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
}

fn field(field: &FieldOptions, at: &Location, problems: &mut Problems) {
    match field {
        FieldOptions::Plain(_) | FieldOptions::EventTime(_) | FieldOptions::Pattern(_) => {}
        FieldOptions::Regex(expression) => {
            if let Err(why) = crate::regex::patterns(expression) {
                let message = format!("no text can be made from this expression: {why}");
                problems.push(Problem::new(at.join("regex"), message).help(
                    "look-around, back references and `\\b` are not supported; most patterns can do without",
                ));
            }
        }
        FieldOptions::Constant(value) => fixed::check(value, &at.join("constant"), problems),
        FieldOptions::Bool(options) => {
            probability(
                options.probability,
                &at.join("bool").join("probability"),
                problems,
            );
        }
        FieldOptions::Integer(options) => {
            order(
                options.min,
                options.max,
                &at.join("integer").join("min"),
                problems,
            );
        }
        FieldOptions::Decimal(options) => decimal(options, &at.join("decimal"), problems),
        FieldOptions::Choose(choices) => choose(choices, &at.join("choose"), problems),
        FieldOptions::Date(options) => {
            if options.from > options.to {
                let message = format!(
                    "the first day, {}, is after the last, {}",
                    options.from, options.to
                );
                problems.push(
                    Problem::new(at.join("date").join("from"), message)
                        .help("swap `from` and `to`"),
                );
            }
        }
        FieldOptions::Text(options) => {
            size(options.size.0, &at.join("text").join("size"), problems);
        }
        FieldOptions::Pad(options) => size(options.to.0, &at.join("pad").join("to"), problems),
        FieldOptions::Object(fields) => {
            let at = at.join("object");
            if fields.is_empty() {
                problems.push(Problem::new(at.clone(), "the object has no fields"));
            }
            object(fields, &at, false, problems);
        }
        FieldOptions::Array(options) => array(options, &at.join("array"), problems),
        FieldOptions::Optional(options) => {
            let at = at.join("optional");
            probability(options.probability, &at.join("probability"), problems);
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

fn probability(value: f64, at: &Location, problems: &mut Problems) {
    if !(0.0..=1.0).contains(&value) {
        problems.push(
            Problem::new(at.clone(), format!("{value} is not a probability"))
                .help("write a number from 0 to 1, e.g. 0.3 for 30 %"),
        );
    }
}

fn order<T: PartialOrd + Display + Copy>(min: T, max: T, at: &Location, problems: &mut Problems) {
    if min > max {
        let message = format!("the smallest value, {min}, is larger than the largest, {max}");
        problems.push(Problem::new(at.clone(), message).help("swap `min` and `max`"));
    }
}

fn decimal(options: &DecimalOptions, at: &Location, problems: &mut Problems) {
    let DecimalOptions { min, max, digits } = *options;
    if digits > 9 {
        problems.push(
            Problem::new(
                at.join("digits"),
                format!("{digits} decimal places are too many"),
            )
            .help("write 0 to 9"),
        );
        return;
    }
    for (key, value) in [("min", min), ("max", max)] {
        let units = value * 10f64.powi(i32::from(digits));
        let places = value
            .to_string()
            .split_once('.')
            .map_or(0, |(_, it)| it.len());
        if value.is_finite() && places > usize::from(digits) {
            problems.push(
                Problem::new(
                    at.join(key),
                    format!("{value} has {places} decimal places, and the values have {digits}"),
                )
                .help(format!("round it, or write `digits: {places}`")),
            );
        } else if !value.is_finite() || units.abs() >= DECIMAL_MAX {
            problems.push(
                Problem::new(
                    at.join(key),
                    format!("the number has too many digits with {digits} decimal places"),
                )
                .help("take fewer decimal places, or a smaller number"),
            );
        }
    }
    order(min, max, &at.join("min"), problems);
}

fn choose(choices: &Choices, at: &Location, problems: &mut Problems) {
    if choices.values.is_empty() {
        problems.push(
            Problem::new(at.clone(), "there is nothing to choose from")
                .help("write values with weights, e.g. `{gold: 1, none: 9}`, or a list `[a, b]`"),
        );
    } else if choices.values.iter().all(|(_, weight)| *weight == 0) {
        problems.push(
            Problem::new(at.clone(), "all weights are 0, so nothing is ever chosen")
                .help("give at least one value a weight above 0"),
        );
    }
    for (index, (value, _)) in choices.values.iter().enumerate() {
        // Texts with weights stand at their own keys.
        let at = match value.as_str() {
            Some(text) if choices.is_map => at.join(text),
            _ => at.join(index),
        };
        fixed::check(value, &at, problems);
    }
}

fn size(bytes: u64, at: &Location, problems: &mut Problems) {
    if bytes > RECORD_MAX {
        problems.push(
            Problem::new(at.clone(), "the text is larger than any record can be")
                .help("a record has at most 64 MiB; most destinations take 1 MiB"),
        );
    }
}

fn array(options: &ArrayOptions, at: &Location, problems: &mut Problems) {
    match (options.length, options.min, options.max) {
        (Some(_), None, None) | (None, _, Some(_)) => {}
        (Some(_), ..) => problems.push(
            Problem::new(
                at.join("length"),
                "`length` and `min` or `max` are both given",
            )
            .help("write `length` for always as many, `min` and `max` otherwise"),
        ),
        (None, _, None) => problems.push(
            Problem::new(at.clone(), "the array has no length")
                .help("add `length: 3`, or `max: 5`"),
        ),
    }
    if let (Some(min), Some(max)) = (options.min, options.max) {
        order(min, max, &at.join("min"), problems);
    }
    for (key, length) in [("length", options.length), ("max", options.max)] {
        if length.is_some_and(|length| length > ELEMENTS_MAX) {
            problems.push(
                Problem::new(at.join(key), "the array has too many elements")
                    .help(format!("an array has at most {ELEMENTS_MAX}")),
            );
        }
    }
    inner(&options.of, &at.join("of"), problems);
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
        return Some(field);
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
    paths.into_iter().map(|(path, _)| path).collect()
}

fn collect<'f>(fields: &'f ObjectFields, below: &str, into: &mut Vec<(String, &'f FieldOptions)>) {
    for (name, field) in fields {
        let path = path::join(below, name);
        if let FieldOptions::Object(fields) = field {
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
