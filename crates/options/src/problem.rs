//! A mistake in a scenario, with the place it stands at.

use std::fmt;

/// Where in a scenario a value stands, from the top: `load` → `0` → `hold` → `rate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location(Vec<String>);

impl Location {
    /// The scenario itself.
    pub fn root() -> Location {
        Location::default()
    }

    /// The value below this one under `step` (a key, or an index counted from 0).
    pub fn join(&self, step: impl fmt::Display) -> Location {
        let mut steps = self.0.clone();
        steps.push(step.to_string());
        Location(steps)
    }

    /// The keys and indices from the top.
    pub fn steps(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One mistake (or warning), for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; the scenario crate turns it into file, line and column.
    pub at: Location,
    /// What is wrong, lower case, no full stop, literals in backticks. Never shows a value that
    /// came from a variable or a secret.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// A warning does not stop a run.
    pub is_warning: bool,
}

impl Problem {
    /// A mistake at `at`.
    pub fn new(at: Location, message: impl Into<String>) -> Problem {
        Problem {
            at,
            message: message.into(),
            help: None,
            is_warning: false,
        }
    }

    /// A warning at `at`.
    pub fn warning(at: Location, message: impl Into<String>) -> Problem {
        Problem {
            is_warning: true,
            ..Problem::new(at, message)
        }
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// All mistakes found so far. Checks collect, they do not stop at the first.
pub type Problems = Vec<Problem>;

/// The one of `known` that `written` was probably meant to be: it begins alike, and not much of it is
/// other.
pub fn suggest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(written);
    known
        .into_iter()
        .map(|word| (plain(word), word))
        .filter(|(other, _)| strsim::normalized_damerau_levenshtein(&wanted, other) >= 0.4)
        .map(|(other, word)| (strsim::jaro_winkler(&wanted, &other), word))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

/// Names for a message: all of them, or the first few and how many more there are.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 30;
    let mut names = names.into_iter();
    let first: Vec<_> = names.by_ref().take(MOST).collect();
    let first = format!("`{}`", first.join("`, `"));
    match names.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_nothing_far_fetched() {
        let kinds = ["first_name", "last_name", "email"];
        assert_eq!(suggest("frist_name", kinds), Some("first_name"));
        assert_eq!(suggest("firstName", kinds), Some("first_name"));
        assert_eq!(suggest("zebra", kinds), None);
        // A beginning is not enough.
        assert_eq!(suggest("personalEmail.address", ["personID"]), None);
    }

    #[test]
    fn a_list_of_names_stays_short() {
        assert_eq!(listed(["a", "b"]), "`a`, `b`");
        let many: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
        let shown = listed(many.iter().map(String::as_str));
        assert!(shown.ends_with("`29` and 970 more"), "{shown}");
    }
}
