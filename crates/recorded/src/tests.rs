use std::io::Write;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn texts(recorded: &Recorded) -> Vec<&str> {
    let texts = recorded
        .records()
        .map(|it| std::str::from_utf8(it).unwrap());
    texts.collect()
}

#[test]
fn lines_stay_as_they_are_written() {
    let text =
        "{\"b\": 1.50,  \"a\":[1 , {\"c\":\"}\"}]}\r\n\n  {\"id\":12345678901234567890123}\n";
    let recorded = Recorded::read(text.as_bytes()).unwrap();
    let wanted = [
        "{\"b\": 1.50,  \"a\":[1 , {\"c\":\"}\"}]}",
        "{\"id\":12345678901234567890123}",
    ];
    assert_eq!(texts(&recorded), wanted);
}

#[test]
fn packed_files_are_unpacked() {
    let text = b"{\"a\":1}\n{\"a\":2}\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&text[..], 3).unwrap();
    for packed in [&text[..], &gzip, &zstd] {
        assert_eq!(
            texts(&Recorded::read(packed).unwrap()),
            ["{\"a\":1}", "{\"a\":2}"]
        );
    }
    let broken = Recorded::read(&gzip[..gzip.len() / 2]).unwrap_err();
    assert!(
        broken.message.starts_with("it can't be unpacked"),
        "{broken:?}"
    );
}

#[test]
fn cells_are_what_they_look_like() {
    let text = "\u{feff}id;name;paid;zip;price\n1;\"a;b\";true;007;1.5\n2;;false;-1;1.50\n";
    let recorded = Recorded::read(text.as_bytes()).unwrap();
    let wanted = [
        r#"{"id":1,"name":"a;b","paid":true,"zip":"007","price":1.5}"#,
        r#"{"id":2,"paid":false,"zip":-1,"price":"1.50"}"#,
    ];
    assert_eq!(texts(&recorded), wanted);
}

/// A Parquet file of this schema, with one column of numbers and one of what `texts` writes.
fn parquet(schema: &str, texts: &[&str], defined: &[i16]) -> Vec<u8> {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut numbers = group.next_column().unwrap().unwrap();
    let moments: Vec<i64> = (0..defined.len() as i64)
        .map(|n| 1_700_000_000_123 + n)
        .collect();
    numbers
        .typed::<Int64Type>()
        .write_batch(&moments, None, None)
        .unwrap();
    numbers.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts: Vec<_> = texts.iter().map(|text| ByteArray::from(*text)).collect();
    column
        .typed::<ByteArrayType>()
        .write_batch(&texts, Some(defined), None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn a_table_of_parquet_is_read_by_its_rows() {
    let schema = "message m { required int64 n; optional binary name (STRING); }";
    let recorded = Recorded::read(&parquet(schema, &["x"], &[1, 0])).unwrap();
    let wanted = [
        r#"{"n":1700000000123,"name":"x"}"#,
        r#"{"n":1700000000124}"#,
    ];
    assert_eq!(texts(&recorded), wanted);
}

#[test]
fn moments_of_parquet_are_times_to_everybody() {
    let schema =
        "message m { required int64 at (TIMESTAMP_MILLIS); optional binary name (STRING); }";
    let recorded = Recorded::read(&parquet(schema, &[], &[0])).unwrap();
    assert_eq!(texts(&recorded), [r#"{"at":"2023-11-14T22:13:20.123Z"}"#]);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let told = |text: &str| Recorded::read(text.as_bytes()).unwrap_err().words("f");
    assert_eq!(
        told("{\"a\":1}\n{\"a\":\n"),
        "f:2: this is no JSON: EOF while parsing a value at line 1 column 5"
    );
    assert_eq!(told("{\"a\":1}\n[1]\n"), "f:2: this is no JSON object");
    assert_eq!(told("[{\"a\":1}]"), "f:1: this is a list, and no NDJSON");
    assert_eq!(told("  \n"), "f: there is no record in it");
    assert_eq!(told("a,b\n"), "f: there is no record in it");
    assert!(told("a,b\n1,2\n1,2,3\n").starts_with("f:3: this is no CSV"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\"\\\\{}\\[\\],: a]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[\"\\\\:,a]{0,3}", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    // The members of an object, put together again, are the object.
    #[test]
    fn members_are_those_of_the_object(entries in prop::collection::vec(("[\"\\\\:,a]{0,3}", any_json()), 0..5)) {
        let object: Map<String, Value> = entries.into_iter().collect();
        let text = serde_json::to_string_pretty(&object).unwrap();
        let again = members(text.as_bytes()).into_iter().map(|(key, value)| {
            let key: String = serde_json::from_slice(key).unwrap();
            (key, serde_json::from_slice::<Value>(value).unwrap())
        });
        prop_assert_eq!(json!(object), Value::Object(again.collect()));
    }
}
