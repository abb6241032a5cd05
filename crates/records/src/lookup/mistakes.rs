//! What is wrong with a file.

use std::path::Path;

use options::{Location, Problem, Problems};

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The line of the file.
    pub(crate) line: Option<u64>,
    /// Whether the column's name is the mistake, and not the file.
    pub(crate) is_name: bool,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// More mistakes than this help nobody.
pub(super) const MISTAKES_MAX: usize = 5;

pub(super) fn mistake(line: u64, message: impl Into<String>, help: impl Into<String>) -> Mistake {
    Mistake {
        line: Some(line),
        is_name: false,
        message: message.into(),
        help: help.into(),
    }
}

/// The mistakes in a file as problems of the options at `at`, in which `key` names a column of it.
pub(crate) fn mistakes(wrong: Vec<Mistake>, file: &Path, at: &Location, key: &str) -> Problems {
    let problems = wrong.into_iter().map(|mistake| {
        let line = mistake.line.map(|line| format!(":{line}"));
        let place = line.unwrap_or_default();
        let message = format!("{}{place}: {}", file.display(), mistake.message);
        let key = if mistake.is_name { key } else { "file" };
        Problem::new(at.join(key), message).help(mistake.help)
    });
    problems.collect()
}
