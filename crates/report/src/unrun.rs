//! A run that did not happen: what a build server is told instead of results.

use std::io::{self, Write};
use std::time::Duration;

use options::visible;

use crate::cases::{self, Outcome};
use crate::junit;
use crate::markdown::{escaped, heading};
use crate::thresholds::{Threshold, Verification};

/// Why there are no results.
#[derive(Clone, Copy, Debug)]
pub struct Unrun<'a> {
    /// The scenario's name.
    pub name: &'a str,
    /// Whether it would have run on the embedded sandbox.
    pub sandbox: bool,
    /// What was tried and what came of it.
    pub message: &'a str,
    /// All of it, where there is more than one thing: every mistake of a scenario with its place.
    pub details: &'a [String],
    /// What to do about it.
    pub help: Option<&'a str>,
    /// What would have been judged, as far as it is known.
    pub thresholds: &'a [Threshold],
    /// The streams, and what would have been verified of them, likewise.
    pub streams: &'a [(String, Verification)],
}

impl Unrun<'_> {
    /// JUnit XML with the cases of a run, of which the first is an error and the others are skipped.
    pub fn junit(&self, out: &mut dyn Write) -> io::Result<()> {
        let help = self.help.map(|help| format!("help: {}", visible(help)));
        let details = self.details.iter().map(|it| visible(it).into_owned());
        let details = details.chain(help).collect();
        let outcome = Outcome::Error(visible(self.message).into_owned(), details);
        let cases = cases::unrun(self.name, self.thresholds, self.streams, outcome);
        junit::suite(self.name, self.sandbox, Duration::ZERO, cases, out)
    }

    /// A few lines of Markdown.
    pub fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        heading(
            "❌",
            self.name,
            self.sandbox,
            "the run did not take place",
            out,
        )?;
        writeln!(out, "{}\n", escaped(&visible(self.message)))?;
        for detail in self.details {
            writeln!(out, "- {}", escaped(&visible(detail)))?;
        }
        if !self.details.is_empty() {
            writeln!(out)?;
        }
        match self.help {
            Some(help) => writeln!(out, "*{}*\n", escaped(&visible(help))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_in_both() {
        let verification = Verification {
            landed: true,
            ..Verification::default()
        };
        let unrun = Unrun {
            name: "smoke",
            sandbox: true,
            message: "the scenario has 2 mistakes",
            details: &[
                "smoke.yaml:3:1: cannot create the dataset <x>".to_owned(),
                "smoke.yaml:9:7: no such field".to_owned(),
            ],
            help: Some("ask for a role"),
            thresholds: &["lost = 0".parse().unwrap()],
            streams: &[("smoke".to_owned(), verification)],
        };
        let (mut junit, mut markdown) = (Vec::new(), Vec::new());
        unrun.junit(&mut junit).unwrap();
        unrun.markdown(&mut markdown).unwrap();
        let (junit, markdown) = (
            String::from_utf8(junit).unwrap(),
            String::from_utf8(markdown).unwrap(),
        );
        insta::assert_snapshot!("junit", junit);
        insta::assert_snapshot!("markdown", markdown);
    }
}
