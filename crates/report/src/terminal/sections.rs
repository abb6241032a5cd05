//! The numbers of a stream, from top to bottom, and the thresholds.

use hdrhistogram::Histogram;
use measure::StreamMeasured;

use super::drawing;
use super::layout::{Align, BAD, BOLD, Cell, DIM, GOOD, PLAIN, WARN, cut, line, table, wrapped};
use crate::format;
use crate::notes;
use crate::shards::ByShard;
use crate::summary::{
    Distribution, LandedSummary, Numbers, ProfileSummary, ReadBackSummary, Summary,
};

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
    let share = match numbers.rate.target {
        Some(target) if target > 0.0 => {
            let share = format::percent(achieved * 100.0 / target);
            format!("of {} ({share})", format::rate(target))
        }
        _ => "unpaced".to_owned(),
    };
    let bytes = numbers.rate.achieved_bytes.unwrap_or(0.0);
    let text = format!(
        "{} {share}, {}/s",
        format::rate(achieved),
        format::bytes(bytes)
    );
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

pub(super) fn counts(numbers: &Numbers, width: usize, out: &mut String) {
    let counts = &numbers.counts;
    let mut columns = vec![
        ("scheduled", counts.scheduled, PLAIN),
        ("acknowledged", counts.acknowledged, PLAIN),
        ("rejected", counts.rejected, BAD),
        ("abandoned", counts.abandoned, BAD),
        ("skipped", counts.skipped, WARN),
    ];
    if counts.unsent > 0 {
        columns.push(("unsent", counts.unsent, BAD));
    }
    columns_of_counts("Records", &columns, out);
    for note in notes::unmeasured(numbers) {
        let text = wrapped(&note, width, 2);
        line(&[Cell::new(format!("  {text}"), DIM)], out);
    }
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

pub(super) fn latencies(numbers: &Numbers, is_late: bool, width: usize, out: &mut String) {
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
        if is_late {
            let text = wrapped(notes::LATE, width, 2);
            line(&[Cell::new(format!("! {text}"), WARN)], out);
        }
        if let Some(linger) = notes::linger(numbers) {
            let text = wrapped(&linger, width, 2);
            line(&[Cell::new(format!("  {text}"), DIM)], out);
        }
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

pub(super) fn landed(landed: &LandedSummary, width: usize, out: &mut String) {
    let mut columns = vec![
        ("expected", landed.expected, PLAIN),
        ("landed", landed.landed, PLAIN),
        ("lost", landed.lost, BAD),
        ("duplicated", landed.duplicated, BAD),
        ("corrupted", landed.corrupted, BAD),
        ("refused", landed.refused, BAD),
        ("unexpected", landed.unexpected, WARN),
    ];
    if landed.unknown > 0 {
        columns.insert(3, ("unknown", landed.unknown, BAD));
    }
    columns_of_counts("Landed", &columns, out);
    say_all(&notes::landed(landed), width, out);
}

pub(super) fn read_back(read: &ReadBackSummary, width: usize, out: &mut String) {
    let mut columns = vec![
        ("expected", read.expected, PLAIN),
        ("delivered", read.delivered, PLAIN),
        ("lost", read.lost, BAD),
        ("duplicated", read.duplicated, BAD),
        ("corrupted", read.corrupted, BAD),
        ("unexpected", read.unexpected, WARN),
        ("out of order", read.out_of_order, WARN),
    ];
    if read.unknown > 0 {
        columns.insert(3, ("unknown", read.unknown, BAD));
    }
    columns_of_counts("Read back", &columns, out);
    say_all(&notes::read_back(read), width, out);
}

pub(super) fn profile(profile: &ProfileSummary, width: usize, out: &mut String) {
    let mut columns = vec![
        ("sampled", profile.sampled, PLAIN),
        ("visible", profile.visible, PLAIN),
        ("missing", profile.missing, BAD),
        ("corrupted", profile.corrupted, BAD),
    ];
    if profile.unknown > 0 {
        columns.insert(3, ("unknown", profile.unknown, BAD));
    }
    columns_of_counts("Profile", &columns, out);
    say_all(&notes::profile(profile), width, out);
}

fn say_all(notes: &[String], width: usize, out: &mut String) {
    for note in notes {
        let text = wrapped(note, width, 2);
        line(&[Cell::plain(format!("  {text}"))], out);
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

/// What a slow tail may come from, and what the client counted of no shard.
pub(super) fn explained(numbers: &Numbers, counters: &[(&str, u64)], out: &mut String) {
    if numbers.explained.is_empty() && counters.is_empty() {
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
    for (name, count) in counters {
        rows.push(vec![
            Cell::plain(name.replace('_', " ")),
            Cell::plain(format::count(*count)),
        ]);
    }
    out.push('\n');
    table(&rows, &[Align::Left, Align::Right], out);
}

/// The hottest shards.
pub(super) fn shards(counted: &ByShard<'_>, out: &mut String) {
    if counted.rows.is_empty() {
        return;
    }
    let mut rows = vec![vec![Cell::new("Shards   ", BOLD)]];
    for name in ["records", "share", "fair share", "bytes", "throttled"] {
        rows[0].push(Cell::new(name, DIM));
    }
    for row in &counted.rows {
        let throttled = if row.is_throttled { WARN } else { PLAIN };
        rows.push(vec![
            Cell::plain(cut(row.shard, 28)),
            Cell::plain(&row.records),
            Cell::plain(&row.share),
            Cell::new(&row.fair, DIM),
            Cell::plain(&row.bytes),
            Cell::new(&row.throttled, throttled),
        ]);
    }
    out.push('\n');
    table(&rows, &[Align::Left, Align::Right], out);
    if counted.more > 0 {
        let more = format!("  and {} more, all of them in summary.json", counted.more);
        line(&[Cell::plain(more)], out);
    }
}

pub(super) fn thresholds(summary: &Summary, width: usize, out: &mut String) {
    if summary.thresholds.is_empty() {
        return;
    }
    let mut rows = Vec::new();
    for judged in &summary.thresholds {
        let (sign, style) = match (judged.trusted, judged.passed) {
            (false, _) => ("!", WARN),
            (true, true) => ("✓", GOOD),
            (true, false) => ("✗", BAD),
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
