//! What frames the numbers: the verdict on top, where and when, and what it took.

use std::path::Path;

use super::layout::{BAD, BOLD, Cell, DIM, GOOD, WARN, cut, line, wrapped};
use crate::exit::Status;
use crate::format;
use crate::later::{Later, LaterStream};
use crate::summary::{EndedBy, Generator, Numbers, Summary};

/// Can the numbers be trusted, and what did the run come to.
pub(super) fn verdict(summary: &Summary, width: usize, out: &mut String) {
    if summary.outcome_first() {
        outcome(summary, width, out);
        trust(summary, width, out);
    } else {
        trust(summary, width, out);
        outcome(summary, width, out);
    }
    out.push('\n');
}

fn trust(summary: &Summary, width: usize, out: &mut String) {
    let verdict = &summary.verdict;
    let (sign, style) = match (verdict.valid, verdict.timing_valid) {
        (true, true) => ("✓ ", GOOD),
        (true, false) => ("! ", WARN),
        (false, _) => ("✗ ", BAD),
    };
    line(
        &[
            Cell::new(sign, style),
            Cell::new(wrapped(&verdict.trust, width, 2), BOLD),
        ],
        out,
    );
}

fn outcome(summary: &Summary, width: usize, out: &mut String) {
    let verdict = &summary.verdict;
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
}

/// What ran, where and when.
pub(super) fn heading(summary: &Summary, width: usize, out: &mut String) {
    let sandbox = if summary.sandbox {
        " on the sandbox"
    } else {
        ""
    };
    let mut title = vec![Cell::new(&summary.name, BOLD)];
    if let Some(destination) = &summary.total.destination {
        let room = width.saturating_sub(summary.name.len() + 4 + sandbox.len());
        title.push(Cell::plain(format!(" → {}", cut(destination, room))));
    }
    title.push(Cell::new(sandbox, WARN));
    line(&title, out);
    let ended = match summary.ended_by.by {
        EndedBy::Schedule => "ended by its schedule",
        EndedBy::Interrupt => "interrupted",
        EndedBy::SecondInterrupt => "interrupted twice",
        EndedBy::Condition => "ended by a condition",
        EndedBy::Fatal => "ended by a failure",
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

/// What a later verification came to.
pub(super) fn later(later: &Later, width: usize, out: &mut String) {
    let landed = later.streams.values().filter_map(|it| it.landed.as_ref());
    let is_sample = |it: &LaterStream| it.landed.is_none() && it.read_back.is_none();
    let words = if landed.into_iter().any(|it| it.counted) {
        "as many records are there as were acknowledged"
    } else if later.streams.values().all(is_sample) {
        "the profile shows every record of the sample"
    } else {
        "every record is there, once and intact"
    };
    let (sign, style, words) = match later.status {
        Status::Passed => ("✓ ", GOOD, words.to_owned()),
        status => {
            let code = status.exit_code().code();
            ("✗ ", BAD, format!("{} (exit code {code})", status.words()))
        }
    };
    line(&[Cell::new(sign, style), Cell::new(words, style)], out);
    for reason in &later.reasons {
        let text = wrapped(reason, width, 4);
        line(&[Cell::plain(format!("  - {text}"))], out);
    }
    out.push('\n');
    let started = later.started_at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let when = Cell::new(format!(", the run of {started}"), DIM);
    line(&[Cell::new(&later.name, BOLD), when], out);
}

/// A stream's name, where there are several.
pub(super) fn title(name: &str, out: &mut String) {
    out.push('\n');
    line(&[Cell::new(format!("── {name}"), BOLD)], out);
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

pub(super) fn generator(generator: &Generator, width: usize, out: &mut String) {
    let mut parts = vec![match generator.cpu_seconds_per_million {
        Some(per_million) => format!(
            "{:.2} CPU seconds ({per_million:.2} per million records)",
            generator.cpu_seconds
        ),
        None => format!("{:.2} CPU seconds", generator.cpu_seconds),
    }];
    parts.push(format!(
        "{} of memory",
        format::bytes(generator.peak_rss_bytes as f64)
    ));
    if generator.blocked_share > 0.0005 {
        let share = format::percent(generator.blocked_share * 100.0);
        parts.push(format!("{share} of the time at the in-flight limit"));
    }
    let text = wrapped(&parts.join(", "), width, 11);
    out.push('\n');
    line(&[Cell::new("Generator  ", BOLD), Cell::plain(text)], out);
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
