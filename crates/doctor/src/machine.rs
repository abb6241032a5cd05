//! This machine: what it is, what else uses it, and whether it can tell the time.

mod busy;
mod facts;
mod looks;
mod timers;

use std::collections::BTreeMap;
use std::path::Path;

use engine::RunOptions;
use scenario::ResolvedStream;

use self::facts::Facts;
use crate::Look;

/// What a scenario needs of a machine. By default, nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Lanes of all streams, each a thread.
    pub lanes: usize,
    /// Bytes that may be on their way at once, with what keeps them.
    pub memory: u64,
    /// Whether results are going to be written.
    pub has_results: bool,
}

impl Needs {
    /// What a run of these streams needs.
    pub fn of(streams: &[ResolvedStream], run: &RunOptions) -> Needs {
        let memory = |stream: &ResolvedStream| {
            let longest = stream.template.max_size();
            let with_key = stream.demand.map_or(0, |demand| demand.largest_record);
            run.memory((longest as u64).max(with_key))
        };
        Needs {
            lanes: streams.len() * run.lanes,
            memory: streams.iter().map(memory).sum(),
            has_results: true,
        }
    }
}

/// Looks at this machine, which takes about a third of a second. `results` is the directory that results are
/// written to, or would be made in; `versions` are those of the client libraries.
pub fn machine(needs: Needs, results: &Path, versions: BTreeMap<String, String>) -> Vec<Look> {
    looks::all(&Facts::read(results, versions), needs)
}
