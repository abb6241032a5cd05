use proptest::prelude::*;
use serde_json::json;

use super::*;

fn value(expression: &str) -> Value {
    let record = json!({"firstName": "Ada ", "n": "42", "empty": "", "a": {"b": true},
        "items": [{"sku": "x"}, {"sku": "y"}], "p": 7, "q": 2});
    let parsed = Expression::parse(expression).unwrap_or_else(|error| panic!("{error}"));
    parsed.value(&record)
}

#[test]
fn fields_functions_and_comparisons() {
    assert_eq!(value("firstName"), "Ada ");
    assert_eq!(value("a.b"), true);
    assert_eq!(value("missing.field"), Value::Null);
    assert_eq!(value("concat(trim(firstName), \"-\", 'x', 1)"), "Ada-x1");
    assert_eq!(value("iif(is_empty(empty), 'none', empty)"), "none");
    assert_eq!(value("iif(n == '42', upper(firstName), null)"), "ADA ");
    assert_eq!(value("to_integer(n)"), 42);
    assert_eq!(value("coalesce(missing, nvl(missing, 'z'))"), "z");
    assert_eq!(value("substr(firstName, 1, 2)"), "da");
}

#[test]
fn operators_bind_as_in_other_languages() {
    for (expression, wanted) in [
        ("1 + 2 * 3", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("p - q - 1", json!(4)),
        ("p / q", json!(3.5)),
        ("p % q", json!(1)),
        ("-q", json!(-2)),
        ("'a' + 'b'", json!("ab")),
        ("firstName + 1", json!("Ada 1")),
        ("p > q and not (q >= p)", json!(true)),
        ("p < q or q <= 2", json!(true)),
        ("p lt q || q le 2 && false", json!(false)),
        ("p eq 7 && q ne 7", json!(true)),
        ("firstName =~ '^A'", json!(true)),
        ("firstName !~ '^A'", json!(false)),
        ("p > 5 ? 'many' : 'few'", json!("many")),
        ("items[1].sku", json!("y")),
        ("[1, null, {'a': b}]", json!([1, null, {"a": null}])),
        ("'S'.equalsIgnoreCase('s')", json!(true)),
        ("firstName.equals('Ada')", json!(false)),
        ("str_to_object('k=v;l=w', '=', ';').get('l')", json!("w")),
        ("nothing - 1", json!(null)),
        ("orders", json!(null)),
    ] {
        assert_eq!(value(expression), wanted, "{expression}");
    }
}

#[test]
fn names_that_are_no_identifiers_are_wrapped() {
    let record = json!({"First Name": "Ada", "first.name": "Bo", "last-name": "Cy", "new": 1,
        "place": {"street.name": "Elm", "post code": 7}});
    let value = |text: &str| Expression::parse(text).unwrap().value(&record);
    assert_eq!(value("${First Name}"), "Ada");
    assert_eq!(value("${first\\.name}"), "Bo");
    assert_eq!(value("concat(${last-name}, '!')"), "Cy!");
    assert_eq!(value("${new}"), 1);
    assert_eq!(value("place.street\\.name"), "Elm");
    assert_eq!(value("place.${post code}"), 7);
    for bad in ["new", "First Name", "${First Name"] {
        assert!(Expression::parse(bad).is_err(), "{bad}");
    }
    // As a path it is a field, whatever it would be as an expression.
    assert_eq!(Expression::path("last-name").value(&record), "Cy");
}

#[test]
fn what_is_no_expression_is_told() {
    for bad in [
        "",
        "f(",
        "nonsense(1)",
        "lower()",
        "lower(a",
        "'open",
        "a b",
        "(",
        "1x",
        "a +",
        "a ? b",
        "[1",
        "{a: 1",
        "a[0",
        "a.",
        "ua_os_name(a)",
    ] {
        assert!(Expression::parse(bad).is_err(), "{bad}");
    }
    assert!(Expression::parse(&"lower(".repeat(1000)).is_err());
    assert!(Expression::parse(&"-".repeat(4000)).is_err());
    let long = format!("'{}'", "x".repeat(4095));
    assert!(Expression::parse(&long).unwrap_err().contains("4096"));
}

proptest! {
    // Whatever somebody writes, it is answered.
    #[test]
    fn nothing_breaks_the_parser(text in ".{0,60}") {
        if let Ok(expression) = Expression::parse(&text) {
            expression.value(&json!({"a": 1}));
        }
    }
}
