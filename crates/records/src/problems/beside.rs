//! Mistakes in what travels beside a record.

use options::{Location, Problem, Problems};
use serde_json::Value;

use super::{field, named};
use crate::derived::Scope;
use crate::domain::Domain;
use crate::field::{FieldOptions, HeaderOptions};
use crate::kinds::probability;
use crate::options::RecordsOptions;
use crate::path;

/// A partition's number has 31 bits.
const PARTITION_MAX: i64 = i32::MAX as i64;
/// So many digits are always a number below 2^128.
const HASH_DIGITS: usize = 38;

/// All of them.
pub(super) fn find(options: &RecordsOptions, at: &Location, problems: &mut Problems) {
    if !options.headers.is_empty() && !options.attributes.is_empty() {
        problems.push(
            Problem::new(
                at.join("attributes"),
                "`headers` and `attributes` are both given",
            )
            .help(
                "headers are Kafka's, attributes are Pub/Sub's, and a stream has one destination",
            ),
        );
    }
    if options.partition.is_some() && options.hash_key.is_some() {
        problems.push(
            Problem::new(
                at.join("hash_key"),
                "`partition` and `hash_key` are both given",
            )
            .help(
                "partitions are Kafka's, hash keys are Kinesis', and a stream has one destination",
            ),
        );
    }
    if let Some(share) = options.tombstones {
        let at = at.join("tombstones");
        probability(share, &at, problems);
        if options.key.is_none() {
            problems.push(
                Problem::new(at, "a tombstone needs a key")
                    .help("name the field that is the key, e.g. `key: id`"),
            );
        }
    }
    for (word, headers) in [
        ("headers", &options.headers),
        ("attributes", &options.attributes),
    ] {
        for (name, header) in headers {
            let at = at.join(word).join(name);
            if name.is_empty() {
                problems.push(Problem::new(at.clone(), "a header needs a name"));
            }
            self::header(header, options, &at, problems);
        }
    }
    if let Some(path) = &options.partition {
        let at = at.join("partition");
        let field = named(path, &options.fields, &at, problems);
        if field.is_some_and(|field| !is_always(field, path, options, is_partition)) {
            problems.push(
                Problem::new(at, format!("`{path}` is not always the number of a partition")).help(
                    "take a field with whole numbers from 0 on, e.g. `{integer: {min: 0, max: 11}}` for 12 \
                     partitions",
                ),
            );
        }
    }
    if let Some(path) = &options.hash_key {
        let at = at.join("hash_key");
        let field = named(path, &options.fields, &at, problems);
        if field.is_some_and(|field| !is_always(field, path, options, is_hash_key)) {
            problems.push(
                Problem::new(at, format!("`{path}` is not always a hash key")).help(
                    "take a field with whole numbers from 0 on, or texts of digits without a zero in front, \
                     e.g. `{choose: [\"0\", \"170141183460469231731687303715884105728\"]}`",
                ),
            );
        }
    }
}

fn header(
    header: &HeaderOptions,
    options: &RecordsOptions,
    at: &Location,
    problems: &mut Problems,
) {
    let value = match header {
        HeaderOptions::Made(made) => {
            field(made, at, problems);
            Some(made)
        }
        HeaderOptions::Field(path) => named(path, &options.fields, &at.join("field"), problems),
    };
    match value {
        Some(FieldOptions::Object(_) | FieldOptions::Array(_)) => problems.push(
            Problem::new(at.clone(), "a header is a single text")
                .help("take a kind with a single value"),
        ),
        Some(FieldOptions::Optional(_)) => problems.push(
            Problem::new(at.clone(), "a header is always there")
                .help("take a kind that is never missing"),
        ),
        Some(FieldOptions::Pad(_)) => problems.push(
            Problem::new(at.clone(), "`pad` fills records, not headers")
                .help("`{text: {size: 200 B}}` has a size of its own"),
        ),
        _ => {}
    }
}

/// Whether every value of the field is of that kind.
fn is_always(
    field: &FieldOptions,
    path: &str,
    options: &RecordsOptions,
    is_one: fn(&Value) -> bool,
) -> bool {
    let ends = |(least, most): (i64, i64)| is_one(&least.into()) && is_one(&most.into());
    match field {
        FieldOptions::Compute(computed) => {
            let record = Scope::of_record(&options.fields);
            let found = record.resolve(&path::steps(path), 0, false);
            let range = found.ok().and_then(|found| computed.whole(&found.scope, 0));
            range.is_some_and(ends)
        }
        FieldOptions::Optional(_) => false,
        FieldOptions::Pattern(pattern) => {
            let is_digit = |c: char| c == '#' || c.is_ascii_digit();
            let digits =
                (1..=HASH_DIGITS).contains(&pattern.len()) && pattern.chars().all(is_digit);
            let extremes = ["0", "9"].map(|digit| Value::from(pattern.replace('#', digit)));
            digits && extremes.iter().all(is_one)
        }
        _ => match field.domain() {
            Domain::Whole(least, most) => ends((least, most)),
            Domain::Fixed(values) => values.into_iter().all(is_one),
            _ => false,
        },
    }
}

