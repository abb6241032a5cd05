use std::collections::BTreeSet;

use options::Location;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Tree;

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let (node, findings) = crate::yaml::parse(text).unwrap();
    assert_eq!(findings.kept(), []);
    let broken = BTreeSet::new();
    let (at, broken) = (Location::root(), &broken);
    T::deserialize(Tree {
        node: &node,
        at,
        broken,
    })
    .map_err(|failure| failure.to_string())
}

#[test]
fn plain_scalars_are_what_yaml_1_2_says() {
    let text = "[true, no, yes, on, 1, -1, +1, 1.5, 1e3, 0, 0x1f, 0o17, .inf, 1_000, 12:30, 2026-01-01, \
                'true', \"1\", '']";
    let expected = json!([
        true,
        "no",
        "yes",
        "on",
        1,
        -1,
        1,
        1.5,
        1000.0,
        0,
        "0x1f",
        "0o17",
        ".inf",
        "1_000",
        "12:30",
        "2026-01-01",
        "true",
        "1",
        ""
    ]);
    assert_eq!(read::<Value>(text), Ok(expected));
    assert_eq!(
        read::<Value>("{a: ~, b: null, c: }"),
        Ok(json!({"a": null, "b": null, "c": null}))
    );
}

#[test]
fn the_type_decides_what_a_scalar_is() {
    assert_eq!(
        read::<Vec<String>>("[no, 1, 1.50, true, 007]").unwrap(),
        ["no", "1", "1.50", "true", "007"]
    );
    assert_eq!(
        read::<Vec<f64>>("[1, 1.5, -2, 1e3]").unwrap(),
        [1.0, 1.5, -2.0, 1000.0]
    );
    assert_eq!(read::<Vec<i8>>("[1, -128, +5]").unwrap(), [1, -128, 5]);
    for (text, expected) in [
        (
            "[256]",
            "expected a whole number, not negative, found `256`",
        ),
        ("[-1]", "expected a whole number, not negative, found `-1`"),
        (
            "[1.5]",
            "expected a whole number, not negative, found `1.5`",
        ),
        (
            "['1']",
            "expected a whole number, not negative, found the text `1` in quotes",
        ),
        (
            "[nan]",
            "expected a whole number, not negative, found `nan`",
        ),
        ("[~]", "`` has no value"),
        ("[010]", "`010` is a number to some and text to others"),
        (
            "[{a: 1}]",
            "expected a whole number, not negative, found keys with values",
        ),
        ("{a: 1}", "expected a list, found keys with values"),
    ] {
        assert_eq!(read::<Vec<u8>>(text), Err(expected.to_owned()), "{text}");
    }
    for text in ["[yes]", "[1]", "['true']"] {
        assert!(
            read::<Vec<bool>>(text)
                .unwrap_err()
                .starts_with("expected `true` or `false`")
        );
    }
    assert!(read::<Vec<f64>>("[inf]").is_err());
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Plain,
    With(u8),
    Fields { a: u8 },
}

#[test]
fn choices_are_words_or_mappings() {
    assert_eq!(
        read::<Vec<Choice>>("[plain, {with: 1}, {fields: {a: 2}}, {plain: {}}]").unwrap(),
        [
            Choice::Plain,
            Choice::With(1),
            Choice::Fields { a: 2 },
            Choice::Plain
        ]
    );
    for (text, expected) in [
        (
            "[plian]",
            "unknown value `plian` of ``, did you mean `plain`?",
        ),
        (
            "[{wiht: 1}]",
            "unknown value `wiht` of ``, did you mean `with`?",
        ),
        (
            "[{a: 1, b: 2}]",
            "expected one word, found keys with values",
        ),
        ("[[plain]]", "expected one word, found a list"),
        ("[{plain: 1}]", "nothing stands below this word"),
    ] {
        assert_eq!(
            read::<Vec<Choice>>(text),
            Err(expected.to_owned()),
            "{text}"
        );
    }
}
