//! What is laid over the scenario's file.

use std::path::PathBuf;

use clap::Args;
use scenario::Changes;

/// Overlays and single values.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LayerArgs {
    /// A file to lay over the scenario, e.g. staging.yaml; may be repeated, the later one wins
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Vec<PathBuf>,

    /// A single value, e.g. destination.kafka.topic=profiles; may be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}

impl LayerArgs {
    pub(crate) fn changes(&self) -> Changes {
        Changes {
            overlays: self.overlay.clone(),
            set: self.set.clone(),
        }
    }
}
