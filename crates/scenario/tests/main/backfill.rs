//! A past that goes before the load.

use std::sync::Arc;

use batch::{Batch, BatchId, Nanos};
use insta::assert_snapshot;
use jiff::Timestamp;
use pacing::{Pacer, Schedule as _, Share, Stage};
use records::Template;
use scenario::{Overrides, Resolved, Target};
use serde_json::Value;

use crate::{GOOD, read};

const PAST: &str = "\
backfill:
  from: -2d
  load:
    - wave: {mean: 1/h, amplitude: 1/h, period: 1d}
";

/// With event times, and a past of 48 records.
fn text(past: &str) -> String {
    let text = GOOD.replace(
        "firstName: first_name",
        "firstName: first_name\n    at: event_time",
    );
    let text = text.replace("rate: 1k/s, for: 10s", "rate: 10/s, for: 5s");
    assert!(text.contains("10/s") && text.contains("event_time"));
    text + past
}

fn resolved(text: &str) -> Resolved {
    let loaded = read(text, Target::Real).unwrap_or_else(|found| panic!("{found}"));
    let overrides = Overrides {
        start: Some("2026-03-02T12:00:00Z".parse().unwrap()),
        ..Overrides::default()
    };
    loaded
        .resolve(&overrides, None)
        .unwrap_or_else(|found| panic!("{found}"))
}

fn record(template: &Template, n: u64) -> Vec<u8> {
    let mut record = Vec::new();
    template.record(n, &mut record);
    record
}

fn at(record: &[u8]) -> Timestamp {
    let record: Value = serde_json::from_slice(record).unwrap();
    record["at"].as_str().unwrap().parse().unwrap()
}

#[test]
fn mistakes_are_told_at_their_places() {
    let shown = |past: &str| read(&text(past), Target::Real).unwrap_err().to_string();
    assert_snapshot!(shown(
        "backfill: {from: 90d, rate: 1/m, load: [{hold: {rate: 1/m, for: 1h}}], publish: 0/s}\n"
    ));
    assert_snapshot!(shown(
        "backfill: {from: 90d, load: [{hold: {rate: 1/m, for: 1h}}]}\n"
    ));
    assert_snapshot!(shown(
        "backfill: {from: long ago, rate: 1/m, publish: fast, until: now}\n"
    ));
    let unpaced = text(PAST).replace("hold: {rate: 10/s, for: 5s}", "unpaced: {count: 5}");
    assert_snapshot!(read(&unpaced, Target::Real).unwrap_err());
}

/// Event times go on over the seam in the order of the ordinals: the past ends where the load begins.
#[test]
fn event_times_walk_from_then_to_now_and_on() {
    for (publish, seam) in [("", 0), ("  publish: 4/s\n", 12)] {
        let resolved = resolved(&text(&format!("{PAST}{publish}")));
        let stream = &resolved.streams[0];
        let (before, total) = (stream.load.records_before(), stream.load.total().unwrap());
        assert_eq!((before, total), (48, 98));
        let times: Vec<_> = (0..total)
            .map(|n| at(&record(&stream.template, n)))
            .collect();
        assert!(times.is_sorted());
        let begins = resolved.start + jiff::SignedDuration::from_secs(seam);
        assert_eq!(times[48], begins);
        assert_eq!(times[0], begins - jiff::SignedDuration::from_hours(48));
        assert!(times[47] < begins && times[47] > begins - jiff::SignedDuration::from_hours(6));
        // More by day than by night: the second quarter of a wave has more than the last.
        let within = |from: i64, to: i64| {
            let since = |hours| times[0] + jiff::SignedDuration::from_hours(hours);
            times
                .iter()
                .filter(|at| (since(from)..since(to)).contains(at))
                .count()
        };
        assert!(within(0, 12) > 2 * within(12, 24), "{times:?}");
        assert_eq!(within(0, 24), within(24, 48));
        assert_eq!(times[97], begins + jiff::SignedDuration::from_millis(4_900));
    }
}

/// However many shares there are, they have the records of the whole between them, byte for byte; and so has the
/// scenario that is kept.
#[test]
fn shares_make_the_bytes_of_the_whole() {
    let first = resolved(&text(&format!("{PAST}arrivals: poisson\njitter: 3s\n")));
    let kept = resolved(&first.as_run);
    let stream = &first.streams[0];
    let total = stream.load.total().unwrap();
    for count in [1, 2, 3, 8] {
        let mut seen = 0;
        for index in 0..count {
            let mut writer = Arc::clone(&kept.streams[0].template).writer();
            let share = Share { index, count };
            let mut pacer = Pacer::new(Arc::clone(&kept.streams[0].load), share);
            while let Some(next) = pacer.next_due() {
                if pacer.stage() == Stage::Seam {
                    pacer.go_on_at(Nanos::from_secs(100));
                    continue;
                }
                let mut batch = Batch::with_capacity(BatchId(0), 20, 1 << 16);
                batch.begin(0, count);
                let first = pacer.due_by(next, 20, batch.due_mut());
                batch.set_first(first);
                writer.fill(&mut batch);
                for k in 0..batch.len() {
                    let n = first + count * k as u64;
                    assert_eq!(
                        batch.record(k),
                        &record(&stream.template, n)[..],
                        "record {n}"
                    );
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, total);
    }
}

/// An order names a customer who was there by then, also in the past.
#[test]
fn what_picks_from_another_stream_does_so_by_event_time() {
    let stream = |fields: &str, pick: &str, load: &str| {
        format!(
            "    destination: {{discard: {{}}}}
    records: {{pick: {{customers: {pick}}}, fields: {{at: event_time, id: {{of: customers.id}}{fields}}}}}
    backfill: {{from: 10d, load: {load}}}
    load: [{{hold: {{rate: 1/s, for: 20s}}}}]
"
        )
    };
    let text = format!(
        "version: 1
name: shop
entities:
  customers: {{count: 1000, fields: {{id: uuid}}}}
streams:
  profiles:
{}  orders:
{}",
        stream("", "{each: once}", "[{hold: {rate: 10/d}}]"),
        stream(
            ", order: record_id",
            "{sent_by: profiles, before: 1d}",
            "[{pause: 2d}, {hold: {rate: 20/d}}]"
        ),
    );
    let resolved = resolved(&text);
    let [profiles, orders] = &resolved.streams[..] else {
        panic!("two streams")
    };
    let id = |record: &[u8]| serde_json::from_slice::<Value>(record).unwrap()["id"].clone();
    let known: Vec<_> = (0..profiles.load.total().unwrap())
        .map(|n| record(&profiles.template, n))
        .map(|record| (at(&record), id(&record)))
        .collect();
    for n in 0..orders.load.total().unwrap() {
        let order = record(&orders.template, n);
        let customer = known.iter().find(|(_, customer)| *customer == id(&order));
        let (since, _) = customer.unwrap_or_else(|| panic!("order {n}: nobody has sent it"));
        assert!(
            *since <= at(&order) - jiff::SignedDuration::from_hours(24),
            "order {n}"
        );
    }
}
