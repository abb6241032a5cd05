//! `summary.md`: the verdict and the main numbers as Markdown, for the summary page of a CI job.
//!
//! GitHub drops a step's whole summary if it is larger than 1 MiB, so what can grow without bound
//! (errors, reasons, remarks) is cut.

use std::io::{self, Write};

use crate::exit::Status;
use crate::format;
use crate::notes;
use crate::run::{Exporter, Run};
use crate::summary::{Numbers, Summary};

/// The main numbers as Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

/// Lines of a list that can grow without bound.
const LINES: usize = 20;

impl Exporter for Markdown {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = run.summary;
        let verdict = &summary.verdict;
        let sign = match verdict.status {
            Status::Passed if verdict.timing_valid => "✅",
            Status::Passed => "⚠️",
            _ => "❌",
        };
        heading(
            sign,
            &summary.name,
            summary.sandbox,
            verdict.status.words(),
            out,
        )?;
        if !summary.outcome_first() {
            writeln!(out, "{}\n", escaped(&verdict.trust))?;
        }
        list(&verdict.reasons, out)?;
        if let Some(help) = &summary.ended_by.help {
            writeln!(out, "*{}*\n", escaped(help))?;
        }
        if summary.outcome_first() {
            writeln!(out, "{}\n", escaped(&verdict.trust))?;
        }
        for remark in summary.remarks.iter().take(LINES) {
            writeln!(out, "{}\n", escaped(remark))?;
        }
        thresholds(summary, out)?;
        records(summary, out)?;
        landed(summary, out)?;
        read_backs(summary, out)?;
        profiles(summary, out)?;
        latencies(summary, out)?;
        for (_, numbers) in summary.each_stream() {
            errors(numbers, out)?;
        }
        writeln!(
            out,
            "Seed {}, {} from {}, Hydrant {}.",
            summary.seed,
            format::seconds(summary.elapsed_seconds),
            summary.started_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            summary.hydrant
        )
    }
}

/// `## ✅ smoke: passed (on the sandbox)`.
pub(crate) fn heading(
    sign: &str,
    name: &str,
    sandbox: bool,
    words: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let on = if sandbox { " (on the sandbox)" } else { "" };
    writeln!(out, "## {sign} {}: {words}{on}\n", escaped(name))
}

fn list(lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    for line in lines.iter().take(LINES) {
        writeln!(out, "- {}", escaped(line))?;
    }
    if lines.len() > LINES {
        writeln!(out, "- and {} more", lines.len() - LINES)?;
    }
    if lines.is_empty() {
        Ok(())
    } else {
        writeln!(out)
    }
}

fn thresholds(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if summary.thresholds.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "| | threshold | stream | measured |\n| --- | --- | --- | --- |"
    )?;
    for judged in &summary.thresholds {
        let sign = match (judged.trusted, judged.passed) {
            (false, _) => "⚠️",
            (true, true) => "✅",
            (true, false) => "❌",
        };
        let stream = judged.stream.as_deref().unwrap_or_default();
        let (expression, measured) = (&judged.expression, format::measured(judged));
        let (expression, measured) = (escaped(expression), escaped(&measured));
        writeln!(
            out,
            "| {sign} | {expression} | {} | {measured} |",
            escaped(stream)
        )?;
    }
    writeln!(out)
}

fn records(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let some_unsent = summary.total.counts.unsent > 0;
    writeln!(
        out,
        "| stream | rate | scheduled | acknowledged | rejected | abandoned | skipped |{}\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |{}",
        if some_unsent { " unsent |" } else { "" },
        if some_unsent { " ---: |" } else { "" },
    )?;
    let mut line = |name: &str, numbers: &Numbers| {
        let counts = &numbers.counts;
        let numbers_of = [
            counts.scheduled,
            counts.acknowledged,
            counts.rejected,
            counts.abandoned,
            counts.skipped,
            counts.unsent,
        ];
        let shown = if some_unsent { 6 } else { 5 };
        row(&[escaped(name), rate(numbers)], &numbers_of[..shown], out)
    };
    for (name, numbers) in summary.each_stream() {
        line(name, numbers)?;
    }
    if !summary.streams.is_empty() {
        line("all of them", &summary.total)?;
    }
    writeln!(out)?;
    for note in notes::unmeasured_of_all(summary) {
        writeln!(out, "{}\n", escaped(&note))?;
    }
    Ok(())
}

