//! The log, on stderr: off unless asked for.

use tracing_subscriber::EnvFilter;

use crate::env;
use crate::terminal::Lines;

/// The parts that `--verbose` makes talk. Other people's crates talk by `HYDRANT_LOG` only: they
/// don't know what is a secret here.
const PARTS: [&str; 6] = [
    "aep_client",
    "engine",
    "flow",
    "hydrant",
    "producers",
    "sandbox",
];

/// Starts logging as `HYDRANT_LOG` or, if that is not set, `--verbose` says.
pub(crate) fn start(verbose: u8) {
    let filter = match (env::lookup("HYDRANT_LOG"), verbose) {
        (Some(directives), _) => EnvFilter::new(directives),
        (None, 0) => return,
        (None, 1) => EnvFilter::new(PARTS.map(|part| format!("{part}=info")).join(",")),
        (None, _) => EnvFilter::new(PARTS.map(|part| format!("{part}=debug")).join(",")),
    };
    // A second start in one process (in tests) changes nothing.
    drop(
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(|| Lines)
            .try_init(),
    );
}
