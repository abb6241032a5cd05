use std::fmt::Write as _;

use super::*;

/// The keys of the mapping at the top with their texts.
fn pairs(text: &str) -> Vec<(String, String)> {
    let (root, findings) = parse(text).unwrap();
    assert_eq!(findings.kept(), [], "{text}");
    let Value::Map(entries) = root.value else {
        panic!("{text}")
    };
    entries
        .into_iter()
        .map(|entry| match entry.node.value {
            Value::Scalar(scalar) => (entry.key, scalar.text),
            other => (entry.key, format!("{other:?}")),
        })
        .collect()
}

#[test]
fn an_anchor_may_stand_on_a_key_and_an_alias_be_one() {
    let own = |pairs: &[(&str, &str)]| -> Vec<_> {
        let own = |text: &&str| (*text).to_owned();
        pairs.iter().map(|(k, v)| (own(k), own(v))).collect()
    };
    for (text, expected) in [
        (
            "&k id: record_id\nkey: *k\n",
            [("id", "record_id"), ("key", "id")],
        ),
        (
            "{&k id: record_id, key: *k}",
            [("id", "record_id"), ("key", "id")],
        ),
        (
            "key: &k id\n*k : record_id\n",
            [("key", "id"), ("id", "record_id")],
        ),
        (
            "&k id: &v record_id\n*v : *k\n",
            [("id", "record_id"), ("record_id", "id")],
        ),
    ] {
        assert_eq!(pairs(text), own(&expected), "{text}");
    }
}

#[test]
fn a_key_by_alias_stands_where_the_alias_is() {
    let text = "&k id: 1\n*k : 2\n";
    let (_, findings) = parse(text).unwrap();
    let found = &findings.kept()[0];
    assert_eq!(found.message, "the key `id` stands here twice");
    assert_eq!(found.span.clone().map(|span| &text[span]), Some("*k"));
    // Only text can be a key, whichever way it comes.
    let error = parse("a: &a {}\n*a : 2\n").unwrap_err();
    assert_eq!(error.message, "a key has to be text");
}

#[test]
fn text_counts_as_often_as_it_is_used() {
    // One value each, but of many bytes.
    let long = "x".repeat(600_000);
    let aliases = |count: usize| {
        let mut text = format!("version: 1\nx:\n  - &a {long}\n");
        for _ in 0..count {
            text.push_str("  - *a\n");
        }
        text
    };
    assert!(parse(&aliases(4)).is_ok());
    let error = parse(&aliases(45_000)).unwrap_err();
    assert_eq!(
        error.message,
        "with its aliases the scenario has more than 4 MiB of text"
    );
    // Keys are text, too, and so is what stands in a collection.
    let mut text = format!("x:\n  - &a {{{long}: {{b: {long}}}}}\n");
    text.push_str(&"  - *a\n".repeat(4));
    assert!(parse(&text).is_err());
    let mut text = format!("x:\n  - &a {long}\n");
    text.push_str(&"  - {*a : 1}\n".repeat(45_000));
    assert!(parse(&text).is_err());
}

#[test]
fn many_keys_in_one_mapping_are_no_trouble() {
    let mut text = String::new();
    for number in 0..24_000 {
        writeln!(text, "key{number}: 1").unwrap();
    }
    text.push_str("key7: 2\n");
    let (_, findings) = parse(&text).unwrap();
    assert_eq!(findings.kept().len(), 1);
}
