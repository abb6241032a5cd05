//! `summary.md`: the verdict and the main numbers as Markdown, for the summary page of a CI job.
//!
//! GitHub drops a step's whole summary if it is larger than 1 MiB, so what can grow without bound
//! (errors, reasons, remarks) is cut.

use std::io::{self, Write};

use crate::format;
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
        let sign = if verdict.reasons.is_empty() {
            "✅"
        } else {
            "❌"
        };
        writeln!(
            out,
            "## {sign} {}: {}\n",
            escaped(&summary.name),
            verdict.status.words()
        )?;
        writeln!(out, "{}\n", escaped(&verdict.trust))?;
        for reason in verdict.reasons.iter().take(LINES) {
            writeln!(out, "- {}", escaped(reason))?;
        }
        if !verdict.reasons.is_empty() {
            writeln!(out)?;
        }
        for remark in summary.remarks.iter().take(LINES) {
            writeln!(out, "{}\n", escaped(remark))?;
        }
        thresholds(summary, out)?;
        records(summary, out)?;
        read_backs(summary, out)?;
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

fn thresholds(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if summary.thresholds.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "| | threshold | stream | measured |\n| --- | --- | --- | --- |"
    )?;
    for judged in &summary.thresholds {
        let sign = if judged.passed { "✅" } else { "❌" };
        let stream = judged.stream.as_deref().unwrap_or_default();
        let (expression, measured) = (escaped(&judged.expression), format::measured(judged));
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
        "| stream | rate | scheduled | acknowledged | rejected | abandoned | skipped |{} landed | lost |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |{} ---: | ---: |",
        if some_unsent { " unsent |" } else { "" },
        if some_unsent { " ---: |" } else { "" },
    )?;
    for (name, numbers) in summary.each_stream() {
        let counts = &numbers.counts;
        write!(out, "| {} | {} |", escaped(name), rate(numbers))?;
        for number in [
            counts.scheduled,
            counts.acknowledged,
            counts.rejected,
            counts.abandoned,
            counts.skipped,
        ] {
            write!(out, " {} |", format::count(number))?;
        }
        if some_unsent {
            write!(out, " {} |", format::count(counts.unsent))?;
        }
        match (&numbers.landed, &numbers.read_back) {
            (Some(l), _) => writeln!(
                out,
                " {} | {} |",
                format::count(l.landed),
                format::count(l.lost)
            )?,
            (None, Some(_)) => writeln!(out, " see below | |")?,
            (None, None) => writeln!(out, " not verified | |")?,
        }
    }
    writeln!(out)
}

fn read_backs(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let mut is_first = true;
    for (name, numbers) in summary.each_stream() {
        let Some(read) = &numbers.read_back else {
            continue;
        };
        if std::mem::take(&mut is_first) {
            writeln!(
                out,
                "| read back | delivered | lost | duplicated | corrupted | unexpected | out of order |\n\
                 | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
            )?;
        }
        write!(out, "| {} |", escaped(name))?;
        for number in [
            read.delivered,
            read.lost,
            read.duplicated,
            read.corrupted,
            read.unexpected,
            read.out_of_order,
        ] {
            write!(out, " {} |", format::count(number))?;
        }
        writeln!(out)?;
    }
    if is_first { Ok(()) } else { writeln!(out) }
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
    writeln!(out)
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
