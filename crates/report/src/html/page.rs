//! The page's texts and tables; the template only places them.

use std::io;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::series::Charts;
use crate::exit::Status;
use crate::format;
use crate::run::Run;
use crate::summary::{Distribution, Numbers, Summary};

const UPLOT_JS: &str = include_str!("../../assets/uplot/uPlot.iife.min.js");
const UPLOT_CSS: &str = include_str!("../../assets/uplot/uPlot.min.css");
const REPORT_JS: &str = include_str!("../../assets/report.js");
const REPORT_CSS: &str = include_str!("../../assets/report.css");

#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    summary: &'a Summary,
    policy: String,
    scripts: [&'static str; 2],
    styles: [&'static str; 2],
    /// Good, warning or bad: a class of the banner.
    mood: &'static str,
    status: &'static str,
    started: String,
    elapsed: String,
    tiles: Vec<Tile>,
    streams: Vec<Stream<'a>>,
    thresholds: Vec<Threshold>,
    facts: Vec<(String, String)>,
    scenario: &'a str,
}

/// A key number.
#[derive(Debug)]
struct Tile {
    label: &'static str,
    value: String,
    note: String,
}

#[derive(Debug)]
struct Stream<'a> {
    /// Empty where there is one only.
    title: &'a str,
    destination: &'a str,
    /// JSON in which no `<` is left, so that it can't end its element.
    data: String,
    has_landing: bool,
    counts: Vec<(&'static str, String, bool)>,
    latencies: Vec<(&'static str, Vec<String>)>,
    landed: Vec<(&'static str, String, bool)>,
    landed_notes: Vec<String>,
    errors: Vec<(String, &'a str, &'a str)>,
    explained: Vec<(String, String, String)>,
}

#[derive(Debug)]
struct Threshold {
    passed: bool,
    expression: String,
    stream: String,
    measured: String,
}

impl<'a> Page<'a> {
    pub(super) fn of(run: &Run<'a>) -> io::Result<Page<'a>> {
        let summary = run.summary;
        let scripts = [UPLOT_JS, REPORT_JS];
        let styles = [UPLOT_CSS, REPORT_CSS];
        let mood = match summary.verdict.status {
            Status::Passed => "good",
            Status::Interrupted => "warn",
            _ => "bad",
        };
        Ok(Page {
            summary,
            policy: policy(&scripts, &styles),
            scripts,
            styles,
            mood,
            status: summary.verdict.status.words(),
            started: summary
                .started_at
                .strftime("%Y-%m-%d %H:%M:%S UTC")
                .to_string(),
            elapsed: format::seconds(summary.elapsed_seconds),
            tiles: tiles(&summary.total),
            streams: summary
                .each_stream()
                .into_iter()
                .map(|(name, numbers)| stream(run, name, numbers))
                .collect::<io::Result<_>>()?,
            thresholds: thresholds(summary),
            facts: facts(run),
            scenario: run.scenario,
        })
    }
}

/// Only what is on the page, by its hash; no network, no frames, no forms.
fn policy(scripts: &[&str], styles: &[&str]) -> String {
    let sources = |texts: &[&str]| {
        let hashes = texts
            .iter()
            .map(|text| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text))));
        hashes.collect::<Vec<_>>().join(" ")
    };
    format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; script-src {}; style-src {}",
        sources(scripts),
        sources(styles)
    )
}

fn tiles(total: &Numbers) -> Vec<Tile> {
    let mut tiles = Vec::new();
    let mut tile = |label, value: String, note: String| tiles.push(Tile { label, value, note });
    if let Some(response) = &total.latency.response {
        tile(
            "Response p50",
            format::millis(response.p50),
            "half were faster".to_owned(),
        );
        tile(
            "Response p99",
            format::millis(response.p99),
            "1 in 100 was slower".to_owned(),
        );
        let note = if response.count < 1_000 {
            "few values"
        } else {
            "1 in 1,000 was slower"
        };
        tile(
            "Response p99.9",
            format::millis(response.p99_9),
            note.to_owned(),
        );
    }
    if let Some(achieved) = total.rate.achieved {
        let note = match total.rate.target {
            Some(target) if target > 0.0 => format!(
                "{} of {}",
                format::percent(achieved * 100.0 / target),
                format::rate(target)
            ),
            _ => "unpaced".to_owned(),
        };
        tile("Achieved rate", format::rate(achieved), note);
    }
    let counts = &total.counts;
    let missing = counts.scheduled - counts.acknowledged.min(counts.scheduled);
    let note = match missing {
        0 => "all that were scheduled".to_owned(),
        missing => format!("{} were not", format::count(missing)),
    };
    tile("Acknowledged", format::count(counts.acknowledged), note);
    if let Some(landed) = &total.landed {
        let wrong = landed.lost + landed.duplicated + landed.corrupted;
        let note = match wrong {
            0 => "every one, once, intact".to_owned(),
            _ => format!("{} lost", format::count(landed.lost)),
        };
        tile("Landed", format::count(landed.landed), note);
    }
    tiles
}

