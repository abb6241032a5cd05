//! What people read, without colours. Widths are part of it.

use report::{Later, LaterStream, Status, Terminal};

use crate::fixture::{self, Made};

fn rendered(made: &Made, width: usize) -> String {
    let summary = made.summary();
    let terminal = Terminal {
        width,
        results: Some("runs/20261124T040000Z-profiles".into()),
    };
    anstream::adapter::strip_str(&terminal.render(&made.run(&summary))).to_string()
}

#[test]
fn fine() {
    insta::assert_snapshot!(rendered(&fixture::fine(), 100));
}

#[test]
fn verified() {
    insta::assert_snapshot!(rendered(&fixture::verified(), 100));
}

#[test]
fn read_back() {
    insta::assert_snapshot!(rendered(&fixture::read_back(), 100));
}

#[test]
fn narrow() {
    insta::assert_snapshot!(rendered(&fixture::losses(), 70));
}

#[test]
fn failed_threshold() {
    let made = fixture::fine().thresholds(&["response p99 < 5ms", "lost = 0", "rate >= 99%"]);
    insta::assert_snapshot!(rendered(&made, 100));
}

#[test]
fn generator_late() {
    insta::assert_snapshot!(rendered(&fixture::late(), 100));
}

#[test]
fn throttled() {
    insta::assert_snapshot!(rendered(&fixture::throttled(), 100));
}

#[test]
fn sharded() {
    insta::assert_snapshot!(rendered(&fixture::sharded(), 100));
}

#[test]
fn interrupted() {
    insta::assert_snapshot!(rendered(&fixture::interrupted(), 100));
}

#[test]
fn fatal() {
    insta::assert_snapshot!(rendered(&fixture::fatal(), 100));
}

#[test]
fn losses() {
    insta::assert_snapshot!(rendered(&fixture::losses(), 100));
}

#[test]
fn several_streams() {
    insta::assert_snapshot!(rendered(&fixture::several(), 100));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for made in [
        fixture::losses(),
        fixture::interrupted(),
        fixture::several(),
        fixture::sharded(),
    ] {
        for line in rendered(&made, 90).lines() {
            assert!(line.chars().count() <= 90, "{line}");
        }
    }
}

#[test]
fn colours_are_there_and_reset() {
    let made = fixture::fine();
    let summary = made.summary();
    let coloured = Terminal::default().render(&made.run(&summary));
    assert!(coloured.contains("\u{1b}["));
    for line in coloured.lines() {
        let last = line
            .rsplit('\u{1b}')
            .next()
            .filter(|_| line.contains('\u{1b}'));
        assert!(last.is_none_or(|rest| rest.starts_with("[0m")), "{line:?}");
    }
}

#[test]
fn text_from_elsewhere_cannot_steer_the_terminal() {
    let mut made = fixture::losses();
    made.reject(
        1,
        "co\u{1b}[2Jde",
        "\u{1b}]0;title\u{7}example\nsecond line",
    );
    made.remarks.push("re\u{1b}[31mmark".to_owned());
    let summary = made.summary();
    let report = Terminal::default().render(&made.run(&summary));
    for part in ["[2J", "]0;title", "[31mmark"] {
        assert!(!report.contains(&format!("\u{1b}{part}")), "{part}");
    }
}

#[test]
fn verified_later() {
    let made = fixture::read_back();
    let found = &made.read_backs["profiles"];
    let started_at = made.measured.started_at;
    let later = |thresholds: &[&str]| {
        let thresholds: Vec<_> = thresholds.iter().map(|it| it.parse().unwrap()).collect();
        let streams = [("profiles".to_owned(), LaterStream::from(found))];
        Later::new("profiles", started_at, &thresholds, streams.into())
    };
    let strict = later(&["lost <= 5"]);
    assert_eq!(strict.status, Status::RecordsCorrupted);
    let rendered = strict.render(100);
    insta::assert_snapshot!(anstream::adapter::strip_str(&rendered).to_string());
    let lenient = later(&["lost <= 5", "duplicated < 3", "profiles: corrupted = 1"]);
    assert_eq!((lenient.status, lenient.reasons.len()), (Status::Passed, 0));
    let mut json = Vec::new();
    lenient.write(&mut json).unwrap();
    assert_eq!(serde_json::from_slice::<Later>(&json).unwrap(), lenient);
}
