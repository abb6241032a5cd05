//! Records of a schema that changes in mid-run, as people and programs read of them.

use measure::{VersionFate, VersionSent};
use report::{Exporter, Html, Markdown, Terminal};
use serde_json::json;

use crate::fixture::{self, Made};

/// A third of the records are of the second version, of which ten were not acknowledged.
fn sent(mut made: Made) -> Made {
    let version = |from, scheduled, acknowledged| VersionSent {
        from,
        scheduled,
        acknowledged,
    };
    made.stream().versions = vec![version(0, 40_000, 40_000), version(40_000, 20_000, 19_990)];
    made
}

/// The platform refused some of the second version.
fn verified() -> Made {
    let mut made = sent(fixture::verified());
    let fate = |from, expected, found, refused| VersionFate {
        from,
        expected,
        found,
        refused,
    };
    let landing = made.landings.get_mut("profiles").unwrap();
    landing.versions = vec![
        fate(0, 40_000, 40_000, 0),
        fate(40_000, 19_990, 19_700, 290),
    ];
    landing.refused = 290;
    let read = fixture::read_back().read_backs.remove("profiles").unwrap();
    made.read_backs.insert("profiles".to_owned(), read);
    let read = made.read_backs.get_mut("profiles").unwrap();
    read.versions = vec![fate(0, 40_000, 39_997, 0), fate(40_000, 19_990, 19_990, 0)];
    made
}

fn on_a_terminal(made: &Made) -> String {
    let text = Terminal::default().render(&made.run(&made.summary()));
    anstream::adapter::strip_str(&text).to_string()
}

/// In small letters, as sentences begin with large ones on some pages, and on one line.
fn plain(page: &str) -> String {
    let page = page.to_lowercase();
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_version_is_told_on_a_terminal() {
    insta::assert_snapshot!(on_a_terminal(&verified()));
}

#[test]
fn each_version_is_told_on_every_page() {
    for told in [
        on_a_terminal(&verified()),
        verified().written(&Markdown),
        verified().written(&Html),
    ] {
        let told = plain(&told)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        for words in [
            "version 2, from record 40,000 on: 20,000 scheduled, 19,990 acknowledged",
            "version 2, from record 40,000 on: 19,990 acknowledged, 19,700 landed, 290 refused",
            "version 1, from record 0 on: 40,000 acknowledged, 39,997 read back",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}

/// Programs find them below what they are about; several streams have versions of their own each.
#[test]
fn each_version_is_in_the_summary() {
    let summary = serde_json::to_value(verified().summary()).unwrap();
    let wanted = json!([
        {"version": 1, "from": 0, "scheduled": 40_000, "acknowledged": 40_000},
        {"version": 2, "from": 40_000, "scheduled": 20_000, "acknowledged": 19_990}]);
    assert_eq!(summary["versions"], wanted);
    let second =
        json!({"version": 2, "from": 40_000, "expected": 19_990, "found": 19_700, "refused": 290});
    assert_eq!(summary["landed"]["versions"][1], second);
    let first = json!({"version": 1, "from": 0, "expected": 40_000, "found": 39_997});
    assert_eq!(summary["read_back"]["versions"][0], first);

    // Nobody has to verify anything.
    let several = sent(fixture::several());
    let summary = several.summary();
    assert_eq!(summary.total.versions, []);
    assert_eq!(summary.streams["profiles"].versions.len(), 2);
    assert!(summary.streams["events"].versions.is_empty());
    for exporter in [&Markdown as &dyn Exporter, &Html] {
        let page = plain(&several.written(exporter));
        let words = "profiles, version 2, from record 40,000 on: 20,000 scheduled";
        assert!(page.contains(words), "{page}");
    }
    assert!(plain(&on_a_terminal(&several)).contains("version 2, from record"));
}
