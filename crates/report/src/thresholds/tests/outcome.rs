//! What can be said of a threshold: met, missed, not measured, not to be trusted.

use super::*;

#[test]
fn what_is_vacuously_true_is_not_met() {
    let nothing = Landing {
        expected: 0,
        landed: 0,
        ..landing(0)
    };
    for text in [
        "lost = 0",
        "duplicated = 0",
        "refused = 0",
        "corrupted = 0",
        "unexpected = 0",
        "landed >= 0",
    ] {
        let judged = judge_with(text, Some(&nothing));
        assert!(!judged.passed && judged.measured.is_none(), "{text}");
        let remark = judged.remark.unwrap();
        assert!(remark.contains("no record was acknowledged"), "{remark}");
    }
    // The platform's metrics know how many there are, and not what they are.
    let counted = Landing {
        counted: true,
        ..landing(0)
    };
    assert!(judge_with("lost = 0", Some(&counted)).passed);
    for text in ["duplicated = 0", "corrupted = 0", "refused = 0"] {
        let judged = judge_with(text, Some(&counted));
        assert!(!judged.passed && judged.measured.is_none(), "{text}");
    }
}

#[test]
fn where_every_record_has_a_defect_only_defects_are_counted() {
    let fate = |sent, unexpected| measure::DefectFate {
        kind: "malformed".to_owned(),
        sent,
        unexpected,
        ..measure::DefectFate::default()
    };
    let defective = |sent, unexpected| Landing {
        expected: 0,
        landed: 0,
        defects: vec![fate(sent, unexpected)],
        ..landing(0)
    };
    assert!(judge_with("defects = 0", Some(&defective(100, 0))).passed);
    assert!(!judge_with("defects = 0", Some(&defective(100, 1))).passed);
    // Where none has one, none came to something else than expected.
    assert!(judge_with("defects = 0", Some(&landing(0))).passed);
    for (sent, text, words) in [
        (100, "lost = 0", "all acknowledged records have a defect"),
        (100, "landed >= 0", "all acknowledged records have a defect"),
        (0, "lost = 0", "no record was acknowledged"),
        (0, "defects = 0", "no record was acknowledged"),
    ] {
        let judged = judge_with(text, Some(&defective(sent, 0)));
        assert!(!judged.passed && judged.measured.is_none(), "{text}");
        let remark = judged.remark.unwrap();
        assert!(remark.contains(words), "{text}: {remark}");
    }
}

#[test]
fn what_was_not_looked_for_to_the_end_is_told_and_not_met() {
    let half = Landing {
        landed: 90,
        unknown: Some(measure::Unknown {
            count: 10,
            why: "interrupted".to_owned(),
            is_interruption: true,
        }),
        ..landing(0)
    };
    for (text, passed) in [
        ("lost = 0", false),
        ("duplicated <= 5", false),
        ("landing p95 < 1s", false),
        ("landed >= 90", true),
        ("landed >= 91", false),
    ] {
        let judged = judge_with(text, Some(&half));
        assert_eq!(judged.passed, passed, "{text}");
        let remark = judged.remark.unwrap();
        assert!(judged.measured.is_some(), "{text}");
        assert_eq!(remark, "so far: of 10 records nothing is known", "{text}");
    }
}

/// A response of 1 to 100 ms, of which so many milliseconds are the generator's own, for every record.
fn judge_late(text: &str, own: u64) -> Judged {
    let counts = two_missing();
    let mut latencies = latencies(histogram(1..=100));
    latencies.own_lateness = histogram(std::iter::repeat_n(own, 100));
    let rate = RateSummary {
        target: Some(100.0),
        achieved: Some(84.0),
        achieved_bytes: None,
    };
    let evidence = Evidence {
        counts: &counts,
        whole: &counts,
        latencies: &latencies,
        landing: None,
        read_back: None,
        profile: None,
        rate: &rate,
        scheduled_for: Duration::from_secs(10),
        is_late: true,
        wall_off: Duration::ZERO,
    };
    parse(text).unwrap().judge(&evidence, None)
}

#[test]
fn a_miss_that_lateness_does_not_explain_is_trusted() {
    for (text, own, trusted) in [
        // Without 20 ms of lateness 89 would still have been over 10 ms.
        ("response p50 < 10ms", 20, true),
        ("response p50 < 40ms", 20, false),
        ("response mean < 25ms", 20, true),
        ("response mean < 45ms", 20, false),
        ("response max < 70ms", 20, true),
        ("response max < 90ms", 20, false),
        // Late or not, it was faster than that.
        ("response min > 5ms", 20, true),
        // Met, but with records that left late.
        ("response p99 < 250ms", 20, false),
        // 84 % of the target in 10 s; one more second at the end would explain it.
        ("rate >= 99%", 20, true),
        ("rate >= 90%", 1_000, false),
        ("errors < 0.1%", 1_000, true),
        ("rejected = 1", 1_000, true),
    ] {
        let judged = judge_late(text, own);
        assert_eq!(judged.trusted, trusted, "{text}: {judged:?}");
        let is_marked = judged
            .remark
            .is_some_and(|it| it.contains("not to be trusted"));
        assert_eq!(is_marked, !trusted, "{text}");
    }
}
