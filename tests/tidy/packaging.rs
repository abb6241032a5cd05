//! What a release and the container image are made of is there.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::root;

/// Lines of `.dockerignore` that let something in, which is all that a container build sees.
fn let_in() -> Vec<String> {
    let text = fs::read_to_string(root().join(".dockerignore")).expect("there is a .dockerignore");
    assert!(
        text.lines().any(|line| line == "*"),
        "everything else stays out"
    );
    text.lines()
        .filter_map(|line| line.strip_prefix('!'))
        .map(str::to_owned)
        .collect()
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().expect("below the copy")).expect("a folder");
        fs::copy(from, to).expect("copied");
        return;
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

#[test]
fn the_container_is_built_from_what_it_is_given() {
    let image = tempfile::tempdir().expect("a folder");
    for name in let_in() {
        copy(&root().join(&name), &image.path().join(&name));
    }
    // The workspace is whole: every member and every target that the manifests name is there.
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--offline",
            "--locked",
            "--no-deps",
            "--format-version",
            "1",
        ])
        .current_dir(image.path())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let dockerfile = fs::read_to_string(root().join("Dockerfile")).expect("there is a Dockerfile");
    let copied: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|line| !line.starts_with("--from"))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(copied, [".", "scenarios"]);
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml")).expect("a toolchain");
    let version = dockerfile
        .split_once("FROM rust:")
        .and_then(|(_, rest)| rest.split_once('-'))
        .map(|(version, _)| version)
        .expect("a Rust image");
    assert!(
        toolchain.contains(&format!("\"{version}.")),
        "the image has Rust {version}"
    );
}

#[test]
fn an_archive_brings_what_it_promises() {
    let text = fs::read_to_string(root().join("dist-workspace.toml")).expect("there is one");
    let (_, rest) = text.split_once("include = [").expect("a list");
    let (list, _) = rest.split_once(']').expect("its end");
    let named: Vec<&str> = list
        .split(',')
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    assert!(!named.is_empty());
    for name in named {
        assert!(root().join(name).exists(), "{name} is not there");
    }
    let setup = root().join(".github/build-setup.yml");
    assert!(text.contains("\"../build-setup.yml\"") && setup.exists());
}
