//! Scenarios of several files: `include`, overlays, and values from the command line.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use scenario::{Changes, Diagnostics, Loaded, Target};
use tempfile::TempDir;

use crate::{GOOD, unset};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load(folder: &Path, overlays: &[&str], set: &[&str]) -> Result<Loaded<'static>, Diagnostics> {
    let changes = Changes {
        overlays: overlays
            .iter()
            .map(|name| folder.join(name))
            .collect::<Vec<PathBuf>>(),
        set: set.iter().map(ToString::to_string).collect(),
    };
    changes.load(&folder.join("s.yaml"), &unset, Target::Real)
}

/// What is shown, without the folder's name.
fn shown(folder: &TempDir, result: Result<Loaded<'static>, Diagnostics>) -> String {
    let diagnostics = result.expect_err("a scenario with a mistake");
    let place = format!("{}/", folder.path().display());
    diagnostics.to_string().replace(&place, "")
}

#[test]
fn the_later_file_wins_and_maps_are_merged() {
    let folder = folder(&[
        ("common/base.yaml", GOOD),
        (
            "s.yaml",
            "include: [common/base.yaml]\nname: mine\nrecords: {fields: {level: {choose: [1, 2]}}}\n",
        ),
        (
            "staging.yaml",
            "name: staging\nload: [hold: {rate: 5/s, for: 1s}]\n",
        ),
    ]);
    let loaded = load(
        folder.path(),
        &["staging.yaml"],
        &["seed=7", "load.0.hold.rate=9/s"],
    )
    .unwrap();
    let document = loaded.document();
    assert_eq!(
        (document.name.as_deref(), document.seed),
        (Some("staging"), Some(7))
    );
    let fields = &document.records.as_ref().unwrap().fields;
    assert_eq!(
        fields.keys().collect::<Vec<_>>(),
        ["id", "firstName", "level"]
    );
    let load = serde_json::to_value(&document.load).unwrap();
    assert_eq!(load.to_string(), r#"[{"hold":{"rate":"9/s","for":"1s"}}]"#);
    assert!(loaded.warnings().is_empty(), "{}", loaded.warnings());
}

#[test]
fn a_mistake_is_shown_in_the_file_that_it_came_from() {
    let folder = folder(&[
        ("base.yaml", &GOOD.replace("first_name", "frist_name")),
        ("s.yaml", "include: [base.yaml]\nname: mine\n"),
        (
            "over.yaml",
            "# staging\nload:\n  - hold: {rate: fast, for: 10s}\n",
        ),
    ]);
    let result = load(folder.path(), &["over.yaml"], &["seed=many"]);
    assert_snapshot!(shown(&folder, result));
    let json = load(folder.path(), &[], &[]).unwrap_err().to_json();
    assert!(
        json[0]["file"].as_str().unwrap().ends_with("base.yaml"),
        "{json}"
    );
    assert_eq!(json[0]["line"], 9);
}

#[test]
fn files_that_cannot_be_included() {
    let cases = [
        "include: [missing.yaml]\n",
        "include: [https://example.com/common.yaml]\n",
        "include: [\"${WHERE}/common.yaml\"]\n",
        "include: {file: common.yaml}\n",
        "include: [s.yaml]\n",
        "include: [loop.yaml]\n",
        "include: [list.yaml]\n",
    ];
    for text in cases {
        let text = format!("{text}{GOOD}");
        let folder = folder(&[
            ("s.yaml", text.as_str()),
            ("loop.yaml", "include: s.yaml\n"),
            ("list.yaml", "- a\n- b\n"),
        ]);
        assert_snapshot!(shown(&folder, load(folder.path(), &[], &[])));
    }
}

#[test]
fn values_that_cannot_be_set() {
    let folder = folder(&[("s.yaml", GOOD)]);
    let cases = [
        "seed",
        "=1",
        "load.3.hold.rate=1/s",
        "name.first=x",
        "seed=",
        "sead=1",
        "a..b=1",
    ];
    for setting in cases {
        assert_snapshot!(shown(&folder, load(folder.path(), &[], &[setting])));
    }
}

#[test]
fn a_secret_that_another_file_replaced_is_not_shown_either() {
    let folder = folder(&[(
        "s.yaml",
        GOOD.replace(
            "discard: {}",
            "event_hubs: {connection_string: Endpoint=hunter2, hub: 7x?}",
        )
        .as_str(),
    )]);
    let set = [
        "destination.event_hubs.connection_string={env: CONNECTION}",
        "records.key=nothing",
    ];
    let shown = shown(&folder, load(folder.path(), &[], &set));
    assert!(!shown.contains("hunter2"), "{shown}");
    for secret in [
        "destination.event_hubs.connection_string=Endpoint=hunter3",
        // No YAML.
        "platform.client_secret=@hunter3",
        "records.format={avro: {registry: {url: 'https://r', username: me, password: hunter3}}}",
        "records.format.avro.registry.password=%hunter3",
        "records.format={avro: {registry: {url: 'https://me:hunter3@r'}}}",
    ] {
        let diagnostics = load(folder.path(), &[], &[secret]).unwrap_err();
        assert!(!diagnostics.to_string().contains("hunter"), "{diagnostics}");
        assert!(!diagnostics.to_json().to_string().contains("hunter"));
    }
}
