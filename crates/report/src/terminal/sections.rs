//! The parts of the report, from top to bottom.

use std::path::Path;

use hdrhistogram::Histogram;
use measure::StreamMeasured;

use super::drawing;
use super::layout::{Align, BAD, BOLD, Cell, DIM, GOOD, PLAIN, WARN, cut, line, table, wrapped};
use crate::exit::Status;
use crate::format;
use crate::summary::{Distribution, EndedBy, Generator, Numbers, Summary};

/// Can the numbers be trusted, and what did the run come to.
pub(super) fn verdict(summary: &Summary, width: usize, out: &mut String) {
    let verdict = &summary.verdict;
    let (sign, style) = if verdict.valid {
        ("✓ ", GOOD)
    } else {
        ("✗ ", BAD)
    };
    line(
        &[
            Cell::new(sign, style),
            Cell::new(wrapped(&verdict.trust, width, 2), BOLD),
        ],
        out,
    );
    let (sign, style) = match verdict.status {
        Status::Passed => ("✓ ", GOOD),
        Status::Interrupted => ("! ", WARN),
        _ => ("✗ ", BAD),
    };
    let words = match (verdict.status, summary.thresholds.len()) {
        (Status::Passed, 0) => "passed; no thresholds were set".to_owned(),
        (Status::Passed, 1) => "passed: the threshold was met".to_owned(),
        (Status::Passed, n) => format!("passed: all {n} thresholds were met"),
        (status, _) => format!("{} (exit code {})", status.words(), verdict.exit_code),
    };
    line(&[Cell::new(sign, style), Cell::new(words, style)], out);
    for reason in &verdict.reasons {
        line(
            &[Cell::plain(format!("  - {}", wrapped(reason, width, 4)))],
            out,
        );
    }
    if let Some(help) = &summary.ended_by.help {
        line(
            &[
                Cell::new("  help: ", BOLD),
                Cell::plain(wrapped(help, width, 8)),
            ],
            out,
        );
    }
    out.push('\n');
}

/// What ran, where and when.
pub(super) fn heading(summary: &Summary, width: usize, out: &mut String) {
    let mut title = vec![Cell::new(&summary.name, BOLD)];
    if let Some(destination) = &summary.total.destination {
        let room = width.saturating_sub(summary.name.len() + 4);
        title.push(Cell::plain(format!(" → {}", cut(destination, room))));
    }
    line(&title, out);
    let ended = match summary.ended_by.by {
        EndedBy::Schedule => "ended by its schedule",
        EndedBy::Interrupt => "interrupted",
        EndedBy::SecondInterrupt => "interrupted twice",
        EndedBy::Fatal => "ended by the destination",
    };
    let drain = if summary.drain_seconds >= 1.0 {
        format!(
            ", of which {} for the last receipts",
            format::seconds(summary.drain_seconds)
        )
    } else {
        String::new()
    };
    let text = format!(
        "seed {}, {} from {}{drain}, {ended}",
        summary.seed,
        format::seconds(summary.elapsed_seconds),
        summary.started_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    );
    line(&[Cell::new(wrapped(&text, width, 0), DIM)], out);
}

pub(super) fn stream_heading(name: &str, numbers: &Numbers, width: usize, out: &mut String) {
    let destination = numbers.destination.as_deref().unwrap_or_default();
    let text = cut(destination, width.saturating_sub(name.len() + 8));
    out.push('\n');
    line(
        &[
            Cell::new(format!("── {name} "), BOLD),
            Cell::plain(format!("→ {text}")),
        ],
        out,
    );
}

/// Achieved against target, and how it went over time.
pub(super) fn rate(
    numbers: &Numbers,
    stream: Option<&StreamMeasured>,
    width: usize,
    out: &mut String,
) {
    let Some(achieved) = numbers.rate.achieved else {
        return;
    };
    let mut text = format::rate(achieved);
    match numbers.rate.target {
        Some(target) if target > 0.0 => {
            let share = format::percent(achieved * 100.0 / target);
            text.push_str(&format!(" of {} ({share})", format::rate(target)));
        }
        _ => text.push_str(", unpaced"),
    }
    if let Some(bytes) = numbers.rate.achieved_bytes {
        text.push_str(&format!(", {}/s", format::bytes(bytes)));
    }
    let series: Vec<f64> = stream.map(over_time).unwrap_or_default();
    let drawn = match series.len() {
        0..4 => String::new(),
        _ => format!(
            "   {}",
            format::sparkline(&series, width.saturating_sub(text.len() + 14).min(40))
        ),
    };
    out.push('\n');
    let pieces = [
        Cell::new("Rate       ", BOLD),
        Cell::plain(text),
        Cell::new(drawn, DIM),
    ];
    line(&pieces, out);
}

