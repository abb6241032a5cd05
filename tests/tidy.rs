//! House rules that a compiler does not check: who may import whom, how long a file may be, words
//! that do not belong in the code. Each with its reason.

mod dependencies;
mod packaging;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Who may import whom. `options` and `batch` are types only and may be imported by all.
///
/// The absences are the point: `engine` does not know a destination by name, `producers` do not know
/// AEP, `pacing` and `records` do not know each other, and `sandbox` imports neither `access`, `aep-client` nor
/// `producers`, so that a misunderstanding in a client cannot be shared by its own test server.
const ARROWS: &[(&str, &[&str])] = &[
    ("options", &[]),
    ("batch", &[]),
    ("recorded", &[]),
    ("pacing", &["recorded"]),
    ("records", &["recorded"]),
    ("access", &[]),
    ("producers", &["access"]),
    ("readers", &["access"]),
    ("registry", &["access", "records"]),
    ("measure", &[]),
    ("aep-client", &["access"]),
    ("engine", &["measure", "pacing", "producers", "records"]),
    ("report", &["measure"]),
    (
        "flow",
        &["access", "aep-client", "measure", "readers", "records"],
    ),
    (
        "doctor",
        &[
            "access",
            "aep-client",
            "engine",
            "flow",
            "pacing",
            "producers",
            "records",
            "registry",
            "report",
            "scenario",
        ],
    ),
    ("sandbox", &["readers"]),
    (
        "scenario",
        &[
            "aep-client",
            "engine",
            "flow",
            "pacing",
            "producers",
            "records",
            "report",
        ],
    ),
    ("draft", &["readers", "records", "scenario"]),
    (
        "hydrant",
        &[
            "access",
            "aep-client",
            "draft",
            "doctor",
            "engine",
            "flow",
            "measure",
            "pacing",
            "producers",
            "readers",
            "records",
            "registry",
            "report",
            "sandbox",
            "scenario",
        ],
    ),
];

/// Beyond this a file is two ideas, or nobody has it in his head.
const LINES_MAX: usize = 450;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn crates_import_only_whom_they_may() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    assert_eq!(
        ours,
        allowed.keys().copied().collect(),
        "a crate without a rule, or the reverse"
    );

    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let on = dependency["name"].as_str().expect("a name");
            let is_for_tests = dependency["kind"] == "dev";
            let may = ["options", "batch"].contains(&on) || allowed[name].contains(&on);
            if ours.contains(on) && !may && !is_for_tests {
                wrong.push(format!("{name} -> {on}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that the design does not have: {wrong:?}"
    );
}

#[test]
fn files_are_small_rooms() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter_map(|path| {
            let lines = read(&path).lines().count();
            (lines > LINES_MAX).then(|| format!("{} has {lines} lines", shown(&path)))
        })
        .collect();
    assert!(long.is_empty(), "are these two ideas each? {long:#?}");
}

#[test]
fn nothing_is_left_open() {
    // In pieces, so that this file does not find itself.
    let words = [
        ("todo", "!("),
        ("unimplemented", "!("),
        ("FIX", "ME"),
        ("TO", "DO:"),
        ("#[ig", "nore"),
        ("#[al", "low("),
        ("#![al", "low("),
    ];
    let mut found = Vec::new();
    for path in sources() {
        for (number, line) in read(&path).lines().enumerate() {
            for (head, tail) in words {
                if line.contains(&format!("{head}{tail}")) {
                    found.push(format!("{}:{}: {head}{tail}", shown(&path), number + 1));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "finish it, or use #[expect] with a reason: {found:#?}"
    );
}

#[test]
fn no_crate_is_a_drawer_for_everything() {
    for path in sources() {
        for part in path
            .strip_prefix(root())
            .expect("below the root")
            .components()
        {
            let part = part.as_os_str().to_string_lossy();
            let name = part.trim_end_matches(".rs");
            assert!(
                ![
                    "common", "core", "util", "utils", "types", "misc", "helpers"
                ]
                .contains(&name),
                "{}: name the thing",
                shown(&path)
            );
        }
    }
}

/// Every Rust file of ours.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = ["crates", "tests", "benches"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
