//! What `--help` says, word for word.

use super::Place;

#[test]
fn of_every_command() {
    let place = Place::new();
    for words in [
        &["--help"][..],
        &["run", "--help"],
        &["check", "--help"],
        &["preview", "--help"],
        &["schema", "--help"],
        &["flow", "--help"],
        &["flow", "plan", "--help"],
        &["flow", "verify", "--help"],
        &["flow", "destroy", "--help"],
        &["read-back", "--help"],
        &["sandbox", "--help"],
    ] {
        let said = place.hydrant(words);
        assert_eq!(said.code, 0, "{said:?}");
        insta::assert_snapshot!(words.join(" "), said.out);
    }
}

#[test]
fn a_wrong_word_is_answered_with_the_right_one() {
    let said = Place::new().hydrant(&["prevew", "x.yaml"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("similar subcommand exists: 'preview'"),
        "{}",
        said.err
    );
    assert_eq!(said.out, "");
}

#[test]
fn the_schemas_that_are_printed_are_those_of_the_documentation() {
    for (of, file) in [
        ("scenario", "scenario.schema.json"),
        ("summary", "summary.schema.json"),
    ] {
        let said = Place::new().hydrant(&["schema", of]);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(file);
        let documented: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let printed: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(printed, documented, "run the tests with UPDATE_SCHEMAS=1");
    }
}
