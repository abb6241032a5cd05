//! Small files that ask for a lot: of memory, or of things to say.

use std::fmt::Write as _;

use insta::assert_snapshot;
use scenario::{Diagnostics, Target};

use crate::{GOOD, read, unset};

/// The diagnostics of a scenario, which has to have some.
fn shown(text: &str) -> String {
    read(text, Target::Real).expect_err(text).to_string()
}

#[test]
fn alias_bomb() {
    let mut text = "version: 1\nx:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "  a{level}: &a{level} [{below}]").unwrap();
    }
    assert_snapshot!(shown(&text));
}

#[test]
fn alias_ladder() {
    // Few values, but each step is one deeper.
    let mut text = "version: 1\nx:\n  a0: &a0 [x]\n".to_owned();
    for level in 1..2000 {
        writeln!(text, "  a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert_snapshot!(shown(&text));
    assert_snapshot!(shown("version: 1\nx: &a [*a]\n"));
}

#[test]
fn deep_nesting() {
    let deep = format!(
        "version: 1\nx: {}{}\n",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let shown = shown(&deep);
    assert!(
        shown.contains("nested more than 48 deep"),
        "{}",
        &shown[..300]
    );
    let mut deep = "version: 1\nx:\n".to_owned();
    for level in 1..200 {
        writeln!(deep, "{}a:", " ".repeat(level)).unwrap();
    }
    assert_snapshot!(self::shown(&deep));
}

#[test]
fn large_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.yaml");
    let file = std::fs::File::create(&path).unwrap();
    // Sparse: it takes no room on the disk.
    file.set_len(100 << 20).unwrap();
    let diagnostics = scenario::load(&path, &unset, Target::Real).unwrap_err();
    let shown = diagnostics
        .to_string()
        .replace(&path.display().to_string(), "large.yaml");
    assert_snapshot!(shown);
}

#[test]
fn alias_bomb_in_bytes() {
    // One value each, and 27 GB in all.
    let long = "x".repeat(600_000);
    let text = format!(
        "version: 1\nx:\n  - &a {long}\n{}",
        "  - *a\n".repeat(45_000)
    );
    assert_snapshot!(shown(&text));
    // The same by a variable: an environment may be large.
    let env = |_: &str| Some("y".repeat(100_000));
    let text = format!("version: 1\nx:\n{}", "  - ${LONG}\n".repeat(30_000));
    let diagnostics = scenario::parse("s.yaml", &text, &env, Target::Real).unwrap_err();
    assert_snapshot!(diagnostics);
}

/// The diagnostics of a scenario with many more mistakes than anybody reads.
#[track_caller]
fn flood(text: &str) -> Diagnostics {
    let diagnostics = read(text, Target::Real).expect_err("it is full of mistakes");
    let shown = diagnostics.to_string();
    assert_eq!(diagnostics.iter().count(), 100, "{shown:.500}");
    let plain = &shown[shown.len().saturating_sub(300)..];
    assert!(shown.len() < 100_000, "{} bytes: {plain}", shown.len());
    diagnostics
}

fn last_line(diagnostics: &Diagnostics) -> String {
    let shown = diagnostics.to_string();
    shown.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn mistakes_without_end_come_to_an_end() {
    let tags = flood(&format!("{GOOD}x:\n{}", "  - !a b\n".repeat(5_000)));
    assert_eq!(tags.errors(), 5_000);
    assert_eq!(
        last_line(&tags),
        "… and at least 4900 more mistakes; is this a scenario?"
    );
    let tags = flood(&format!("{GOOD}x: [{}b]\n", "!a b, ".repeat(5_000)));
    assert_eq!(tags.errors(), 5_000);
    let unset = flood(&format!("{GOOD}x:\n{}", "  - ${NOT_SET}\n".repeat(5_000)));
    assert_eq!(unset.errors(), 5_000);
    let unset = flood(&format!("{GOOD}x: \"{}\"\n", "${NOT_SET}".repeat(20_000)));
    assert_eq!(unset.errors(), 20_000);
    // Escapes, so that the place of none of them can be told.
    let mut text = format!("{GOOD}x: \"");
    for number in 0..10_000 {
        write!(text, "\\x24{{A{number}}}").unwrap();
    }
    assert_eq!(flood(&format!("{text}\"\n")).errors(), 10_000);

    let mut keys = GOOD.to_owned();
    for number in 0..5_000 {
        writeln!(keys, "key{number}: 1").unwrap();
    }
    let twice = flood(&format!("{keys}{}", "version: 1\n".repeat(3_000)));
    assert_eq!(twice.errors(), 3_000);
    assert_eq!(
        last_line(&flood(&keys)),
        "… and at least 1 more mistake; is this a scenario?"
    );
}

#[test]
fn mistakes_that_only_show_next_to_each_other_come_to_an_end() {
    let lost = flood(&format!(
        "{GOOD}thresholds:\n{}",
        "  - lost = 0\n".repeat(5_000)
    ));
    assert!(lost.errors() > 100, "{}", lost.errors());
    let (mut fields, mut mapping) = (String::new(), String::new());
    for number in 0..3_000 {
        writeln!(fields, "    field{number}: uuid").unwrap();
        writeln!(mapping, "    feild{number}: person.name.firstName").unwrap();
    }
    let text = GOOD.replace("    firstName: first_name\n", &fields);
    let unknown = flood(&format!("{text}flow:\n  mapping:\n{mapping}"));
    assert!(unknown.errors() >= 3_000, "{}", unknown.errors());
}

#[test]
fn editors_are_told_how_many_more_mistakes_there_are() {
    let json = flood(&format!("{GOOD}x:\n{}", "  - !a b\n".repeat(1_000))).to_json();
    let list = json.as_array().unwrap();
    assert_eq!(list.len(), 101);
    assert_eq!(
        list[100],
        serde_json::json!({
            "file": "s.yaml",
            "severity": "error",
            "message": "… and at least 900 more mistakes; is this a scenario?",
        })
    );
}
