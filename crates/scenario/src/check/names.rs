//! Names that become names of files and of clients.

use options::{Location, Problem};

const LENGTH_MAX: usize = 80;

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// What is wrong with the name of a `what`.
pub(super) fn problem(what: &str, name: &str, at: Location) -> Option<Problem> {
    let is_good = name.chars().all(fits)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= LENGTH_MAX;
    (!is_good).then(|| {
        Problem::new(at, format!("`{name}` cannot be the name of a {what}")).help(format!(
            "it becomes a part of file names: letters, digits, `-`, `_` and `.`, a letter or \
                 digit in front, at most {LENGTH_MAX} of them"
        ))
    })
}

/// A name made from the name of a file.
pub(crate) fn fitting_name(stem: &str) -> String {
    let name: String = stem
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .skip_while(|c| !c.is_ascii_alphanumeric())
        .take(LENGTH_MAX)
        .collect();
    if name.is_empty() {
        "scenario".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_makes_a_name() {
        for (stem, expected) in [
            ("quickstart", "quickstart"),
            ("Black Friday", "Black-Friday"),
            ("-", "scenario"),
            ("", "scenario"),
            ("größe", "gr--e"),
        ] {
            let name = fitting_name(stem);
            assert_eq!(name, expected);
            assert_eq!(problem("scenario", &name, Location::root()), None);
        }
        assert!(problem("stream", "a/b", Location::root()).is_some());
        assert!(problem("stream", "", Location::root()).is_some());
    }
}
