//! Entities that records have changed, as people and programs read of them.

use measure::{EntityCounts, EntityFates};
use report::{Exporter, Html, Junit, Markdown, Status};

use crate::fixture::{self, Made};

/// A hundred were inserted, and so many did not end up as they should.
fn made(wrong: u64) -> Made {
    let mut made = fixture::read_back().thresholds(&[
        "lost <= 5",
        "duplicated <= 5",
        "corrupted <= 5",
        "out_of_order = 0",
    ]);
    let expected = EntityCounts {
        inserted: 100,
        updated: 90,
        deleted: 70,
        living: 30,
    };
    let read = made.read_backs.get_mut("profiles").unwrap();
    read.entities = Some(EntityFates {
        of: "customers".to_owned(),
        expected,
        found: EntityCounts {
            deleted: expected.deleted - wrong,
            living: expected.living + wrong,
            ..expected
        },
        wrong,
        examples: (0..wrong)
            .map(|n| format!("entity `{n}`: nothing of it was read"))
            .collect(),
    });
    made.verifications[0].1.operations = true;
    made
}

#[test]
fn what_was_expected_stands_beside_what_was_found() {
    let good = made(0);
    assert_eq!(good.summary().verdict.reasons, [""; 0]);
    for exporter in [&Markdown as &dyn Exporter, &Html] {
        let page = good.written(exporter).replace("\\`", "`");
        let told = "ntities `customers`: expected 100 inserted, 90 updated, 70 deleted, 30 living at the end; found 100 \
                    inserted, 90 updated, 70 deleted, 30 living at the end";
        assert!(page.contains(told), "{page}");
    }
    assert!(
        good.written(&Junit)
            .contains("no entity otherwise than expected in the stream")
    );
    let read = &serde_json::to_value(good.summary()).unwrap()["read_back"]["operations"];
    assert_eq!(read["of"], "customers");
    assert_eq!(read["found"], read["expected"]);
    assert!(read.get("wrong").is_none());
}

#[test]
fn an_entity_that_ends_up_otherwise_is_a_status_of_its_own() {
    let bad = made(2);
    let verdict = bad.summary().verdict;
    assert_eq!(verdict.status, Status::EntitiesWrong);
    assert_eq!(verdict.exit_code, 97);
    assert_eq!(
        verdict.reasons,
        ["2 entities ended up otherwise than expected"]
    );
    let junit = bad.written(&Junit);
    assert!(
        junit.contains("failures=\"1\"") && junit.contains("nothing of it was read"),
        "{junit}"
    );
    let tolerant = bad.thresholds(&[
        "lost <= 5",
        "duplicated <= 5",
        "corrupted <= 5",
        "wrong_entities <= 2",
    ]);
    assert_eq!(tolerant.summary().verdict.reasons, [""; 0]);
}
