//! A run that did not happen: what a build server is told instead of results.

use std::io::{self, Write};

use options::visible;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::markdown::escaped;

/// Why there are no results.
#[derive(Clone, Copy, Debug)]
pub struct Unrun<'a> {
    /// The scenario's name.
    pub name: &'a str,
    /// What was tried and what came of it.
    pub message: &'a str,
    /// What to do about it.
    pub help: Option<&'a str>,
}

impl Unrun<'_> {
    /// JUnit XML with one case, which is an error.
    pub fn junit(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(visible(self.message));
        if let Some(help) = self.help {
            status.set_description(visible(help));
        }
        let mut case = TestCase::new("the run took place", status);
        case.set_classname(self.name);
        let mut suite = TestSuite::new(self.name);
        suite.add_test_case(case);
        let mut report = Report::new(format!("hydrant {}", self.name));
        report.add_test_suite(suite);
        report.serialize(out).map_err(io::Error::other)
    }

    /// A few lines of Markdown.
    pub fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "## ❌ {}: the run did not take place\n",
            escaped(self.name)
        )?;
        writeln!(out, "{}\n", escaped(&visible(self.message)))?;
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
        let unrun = Unrun {
            name: "smoke",
            message: "cannot create the dataset <x>",
            help: Some("ask for a role"),
        };
        let (mut junit, mut markdown) = (Vec::new(), Vec::new());
        unrun.junit(&mut junit).unwrap();
        unrun.markdown(&mut markdown).unwrap();
        let (junit, markdown) = (
            String::from_utf8(junit).unwrap(),
            String::from_utf8(markdown).unwrap(),
        );
        assert!(junit.contains("errors=\"1\""), "{junit}");
        assert!(
            junit.contains("cannot create the dataset &lt;x&gt;"),
            "{junit}"
        );
        assert!(junit.contains("ask for a role"), "{junit}");
        assert!(markdown.starts_with("## ❌ smoke"), "{markdown}");
        assert!(markdown.contains("&lt;x&gt;") && markdown.contains("*ask for a role*"));
    }
}
