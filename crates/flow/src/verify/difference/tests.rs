//! A conversion is no corruption, whichever it is; another value is one.

use serde_json::json;

use super::*;

/// 2026-01-02T03:04:05.678Z.
const MILLIS: i64 = 1_767_323_045_678;
/// 2026-01-02.
fn day() -> Cell {
    Cell::Day(Date::new(2026, 1, 2).unwrap())
}

fn moment(millis: i64, precision: i64) -> Cell {
    let at = Timestamp::from_millisecond(millis).unwrap();
    Cell::Moment(Moment { at, precision })
}

fn compare(landed: &Cell, sent: &Value) -> Compared {
    compared(Some(landed), Some(sent))
}

/// Each of `same` is what landed, none of `others` is.
fn check(landed: &Cell, same: &[Value], others: &[Value]) {
    for sent in same {
        assert_eq!(
            compare(landed, sent),
            Compared::Same,
            "{sent} in {landed:?}"
        );
    }
    for sent in others {
        let found = compare(landed, sent);
        let is_other = matches!(found, Compared::Other { .. });
        assert!(is_other, "{sent} in {landed:?}: {found:?}");
    }
}

#[test]
fn text_may_have_been_a_number_or_an_object() {
    let text = |text: &str| Cell::Text(text.to_owned());
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
}

#[test]
fn numbers_are_compared_by_value() {
    let int = Cell::Integer(7);
    check(
        &int,
        &[json!(7), json!("7"), json!(" 7 "), json!(7.0)],
        &[json!(8), json!("x"), json!(7.5)],
    );
    // Beyond what a floating-point number tells apart.
    let large = Cell::Integer(9_007_199_254_740_993);
    check(
        &large,
        &[json!(9_007_199_254_740_993_u64)],
        &[json!(9_007_199_254_740_992_u64)],
    );
    check(&Cell::Integer(-3), &[json!(-3)], &[json!(3)]);
    let float = Cell::Double(99.99);
    check(
        &float,
        &[json!(99.99), json!("99.99"), json!("99.990")],
        &[json!(99.9901), json!(true)],
    );
    let float = Cell::Double(1e9);
    check(
        &float,
        &[json!(1_000_000_000), json!("1e9")],
        &[json!(1_000_000_001)],
    );
    check(&Cell::Float(0.1), &[json!(0.1)], &[json!(0.1001)]);
    let decimal = |digits, scale| Cell::Decimal { digits, scale };
    check(
        &decimal(9_999, 2),
        &[json!(99.99), json!("99.990"), json!(99.991)],
        &[json!(99.98), json!(99.996)],
    );
    check(&decimal(700, 2), &[json!(7), json!("7.00")], &[json!(70)]);
}

#[test]
fn truth_has_several_words() {
    let truth = Cell::Bool;
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
    let millis = moment(MILLIS, 1_000_000);
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
    let micros = moment(MILLIS, 1_000);
    check(&micros, &same[..1], &[json!("2026-01-02T03:04:05.678001Z")]);
    // A day is its beginning.
    let midnight = moment(20_455 * 86_400_000, 1_000_000);
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
    check(&day(), &same, &others);
}

#[test]
fn what_cannot_be_told_is_no_corruption() {
    let unknown = |landed: &Cell, sent: Value, words: &str| {
        let Compared::Unknown(why) = compare(landed, &sent) else {
            panic!("{sent} in {landed:?}");
        };
        assert!(why.contains(words), "{why}");
    };
    unknown(&day(), json!("02.01.2026"), "no day");
    unknown(&moment(MILLIS, 1_000_000), json!("Fri, 2 Jan"), "no time");
    let time = Cell::Other("Time".into());
    unknown(&time, json!("00:00:01"), "Time");
    // Yet where something is and nothing was sent, or the other way round, is known.
    assert!(matches!(
        compared(Some(&time), None),
        Compared::Other { .. }
    ));
    check(&Cell::Null, &[json!(null)], &[json!("x")]);
}

/// `{"city": …, "zip": 7}`.
fn address(city: Option<&str>) -> Cell {
    let city = city.map_or(Cell::Null, |city| Cell::Text(city.to_owned()));
    Cell::Object(vec![
        ("city".into(), city),
        ("zip".into(), Cell::Integer(7)),
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
        compared(None, Some(&json!({"a": null, "b": []}))),
        Compared::Same
    );
    assert!(matches!(
        compared(None, Some(&json!({"a": 0}))),
        Compared::Other { .. }
    ));
}

#[test]
fn lists_are_compared_element_by_element() {
    let three = Cell::List(vec![Cell::Integer(1), Cell::Null, Cell::Integer(3)]);
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
    let empty = Cell::List(Vec::new());
    check(&empty, &[json!([]), json!(null)], &[json!([0])]);
}
