//! The test cases of a run for a build server. They have the same names whatever the run came to, so that
//! a case that passed yesterday and fails today is the same case.

use crate::exit::Status;
use crate::format;
use crate::notes;
use crate::run::Run;
use crate::summary::{LandedSummary, Numbers, ProfileSummary, ReadBackSummary, Summary, defects};
use crate::thresholds::{self, Count, Judged, Threshold, Verification};
use crate::trust;
use crate::wrong::{self, Wrong};

const COMPLETED: &str = "the run completed";
const ACCOUNTED: &str = "every record is accounted for";
const KEPT_UP: &str = "the generator kept up";
const NOT_RUN: &str = "the run did not take place";

/// One test case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The stream, or the scenario.
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// What a test case came to, with a line that says why.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With what was measured, if anything was.
    Passed(Option<String>),
    /// It can't be said.
    Skipped(String),
    /// With everything that helps to look further, a line each.
    Failed(String, Vec<String>),
    /// The run itself went wrong, likewise.
    Error(String, Vec<String>),
}

impl Case {
    fn new(class: &str, name: impl Into<String>, outcome: Outcome) -> Case {
        Case {
            class: class.to_owned(),
            name: name.into(),
            outcome,
        }
    }
}

/// Of a run that took place.
pub(crate) fn of_run(run: &Run<'_>) -> Vec<Case> {
    let summary = run.summary;
    let own = |name, outcome| Case::new(&summary.name, name, outcome);
    let mut cases = vec![
        own(COMPLETED, completed(summary)),
        own(ACCOUNTED, accounted(run)),
        own(KEPT_UP, kept_up(summary)),
    ];
    for judged in &summary.thresholds {
        let class = judged.stream.as_deref().unwrap_or(&summary.name);
        cases.push(Case::new(class, &judged.expression, threshold(judged)));
    }
    let nothing = (None, None, None);
    for (stream, verification) in run.verifications {
        let several = !summary.streams.is_empty();
        let class = if several { stream } else { &summary.name };
        let numbers = summary.each_stream().into_iter();
        let numbers = numbers.filter(|(name, _)| !several || name == stream);
        let found = numbers.map(|(_, numbers)| found(numbers)).next();
        let (landed, read, profile) = found.unwrap_or(nothing);
        for (name, kind) in verified(*verification) {
            let outcome = match kind {
                Kind::Landed(count) => in_dataset(landed, count, &summary.thresholds, stream),
                Kind::ReadBack(count) => in_stream(read, count, &summary.thresholds, stream),
                Kind::Profile(count) => in_profile(profile, count, &summary.thresholds, stream),
            };
            cases.push(Case::new(class, name, outcome));
        }
    }
    cases
}

/// Of a run that did not take place: all that it would have had, as far as it is known.
pub(crate) fn unrun(
    scenario: &str,
    thresholds: &[Threshold],
    streams: &[(String, Verification)],
    outcome: Outcome,
) -> Vec<Case> {
    let skipped = || Outcome::Skipped(NOT_RUN.to_owned());
    let mut cases = vec![Case::new(scenario, COMPLETED, outcome)];
    for name in [ACCOUNTED, KEPT_UP] {
        cases.push(Case::new(scenario, name, skipped()));
    }
    let class = |stream: &str| if streams.len() > 1 { stream } else { scenario }.to_owned();
    for threshold in thresholds {
        for (stream, _) in streams.iter().filter(|(it, _)| threshold.applies_to(it)) {
            cases.push(Case::new(&class(stream), &threshold.text, skipped()));
        }
    }
    for (stream, verification) in streams {
        for (name, _) in verified(*verification) {
            cases.push(Case::new(&class(stream), name, skipped()));
        }
    }
    cases
}

fn completed(summary: &Summary) -> Outcome {
    let verdict = &summary.verdict;
    match verdict.status {
        Status::Failed | Status::Interrupted => {
            let help = summary
                .ended_by
                .help
                .iter()
                .map(|help| format!("help: {help}"));
            let details = verdict.reasons.iter().cloned().chain(help).collect();
            let first = verdict.reasons.first().cloned();
            Outcome::Error(first.unwrap_or_default(), details)
        }
        _ if summary.stopped.is_some() => {
            let first = verdict.reasons.first().cloned();
            Outcome::Failed(first.unwrap_or_default(), verdict.reasons.clone())
        }
        _ => Outcome::Passed(None),
    }
}

fn accounted(run: &Run<'_>) -> Outcome {
    let wrong = trust::accounting(run.measured);
    match wrong.first() {
        Some(first) => Outcome::Error(first.clone(), wrong),
        None => Outcome::Passed(None),
    }
}