fn landed(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let streams = summary.each_stream();
    let landed = streams
        .iter()
        .filter_map(|(name, it)| Some((name, it.landed.as_ref()?)));
    let mut notes = Vec::new();
    for (at, (name, landed)) in landed.enumerate() {
        if at == 0 {
            writeln!(
                out,
                "| landed | expected | landed | lost | refused | duplicated | corrupted | unexpected | unknown |\n\
                 | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
            )?;
        }
        let numbers = [
            landed.expected,
            landed.landed,
            landed.lost,
            landed.refused,
            landed.duplicated,
            landed.corrupted,
            landed.unexpected,
            landed.unknown,
        ];
        row(&[escaped(name)], &numbers, out)?;
        notes.push(notes::landed(landed));
    }
    below(&notes, out)
}

fn read_backs(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let streams = summary.each_stream();
    let read = streams
        .iter()
        .filter_map(|(name, it)| Some((name, it.read_back.as_ref()?)));
    let mut notes = Vec::new();
    for (at, (name, read)) in read.enumerate() {
        if at == 0 {
            writeln!(
                out,
                "| read back | expected | delivered | lost | duplicated | corrupted | unexpected | out of order | unknown |\n\
                 | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
            )?;
        }
        let numbers = [
            read.expected,
            read.delivered,
            read.lost,
            read.duplicated,
            read.corrupted,
            read.unexpected,
            read.out_of_order,
            read.unknown,
        ];
        row(&[escaped(name)], &numbers, out)?;
        notes.push(notes::read_back(read));
    }
    below(&notes, out)
}

fn profiles(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let streams = summary.each_stream();
    let profiles = streams
        .iter()
        .filter_map(|(name, it)| Some((name, it.profile.as_ref()?)));
    let mut notes = Vec::new();
    for (at, (name, profile)) in profiles.enumerate() {
        if at == 0 {
            writeln!(
                out,
                "| profile | sampled | visible | missing | corrupted | unknown |\n\
                 | --- | ---: | ---: | ---: | ---: | ---: |"
            )?;
        }
        let numbers = [
            profile.sampled,
            profile.visible,
            profile.missing,
            profile.corrupted,
            profile.unknown,
        ];
        row(&[escaped(name)], &numbers, out)?;
        notes.push(notes::profile(profile));
    }
    below(&notes, out)
}

/// A line of a table: texts, then numbers.
fn row(texts: &[String], numbers: &[u64], out: &mut dyn Write) -> io::Result<()> {
    let numbers = numbers.iter().map(|number| format::count(*number));
    let cells: Vec<_> = texts.iter().cloned().chain(numbers).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

/// What has to be said below a table; nothing where there is none.
fn below(notes: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    list(&notes.concat(), out)
}

fn rate(numbers: &Numbers) -> String {
    match (numbers.rate.achieved, numbers.rate.target) {
        (Some(achieved), Some(target)) => {
            format!("{} of {}", format::rate(achieved), format::rate(target))
        }
        (Some(achieved), None) => format::rate(achieved),
        (None, _) => String::new(),
    }
}

fn latencies(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if !summary.generator.late.is_empty() {
        writeln!(out, "⚠️ {}:\n", notes::LATE)?;
    }
    writeln!(
        out,
        "| stream | latency | p50 | p90 | p99 | p99.9 | p99.99 | max |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for (name, numbers) in summary.each_stream() {
        for (latency, d) in numbers.latency.measured() {
            write!(out, "| {} | {latency} |", escaped(name))?;
            for value in [d.p50, d.p90, d.p99, d.p99_9, d.p99_99, d.max] {
                write!(out, " {} |", format::millis(value))?;
            }
            writeln!(out)?;
        }
    }
    writeln!(out)?;
    for (_, numbers) in summary.each_stream() {
        if let Some(linger) = notes::linger(numbers) {
            writeln!(out, "{}\n", escaped(&linger))?;
        }
    }
    Ok(())
}

fn errors(numbers: &Numbers, out: &mut dyn Write) -> io::Result<()> {
    if numbers.errors.is_empty() {
        return Ok(());
    }
    writeln!(out, "| records | error | example |\n| ---: | --- | --- |")?;
    for error in numbers.errors.iter().take(LINES) {
        let (code, example) = (escaped(&error.code), escaped(&error.example));
        writeln!(
            out,
            "| {} | {code} | {example} |",
            format::count(error.count)
        )?;
    }
    writeln!(out)
}

/// Text from elsewhere, so that it can't end a table, begin a link or become HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().take(500) {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_stays_text() {
        assert_eq!(escaped("a|b\n<img>[x](y)"), "a\\|b &lt;img&gt;\\[x\\](y)");
    }
}