/// Acknowledged records a second, interval by interval. The last interval is seldom a whole one.
fn over_time(stream: &StreamMeasured) -> Vec<f64> {
    let whole = stream
        .intervals
        .iter()
        .filter(|interval| interval.counts.scheduled > 0);
    whole
        .map(|interval| {
            let seconds = interval.end.duration_since(interval.start).as_secs_f64();
            interval.counts.acknowledged as f64 / seconds.max(1e-9)
        })
        .collect()
}

pub(super) fn counts(numbers: &Numbers, out: &mut String) {
    let counts = &numbers.counts;
    let columns = [
        ("scheduled", counts.scheduled, PLAIN),
        ("acknowledged", counts.acknowledged, PLAIN),
        ("rejected", counts.rejected, BAD),
        ("abandoned", counts.abandoned, BAD),
        ("skipped", counts.skipped, WARN),
    ];
    columns_of_counts("Records", &columns, out);
}

/// A heading with names, and numbers below them; a style is for numbers that are not zero.
fn columns_of_counts(title: &str, columns: &[(&str, u64, anstyle::Style)], out: &mut String) {
    let mut names = vec![Cell::new(format!("{title:9}"), BOLD)];
    names.extend(columns.iter().map(|(name, ..)| Cell::new(*name, DIM)));
    let mut numbers = vec![Cell::plain("")];
    numbers.extend(columns.iter().map(|(_, number, style)| {
        Cell::new(
            format::count(*number),
            if *number == 0 { PLAIN } else { *style },
        )
    }));
    out.push('\n');
    table(&[names, numbers], &[Align::Left, Align::Right], out);
}

pub(super) fn latencies(numbers: &Numbers, out: &mut String) {
    let mut rows = vec![vec![Cell::new("Latency", BOLD)]];
    for name in ["p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"] {
        rows[0].push(Cell::new(name, DIM));
    }
    for (name, d) in numbers.latency.measured() {
        let style = if name == "response" { BOLD } else { PLAIN };
        let mut row = vec![Cell::new(format!("{name:9}"), style)];
        for (value, needed) in values(d) {
            // A percentile of too few values is only the largest of them.
            let style = if d.count < needed { DIM } else { style };
            row.push(Cell::new(format::millis(value), style));
        }
        rows.push(row);
    }
    if rows.len() > 1 {
        out.push('\n');
        table(&rows, &[Align::Left, Align::Right], out);
    }
}

/// The columns of the table, and how many values each needs.
fn values(d: &Distribution) -> [(f64, u64); 7] {
    [
        (d.p50, 2),
        (d.p90, 10),
        (d.p99, 100),
        (d.p99_9, 1_000),
        (d.p99_99, 10_000),
        (d.max, 1),
        (d.mean, 1),
    ]
}

pub(super) fn distribution(response: &Histogram<u64>, width: usize, out: &mut String) {
    if response.is_empty() {
        return;
    }
    let words = format!(" of {}", format::records(response.len()));
    out.push('\n');
    line(&[Cell::new("Response", BOLD), Cell::new(words, DIM)], out);
    drawing::distribution(response, width, out);
}

pub(super) fn landed(numbers: &Numbers, width: usize, out: &mut String) {
    let Some(landed) = &numbers.landed else {
        return;
    };
    let columns = [
        ("expected", landed.expected, PLAIN),
        ("landed", landed.landed, PLAIN),
        ("lost", landed.lost, BAD),
        ("duplicated", landed.duplicated, BAD),
        ("corrupted", landed.corrupted, BAD),
        ("refused", landed.refused, BAD),
        ("unexpected", landed.unexpected, WARN),
    ];
    columns_of_counts("Landed", &columns, out);
    let mut say = |text: String| {
        line(
            &[Cell::plain(format!("  {}", wrapped(&text, width, 2)))],
            out,
        );
    };
    if landed.timed_out {
        say("the deadline passed before all had landed".to_owned());
    }
    if !landed.lost_examples.is_empty() {
        let examples: Vec<String> = landed.lost_examples.iter().map(u64::to_string).collect();
        say(format!("lost, for example: record {}", examples.join(", ")));
    }
    for example in &landed.corrupted_examples {
        say(format!("corrupted: {example}"));
    }
    for (reason, count) in &landed.refused_reasons {
        say(format!("refused {}: {reason}", format::records(*count)));
    }
    for remark in &landed.remarks {
        say(remark.clone());
    }
}

