//! Samples in files of every form.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn take(bytes: &[u8], name: &str) -> Result<(Taken, Sampled), Unreadable> {
    take_up_to(bytes, name, Limits::default())
}

fn take_up_to(bytes: &[u8], name: &str, limits: Limits) -> Result<(Taken, Sampled), Unreadable> {
    let mut sampler = Sampler::default();
    let taken = take_file(bytes, name, limits, &mut sampler)?;
    Ok((taken, sampler.finish("a file")))
}

/// Why it is refused.
fn refused(bytes: &[u8], name: &str) -> String {
    let Unreadable { message, help } = take(bytes, name).unwrap_err();
    assert!(!help.is_empty());
    message
}

/// Records that are the same in all forms.
fn plain(at: u64) -> Value {
    json!({"id": format!("A-{at:04}"), "level": (["gold", "none"][at as usize % 2]), "points": at * 3, "paid": at.is_multiple_of(3)})
}

fn lines() -> String {
    (0..100).map(|at| plain(at).to_string() + "\n").collect()
}

fn table(delimiter: char) -> String {
    let row = |cells: [String; 4]| cells.join(&delimiter.to_string()) + "\r\n";
    let header = row(["id", "level", "points", "paid"].map(str::to_owned));
    let rows = (0..100).map(|at| {
        let record = plain(at);
        let id = format!("\"{}\"", record["id"].as_str().unwrap());
        row([
            id,
            record["level"].as_str().unwrap().to_owned(),
            record["points"].to_string(),
            record["paid"].to_string(),
        ])
    });
    header + &rows.collect::<String>()
}

#[test]
fn every_form_tells_the_same() {
    let records: Vec<_> = (0..100).map(plain).collect();
    let array = serde_json::to_string(&records).unwrap();
    let pretty: Vec<String> = records.iter().map(|it| format!("{it:#}\n")).collect();
    let pretty = pretty.concat();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(lines().as_bytes()).unwrap();
    let zstd = zstd::encode_all(table(',').as_bytes(), 0).unwrap();
    let forms: [(Vec<u8>, &str, &str); 12] = [
        (lines().into(), "sample", "JSON lines"),
        (lines().into(), "sample.csv", "JSON lines"),
        (array.into(), "sample", "a JSON array"),
        (
            serde_json::to_vec_pretty(&records).unwrap(),
            "sample.json",
            "a JSON array",
        ),
        (pretty.into(), "sample.json", "JSON"),
        (table(',').into(), "sample.csv", "CSV with `,`"),
        (table(';').into(), "sample", "CSV with `;`"),
        (table('\t').into(), "sample.txt", "CSV with tabs"),
        (table('|').into(), "sample", "CSV with `|`"),
        (
            format!("\u{feff}{}", table(';')).into(),
            "sample.csv",
            "CSV with `;`",
        ),
        (gzip.finish().unwrap(), "sample.ndjson.gz", "JSON lines"),
        (zstd, "sample.csv.zst", "CSV with `,`"),
    ];
    let (_, expected) = take(lines().as_bytes(), "").unwrap();
    assert_eq!(expected.shape.key.as_deref(), Some("id"));
    for (bytes, name, form) in forms {
        let (taken, found) = take(&bytes, name).unwrap();
        assert_eq!(
            (taken.records, taken.broken, &*taken.form),
            (100, 0, form),
            "{name}"
        );
        assert_eq!(found, expected, "{form}");
    }
}

#[test]
fn one_object_is_a_record() {
    let (taken, found) = take(b"{\"a\": 1,\n \"b\": {\"c\": true}}", "one.json").unwrap();
    assert_eq!((taken.records, found.shape.fields.len()), (1, 2));
}

#[test]
fn broken_lines_are_named_and_passed_over() {
    let mut text = lines();
    text.insert_str(0, "{\"id\": \"secret\n");
    text += "[1, 2]\n\n   \n";
    let (taken, found) = take(text.as_bytes(), "sample.json").unwrap();
    assert_eq!((taken.records, taken.broken), (100, 2));
    let named: Vec<_> = taken.named.iter().map(ToString::to_string).collect();
    assert!(named[0].starts_with("line 1: no JSON: "), "{named:?}");
    assert_eq!(named[1], "line 102: not an object");
    assert!(!named.concat().contains("secret"));
    assert_eq!(found, take(lines().as_bytes(), "").unwrap().1);
}

#[test]
fn too_much_that_is_broken_is_refused() {
    let text = format!("{{\"a\": 1}}\n{}", "{oops\n".repeat(9));
    let message = refused(text.as_bytes(), "x.ndjson");
    assert!(message.starts_with("9 of 10 records"), "{message}");
    assert!(
        message.contains("line 2: ") && message.ends_with(", …"),
        "{message}"
    );
    // A mistake in JSON over several lines is found by its line.
    let message = refused(b"{\n \"a\": 1\n \"b\": 2\n}", "x.json");
    assert!(message.contains("line 3: expected"), "{message}");
    let message = refused(b"[{\"a\": 1},\n oops]", "x.json");
    assert!(message.contains("line 2: expected"), "{message}");
}