fn is_partition(value: &Value) -> bool {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.is_some_and(|number| (0..=PARTITION_MAX).contains(&number))
}

/// As the service writes it: `0|([1-9]\d{0,38})`.
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html>
fn is_hash_key(value: &Value) -> bool {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<u128>()
        .is_ok_and(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> Vec<String> {
        let options: RecordsOptions = serde_json::from_str(json).unwrap();
        let mut problems = Problems::new();
        options.problems(&Location::root(), &mut problems);
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem.at, problem.message))
            .collect()
    }

    #[test]
    fn what_can_travel_beside_a_record_does() {
        let json = r#"{"headers": {"traceparent": {"pattern": "00-####-##-01"}, "id": "record_id",
                "country": {"field": "address.country"}, "n": {"field": "shard"}},
            "partition": "shard",
            "fields": {"id": "record_id", "shard": {"integer": {"min": 0, "max": 11}},
                "address": {"object": {"country": "country_code"}}}}"#;
        assert_eq!(problems(json), [""; 0]);
        let options: RecordsOptions = serde_json::from_str(json).unwrap();
        let written = serde_json::to_string(&options).unwrap();
        assert_eq!(
            serde_json::from_str::<RecordsOptions>(&written).unwrap(),
            options
        );
    }

    #[test]
    fn what_can_not_is_told_where_it_stands() {
        let found = problems(
            r#"{"headers": {"": "word", "a": {"field": "citty"}, "b": {"field": "list"},
                "c": {"optional": {"of": "word"}}, "d": {"integer": {"min": 2, "max": 1}},
                "e": {"pad": {"to": "1 KiB"}}},
            "attributes": {"a": "word"}, "partition": "city", "hash_key": "dice",
            "fields": {"city": "city", "list": {"array": {"of": "word", "length": 2}},
                "dice": {"integer": {"min": -1, "max": 6}}}}"#,
        );
        let expected = "\
attributes: `headers` and `attributes` are both given
hash_key: `partition` and `hash_key` are both given
headers.: a header needs a name
headers.a.field: there is no field `citty`
headers.b: a header is a single text
headers.c: a header is always there
headers.d.integer.min: the smallest value, 2, is larger than the largest, 1
headers.e: `pad` fills records, not headers
partition: `city` is not always the number of a partition
hash_key: `dice` is not always a hash key";
        assert_eq!(found.join("\n"), expected);
    }

    #[test]
    fn a_tombstone_is_a_key_and_nothing_else() {
        let fields = r#""fields": {"id": "record_id"}}"#;
        assert_eq!(
            problems(&format!(r#"{{"key": "id", "tombstones": 0.1, {fields}"#)),
            [""; 0]
        );
        let found = problems(&format!(r#"{{"tombstones": 10, {fields}"#));
        let expected = [
            "tombstones: 10 is not a probability",
            "tombstones: a tombstone needs a key",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_are_held_to_what_the_services_take() {
        let partition = |field: &str| {
            problems(&format!(
                r#"{{"partition": "p", "fields": {{"p": {field}}}}}"#
            ))
            .is_empty()
        };
        for good in [
            r#""ordinal""#,
            r#"{"choose": [0, 3]}"#,
            r###"{"pattern": "##"}"###,
        ] {
            assert!(partition(good), "{good}");
        }
        for bad in [
            r#"{"integer": {"min": 0, "max": 2147483648}}"#,
            r#"{"choose": [0, -1]}"#,
        ] {
            assert!(!partition(bad), "{bad}");
        }
        let hash_key = |field: &str| {
            problems(&format!(
                r#"{{"hash_key": "h", "fields": {{"h": {field}}}}}"#
            ))
            .is_empty()
        };
        for good in [
            r#"{"choose": ["0", "340282366920938463463374607431768211455"]}"#,
            r#"{"pattern": "1#####################################"}"#,
            r##"{"pattern": "#"}"##,
        ] {
            assert!(hash_key(good), "{good}");
        }
        for bad in [
            r#"{"choose": ["340282366920938463463374607431768211456"]}"#,
            r#"{"pattern": "1######################################"}"#,
            r###"{"pattern": "##"}"###,
            r#""uuid""#,
        ] {
            assert!(!hash_key(bad), "{bad}");
        }
    }
}
