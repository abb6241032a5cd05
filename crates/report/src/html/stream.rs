//! One stream's tables and the data of its charts.

use std::io;

use super::series::Charts;
use crate::format;
use crate::notes;
use crate::run::Run;
use crate::shards::{self, ByShard};
use crate::summary::{Distribution, Numbers};

#[derive(Debug)]
pub(super) struct Stream<'a> {
    /// Empty where there is one only.
    pub(super) title: &'a str,
    pub(super) destination: &'a str,
    /// JSON in which no `<` is left, so that it can't end its element.
    pub(super) data: String,
    pub(super) has_landing: bool,
    pub(super) counts: Vec<(&'static str, String, bool)>,
    pub(super) latencies: Vec<(&'static str, Vec<String>)>,
    pub(super) landed: Vec<(&'static str, String, bool)>,
    pub(super) landed_notes: Vec<String>,
    pub(super) read_back: Vec<(&'static str, String, bool)>,
    pub(super) read_back_notes: Vec<String>,
    pub(super) profile: Vec<(&'static str, String, bool)>,
    pub(super) profile_notes: Vec<String>,
    pub(super) errors: Vec<(String, &'a str, &'a str)>,
    pub(super) explained: Vec<(String, String, String)>,
    pub(super) shards: ByShard<'a>,
}

/// What the page shows of one stream.
pub(super) fn stream<'a>(
    run: &Run<'a>,
    name: &'a str,
    numbers: &'a Numbers,
) -> io::Result<Stream<'a>> {
    let measured = run
        .measured
        .streams
        .iter()
        .find(|stream| stream.name == name);
    let measured = measured.or(run.measured.streams.first());
    let landing = measured.and_then(|stream| run.landing(&stream.name));
    let landing = landing.filter(|latency| !latency.is_empty());
    let profile = measured.and_then(|stream| run.profile(&stream.name));
    let charts = measured
        .map(|stream| {
            let thresholds = &run.summary.thresholds;
            Charts::of(stream, numbers, (landing, profile), thresholds)
        })
        .unwrap_or_default();
    let counts = &numbers.counts;
    let shards = shards::by_shard(&numbers.counters);
    let several = !run.summary.streams.is_empty();
    Ok(Stream {
        title: if several { name } else { "" },
        destination: numbers.destination.as_deref().unwrap_or_default(),
        data: serde_json::to_string(&charts)?.replace('<', "\\u003c"),
        has_landing: landing.is_some(),
        counts: [
            ("scheduled", format::count(counts.scheduled), false),
            ("acknowledged", format::count(counts.acknowledged), false),
            (
                "rejected",
                format::count(counts.rejected),
                counts.rejected > 0,
            ),
            (
                "abandoned",
                format::count(counts.abandoned),
                counts.abandoned > 0,
            ),
            ("skipped", format::count(counts.skipped), counts.skipped > 0),
        ]
        .into_iter()
        .chain((counts.unsent > 0).then(|| ("unsent", format::count(counts.unsent), true)))
        .collect(),
        latencies: numbers
            .latency
            .measured()
            .map(|(name, d)| (name, columns(d)))
            .collect(),
        landed: landed(numbers),
        landed_notes: numbers
            .landed
            .as_ref()
            .map(notes::landed)
            .map(sentences)
            .unwrap_or_default(),
        read_back: read_back(numbers),
        read_back_notes: numbers
            .read_back
            .as_ref()
            .map(notes::read_back)
            .map(sentences)
            .unwrap_or_default(),
        profile: profile_counts(numbers),
        profile_notes: numbers
            .profile
            .as_ref()
            .map(notes::profile)
            .map(sentences)
            .unwrap_or_default(),
        errors: numbers
            .errors
            .iter()
            .take(50)
            .map(|e| (format::count(e.count), e.code.as_str(), e.example.as_str()))
            .collect(),
        explained: explained(numbers, &shards.others),
        shards,
    })
}

fn columns(d: &Distribution) -> Vec<String> {
    [d.p50, d.p90, d.p99, d.p99_9, d.p99_99, d.max, d.mean]
        .map(format::millis)
        .to_vec()
}

fn landed(numbers: &Numbers) -> Vec<(&'static str, String, bool)> {
    let Some(landed) = &numbers.landed else {
        return Vec::new();
    };
    let bad = |name, number| (name, format::count(number), number > 0);
    vec![
        ("expected", format::count(landed.expected), false),
        ("landed", format::count(landed.landed), false),
        bad("lost", landed.lost),
        bad("duplicated", landed.duplicated),
        bad("corrupted", landed.corrupted),
        bad("refused", landed.refused),
        bad("unexpected", landed.unexpected),
        bad("unknown", landed.unknown),
    ]
}

fn read_back(numbers: &Numbers) -> Vec<(&'static str, String, bool)> {
    let Some(read) = &numbers.read_back else {
        return Vec::new();
    };
    let bad = |name, number| (name, format::count(number), number > 0);
    vec![
        ("expected", format::count(read.expected), false),
        ("delivered", format::count(read.delivered), false),
        bad("lost", read.lost),
        bad("duplicated", read.duplicated),
        bad("corrupted", read.corrupted),
        bad("unexpected", read.unexpected),
        bad("out of order", read.out_of_order),
        bad("unknown", read.unknown),
    ]
}

fn profile_counts(numbers: &Numbers) -> Vec<(&'static str, String, bool)> {
    let Some(profile) = &numbers.profile else {
        return Vec::new();
    };
    let bad = |name, number| (name, format::count(number), number > 0);
    vec![
        ("sampled", format::count(profile.sampled), false),
        ("visible", format::count(profile.visible), false),
        bad("missing", profile.missing),
        bad("corrupted", profile.corrupted),
        bad("unknown", profile.unknown),
    ]
}

/// With a capital letter and a full stop, as a page has them.
fn sentences(notes: Vec<String>) -> Vec<String> {
    let sentence = |note: String| {
        let mut rest = note.chars();
        let first = rest.next().map(|c| c.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), rest.as_str())
    };
    notes.into_iter().map(sentence).collect()
}

fn explained(numbers: &Numbers, counters: &[(&str, u64)]) -> Vec<(String, String, String)> {
    let words = |name: &str| name.replace('_', " ");
    let times = numbers
        .explained
        .iter()
        .map(|(name, e)| (words(name), format::millis(e.mean), format::millis(e.max)));
    let counters = counters
        .iter()
        .map(|(name, count)| (words(name), format::count(*count), String::new()));
    times.chain(counters).collect()
}
