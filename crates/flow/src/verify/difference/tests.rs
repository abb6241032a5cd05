//! A conversion is no corruption, whichever it is; another value is one.

use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{
    BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float32Array,
    Float64Array, Int32Array, Int64Array, LargeStringArray, ListArray, StringArray, StructArray,
    Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
};
use arrow_schema::Field;
use serde_json::json;

use super::*;

/// 2026-01-02T03:04:05.678Z.
const MILLIS: i64 = 1_767_323_045_678;
/// 2026-01-02.
const DAY: i32 = 20_455;

fn compare(column: &dyn Array, sent: &Value) -> Compared {
    compared(Some(column), 0, Some(sent))
}

/// Each of `same` is what landed, none of `others` is.
fn check(column: &dyn Array, same: &[Value], others: &[Value]) {
    for sent in same {
        assert_eq!(
            compare(column, sent),
            Compared::Same,
            "{sent} in {column:?}"
        );
    }
    for sent in others {
        let found = compare(column, sent);
        let is_other = matches!(found, Compared::Other { .. });
        assert!(is_other, "{sent} in {column:?}: {found:?}");
    }
}

#[test]
fn text_may_have_been_a_number_or_an_object() {
    let text = |text: &str| StringArray::from(vec![text]);
    check(
        &text("Ada"),
        &[json!("Ada")],
        &[json!("ada"), json!(""), json!(null)],
    );
    check(
        &text("7"),
        &[json!("7"), json!(7), json!(7.0)],
        &[json!("07"), json!(8)],
    );
    check(
        &text("true"),
        &[json!(true), json!("true")],
        &[json!(false)],
    );
    let object = json!({"a": [1, 2]});
    check(
        &text(r#"{ "a": [1, 2] }"#),
        &[object],
        &[json!({"a": [2, 1]})],
    );
    check(
        &LargeStringArray::from(vec!["x"]),
        &[json!("x")],
        &[json!("y")],
    );
}

#[test]
fn numbers_are_compared_by_value() {
    let int = Int64Array::from(vec![7]);
    check(
        &int,
        &[json!(7), json!("7"), json!(" 7 "), json!(7.0)],
        &[json!(8), json!("x"), json!(7.5)],
    );
    // Beyond what a floating-point number tells apart.
    let large = UInt64Array::from(vec![9_007_199_254_740_993]);
    check(
        &large,
        &[json!(9_007_199_254_740_993_u64)],
        &[json!(9_007_199_254_740_992_u64)],
    );
    check(&Int32Array::from(vec![-3]), &[json!(-3)], &[json!(3)]);
    let float = Float64Array::from(vec![99.99]);
    check(
        &float,
        &[json!(99.99), json!("99.99"), json!("99.990")],
        &[json!(99.9901), json!(true)],
    );
    let float = Float64Array::from(vec![1e9]);
    check(
        &float,
        &[json!(1_000_000_000), json!("1e9")],
        &[json!(1_000_000_001)],
    );
    check(
        &Float32Array::from(vec![0.1]),
        &[json!(0.1)],
        &[json!(0.1001)],
    );
    let decimal = |digits: i128, scale| {
        let array = Decimal128Array::from(vec![digits]);
        array.with_precision_and_scale(20, scale).unwrap()
    };
    check(
        &decimal(9_999, 2),
        &[json!(99.99), json!("99.990"), json!(99.991)],
        &[json!(99.98), json!(99.996)],
    );
    check(&decimal(700, 2), &[json!(7), json!("7.00")], &[json!(70)]);
}

#[test]
fn truth_has_several_words() {
    let truth = |it| BooleanArray::from(vec![it]);
    check(
        &truth(true),
        &[json!(true), json!("Yes"), json!("on"), json!(1)],
        &[json!(false), json!("no"), json!("x")],
    );
    check(
        &truth(false),
        &[json!(false), json!("N"), json!("off")],
        &[json!(true), json!("true")],
    );
}

#[test]
fn moments_come_in_several_forms() {
    let millis = TimestampMillisecondArray::from(vec![MILLIS]).with_timezone("UTC");
    let same = [
        json!("2026-01-02T03:04:05.678Z"),
        json!("2026-01-02T04:04:05.678999+01:00"),
        json!("2026-01-02T03:04:05.678"),
        json!("2026-01-02 03:04:05.678"),
        json!(MILLIS),
        json!(MILLIS.to_string()),
    ];
    let others = [
        json!("2026-01-02T03:04:05.679Z"),
        json!(MILLIS + 1),
        json!(MILLIS / 1000),
        json!("2026-01-02"),
    ];
    check(&millis, &same, &others);
    let micros = TimestampMicrosecondArray::from(vec![MILLIS * 1000]);
    check(&micros, &same[..1], &[json!("2026-01-02T03:04:05.678001Z")]);
    // A day is its beginning.
    let midnight = TimestampMillisecondArray::from(vec![i64::from(DAY) * 86_400_000]);
    check(&midnight, &[json!("2026-01-02")], &[json!("2026-01-03")]);
}

#[test]
fn a_day_may_have_been_a_moment() {
    let same = [
        json!("2026-01-02"),
        json!("2026-01-02T23:59:59Z"),
        // By its own clock, or in UTC.
        json!("2026-01-02T23:00:00-05:00"),
        json!("2026-01-03T01:00:00+02:00"),
        json!(MILLIS),
    ];
    let others = [json!("2026-01-01"), json!(0)];
    check(&Date32Array::from(vec![DAY]), &same, &others);
    let millis = i64::from(DAY) * 86_400_000;
    check(&Date64Array::from(vec![millis]), &same, &others);
}

#[test]
fn what_cannot_be_told_is_no_corruption() {
    let unknown = |column: &dyn Array, sent: Value, words: &str| {
        let Compared::Unknown(why) = compare(column, &sent) else {
            panic!("{sent} in {column:?}");
        };
        assert!(why.contains(words), "{why}");
    };
    let date = Date32Array::from(vec![DAY]);
    unknown(&date, json!("02.01.2026"), "no day");
    let millis = TimestampMillisecondArray::from(vec![MILLIS]);
    unknown(&millis, json!("Fri, 2 Jan"), "no time");
    unknown(
        &Time32SecondArray::from(vec![1]),
        json!("00:00:01"),
        "Time32",
    );
    let bytes = BinaryArray::from_vec(vec![b"x"]);
    unknown(&bytes, json!("x"), "Binary");
    // Yet where something is and nothing was sent, or the other way round, is known.
    assert!(matches!(
        compared(Some(&bytes), 0, None),
        Compared::Other { .. }
    ));
    let none = BinaryArray::from_opt_vec(vec![None]);
    check(&none, &[json!(null)], &[json!("x")]);
}

/// `{"city": …, "zip": 7}`.
fn address(city: Option<&str>) -> StructArray {
    let column = |name: &str, array: ArrayRef| {
        let field = Field::new(name, array.data_type().clone(), true);
        (Arc::new(field), array)
    };
    StructArray::from(vec![
        column("city", Arc::new(StringArray::from(vec![city]))),
        column("zip", Arc::new(Int64Array::from(vec![7]))),
    ])
}

#[test]
fn objects_are_compared_field_by_field() {
    let same = [
        json!({"city": "Ulm", "zip": "7"}),
        json!({"zip": 7, "city": "Ulm", "more": null}),
    ];
    let others = [
        json!({"city": "Bonn", "zip": 7}),
        json!({"city": "Ulm"}),
        json!({"city": "Ulm", "zip": 7, "street": "x"}),
        json!("Ulm"),
    ];
    check(&address(Some("Ulm")), &same, &others);
    check(
        &address(None),
        &[json!({"zip": 7}), json!({"city": null, "zip": 7})],
        &[json!({})],
    );
    let found = compare(&address(Some("Ulm")), &others[0]);
    assert_eq!(
        found,
        Compared::Other {
            below: ".city".to_owned(),
            landed: "`Ulm`".to_owned(),
            sent: "`\"Bonn\"`".to_owned(),
        }
    );
    // An object of nothing is nothing.
    assert_eq!(
        compared(None, 0, Some(&json!({"a": null, "b": []}))),
        Compared::Same
    );
    assert!(matches!(
        compared(None, 0, Some(&json!({"a": 0}))),
        Compared::Other { .. }
    ));
}

#[test]
fn lists_are_compared_element_by_element() {
    let list =
        |items: Vec<Option<i64>>| ListArray::from_iter_primitive::<Int64Type, _, _>([Some(items)]);
    let three = list(vec![Some(1), None, Some(3)]);
    let others = [
        json!([1, null]),
        json!([1, null, 3, null]),
        json!([1, 2, 3]),
        json!([]),
        json!(1),
    ];
    check(&three, &[json!([1, null, "3"])], &others);
    let Compared::Other { below, .. } = compare(&three, &others[2]) else {
        panic!("{three:?}");
    };
    assert_eq!(below, "[1]");
    let empty = list(Vec::new());
    check(&empty, &[json!([]), json!(null)], &[json!([0])]);
}
