//! Records with a defect on purpose, as people and programs read of them.

use measure::DefectFate;
use report::{Exporter, Html, Junit, Markdown};

use crate::fixture::{self, Made};

/// Of ten malformed records one landed; of five late ones all did.
fn made(landed: u64) -> Made {
    let mut made = fixture::verified().thresholds(&[]);
    let fate = |kind: &str, sent, refused, landed| DefectFate {
        kind: kind.to_owned(),
        sent,
        refused,
        landed,
        ..DefectFate::default()
    };
    let landing = made.landings.get_mut("profiles").unwrap();
    landing.defects = vec![
        DefectFate {
            expected_refused: 10,
            unexpected: landed,
            examples: (0..landed)
                .map(|n| format!("record {n} landed, and was to be refused"))
                .collect(),
            ..fate("malformed", 10, 10 - landed, landed)
        },
        DefectFate {
            expected_landed: 5,
            ..fate("late", 5, 0, 5)
        },
    ];
    made.verifications[0].1.landed = true;
    made.verifications[0].1.defects = true;
    made
}

#[test]
fn what_was_expected_stands_beside_what_was_found() {
    let good = made(0);
    assert_eq!(good.summary().verdict.reasons, [""; 0]);
    for exporter in [&Markdown as &dyn Exporter, &Html] {
        let page = good.written(exporter).replace("\\`", "`");
        let page = page.to_lowercase();
        assert!(
            page.contains("defect `malformed`: expected 10 refused; found 10 refused"),
            "{page}"
        );
        assert!(
            page.contains("defect `late`: expected 5 landed; found 5 landed"),
            "{page}"
        );
    }
    let junit = good.written(&Junit);
    assert!(junit.contains("failures=\"0\""), "{junit}");
}

#[test]
fn a_surprise_is_a_status_of_its_own() {
    let bad = made(1);
    let verdict = bad.summary().verdict;
    assert_eq!(verdict.status, report::Status::DefectsUnexpected);
    assert_eq!(verdict.exit_code, 97);
    assert_eq!(
        verdict.reasons,
        ["1 record with a defect came to something else than expected"]
    );
    let junit = bad.written(&Junit);
    assert!(
        junit.contains("failures=\"1\"")
            && junit.contains("record 0 landed, and was to be refused"),
        "{junit}"
    );
    // A loss is worse, and a threshold says how many are too many.
    let tolerant = bad.clone().thresholds(&["defects <= 1"]);
    assert_eq!(tolerant.summary().verdict.reasons, [""; 0]);
    let mut lossy = bad;
    lossy.landings.get_mut("profiles").unwrap().lost = 1;
    assert_eq!(lossy.summary().verdict.status, report::Status::RecordsLost);
}
