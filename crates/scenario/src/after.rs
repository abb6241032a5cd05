//! The stream after which another one starts, as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stream after which this one starts: when all of the other's records have been sent and have their answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct After(String);

impl After {
    /// The other stream.
    pub(crate) fn stream(&self) -> &str {
        &self.0
    }
}
