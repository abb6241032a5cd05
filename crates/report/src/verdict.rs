//! What a run comes to: one status, and everything there is to complain about.

use std::collections::BTreeMap;

use measure::{EndedBy, InProfile, Landing, Measured, ReadBack};

use crate::exit::Status;
use crate::format;
use crate::notes;
use crate::stop::{self, Condition};
use crate::summary::Verdict;
use crate::thresholds::{self, Judged};
use crate::trust::Trust;
use crate::unjudged::{self, Unjudged};
use crate::wrong::{self, Wrong};

/// What the decision rests on.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub measured: &'a Measured,
    /// Whether the numbers can be trusted.
    pub trust: &'a Trust,
    pub landings: &'a BTreeMap<String, Landing>,
    pub read_backs: &'a BTreeMap<String, ReadBack>,
    pub profiles: &'a BTreeMap<String, InProfile>,
    pub thresholds: &'a [Judged],
    /// Errors that no threshold looks at.
    pub unjudged: &'a [Unjudged],
    /// What went wrong when the load was over.
    pub mishaps: &'a [Mishap],
}

/// Something that went wrong when the load was over: a verification that could not be done, an object
/// that could not be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// [`Interrupted`](Status::Interrupted) if the user did not want to wait; anything else is a failure.
    pub status: Status,
    /// What was tried, and what came of it.
    pub message: String,
}

/// Decides. The order is that of [`ExitCode`](crate::ExitCode).
pub(crate) fn decide(facts: &Facts<'_>) -> Verdict {
    let mut complaints: Vec<(Status, String)> = Vec::new();
    let mut complain = |status, reasons: Vec<String>| {
        complaints.extend(reasons.into_iter().map(|reason| (status, reason)));
    };
    let afterwards = |is_interruption: bool| {
        let all = facts.mishaps.iter();
        let some = all.filter(|it| (it.status == Status::Interrupted) == is_interruption);
        some.map(|mishap| mishap.message.clone()).collect()
    };
    let lateness = || facts.trust.lateness(true).map(str::to_owned).collect();
    complain(Status::Failed, failures(facts));
    complain(Status::Failed, unknown(facts, false));
    complain(Status::Failed, afterwards(false));
    complain(Status::Interrupted, interruption(&facts.measured.ended_by));
    complain(Status::Interrupted, unknown(facts, true));
    complain(Status::Interrupted, afterwards(true));
    complain(Status::Invalid, facts.trust.accounting.clone());
    for (status, reason) in losses(facts) {
        complain(status, vec![reason]);
    }
    let (stopped, is_trusted) = stopped(facts);
    if is_trusted {
        complain(Status::ThresholdMissed, stopped.clone());
    }
    complain(Status::ThresholdMissed, misses(facts.thresholds, true));
    complain(Status::Invalid, lateness());
    if !is_trusted {
        complain(Status::ThresholdMissed, stopped.clone());
    }
    complain(Status::ThresholdMissed, misses(facts.thresholds, false));
    let status = complaints
        .first()
        .map_or(Status::Passed, |(status, _)| *status);
    // Whatever decides, what ended the run is what the reader wants to know first.
    let others = complaints.into_iter().map(|(_, reason)| reason);
    let others = others.filter(|reason| !stopped.contains(reason));
    let reasons = stopped.iter().cloned().chain(others).collect();
    Verdict {
        status,
        exit_code: status.exit_code().code(),
        valid: facts.trust.is_valid(),
        timing_valid: facts.trust.is_timing_valid(),
        trust: facts.trust.sentence.clone(),
        reasons,
    }
}

/// Causes before symptoms: what happened to the records explains why the destination could not be asked
/// afterwards, and not the other way round.
fn failures(facts: &Facts<'_>) -> Vec<String> {
    let measured = facts.measured;
    let mut reasons = Vec::new();
    if let EndedBy::Fatal { message, .. } = &measured.ended_by {
        reasons.push(message.clone());
    }
    let is_through = measured.ended_by == EndedBy::Schedule;
    for stream in &measured.streams {
        let counts = &stream.counts;
        if counts.scheduled == 0 && is_through {
            reasons.push(format!("no record of stream `{}` was due", stream.name));
        } else if counts.scheduled > 0 && counts.acknowledged == 0 {
            let errors = unjudged::errors(stream, counts).unwrap_or_default();
            reasons.push(format!("not one record was acknowledged: {errors}"));
        }
    }
    let is_worse = facts.mishaps.iter().any(|it| it.status == Status::Failed)
        || !unknown(facts, false).is_empty()
        || !reasons.is_empty();
    let grave = facts.unjudged.iter().filter(|it| it.fails || is_worse);
    reasons.extend(grave.map(|unjudged| unjudged.message.clone()));
    reasons
}

