//! `junit.xml`: one test case per threshold and per verification, for CI systems.
//!
//! A missed threshold or a loss is a *failure*; a run that failed, was interrupted or is not valid
//! is an *error*, and so is the only case of its suite that says why.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::exit::Status;
use crate::format;
use crate::notes;
use crate::run::{Exporter, Run};
use crate::summary::{Numbers, Summary};
use crate::thresholds;
use crate::wrong::{self, Wrong};

/// The verdict as JUnit XML.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Exporter for Junit {
    fn write(&self, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = run.summary;
        let mut report = Report::new(format!("hydrant {}", summary.name));
        let mut suite = TestSuite::new(summary.name.clone());
        suite.set_time(Duration::try_from_secs_f64(summary.elapsed_seconds).unwrap_or_default());
        suite.add_test_case(measurement(summary));
        for judged in &summary.thresholds {
            let stream = judged.stream.as_deref().unwrap_or(&summary.name);
            let outcome = (!judged.passed).then(|| format::measured(judged));
            let mut case = case(stream, &judged.expression, outcome, NonSuccessKind::Failure);
            case.set_system_out(format::measured(judged));
            suite.add_test_case(case);
        }
        for (stream, numbers) in summary.each_stream() {
            for (what, why) in unknown(numbers) {
                suite.add_test_case(case(stream, what, Some(why), NonSuccessKind::Error));
            }
            for (what, Wrong { count, number, .. }) in verified(numbers) {
                let wrong = number > 0 && !thresholds::allow(&summary.thresholds, stream, count);
                let outcome = wrong.then(|| format::records(number));
                suite.add_test_case(case(stream, &what, outcome, NonSuccessKind::Failure));
            }
        }
        report.add_test_suite(suite);
        report.serialize(out).map_err(io::Error::other)
    }
}

/// Whether the run says anything at all.
fn measurement(summary: &Summary) -> TestCase {
    let verdict = &summary.verdict;
    let wrong = match verdict.status {
        Status::Failed | Status::Interrupted | Status::Invalid => Some(verdict.reasons.join("; ")),
        // A loss outranks a late generator, which then still is an error of its own.
        _ if !verdict.valid => Some(verdict.trust.clone()),
        _ => None,
    };
    case(
        &summary.name,
        "the measurement is valid",
        wrong,
        NonSuccessKind::Error,
    )
}

/// Records of which nobody can say what became of them: a case only where there are some.
fn unknown(numbers: &Numbers) -> impl Iterator<Item = (&'static str, String)> {
    let landed = numbers.landed.as_ref();
    let landed = landed.and_then(|it| notes::unknown(it.unknown, it.unknown_because.as_deref()));
    let read = numbers.read_back.as_ref();
    let read = read.and_then(|it| notes::unknown(it.unknown, it.unknown_because.as_deref()));
    let landed = landed.map(|why| ("every record could be looked for", why));
    landed
        .into_iter()
        .chain(read.map(|why| ("every record could be read", why)))
}

/// The name of each case, and what it is about.
fn verified(numbers: &Numbers) -> impl Iterator<Item = (String, Wrong)> {
    let name = |wrong: Wrong, place: &str| (format!("no record {}{place}", wrong.word), wrong);
    let landed = numbers.landed.as_ref().map(wrong::landed);
    let landed = landed.into_iter().flatten();
    let read = numbers.read_back.as_ref().map(wrong::read_back);
    let read = read.into_iter().flatten();
    landed
        .map(move |wrong| name(wrong, ""))
        .chain(read.map(move |wrong| name(wrong, " in the stream")))
}

fn case(class: &str, name: &str, wrong: Option<String>, kind: NonSuccessKind) -> TestCase {
    let status = match wrong {
        None => TestCaseStatus::success(),
        Some(message) => {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(message);
            status
        }
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}
