//! `latency.hlog`, for HdrHistogram's own tools and for adding runs up.

use std::io::{self, Write};

use crate::run::{Exporter, Run};

/// The histograms as a standard HdrHistogram log.
#[derive(Clone, Copy, Debug)]
pub struct Hlog;

impl Exporter for Hlog {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        let streams = run.measured.streams.iter();
        let landings = streams.filter_map(|s| Some((s.name.as_str(), run.landing(&s.name)?)));
        measure::write_log(run.measured, &landings.collect(), out)
    }
}
