//! The page's texts and tables; the template only places them.

use std::io;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::stream::{Stream, stream};
use crate::exit::Status;
use crate::format;
use crate::run::Run;
use crate::summary::{Numbers, Summary};
use crate::wrong::{self, Wrong};

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
    /// Above the latencies; empty where they can be trusted.
    late: &'static str,
    /// Likewise.
    unmeasured: Vec<String>,
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
struct Threshold {
    passed: bool,
    trusted: bool,
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
            Status::Passed if summary.verdict.timing_valid => "good",
            Status::Passed | Status::Interrupted => "warn",
            _ => "bad",
        };
        Ok(Page {
            summary,
            policy: policy(&scripts, &styles),
            scripts,
            styles,
            mood,
            status: summary.verdict.status.words(),
            late: if summary.generator.late.is_empty() {
                ""
            } else {
                crate::notes::LATE
            },
            unmeasured: crate::notes::unmeasured_of_all(summary),
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
        let mut note = wrong(&wrong::landed(landed), landed.expected, landed.unknown);
        if landed.counted && note == INTACT {
            "as many as were sent".clone_into(&mut note);
        }
        tile("Landed", format::count(landed.landed), note);
    } else if let Some(read) = &total.read_back {
        let note = wrong(&wrong::read_back(read), read.expected, read.unknown);
        tile("Delivered", format::count(read.delivered), note);
    }
    if let Some(profile) = &total.profile {
        let mut note = wrong(&wrong::profile(profile), profile.sampled, profile.unknown);
        if note == INTACT {
            note = format!("of {} sampled", format::count(profile.sampled));
        }
        tile("In the profile", format::count(profile.visible), note);
    }
    tiles
}

const INTACT: &str = "every one, once, intact";

/// What is wrong with the records that were looked for, in a few words.
fn wrong(found: &[Wrong], expected: u64, unknown: u64) -> String {
    let found = found.iter().filter(|it| it.number > 0);
    let found = found.map(|it| format!("{} {}", format::count(it.number), it.word));
    let unknown = (unknown > 0).then(|| format!("{} unknown", format::count(unknown)));
    let words: Vec<_> = found.chain(unknown).collect();
    match (words.is_empty(), expected) {
        (false, _) => words.join(", "),
        (true, 0) => "there was none to look for".to_owned(),
        (true, _) => INTACT.to_owned(),
    }
}

fn thresholds(summary: &Summary) -> Vec<Threshold> {
    let threshold = |judged: &crate::Judged| Threshold {
        passed: judged.passed,
        trusted: judged.trusted,
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
    let per_million = generator
        .cpu_seconds_per_million
        .map_or_else(String::new, |seconds| {
            format!(", {seconds:.2} s per million records")
        });
    fact(
        "CPU time",
        format!("{:.2} s{per_million}", generator.cpu_seconds),
    );
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
                "p99 {}, {} at most",
                format::millis(own.p99),
                format::millis(own.max)
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
        let base64 = |text: &str| BASE64.encode(Sha256::digest(text));
        assert_eq!(
            base64(UPLOT_JS),
            "GcjUxq2Ikpp59K5J1vcWFWbf0Lo9FcxJXpdPeH63jx8="
        );
        assert_eq!(
            base64(UPLOT_CSS),
            "32MMao1vjur/JktQ9zzlsRT2Rv/ZoLt08EmwoAE1+gQ="
        );
    }
}
