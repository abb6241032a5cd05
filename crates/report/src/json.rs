//! `summary.json`: the [`Summary`](crate::Summary), readable by people and programs.

use std::io::{self, Write};

use crate::run::{Exporter, Run};

/// The summary as JSON, indented, with a line break at its end.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Exporter for Json {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, run.summary)?;
        out.write_all(b"\n")
    }
}
