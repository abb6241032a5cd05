//! As fast as the destination takes records.

use options::{Location, Period, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// As fast as the destination takes records, bounded by what may be in flight.
///
/// Nothing is due at a time of its own: a record is due the moment there is room for it. So the
/// response times of an unpaced run say how long the destination took under full load, and the
/// rate that came out is the destination's (or the generator's) limit.
///
/// It has to be the only phase of its load: how many records it sends depends on the destination, so
/// what follows it would be due at times that depend on it, too.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unpaced {
    /// For how long. Without it and `count` the phase lasts until the run is stopped.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub for_: Option<Period>,
    /// For how many records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Unpaced {
    pub(crate) fn problems(&self, at: &Location, problems: &mut Problems) {
        crate::hold::limits(self.for_, self.count, at, problems);
    }
}
