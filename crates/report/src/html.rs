//! `report.html`: the whole run on one page, in one file, without a network.
//!
//! The page's `Content-Security-Policy` allows exactly the scripts and the styles that are in it (by
//! their hashes) and nothing from elsewhere. uPlot draws; it is part of the source, with a test
//! over its checksum.

mod page;
mod series;
mod stream;

use std::io::{self, Write};

use askama::Template as _;

use crate::run::{Exporter, Run};

/// The run as one HTML page.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Exporter for Html {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        let page = page::Page::of(run)?.render().map_err(io::Error::other)?;
        out.write_all(page.as_bytes())
    }
}