fn kept_up(summary: &Summary) -> Outcome {
    let late = &summary.generator.late;
    let Some(first) = late.first() else {
        return Outcome::Passed(None);
    };
    let decides = late.iter().any(|it| summary.verdict.reasons.contains(it));
    if decides {
        Outcome::Error(first.clone(), late.clone())
    } else {
        Outcome::Skipped(format!(
            "latencies and rates are not to be trusted: {first}"
        ))
    }
}

fn threshold(judged: &Judged) -> Outcome {
    match (judged.trusted, judged.passed) {
        (false, _) => Outcome::Skipped(format::measured(judged)),
        (true, true) => Outcome::Passed(Some(format::measured(judged))),
        (true, false) => Outcome::Failed(format::missed(judged), Vec::new()),
    }
}

/// Where records of one kind would be found.
enum Kind {
    Landed(Count),
    ReadBack(Count),
    Profile(Count),
}

/// The cases that go with a verification.
fn verified(verification: Verification) -> Vec<(String, Kind)> {
    let is_asked = |(count, _): &&(Count, &str)| match count {
        Count::Defects => verification.defects,
        Count::WrongEntities => verification.operations,
        _ => true,
    };
    let landed = wrong::LANDED.iter().filter(|_| verification.landed);
    let landed = landed.filter(is_asked);
    let landed = landed.map(|(count, word)| (format!("no record {word}"), Kind::Landed(*count)));
    let read = wrong::READ_BACK.iter().filter(|_| verification.read_back);
    let read = read.filter(is_asked);
    let read = read.map(|(count, word)| {
        let name = match count {
            Count::WrongEntities => "no entity otherwise than expected in the stream".to_owned(),
            _ => format!("no record {word} in the stream"),
        };
        (name, Kind::ReadBack(*count))
    });
    let profile = wrong::PROFILE.iter().filter(|_| verification.profile);
    let profile = profile.map(|(count, word)| {
        (
            format!("no record {word} in the profile"),
            Kind::Profile(*count),
        )
    });
    landed.chain(read).chain(profile).collect()
}

type Found<'a> = (
    Option<&'a LandedSummary>,
    Option<&'a ReadBackSummary>,
    Option<&'a ProfileSummary>,
);

fn found(numbers: &Numbers) -> Found<'_> {
    (
        numbers.landed.as_ref(),
        numbers.read_back.as_ref(),
        numbers.profile.as_ref(),
    )
}

fn in_dataset(
    landed: Option<&LandedSummary>,
    count: Count,
    judged: &[Judged],
    stream: &str,
) -> Outcome {
    let Some(landed) = landed else {
        return Outcome::Skipped("it was not verified what landed".to_owned());
    };
    if landed.counted && count != Count::Lost {
        return Outcome::Skipped("the platform's metrics only count records".to_owned());
    }
    let expected = match count {
        Count::Defects => defects::sent(&landed.defects),
        _ => landed.expected,
    };
    let unknown = landed.unknown;
    one(
        wrong::landed(landed),
        count,
        expected,
        unknown,
        judged,
        stream,
        || notes::of_landed(landed, count),
    )
}

fn in_stream(
    read: Option<&ReadBackSummary>,
    count: Count,
    judged: &[Judged],
    stream: &str,
) -> Outcome {
    let Some(read) = read else {
        return Outcome::Skipped("the stream was not read back".to_owned());
    };
    let expected = match count {
        Count::Defects => defects::sent(&read.defects),
        _ => read.expected,
    };
    let unknown = read.unknown;
    one(
        wrong::read_back(read),
        count,
        expected,
        unknown,
        judged,
        stream,
        || notes::of_read_back(read, count),
    )
}

fn in_profile(
    profile: Option<&ProfileSummary>,
    count: Count,
    judged: &[Judged],
    stream: &str,
) -> Outcome {
    let Some(profile) = profile else {
        return Outcome::Skipped("nothing was looked up in the profile".to_owned());
    };
    let (expected, unknown) = (profile.sampled, profile.unknown);
    one(
        wrong::profile(profile),
        count,
        expected,
        unknown,
        judged,
        stream,
        || notes::of_profile(profile, count),
    )
}

fn one(
    found: Vec<Wrong>,
    count: Count,
    expected: u64,
    unknown: u64,
    judged: &[Judged],
    stream: &str,
    notes: impl FnOnce() -> Vec<String>,
) -> Outcome {
    let wrong = found.into_iter().find(|wrong| wrong.count == count);
    let wrong = wrong.filter(|wrong| wrong.number > 0);
    match wrong {
        Some(wrong) if thresholds::allow(judged, stream, count) => {
            Outcome::Passed(Some(format!("{}, which a threshold allows", wrong.words())))
        }
        Some(wrong) => Outcome::Failed(wrong.words(), notes()),
        None if expected == 0 => Outcome::Skipped("there was no record to look for".to_owned()),
        None if unknown > 0 => {
            let unknown = format::records(unknown);
            Outcome::Skipped(format!("so far: of {unknown} nothing is known"))
        }
        None => Outcome::Passed(None),
    }
}
