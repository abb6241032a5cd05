//! The report that people read when a run is over.
//!
//! The first line says whether the numbers can be trusted; nothing below it matters if they can't.
//! Everything is readable without colour.

mod drawing;
mod frame;
mod layout;
mod sections;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::later::Later;
use crate::run::{Exporter, Run};
use crate::shards;

/// The report for a terminal, coloured by ANSI escapes; print it through `anstream`, which takes
/// them out where they are not wanted.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Columns of the terminal.
    pub width: usize,
    /// Where the results are, to be told at the end.
    pub results: Option<PathBuf>,
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal {
            width: 100,
            results: None,
        }
    }
}

impl Terminal {
    /// The whole report.
    pub fn render(&self, run: &Run<'_>) -> String {
        let mut out = String::new();
        let width = self.width.clamp(60, 160);
        frame::verdict(run.summary, width, &mut out);
        frame::heading(run.summary, width, &mut out);
        if !run.summary.streams.is_empty() {
            sections::rate(&run.summary.total, None, width, &mut out);
            sections::counts(&run.summary.total, width, &mut out);
        }
        let is_late = !run.summary.generator.late.is_empty();
        for (name, numbers) in run.summary.each_stream() {
            if !run.summary.streams.is_empty() {
                frame::stream_heading(name, numbers, width, &mut out);
            }
            let stream = run
                .measured
                .streams
                .iter()
                .find(|stream| stream.name == name);
            // A single stream goes by the scenario's name whatever its own is.
            let stream = stream.or(run.measured.streams.first());
            sections::rate(numbers, stream, width, &mut out);
            sections::counts(numbers, width, &mut out);
            sections::latencies(numbers, is_late, width, &mut out);
            if let Some(stream) = stream {
                sections::distribution(&stream.latencies.response, width, &mut out);
            }
            if let Some(landed) = &numbers.landed {
                sections::landed(landed, width, &mut out);
            }
            if let Some(read) = &numbers.read_back {
                sections::read_back(read, width, &mut out);
            }
            if let Some(profile) = &numbers.profile {
                sections::profile(profile, width, &mut out);
            }
            sections::errors(numbers, width, &mut out);
            let counted = shards::by_shard(&numbers.counters);
            sections::explained(numbers, &counted.others, &mut out);
            sections::shards(&counted, &mut out);
        }
        sections::thresholds(run.summary, width, &mut out);
        frame::generator(&run.summary.generator, width, &mut out);
        frame::remarks(run.summary, width, &mut out);
        if let Some(path) = &self.results {
            frame::results(path, &mut out);
        }
        out
    }
}

/// What a later verification came to.
pub(crate) fn later(later: &Later, width: usize) -> String {
    let mut out = String::new();
    frame::later(later, width, &mut out);
    for (name, found) in &later.streams {
        if later.streams.len() > 1 {
            frame::title(name, &mut out);
        }
        if let Some(landed) = &found.landed {
            sections::landed(landed, width, &mut out);
        }
        if let Some(read) = &found.read_back {
            sections::read_back(read, width, &mut out);
        }
        if let Some(profile) = &found.profile {
            sections::profile(profile, width, &mut out);
        }
    }
    out
}

impl Exporter for Terminal {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.render(run).as_bytes())
    }
}
