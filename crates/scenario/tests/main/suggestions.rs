//! What a mistake is told to become: the right word, once, at its place.

use scenario::{Diagnostic, Target};

use crate::{GOOD, read};

/// The mistakes of the good scenario with one thing changed.
fn wrong(old: &str, new: &str) -> Vec<Diagnostic> {
    assert!(GOOD.contains(old), "{old}");
    let text = GOOD.replacen(old, new, 1);
    let found = read(&text, Target::Real).expect_err(new);
    found.iter().cloned().collect()
}

#[test]
fn one_slip_is_one_mistake_with_what_to_write() {
    for (old, new, message, help) in [
        (
            "version: 1",
            "version: \"1\"",
            "expected a whole number, not negative, found the text `1` in quotes",
            "write `1`, without quotes",
        ),
        (
            "for: 10s}",
            "count: 1.0}",
            "expected a whole number, not negative, found `1.0`",
            "write `1`",
        ),
        (
            "load:\n  - hold: {rate: 1k/s, for: 10s}\n",
            "load: {hold: {rate: 1k/s, for: 10s}}\n",
            "expected a list, found keys with values",
            "every item of a list has a dash in front: `- hold: …`",
        ),
        (
            "load:",
            "thresholds: lost = 0\nload:",
            "expected a list, found `lost = 0`",
            "every item of a list has a dash in front: `- lost = 0`",
        ),
        (
            "  fields:\n    id: record_id\n    firstName: first_name\n",
            "  fields:\n    - id: record_id\n    - firstName: first_name\n",
            "expected keys with values, found a list",
            "write the keys without dashes in front",
        ),
        (
            "load:",
            "thresholds: [latency p99 < 250ms]\nload:",
            "`latency` is not measured",
            "did you mean `response`?",
        ),
        (
            "load:",
            "thresholds: [response p99 < 250]\nload:",
            "`response p99` can't be compared with `250`",
            "expected a duration such as `250ms`, `1.5s` or `10m`",
        ),
        (
            "firstName: first_name",
            "firstName: {constant: 12345678901234567890123}",
            "`12345678901234567890123` has more digits than JSON's readers keep of a number",
            "it would become `12345678901234568000000`: write that, or text in quotes",
        ),
        (
            "firstName: first_name",
            "firstName: {choose: [1, 1e400]}",
            "`1e400` is larger than any number that JSON's readers keep",
            "write it in quotes, as text",
        ),
        (
            "firstName: first_name",
            "firstName: {decimal: {max: 99.999}}",
            "99.999 has 3 decimal places, and the values have 2",
            "round it, or write `digits: 3`",
        ),
    ] {
        let found = wrong(old, new);
        assert_eq!(found.len(), 1, "{new}: {found:?}");
        let told = (found[0].message.as_str(), found[0].help.as_deref());
        assert_eq!(told, (message, Some(help)), "{new}");
    }
}

#[test]
fn a_kind_with_wrong_options_is_one_mistake_however_deep_it_stands() {
    for field in [
        "{text: 200}",
        "{array: {of: {text: 200}, length: 2}}",
        "{object: {a: {text: 200}}}",
        "{optional: {of: {text: 200}}}",
    ] {
        let found = wrong("firstName: first_name", &format!("firstName: {field}"));
        assert_eq!(found.len(), 1, "{field}: {found:?}");
        assert_eq!(found[0].message, "expected keys with values, found `200`");
    }
    let found = wrong("hold: {rate: 1k/s, for: 10s}", "hold: 5");
    assert_eq!(found.len(), 1, "{found:?}");
    let found = wrong("discard: {}", "discard: 5");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_tab_is_shown_where_it_is() {
    for (text, line, column) in [
        ("version: 1\ndestination:\n\tdiscard: {}\n", 3, 1),
        ("version: 1\nrecords:\n  fields:\n\t  id: record_id\n", 4, 1),
        ("version: 1\nload:\n  - hold:\n  \t  rate: 1k/s\n", 4, 3),
        ("version: 1\n\tname: x\n", 2, 1),
        // The parser stops at the value above.
        (
            "version: 1\nrecords:\n  fields:\n    a: word\n\tb: word\n",
            5,
            1,
        ),
        ("x:\n  a: |\n\tb\n", 3, 1),
    ] {
        let found = read(text, Target::Real).unwrap_err();
        let tab = found
            .iter()
            .find(|it| it.message == "a tab cannot indent a line");
        let tab = tab.unwrap_or_else(|| panic!("{text:?}: {found}"));
        let place = tab.place.unwrap();
        assert_eq!((place.line, place.column), (line, column), "{text:?}");
    }
}

#[test]
fn kinds_among_fixed_values_are_told_to_be_text() {
    let warned = |field: &str| {
        let text = GOOD.replacen("firstName: first_name", &format!("firstName: {field}"), 1);
        let loaded = read(&text, Target::Real).unwrap();
        let messages = loaded.warnings().iter().map(|it| it.message.clone());
        messages.collect::<Vec<_>>()
    };
    let told = "this is the text `first_name` in every record, not a first_name";
    assert_eq!(warned("{choose: [{x: first_name}, {x: b}]}"), [told]);
    assert_eq!(warned("{constant: {x: first_name}}"), [told]);
    assert!(warned("{choose: {email: 5, phone: 1}}").is_empty());
}

#[test]
fn notes_are_not_read() {
    let text = format!("{GOOD}x: {{phone: 4912345678901234567890, deep: [!!binary x, 1e999]}}\n");
    // Tags are no YAML of ours anywhere; numbers are nobody's business here.
    let found = read(&text, Target::Real).unwrap_err();
    assert_eq!(found.errors(), 1, "{found}");
    assert!(read(&text.replace("!!binary ", ""), Target::Real).is_ok());
}
