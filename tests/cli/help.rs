//! What `--help` says, word for word.

use super::Place;

#[test]
fn of_every_command() {
    let place = Place::new();
    for words in [
        &["--help"][..],
        &["run", "--help"],
        &["init", "--help"],
        &["check", "--help"],
        &["doctor", "--help"],
        &["preview", "--help"],
        &["schema", "--help"],
        &["flow", "--help"],
        &["flow", "plan", "--help"],
        &["flow", "verify", "--help"],
        &["flow", "destroy", "--help"],
        &["read-back", "--help"],
        &["sandbox", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
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
fn a_shell_can_complete_every_command_and_option() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = place.hydrant(&["completions", shell]);
        assert_eq!(said.code, 0, "{said:?}");
        for word in ["read-back", "keep-flow", "destroy"] {
            assert!(said.out.contains(word), "{shell} does not know {word}");
        }
    }
    let script = place.path("hydrant.bash");
    std::fs::write(&script, place.hydrant(&["completions", "bash"]).out).unwrap();
    // What Bash itself proposes after `hydrant pre` and a tab.
    let asked = "source \"$0\"; COMP_WORDS=(hydrant pre); COMP_CWORD=1; _hydrant hydrant pre hydrant; echo \"${COMPREPLY[@]}\"";
    let said = std::process::Command::new("bash")
        .args(["-c", asked])
        .arg(&script)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "preview");
}

#[test]
fn every_command_has_a_manual_page() {
    let place = Place::new();
    let one = place.hydrant(&["man", "flow", "plan"]);
    assert_eq!(one.code, 0, "{one:?}");
    assert!(one.out.contains(".TH hydrant-flow-plan 1"), "{}", one.out);
    assert!(one.out.contains("detailed"), "{}", one.out);

    let pages = place.path("man1");
    let all = place.hydrant(&["man", "--out", pages.to_str().unwrap()]);
    assert_eq!((all.code, all.out.as_str()), (0, ""), "{all:?}");
    for name in [
        "hydrant",
        "hydrant-run",
        "hydrant-flow-destroy",
        "hydrant-read-back",
    ] {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
    }

    let none = place.hydrant(&["man", "flow", "plam"]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(
        none.err.contains("`hydrant flow` has no command `plam`"),
        "{}",
        none.err
    );
    assert!(none.err.contains("plan, "), "{}", none.err);
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