/// The condition that ended the run, and whether what it looked at can be trusted.
fn stopped(facts: &Facts<'_>) -> (Vec<String>, bool) {
    let EndedBy::Condition(stopped) = &facts.measured.ended_by else {
        return (Vec::new(), true);
    };
    let rests_on_time = stopped
        .condition
        .parse()
        .is_ok_and(|it: Condition| it.threshold.rests_on_time());
    let is_trusted = !(rests_on_time && facts.trust.is_late(&stopped.stream));
    let words = stop::words(stopped, facts.measured.streams.len() > 1);
    (vec![words], is_trusted)
}

fn interruption(by: &EndedBy) -> Vec<String> {
    match by {
        EndedBy::Schedule | EndedBy::Condition(_) | EndedBy::Fatal { .. } => Vec::new(),
        EndedBy::Interrupt => vec!["interrupted; what was in flight was waited for".to_owned()],
        EndedBy::SecondInterrupt => {
            vec!["interrupted twice; what was in flight was abandoned".to_owned()]
        }
    }
}

/// Records of which nobody can say what became of them.
fn unknown(facts: &Facts<'_>, is_interruption: bool) -> Vec<String> {
    let landed = facts
        .landings
        .iter()
        .map(|(stream, it)| (stream, &it.unknown));
    let read = facts
        .read_backs
        .iter()
        .map(|(stream, it)| (stream, &it.unknown));
    let profile = facts
        .profiles
        .iter()
        .map(|(stream, it)| (stream, &it.unknown));
    let all = landed.chain(read).chain(profile);
    let fits = all.filter_map(|(stream, unknown)| {
        let unknown = unknown.as_ref()?;
        (unknown.is_interruption == is_interruption).then_some((stream, unknown))
    });
    fits.filter_map(|(stream, unknown)| {
        let said = notes::unknown(unknown.count, Some(&unknown.why))?;
        Some(format!("{stream}: {said}"))
    })
    .collect()
}

/// Of all streams, the gravest first.
fn losses(facts: &Facts<'_>) -> Vec<(Status, String)> {
    let landed = facts.landings.iter();
    let landed = landed.map(|(stream, it)| (stream, wrong::landed(&it.into()), false));
    let read = facts.read_backs.iter();
    let read = read.map(|(stream, it)| (stream, wrong::read_back(&it.into()), true));
    let profile = facts.profiles.iter();
    let profile = profile.map(|(stream, it)| (stream, wrong::profile(&it.into()), false));
    let all = [
        facts.landings.len(),
        facts.read_backs.len(),
        facts.profiles.len(),
    ];
    let (several, both) = (
        all.iter().any(|streams| *streams > 1),
        !facts.landings.is_empty(),
    );
    let mut reasons = Vec::new();
    for (stream, wrong, is_read) in landed.chain(read).chain(profile) {
        let place = match (is_read && both, several) {
            (true, true) => format!(" in the stream (`{stream}`)"),
            (true, false) => " in the stream".to_owned(),
            (false, true) => format!(" (`{stream}`)"),
            (false, false) => String::new(),
        };
        for wrong in wrong {
            let Wrong { count, number, .. } = wrong;
            if number > 0 && !thresholds::allow(facts.thresholds, stream, count) {
                reasons.push((wrong.status, format!("{}{place}", wrong.words())));
            }
        }
    }
    wrong::sort(&mut reasons);
    reasons
}

/// Those whose outcome can be trusted, or the others.
fn misses(thresholds: &[Judged], trusted: bool) -> Vec<String> {
    let missed = thresholds.iter();
    let missed = missed.filter(|judged| !judged.passed && judged.trusted == trusted);
    missed.map(format::missed).collect()
}
