//! `junit.xml`: test cases for CI systems, the same ones whatever the run came to.
//!
//! A missed threshold or a loss is a *failure*; a run that failed, was interrupted or is not valid is an
//! *error*; what can't be said, such as a latency of a generator that was late, is *skipped*.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::cases::{self, Case, Outcome};
use crate::run::{Exporter, Run};

/// The verdict as JUnit XML.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Exporter for Junit {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = run.summary;
        let elapsed = Duration::try_from_secs_f64(summary.elapsed_seconds).unwrap_or_default();
        suite(
            &summary.name,
            summary.sandbox,
            elapsed,
            cases::of_run(run),
            out,
        )
    }
}

/// Writes one suite.
pub(crate) fn suite(
    name: &str,
    sandbox: bool,
    elapsed: Duration,
    cases: Vec<Case>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut suite = TestSuite::new(name);
    suite.set_time(elapsed);
    suite.add_property(("sandbox", if sandbox { "true" } else { "false" }));
    suite.add_test_cases(cases.into_iter().map(case));
    let on = if sandbox { " on the sandbox" } else { "" };
    let mut report = Report::new(format!("hydrant {name}{on}"));
    report.add_test_suite(suite);
    report.serialize(out).map_err(io::Error::other)
}

fn case(case: Case) -> TestCase {
    let mut told = None;
    let wrong = |kind, message: String, details: Vec<String>| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(message);
        if !details.is_empty() {
            status.set_description(details.join("\n"));
        }
        status
    };
    let status = match case.outcome {
        Outcome::Passed(measured) => {
            told = measured;
            TestCaseStatus::success()
        }
        Outcome::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            status
        }
        Outcome::Failed(message, details) => wrong(NonSuccessKind::Failure, message, details),
        Outcome::Error(message, details) => wrong(NonSuccessKind::Error, message, details),
    };
    let mut written = TestCase::new(case.name, status);
    written.set_classname(case.class);
    if let Some(measured) = told {
        written.set_system_out(measured);
    }
    written
}
