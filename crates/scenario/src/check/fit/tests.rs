use serde_json::json;

use super::*;

fn own(type_: &Value) -> Held {
    let options = json!({"schema": {"fields": {"it": type_}}, "mapping": {"id": "_id"}});
    let paths = SchemaPaths::of(&serde_json::from_value(options).unwrap());
    paths.at("_tenant.it").unwrap()
}

fn why(field: Value, type_: &Value) -> Option<String> {
    let field: FieldOptions = serde_json::from_value(field).unwrap();
    let held = own(type_);
    misfit(&field, &held).map(|why| {
        let help = why.help.clone().or_else(|| odd::help(&why, &held, true));
        match help {
            Some(help) => format!("{}; {help}", why.what),
            None => why.what,
        }
    })
}

#[test]
fn whole_numbers_have_to_fit_into_their_bits() {
    let up_to = |max: i64| json!({"integer": {"max": max}});
    assert_eq!(why(up_to(2_147_483_647), &json!("integer")), None);
    assert_eq!(
        why(up_to(2_147_483_648), &json!("integer")).unwrap(),
        "it can be 2147483648, and the type ends at 2147483647; make it `long`"
    );
    assert_eq!(
        why(json!({"integer": {"min": -200, "max": 5}}), &json!("byte")).unwrap(),
        "it can be -200, and the type ends at -128; make it `short`"
    );
    // Milliseconds since 1970.
    let millis = json!({"event_time": {"format": "epoch_ms"}});
    assert!(
        why(millis.clone(), &json!("integer"))
            .unwrap()
            .ends_with("make it `long`")
    );
    assert_eq!(why(millis, &json!("long")), None);
    assert_eq!(why(json!({"choose": ["1", 2]}), &json!("byte")), None);
    assert!(
        why(json!({"choose": [1, 300]}), &json!("byte"))
            .unwrap()
            .contains("`300`")
    );
    assert!(
        why(json!("first_name"), &json!("long"))
            .unwrap()
            .contains("texts")
    );
    assert!(
        why(json!({"decimal": {"max": 9.0}}), &json!("long"))
            .unwrap()
            .contains("`number`")
    );
}

#[test]
fn other_types_are_compared_value_by_value_where_they_are_known() {
    let tiers = json!({"enum": ["gold", "silver"]});
    for (field, type_, wanted) in [
        (
            json!({"choose": {"gold": 1, "silver": 2}}),
            tiers.clone(),
            None,
        ),
        (
            json!({"choose": {"gold": 1, "none": 2}}),
            tiers,
            Some("`none`"),
        ),
        (json!({"constant": "yes"}), json!("boolean"), None),
        (
            json!({"constant": "perhaps"}),
            json!("boolean"),
            Some("`perhaps`"),
        ),
        (json!("event_time"), json!("date_time"), None),
        (json!("email"), json!("date-time"), Some("moments")),
        (json!("birth_date"), json!("date"), None),
        (
            json!({"array": {"of": "word", "length": 2}}),
            json!({"array": "string"}),
            None,
        ),
        (json!("word"), json!({"array": "string"}), Some("lists")),
        (
            json!({"object": {"zip": {"integer": {"max": 70_000}}}}),
            json!({"object": {"zip": "short"}}),
            Some("its `zip` does not, as it can be 70000"),
        ),
        (
            json!({"object": {"a": "word"}}),
            json!({"object": {"b": "string"}}),
            Some("no field `a`"),
        ),
        (
            json!({"object": {"a": "word"}}),
            json!({"map": "integer"}),
            Some("its `a`"),
        ),
        (json!({"optional": {"of": "city"}}), json!("string"), None),
    ] {
        let found = why(field.clone(), &type_);
        let is_right = match (&found, wanted) {
            (None, None) => true,
            (Some(found), Some(wanted)) => found.contains(wanted),
            _ => false,
        };
        assert!(is_right, "{field} as {type_}: {found:?}");
    }
}

#[test]
fn values_are_converted_as_data_prep_converts_them() {
    let fits = |value: Value, type_: &str| odd(&value, &own(&json!(type_))).is_none();
    for (type_, good, bad) in [
        (
            "boolean",
            vec![json!(true), json!("Yes"), json!("off"), json!(null)],
            vec![json!("perhaps"), json!(1)],
        ),
        (
            "date",
            vec![
                json!("2026-05-17"),
                json!("2026-05-17T10:00:00Z"),
                json!("2026/05/17"),
                json!("17-May-2026"),
                json!("05/17/2026"),
            ],
            vec![json!("hello"), json!("2026-13-17"), json!(7), json!("")],
        ),
        (
            "date_time",
            vec![
                json!("2026-05-17T10:00:00+02:00"),
                json!("2026-05-17"),
                json!("2026-05-17 10:00:00.000"),
                json!(1_779_012_000_000_i64),
            ],
            vec![json!("hello"), json!(1.5), json!(true)],
        ),
        (
            "integer",
            vec![json!(7), json!(" 7 ")],
            vec![json!("x"), json!(1.5), json!(2_147_483_648_i64)],
        ),
        ("number", vec![json!(7), json!("1e3")], vec![json!("x")]),
        (
            "string",
            vec![json!(7), json!("x")],
            vec![json!({}), json!([])],
        ),
    ] {
        for value in good {
            assert!(fits(value.clone(), type_), "{value} as {type_}");
        }
        for value in bad {
            assert!(!fits(value.clone(), type_), "{value} as {type_}");
        }
    }
}
