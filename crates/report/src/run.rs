//! What an exporter is given.

use std::collections::BTreeMap;
use std::io::{self, Write};

use hdrhistogram::Histogram;
use measure::{InProfile, Landing, Measured, ReadBack};

use crate::environment::Environment;
use crate::summary::Summary;
use crate::thresholds::Verification;

/// A finished run, complete: the numbers, and what they were made from.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Every number.
    pub summary: &'a Summary,
    /// The distributions and the series over time.
    pub measured: &'a Measured,
    /// What became of the records further on, by the stream's name; empty if not verified.
    pub landings: &'a BTreeMap<String, Landing>,
    /// What was read back from the streams, likewise.
    pub read_backs: &'a BTreeMap<String, ReadBack>,
    /// What was seen of them in the profile, likewise.
    pub profiles: &'a BTreeMap<String, InProfile>,
    /// The streams in the scenario's order, and what of each was to be verified.
    pub verifications: &'a [(String, Verification)],
    /// The scenario as run, in YAML, with secrets as references.
    pub scenario: &'a str,
    /// Where it ran.
    pub environment: &'a Environment,
}

impl<'a> Run<'a> {
    /// The landing latency of a stream: into the dataset where that was verified, else into the
    /// stream itself.
    pub fn landing(&self, stream: &str) -> Option<&'a Histogram<u64>> {
        let landed = self.landings.get(stream).map(|landing| &landing.latency);
        landed.or_else(|| self.read_backs.get(stream).map(|read| &read.latency))
    }

    /// The latency of a stream into the profile.
    pub fn profile(&self, stream: &str) -> Option<&'a Histogram<u64>> {
        self.profiles.get(stream).map(|profile| &profile.latency)
    }
}

/// Writes a run in one format.
pub trait Exporter {
    /// Writes all of it.
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()>;
}