fn stream<'a>(run: &Run<'a>, name: &'a str, numbers: &'a Numbers) -> io::Result<Stream<'a>> {
    let measured = run
        .measured
        .streams
        .iter()
        .find(|stream| stream.name == name);
    let measured = measured.or(run.measured.streams.first());
    let landing = measured.and_then(|stream| run.landings.get(&stream.name));
    let charts = measured
        .map(|stream| Charts::of(stream, numbers, landing, &run.summary.thresholds))
        .unwrap_or_default();
    let counts = &numbers.counts;
    let several = !run.summary.streams.is_empty();
    Ok(Stream {
        title: if several { name } else { "" },
        destination: numbers.destination.as_deref().unwrap_or_default(),
        data: serde_json::to_string(&charts)?.replace('<', "\\u003c"),
        has_landing: landing.is_some(),
        counts: vec![
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
        ],
        latencies: numbers
            .latency
            .measured()
            .map(|(name, d)| (name, columns(d)))
            .collect(),
        landed: landed(numbers),
        landed_notes: landed_notes(numbers),
        errors: numbers
            .errors
            .iter()
            .take(50)
            .map(|e| (format::count(e.count), e.code.as_str(), e.example.as_str()))
            .collect(),
        explained: explained(numbers),
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
    ]
}

fn landed_notes(numbers: &Numbers) -> Vec<String> {
    let Some(landed) = &numbers.landed else {
        return Vec::new();
    };
    let mut notes = landed.remarks.clone();
    if landed.timed_out {
        notes.insert(0, "The deadline passed before all had landed.".to_owned());
    }
    if !landed.lost_examples.is_empty() {
        let ordinals: Vec<String> = landed.lost_examples.iter().map(u64::to_string).collect();
        notes.push(format!(
            "Lost, for example: record {}.",
            ordinals.join(", ")
        ));
    }
    notes.extend(
        landed
            .corrupted_examples
            .iter()
            .map(|example| format!("Corrupted: {example}")),
    );
    notes.extend(
        landed
            .refused_reasons
            .iter()
            .map(|(reason, count)| format!("Refused {}: {reason}", format::records(*count))),
    );
    notes
}

fn explained(numbers: &Numbers) -> Vec<(String, String, String)> {
    let words = |name: &String| name.replace('_', " ");
    let times = numbers
        .explained
        .iter()
        .map(|(name, e)| (words(name), format::millis(e.mean), format::millis(e.max)));
    let counters = numbers
        .counters
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| (words(name), format::count(*count), String::new()));
    times.chain(counters).collect()
}

fn thresholds(summary: &Summary) -> Vec<Threshold> {
    let threshold = |judged: &crate::Judged| Threshold {
        passed: judged.passed,
        expression: judged.expression.clone(),
        stream: judged.stream.clone().unwrap_or_default(),
        measured: format::measured(judged),
    };
    summary.thresholds.iter().map(threshold).collect()
}

/// Where it ran and what it took.
fn facts(run: &Run<'_>) -> Vec<(String, String)> {
    let (generator, environment) = (&run.summary.generator, run.environment);
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    fact("Machine", environment.describe());
    if let Some(os) = &environment.os {
        fact("System", os.clone());
    }
    if let Some(limit) = environment
        .cgroup_cpu
        .as_ref()
        .filter(|limit| !limit.starts_with("max"))
    {
        fact("CPU limit", limit.clone());
    }
    if let Some(limit) = environment
        .cgroup_memory
        .as_ref()
        .filter(|limit| *limit != "max")
    {
        fact("Memory limit", limit.clone());
    }
    if let Some(source) = &environment.clock_source {
        fact("Clock source", source.clone());
    }
    let mut cpu = format!("{:.2} s", generator.cpu_seconds);
    if let Some(per_million) = generator.cpu_seconds_per_million {
        cpu.push_str(&format!(", {per_million:.2} s per million records"));
    }
    fact("CPU time", cpu);
    fact(
        "Peak memory",
        format::bytes(generator.peak_rss_bytes as f64),
    );
    fact(
        "At the in-flight limit",
        format::percent(generator.blocked_share * 100.0),
    );
    if let Some(own) = &generator.own_lateness {
        fact(
            "Late by itself",
            format!(
                "{}, p99 {}",
                format::records(own.count),
                format::millis(own.p99)
            ),
        );
    }
    fact("Seed", run.summary.seed.to_string());
    for (name, version) in &environment.versions {
        fact(name, version.clone());
    }
    if !environment.command_line.is_empty() {
        fact("Command", environment.command_line.join(" "));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// uPlot 1.6.32 as published; a change to it has to be meant.
    #[test]
    fn the_vendored_files_are_the_published_ones() {
        let hex = |text: &str| {
            Sha256::digest(text)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        assert_eq!(
            hex(UPLOT_JS),
            "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"
        );
        assert_eq!(
            hex(UPLOT_CSS),
            "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"
        );
    }
}
