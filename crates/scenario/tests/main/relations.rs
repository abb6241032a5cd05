//! Streams that have to do with each other.

use insta::assert_snapshot;
use jiff::Timestamp;
use options::Rate;
use pacing::Schedule as _;
use scenario::{Overrides, Resolved, ResolvedStream, Target};
use serde_json::Value;

use crate::read;

/// Streams with these lines beside destination and records.
fn text(top: &str, streams: &[(&str, &str)]) -> String {
    let mut lines = vec![format!("version: 1\nname: shop\n{top}streams:")];
    for (name, of_stream) in streams {
        lines.push(format!(
            "  {name}:\n    destination: {{discard: {{}}}}\n    records: {{fields: {{id: record_id, at: event_time}}}}"
        ));
        lines.extend(of_stream.lines().map(|line| format!("    {line}")));
    }
    lines.join("\n") + "\n"
}

fn resolved_with(text: &str, overrides: Overrides) -> Resolved {
    let loaded = read(text, Target::Real).unwrap_or_else(|found| panic!("{found}"));
    let start = Some("2026-03-02T12:00:00Z".parse().unwrap());
    loaded
        .resolve(&Overrides { start, ..overrides }, None)
        .unwrap_or_else(|found| panic!("{found}"))
}

fn resolved(text: &str) -> Resolved {
    resolved_with(text, Overrides::default())
}

fn totals(resolved: &Resolved) -> Vec<Option<u64>> {
    let streams = resolved.streams.iter();
    streams.map(|stream| stream.load.total()).collect()
}

fn happens(stream: &ResolvedStream, n: u64) -> Timestamp {
    let mut record = Vec::new();
    stream.template.record(n, &mut record);
    let record: Value = serde_json::from_slice(&record).unwrap();
    record["at"].as_str().unwrap().parse().unwrap()
}

const TOTAL: &str = "load: [{hold: {rate: 100/s, for: 10s}}, {ramp: {to: 300/s, over: 10s}}]\n";

#[test]
fn mistakes_are_told_at_their_places() {
    let hold = "load: [{hold: {rate: 10/s, for: 10s}}]";
    let all = [
        text(
            TOTAL,
            &[
                ("a", "share: 70%"),
                ("b", "share: 50%"),
                ("c", &format!("share: 0%\n{hold}")),
            ],
        ),
        text(
            "",
            &[
                ("a", "share: 30%"),
                ("b", "share: {of: bb, part: 10%}"),
                ("c", "share: {of: d, part: 10%}"),
                ("d", "share: {of: c, times: 2}"),
                ("e", "share: {of: f, part: 0%}"),
                ("f", "load: [{unpaced: {count: 10}}]"),
                ("g", "share: {of: f, times: 3}"),
            ],
        ),
        text(
            "",
            &[
                ("a", &format!("{hold}\nafter: c")),
                ("b", &format!("{hold}\nafter: a")),
                ("c", &format!("{hold}\nafter: b")),
                ("d", &format!("{hold}\nafter: dd")),
                ("endless", "load: [{hold: {rate: 1/s}}]"),
                ("e", &format!("{hold}\nafter: endless")),
                ("f", &format!("{hold}\nafter: f")),
                (
                    "g",
                    &format!("{hold}\nafter: e\nbackfill: {{from: 1d, rate: 1/m}}"),
                ),
                (
                    "h",
                    &format!("{hold}\nafter: {{stream: endless, until: verified}}"),
                ),
                ("i", &format!("{hold}\nafter: {{stream: a, until: landed}}")),
            ],
        ),
        text(TOTAL, &[("a", hold)]),
        text("load: [{hold: {rate: 0/s}}]\n", &[("a", "share: all")]),
        text("load: [{hold: {rate: 0/s}}]\n", &[("a", "share: 100%")]),
    ];
    let found = all.map(|text| read(&text, Target::Real).unwrap_err().to_string());
    assert_snapshot!(found.join("\n"));
}

#[test]
fn shares_that_leave_something_over_are_remarked_on() {
    let text = text(TOTAL, &[("a", "share: 30%"), ("b", "share: 60%")]);
    assert_snapshot!(read(&text, Target::Real).unwrap().warnings());
}

/// Streams have their part of the total, whatever the command line makes of it; and what is kept runs the same.
#[test]
fn streams_share_a_total() {
    let text = text(
        TOTAL,
        &[
            ("a", "share: 70%"),
            ("b", "share: 30%"),
            ("c", "share: {of: b, part: 10%}"),
            ("d", "share: {of: c, times: 20}\narrivals: poisson"),
        ],
    );
    let overrides = |rate: Option<&str>, count| Overrides {
        rate: rate.map(|rate| rate.parse::<Rate>().unwrap()),
        count,
        ..Overrides::default()
    };
    for (overrides, expected) in [
        (overrides(None, None), [2_100, 900, 90, 1_800]),
        (overrides(Some("10/s"), None), [140, 60, 6, 120]),
        (overrides(None, Some(1_001)), [701, 301, 31, 601]),
    ] {
        let first = resolved_with(&text, overrides);
        assert_eq!(totals(&first), expected.map(Some));
        let again = resolved(&first.as_run);
        assert_eq!(totals(&again), expected.map(Some), "{}", first.as_run);
        for (one, other) in first.streams.iter().zip(&again.streams) {
            for n in [0, 1, 5] {
                assert_eq!(one.load.due(n), other.load.due(n));
            }
        }
    }
}

/// Events of a stream that starts after another one happen behind the other's.
#[test]
fn events_go_on_behind_the_other_stream() {
    let hold = "load: [{hold: {rate: 10/s, for: 10s}}]";
    let text = text(
        "",
        &[
            ("third", &format!("{hold}\nafter: second")),
            ("first", hold),
            ("second", "load: [{unpaced: {count: 2000}}]\nafter: first"),
        ],
    );
    let resolved = resolved(&text);
    let [third, first, second] = &resolved.streams[..] else {
        panic!("{}", resolved.streams.len())
    };
    let millis = |stream, n| {
        happens(stream, n)
            .duration_since(resolved.start)
            .as_millis()
    };
    assert_eq!([0, 99].map(|n| millis(first, n)), [0, 9_900]);
    // A millisecond apart.
    assert_eq!([0, 1_999].map(|n| millis(second, n)), [10_000, 11_999]);
    assert_eq!([0, 99].map(|n| millis(third, n)), [12_000, 21_900]);
    assert!(third.load.waits() && second.load.waits() && !first.load.waits());
    assert_eq!(third.after.as_ref().unwrap().stream, "second");
}
