//! `hydrant init --sample`: what is there already becomes a scenario, and nothing of it gets into that.

mod services;

use serde_json::Value;

use crate::cli::{Place, Said};

/// The fields of what is sampled: an id, a person, a closed set, numbers, and something that is not always
/// there.
pub(crate) const FIELDS: [&str; 18] = [
    "--field",
    "id=record_id",
    "--field",
    "firstName=first_name",
    "--field",
    "email=email",
    "--field",
    "city=city",
    "--field",
    "level={choose: {gold: 1, none: 3}}",
    "--field",
    "amount={decimal: {min: 0, max: 250}}",
    "--field",
    "orderNumber={pattern: ORD-######}",
    "--field",
    "phone={optional: {of: phone, probability: 0.7}}",
    "--key",
    "id",
];

/// Records with these fields.
fn records(place: &Place, address: &str, number: &str) -> Vec<Value> {
    let words = [
        &["preview", address, "--json", "-n", number, "--count", "1M"][..],
        &FIELDS,
    ]
    .concat();
    let said = place.hydrant(&words);
    assert_eq!(said.code, 0, "{said:?}");
    let samples = said
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    samples.map(|mut sample| sample["record"].take()).collect()
}

/// A scenario that was drafted from such records is sound, makes records of the same kind, and has nothing of
/// the sample in it.
fn is_like_the_sample(place: &Place, said: &Said, sample: &[Value]) {
    assert_eq!(said.code, 0, "{said:?}");
    let text = std::fs::read_to_string(place.path("draft.yaml")).unwrap();
    for (field, kind) in [
        ("id", "record_id"),
        ("firstName", "first_name"),
        ("email", "email"),
        ("city", "city"),
    ] {
        assert!(
            text.contains(&format!("    {field}: {kind}\n")),
            "{field}: {text}"
        );
    }
    // The weights are those of the sample.
    for piece in ["ORD-######", "gold: ", "none: ", "  key: \"id\"\n"] {
        assert!(text.contains(piece), "{piece}: {text}");
    }
    for record in sample {
        for name in ["id", "firstName", "email", "city", "phone", "orderNumber"] {
            // A short one may be part of a word.
            let value = record[name].as_str().filter(|value| value.len() > 4);
            let value = value.unwrap_or("none of it");
            for told in [&text, &said.err, &said.out] {
                assert!(!told.contains(value), "{value} in {told}");
            }
        }
    }
    let checked = place.hydrant(&["check", "draft.yaml"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let drawn = place.hydrant(&["preview", "draft.yaml", "--json", "-n", "200"]);
    let lines = drawn
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let drawn: Vec<_> = lines.map(|mut line| line["record"].take()).collect();
    let names = |record: &Value| {
        record
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let whole = |records: &[Value]| records.iter().map(names).max_by_key(Vec::len);
    assert_eq!(whole(&drawn), whole(sample));
    let with_phone = drawn
        .iter()
        .filter(|record| record.get("phone").is_some())
        .count();
    assert!((90..190).contains(&with_phone), "{with_phone}");
}

#[test]
fn a_file_becomes_a_scenario() {
    let place = Place::new();
    let sample = records(&place, "discard:", "400");
    let lines: Vec<String> = sample.iter().map(|record| format!("{record}\n")).collect();
    let lines = lines.concat();
    place.write("people.ndjson", &lines);
    let said = place.hydrant(&[
        "init",
        "discard:",
        "--sample",
        "people.ndjson",
        "--out",
        "draft.yaml",
    ]);
    is_like_the_sample(&place, &said, &sample);
    assert!(
        said.err.contains("400 records (JSON lines)"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("looks like an e-mail address"),
        "{}",
        said.err
    );

    // What is wrong with a sample is told, and what is right of it is used.
    place.write("broken.ndjson", format!("{lines}oops\n"));
    let said = place.hydrant(&[
        "init",
        "discard:",
        "--sample",
        "broken.ndjson",
        "--out",
        "second.yaml",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("line 401: no JSON"), "{}", said.err);
    place.write("empty.csv", "");
    for (sample, message) in [
        ("empty.csv", "the sample is empty"),
        ("missing.csv", "cannot read the sample `missing.csv`"),
        ("discard:", "there is no way to read back"),
        ("kafka://user:hunter2@host/topic", "no user and no password"),
    ] {
        let said = place.hydrant(&["init", "discard:", "--sample", sample]);
        assert!(said.code == 2 || said.code == 1, "{said:?}");
        assert!(said.err.contains(message), "{}", said.err);
        assert!(
            !said.err.contains("hunter2") && said.out.is_empty(),
            "{said:?}"
        );
    }
}

/// What a drafted scenario makes looks to a sampler like what it was drafted from.
#[test]
fn a_sample_of_a_draft_is_drafted_the_same() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        // A sampler sees one record after the other: neither who comes again, nor what is wrong on purpose, nor what a
        // file of few records repeats.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let not_seen = ["\nentities:", "  defects:", "  replay:", "{lookup:"];
        if path.is_dir() || not_seen.iter().any(|part| text.contains(part)) {
            continue;
        }
        let (path, place) = (path.display().to_string(), Place::new());
        let kinds = |scenario: &str, draft: &str| {
            let said = place.hydrant(&[
                "preview", scenario, "--json", "-n", "1000", "--count", "1000",
            ]);
            assert_eq!(said.code, 0, "{said:?}");
            let lines = said
                .out
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap());
            let first = lines.clone().next().unwrap()["stream"].clone();
            let records = lines.filter(|line| line["stream"] == first);
            let records: Vec<String> = records
                .map(|line| format!("{}\n", line["record"]))
                .collect();
            let records = records.concat();
            place.write("sample.ndjson", records);
            let said = place.hydrant(&[
                "init",
                "discard:",
                "--sample",
                "sample.ndjson",
                "--out",
                draft,
            ]);
            assert_eq!(said.code, 0, "{path}: {said:?}");
            let checked = place.hydrant(&["check", draft]);
            assert_eq!(checked.code, 0, "{path}: {checked:?}");
            // What is recognised, without shares and weights, which are drawn, and what they decide: which comes first.
            let table = said.err.lines().filter(|line| line.starts_with("  "));
            let words = |line: &str| {
                let cells = line.split("  ").filter(|cell| !cell.contains('%'));
                let words = cells.flat_map(|cell| cell.split([' ', ',']));
                let mut words: Vec<_> = words.map(str::to_owned).collect();
                words.sort();
                words.concat()
            };
            let mut lines: Vec<_> = table.map(words).collect();
            lines.sort();
            lines
        };
        let of_original = kinds(&path, "first.yaml");
        assert!(of_original.len() > 2, "{path}: {of_original:?}");
        assert_eq!(kinds("first.yaml", "second.yaml"), of_original, "{path}");
    }
}
