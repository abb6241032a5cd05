//! Files that another library wrote (`pyarrow/make.py`) are read in every codec and of every type.

use bytes::Bytes;

use super::*;

macro_rules! files {
    ($($name:literal),*) => {
        [$(($name, &include_bytes!(concat!("pyarrow/", $name, ".parquet"))[..])),*]
    };
}

fn read(file: &'static [u8], paths: &[&str]) -> Vec<Option<Vec<Cell>>> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let mut all: Vec<Option<Vec<Cell>>> = Vec::new();
    for rows in RowReader::new(Bytes::from_static(file), &paths).unwrap() {
        let rows = rows.unwrap();
        assert!(
            rows.columns
                .iter()
                .flatten()
                .all(|it| it.len() == rows.count)
        );
        if all.is_empty() {
            all = rows.columns;
        } else {
            for (all, more) in all.iter_mut().zip(rows.columns) {
                if let Some((all, more)) = all.as_mut().zip(more) {
                    all.extend(more);
                }
            }
        }
    }
    all
}

/// A value for the eye: objects as `{a: 1}`.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::List(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Cell::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, it)| format!("{name}: {}", shown(it)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Cell::Other(type_) => format!("<{type_}>"),
        cell => cell.text().unwrap_or("null".to_owned()),
    }
}

#[test]
fn every_codec_and_every_type_of_another_library() {
    let paths = [
        "_id",
        "person",
        "person.name.firstName",
        "tags",
        "lines",
        "attributes",
        "truth",
        "small",
        "large",
        "half",
        "float",
        "double",
        "price",
        "wide",
        "day",
        "millis",
        "nanos",
        "bytes",
        "time",
        "null",
        "nowhere",
        "tags.element",
    ];
    let files = files!["none", "snappy", "gzip", "brotli", "zstd", "lz4"];
    for (codec, file) in files {
        let columns = read(file, &paths);
        let column = |path: &str| {
            let at = paths.iter().position(|it| *it == path).unwrap();
            let cells = columns[at].as_ref();
            cells.map(|cells| cells.iter().map(shown).collect::<Vec<_>>())
        };
        let check = |path: &str, wanted: [&str; 7]| {
            assert_eq!(column(path).unwrap(), wanted, "{path} in {codec}");
        };
        check(
            "_id",
            ["id-0", "id-1", "id-2", "id-3", "id-4", "id-5", "id-6"],
        );
        let names = ["Ada 0", "null", "null", "Ada 3", "Ada 4", "Ada 5", "Ada 6"];
        check("person.name.firstName", names);
        check(
            "tags",
            ["null", "[]", "[a]", "[b, null, c]", "[d]", "[]", "null"],
        );
        let attributes = ["null", "{}", "{k: 1}", "{k: 1, l: null}", "{}", "{}", "{}"];
        check("attributes", attributes);
        check(
            "truth",
            ["true", "false", "true", "false", "true", "false", "true"],
        );
        check("small", ["0", "1", "2", "3", "4", "5", "6"]);
        let person = column("person").unwrap();
        assert_eq!(person[0], "{name: {firstName: Ada 0}, year: 0}", "{codec}");
        assert_eq!(person[1..3], ["null", "{name: null, year: 2}"], "{codec}");
        let lines = column("lines").unwrap();
        assert_eq!(lines[..2], ["[]", "[{sku: s1, sizes: []}]"], "{codec}");
        let three = "[{sku: s3, sizes: []}, {sku: s3, sizes: [0]}, {sku: s3, sizes: [0, 1]}]";
        assert_eq!(lines[3], three, "{codec}");
        for (path, last) in [
            ("large", "18446744073709551609"),
            ("half", "1.5"),
            ("float", "0.5"),
            ("double", "0.25"),
            ("price", "-12.34"),
            ("wide", "12345678901234567890.5"),
            ("day", "2026-01-31"),
            ("millis", "2026-01-02T03:04:05.678Z"),
            ("nanos", "2026-01-02T03:04:05.678000001Z"),
            ("bytes", "<Binary>"),
            ("null", "null"),
        ] {
            assert_eq!(column(path).unwrap()[6], last, "{path} in {codec}");
        }
        assert!(column("time").unwrap()[6].starts_with("<Time"), "{codec}");
        assert_eq!(column("nowhere"), None);
        assert_eq!(column("tags.element"), None);
    }
}

#[test]
fn moments_and_lists_of_older_writers() {
    let [(_, file)] = files!["older"];
    let columns = read(file, &["_id", "millis", "tags"]);
    let shown = |at: usize, row: usize| shown(&columns[at].as_ref().unwrap()[row]);
    assert_eq!(shown(1, 0), "2026-01-02T03:04:05.678Z");
    assert_eq!(shown(2, 3), "[b, null, c]");
}

#[test]
fn what_is_no_file_is_an_error_and_no_panic() {
    let [(_, file)] = files!["gzip"];
    for broken in [&b""[..], b"PAR1", &file[..file.len() - 1]] {
        let opened = RowReader::new(Bytes::copy_from_slice(broken), &["_id".to_owned()]);
        assert!(opened.is_err());
    }
    // Broken in the middle of its pages: an error, and then nothing more.
    let mut broken = file.to_vec();
    broken[4..400].fill(0x55);
    let rows = RowReader::new(Bytes::from(broken), &["_id".to_owned()]).unwrap();
    let read: Vec<_> = rows.collect();
    assert!(read[0].is_err(), "{read:?}");
    assert_eq!(read.len(), 1);
}

#[test]
fn rows_without_a_column_are_counted() {
    let [(_, file)] = files!["snappy"];
    let rows = RowReader::new(Bytes::from_static(file), &["nowhere".to_owned()]).unwrap();
    let counts: Vec<_> = rows.map(|rows| rows.unwrap().count).collect();
    assert_eq!(counts.iter().sum::<usize>(), 7);
}
