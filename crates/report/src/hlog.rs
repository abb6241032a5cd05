//! `latency.hlog`, for HdrHistogram's own tools and for adding runs up.

use std::io::{self, Write};

use measure::Afterwards;

use crate::run::{Exporter, Run};

/// The histograms as a standard HdrHistogram log.
#[derive(Clone, Copy, Debug)]
pub struct Hlog;

impl Exporter for Hlog {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        let streams = run.measured.streams.iter();
        let afterwards = streams.flat_map(|stream| {
            let stream = stream.name.as_str();
            let found = [
                ("landing", run.landing(stream)),
                ("profile", run.profile(stream)),
            ];
            found.into_iter().filter_map(move |(latency, histogram)| {
                Some(Afterwards {
                    stream,
                    latency,
                    histogram: histogram?,
                })
            })
        });
        measure::write_log(run.measured, &afterwards.collect::<Vec<_>>(), out)
    }
}