pub(super) fn errors(numbers: &Numbers, width: usize, out: &mut String) {
    /// More kinds than anybody reads here; all of them are in `summary.json`.
    const KINDS: usize = 10;
    if numbers.errors.is_empty() {
        return;
    }
    let room = width.saturating_sub(40).max(30);
    let mut rows = vec![vec![
        Cell::new("Errors   ", BOLD),
        Cell::new("code", DIM),
        Cell::new("the first of them", DIM),
    ]];
    for error in numbers.errors.iter().take(KINDS) {
        rows.push(vec![
            Cell::new(format::count(error.count), BAD),
            Cell::plain(cut(&error.code, 28)),
            Cell::plain(cut(&error.example, room)),
        ]);
    }
    out.push('\n');
    table(&rows, &[Align::Right, Align::Left], out);
    if numbers.errors.len() > KINDS {
        line(
            &[Cell::plain(format!(
                "  and {} more kinds",
                numbers.errors.len() - KINDS
            ))],
            out,
        );
    }
}

/// What a slow tail may come from.
pub(super) fn explained(numbers: &Numbers, out: &mut String) {
    if numbers.explained.is_empty() && numbers.counters.values().all(|count| *count == 0) {
        return;
    }
    let mut rows = vec![vec![
        Cell::new("Inside   ", BOLD),
        Cell::new("mean", DIM),
        Cell::new("max", DIM),
    ]];
    for (name, explained) in &numbers.explained {
        rows.push(vec![
            Cell::plain(name.replace('_', " ")),
            Cell::plain(format::millis(explained.mean)),
            Cell::plain(format::millis(explained.max)),
        ]);
    }
    for (name, count) in numbers.counters.iter().filter(|(_, count)| **count > 0) {
        rows.push(vec![
            Cell::plain(name.replace('_', " ")),
            Cell::plain(format::count(*count)),
        ]);
    }
    out.push('\n');
    table(&rows, &[Align::Left, Align::Right], out);
}

pub(super) fn thresholds(summary: &Summary, width: usize, out: &mut String) {
    if summary.thresholds.is_empty() {
        return;
    }
    let mut rows = Vec::new();
    for judged in &summary.thresholds {
        let (sign, style) = if judged.passed {
            ("✓", GOOD)
        } else {
            ("✗", BAD)
        };
        let stream = match &judged.stream {
            Some(stream) if !judged.expression.contains(':') => format!(" ({stream})"),
            _ => String::new(),
        };
        rows.push(vec![
            Cell::new(format!("  {sign}"), style),
            Cell::plain(cut(&format!("{}{stream}", judged.expression), width / 2)),
            Cell::new(
                format::measured(judged),
                if judged.passed { PLAIN } else { BAD },
            ),
        ]);
    }
    out.push('\n');
    line(&[Cell::new("Thresholds", BOLD)], out);
    table(&rows, &[Align::Left], out);
}

pub(super) fn generator(generator: &Generator, width: usize, out: &mut String) {
    let mut text = format!("{:.2} CPU seconds", generator.cpu_seconds);
    if let Some(per_million) = generator.cpu_seconds_per_million {
        text.push_str(&format!(" ({per_million:.2} per million records)"));
    }
    text.push_str(&format!(
        ", {} of memory",
        format::bytes(generator.peak_rss_bytes as f64)
    ));
    if generator.blocked_share > 0.0005 {
        let share = format::percent(generator.blocked_share * 100.0);
        text.push_str(&format!(", {share} of the time at the in-flight limit"));
    }
    out.push('\n');
    line(
        &[
            Cell::new("Generator  ", BOLD),
            Cell::plain(wrapped(&text, width, 11)),
        ],
        out,
    );
}

pub(super) fn remarks(summary: &Summary, width: usize, out: &mut String) {
    for remark in &summary.remarks {
        let text = wrapped(remark, width, 11);
        line(&[Cell::new("Note       ", WARN), Cell::plain(text)], out);
    }
}

pub(super) fn results(path: &Path, out: &mut String) {
    let report = path.join("report.html");
    line(
        &[
            Cell::new("Results    ", BOLD),
            Cell::plain(report.display().to_string()),
        ],
        out,
    );
}