#[test]
fn what_is_no_sample_is_refused_with_a_reason() {
    for (bytes, name, expected) in [
        (&b""[..], "x", "empty"),
        (b" \n\n", "x.json", "empty"),
        (b"\xef\xbb\xbf", "x", "empty"),
        (b"[]", "x.json", "empty"),
        (b"a,b\n", "x.csv", "empty"),
        (b"just words\nand more", "x.txt", "neither JSON nor a table"),
        (b"PK\x03\x04rest", "x.zip", "a zip archive"),
        (b"Obj\x01rest", "x.avro", "an Avro file"),
        (b"PAR1rest", "x.parquet", "a Parquet file"),
        (b"\xff\xfea\0", "x.csv", "UTF-16"),
        (b"<xml/>", "x.xml", "XML"),
        (b"\x1f\x8bbroken", "x.gz", "can't be read"),
    ] {
        let message = refused(bytes, name);
        assert!(message.contains(expected), "{name}: {message}");
    }
}

#[test]
fn ragged_lines_of_a_table_are_named() {
    let mut text = table(',');
    text += "A-1000,gold\n";
    text += "A-1001,gold,5,true,more\n";
    let (taken, found) = take(text.as_bytes(), "x.csv").unwrap();
    assert_eq!((taken.records, taken.broken), (100, 2));
    assert_eq!(
        taken.named[0].to_string(),
        "line 102: 2 cells where 4 are expected"
    );
    assert_eq!(found, take(lines().as_bytes(), "").unwrap().1);
}

#[test]
fn a_table_without_names_gets_some() {
    let rows = |at: u64| format!("Beatrix,b{at}@example.com,{}\n", at * 7);
    let text: String = (0..50).map(rows).collect();
    let (taken, found) = take(text.as_bytes(), "x.csv").unwrap();
    let names: Vec<_> = found
        .shape
        .fields
        .iter()
        .map(|field| &*field.name)
        .collect();
    assert_eq!(
        (names, taken.records),
        (vec!["column1", "column2", "column3"], 50)
    );
    let text = "id,,id\n1,2,3\n4,5,6\n";
    let (_, found) = take(text.as_bytes(), "x.csv").unwrap();
    let names: Vec<_> = found
        .shape
        .fields
        .iter()
        .map(|field| &*field.name)
        .collect();
    assert_eq!(names, ["id", "column2", "id_2"]);
}

#[test]
fn cells_have_the_type_of_their_column() {
    let text = "code;n;when;note;gone\n007;1;2026-01-31;N/A;\n12;2.5;2026-02-01;\"a;b\nc\";\n";
    let (_, found) = take(text.as_bytes(), "x.csv").unwrap();
    assert!(matches!(
        field(&found, "code").node.type_,
        Type::Text { .. }
    ));
    assert!(matches!(field(&found, "n").node.type_, Type::Number { .. }));
    assert_eq!(
        kind(&field(&found, "when").node),
        json!({"date": {"from": "2026-01-01", "to": "2026-12-31"}})
    );
    assert!((field(&found, "note").missing - 0.5).abs() < 1e-9);
    assert_eq!(found.shape.fields.len(), 4);
}

#[test]
fn tables_of_western_spreadsheets_are_read() {
    let (_, found) = take(b"Stra\xdfe;Gr\xf6\xdfe\nA\xe4;S\nB;M\n", "x.csv").unwrap();
    assert_eq!(found.shape.fields[0].name, "Straße");
}

#[test]
fn a_huge_line_is_passed_over() {
    let mut text = lines();
    let _ = writeln!(text, "{{\"a\": \"{}\"}}", "x".repeat(9 << 20));
    text += &lines();
    let (taken, _) = take(text.as_bytes(), "x.ndjson").unwrap();
    assert_eq!((taken.records, taken.broken), (200, 1));
    assert_eq!(taken.named[0].to_string(), "line 101: longer than 8 MiB");
}

#[test]
fn no_more_is_read_than_was_asked_for() {
    let array = serde_json::to_string(&(0..100).map(plain).collect::<Vec<_>>()).unwrap();
    let pretty: Vec<String> = (0..100).map(|at| format!("{:#}\n", plain(at))).collect();
    let pretty = pretty.concat();
    for text in [lines(), array, pretty, table(',')] {
        let few = Limits {
            records: 7,
            ..Limits::default()
        };
        let (taken, _) = take_up_to(text.as_bytes(), "x", few).unwrap();
        assert_eq!((taken.records, taken.broken), (7, 0), "{}", taken.form);
        assert_eq!(
            taken.cut,
            Some("the number of records that was asked for"),
            "{}",
            taken.form
        );
        // In the middle of a record.
        let short = Limits {
            bytes: text.len() as u64 / 2,
            ..Limits::default()
        };
        let (taken, _) = take_up_to(text.as_bytes(), "x", short).unwrap();
        assert!(
            (30..70).contains(&taken.records) && taken.broken == 0,
            "{taken:?}"
        );
        assert_eq!(
            taken.cut,
            Some("the number of bytes that is read"),
            "{}",
            taken.form
        );
    }
}

#[test]
fn a_first_line_whose_cells_come_again_is_none_of_names() {
    let text = "Zqanna,gold\nXvbert,none\nXvbert,gold\n".repeat(20);
    let (taken, found) = take(text.as_bytes(), "people.csv").unwrap();
    assert_eq!(taken.records, 60);
    let names: Vec<_> = found
        .shape
        .fields
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["column1", "column2"]);
}
