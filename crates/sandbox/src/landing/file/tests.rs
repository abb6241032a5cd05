//! What is written is read again as it was, by the reader that looks for landed records.

use flow::verify::{Cell, RowReader};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

/// Types of every kind, three levels deep.
fn types() -> impl Strategy<Value = Type> {
    let leaf = prop::sample::select(vec![
        Type::String,
        Type::Integer(8),
        Type::Integer(16),
        Type::Integer(32),
        Type::Integer(64),
        Type::Number,
        Type::Boolean,
        Type::DateTime,
        Type::Date,
    ]);
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| Type::Array(Box::new(items))),
            fields(inner).prop_map(Type::Object),
        ]
    })
}

fn fields(of: impl Strategy<Value = Type>) -> impl Strategy<Value = Fields> {
    prop::collection::vec(of, 1..4).prop_map(|types| {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        names.into_iter().zip(types).collect()
    })
}

/// A value of a type, which may be missing anywhere.
fn value(type_: &Type) -> BoxedStrategy<Value> {
    let there = match type_ {
        Type::String => "[a-zß€]{0,5}".prop_map(Value::from).boxed(),
        Type::Integer(bits) => {
            let most = i64::MAX >> (64 - bits);
            (-most - 1..=most).prop_map(Value::from).boxed()
        }
        Type::Number => (-1e12..1e12).prop_map(Value::from).boxed(),
        Type::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        // From the year 1 to 9000.
        Type::DateTime => (-62_135_596_800_000..221_845_392_000_000_i64)
            .prop_map(|millis| {
                Timestamp::from_millisecond(millis)
                    .unwrap()
                    .to_string()
                    .into()
            })
            .boxed(),
        Type::Date => (1..9_000_i16, 1..13_i8, 1..29_i8)
            .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}").into())
            .boxed(),
        Type::Array(items) => prop::collection::vec(value(items), 0..4)
            .prop_map(Value::from)
            .boxed(),
        Type::Map(values) => prop::collection::btree_map("[a-z]{1,3}", value(values), 0..3)
            .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into())
            .boxed(),
        Type::Object(fields) => {
            let parts: Vec<_> = fields
                .iter()
                .map(|(name, it)| (Just(name.clone()), value(it)))
                .collect();
            parts
                .prop_map(|parts| Value::Object(parts.into_iter().collect()))
                .boxed()
        }
        Type::Limited(type_, _) => value(type_),
    };
    prop_oneof![4 => there, 1 => Just(Value::Null)].boxed()
}

/// As JSON, with every field of an object that its type has.
fn shown(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(it) => json!(it),
        Cell::Integer(it) => json!(i64::try_from(*it).unwrap()),
        Cell::Double(it) => json!(it),
        Cell::List(items) => items.iter().map(shown).collect(),
        Cell::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, it)| (name.to_string(), shown(it)));
            Value::Object(fields.collect())
        }
        cell => json!(cell.text().unwrap()),
    }
}

/// Rows as the reader gives them.
fn read(file: Bytes, names: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for rows in RowReader::new(file, names).unwrap() {
        let rows = rows.unwrap();
        for row in 0..rows.count {
            let field = |(name, column): (&String, &Option<Vec<Cell>>)| {
                (name.clone(), shown(&column.as_ref().unwrap()[row]))
            };
            let fields: Map<_, _> = names.iter().zip(&rows.columns).map(field).collect();
            all.push(Value::Object(fields));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nested objects, lists, nulls, of every type, in every codec.
    #[test]
    fn what_is_written_is_read(
        (fields, rows) in fields(types()).prop_flat_map(|fields| {
            let parts: Vec<_> = fields.iter().map(|(name, it)| (Just(name.clone()), value(it))).collect();
            let row = parts.prop_map(|parts| Value::Object(parts.into_iter().collect()));
            (Just(fields), prop::collection::vec(row, 0..20))
        }),
        number in 0..14_usize,
    ) {
        let file = parquet(&fields, &rows, packing(number)).unwrap();
        let names: Vec<String> = fields.keys().cloned().collect();
        prop_assert_eq!(read(file, &names), rows);
    }
}

#[test]
fn every_codec_is_written_and_read_over_more_rows_than_are_read_at_once() {
    let fields = Fields::from([
        ("id".to_owned(), Type::String),
        ("tags".to_owned(), Type::Array(Box::new(Type::Integer(64)))),
    ]);
    let row = |n: u64| json!({"id": format!("id-{n}"), "tags": (0..n % 3).collect::<Vec<_>>()});
    let rows: Vec<_> = (0..20_000).map(row).collect();
    let names = ["id".to_owned(), "tags".to_owned()];
    let mut suffixes = std::collections::BTreeSet::new();
    for number in 0..14 {
        suffixes.insert(packing(number).suffix);
        let file = parquet(&fields, &rows, packing(number)).unwrap();
        assert_eq!(read(file, &names), rows, "{:?}", packing(number));
    }
    assert_eq!(suffixes.len(), 7);
}

#[test]
fn a_row_that_does_not_fit_is_an_error() {
    let fields = Fields::from([("day".to_owned(), Type::Date)]);
    for row in [json!({"day": "tomorrow"}), json!({"day": 7}), json!([])] {
        assert!(parquet(&fields, &[row], packing(0)).is_err());
    }
}
