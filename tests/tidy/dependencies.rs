//! How much of other people's code a newcomer compiles. Each crate costs build time and trust, so the number only
//! grows on purpose, and a second version of a crate needs a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::root;

/// Crates compiled for the program on Linux, ours included. Raise it in the commit that needs more, and say why there.
// cel, whose parser reads the expressions in records, brings 12 small ones (antlr4rust, nom 7, parking_lot, …); protox,
// which compiles schemas of Protobuf, brings 10 (logos, miette, prost-reflect, …); `recorded` is ours.
const CRATES_MAX: usize = 390;

/// Crates in two versions, and who holds the older one back.
const TWICE: &[(&str, &str)] = &[
    (
        "base64",
        "google-cloud-auth is ahead of hdrhistogram, tonic and the rest",
    ),
    ("block-buffer", "digest 0.10"),
    ("cpufeatures", "sha1 0.10"),
    ("crypto-common", "digest 0.10"),
    (
        "digest",
        "sha1 0.10, which aws-config uses for cached SSO tokens",
    ),
    ("getrandom", "rand 0.9"),
    ("hashbrown", "tokio-util"),
    ("jiff", "google-cloud-auth"),
    ("jiff-core", "jiff 0.2"),
    ("nom", "cel is behind hdrhistogram"),
    ("num-bigint", "parquet is ahead of num-rational"),
    ("rand", "opentelemetry_sdk, which Google's clients bring"),
    ("rand_core", "rand 0.9"),
    ("syn", "derive macros move from 2 to 3 one by one"),
    ("unicode-width", "miette, which protox shows mistakes with"),
];

/// Name to versions of every crate in the program.
fn crates() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--prefix", "none"])
        .args(["--edges", "normal,build", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            found
                .entry(name.to_owned())
                .or_default()
                .insert(version.to_owned());
        }
    }
    found
}

#[test]
fn the_number_of_crates_does_not_creep_up() {
    let count: usize = crates().values().map(BTreeSet::len).sum();
    assert!(
        count <= CRATES_MAX,
        "{count} crates where {CRATES_MAX} are allowed: is the new one worth its build time?"
    );
    assert!(
        count + 15 > CRATES_MAX,
        "only {count} crates are left: lower CRATES_MAX, so that they stay away"
    );
}

#[test]
fn a_crate_in_two_versions_has_a_reason() {
    let found: BTreeSet<String> = crates()
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, _)| name)
        .collect();
    let known: BTreeSet<String> = TWICE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        found, known,
        "left: crates in two versions; right: those with a reason"
    );
}
