//! What has to be said next to the numbers of verified records, a sentence each.

use indexmap::IndexMap;

use crate::format;
use crate::summary::{
    DefectSummary, LandedSummary, Numbers, ProfileSummary, ReadBackSummary, Summary, VersionCounts,
};
use crate::thresholds::Count;

/// Above the latencies of a generator that was late.
pub(crate) const LATE: &str =
    "these times are not to be trusted: the generator was late, so they describe this machine";

/// Below the counts of a stream with a past or a warm-up, or that began later.
pub(crate) fn unmeasured(numbers: &Numbers) -> Vec<String> {
    let notes = [began("it", numbers), past(numbers), warm_up(numbers)];
    let versions = numbers.versions.iter().map(VersionCounts::words);
    notes.into_iter().flatten().chain(versions).collect()
}

/// Likewise of all streams together.
pub(crate) fn unmeasured_of_all(summary: &Summary) -> Vec<String> {
    let mut notes = unmeasured(&summary.total);
    for (name, numbers) in &summary.streams {
        notes.extend(began(name, numbers));
        // Those of a single stream are told already.
        let versions = numbers.versions.iter();
        notes.extend(versions.map(|it| format!("{name}, {}", it.words())));
    }
    notes
}

fn began(name: &str, numbers: &Numbers) -> Option<String> {
    let at = format::seconds(numbers.began?);
    Some(if numbers.counts.scheduled > 0 {
        format!("{name} began {at} into the run, after another stream")
    } else {
        format!("{name} never began: the stream before it did not get that far")
    })
}

fn past(numbers: &Numbers) -> Option<String> {
    let past = numbers.past.as_ref()?;
    Some(format!(
        "{} of the past went out in the first {}: they are counted, but are in no rate, no latency and no threshold \
         on what was sent",
        format::records(past.records),
        format::seconds(past.for_),
    ))
}

fn warm_up(numbers: &Numbers) -> Option<String> {
    let warm_up = numbers.warm_up.as_ref()?;
    let of_the_load = if numbers.past.is_some() {
        " of the load"
    } else {
        ""
    };
    Some(format!(
        "the first {}{of_the_load} were the warm-up: its {} are counted, but are in no rate, no latency and no threshold on what was sent",
        format::seconds(warm_up.for_),
        format::records(warm_up.records),
    ))
}

/// How much of the service time is the client's own waiting for more records to share a request with.
pub(crate) fn linger(numbers: &Numbers) -> Option<String> {
    let linger = numbers.explained.get("linger").filter(|it| it.mean > 0.0)?;
    let service = numbers.latency.service.as_ref()?;
    Some(format!(
        "of the service time, {} on average, up to {} is `linger`: records wait for others to share a request with",
        format::millis(service.mean),
        format::millis(linger.mean)
    ))
}

/// Of records in the dataset.
pub(crate) fn landed(landed: &LandedSummary) -> Vec<String> {
    let mut notes = Vec::new();
    if landed.timed_out {
        notes.push("the deadline passed before all had landed".to_owned());
    }
    notes.extend(unknown(landed.unknown, landed.unknown_because.as_deref()));
    notes.extend(lost(&landed.lost_examples));
    notes.extend(landed.corrupted_examples.iter().map(|it| corrupted(it)));
    notes.extend(refused(landed));
    notes.extend(landed.versions.iter().map(|it| it.words("landed")));
    notes.extend(defects(&landed.defects));
    notes.extend(landed.remarks.iter().cloned());
    notes
}

/// Of records in the stream.
pub(crate) fn read_back(read: &ReadBackSummary) -> Vec<String> {
    let mut notes = Vec::new();
    if read.timed_out {
        notes.push("the time was up before all had been read".to_owned());
    }
    notes.extend(unknown(read.unknown, read.unknown_because.as_deref()));
    notes.extend(lost(&read.lost_examples));
    notes.extend(read.corrupted_examples.iter().map(|it| corrupted(it)));
    notes.extend(read.versions.iter().map(|it| it.words("read back")));
    notes.extend(defects(&read.defects));
    notes.extend(entities(read));
    notes.extend(read.remarks.iter().cloned());
    notes
}

/// Of records in the profile.
pub(crate) fn profile(profile: &ProfileSummary) -> Vec<String> {
    let mut notes = Vec::new();
    if profile.timed_out {
        notes.push("the time was up before the profile showed all of them".to_owned());
    }
    notes.extend(unknown(profile.unknown, profile.unknown_because.as_deref()));
    notes.extend(missing(&profile.missing_examples));
    notes.extend(profile.corrupted_examples.iter().map(|it| corrupted(it)));
    notes.extend(profile.remarks.iter().cloned());
    notes
}

/// What there is to say about one kind of records in the dataset.
pub(crate) fn of_landed(landed: &LandedSummary, count: Count) -> Vec<String> {
    match count {
        Count::Lost => lost(&landed.lost_examples).into_iter().collect(),
        Count::Refused => refused(landed).collect(),
        Count::Corrupted => landed.corrupted_examples.clone(),
        Count::Defects => defects(&landed.defects),
        _ => Vec::new(),
    }
}

/// The same of the stream.
pub(crate) fn of_read_back(read: &ReadBackSummary, count: Count) -> Vec<String> {
    match count {
        Count::Lost => lost(&read.lost_examples).into_iter().collect(),
        Count::Corrupted => read.corrupted_examples.clone(),
        Count::Defects => defects(&read.defects),
        Count::WrongEntities => entities(read),
        _ => Vec::new(),
    }
}

/// The same of the profile.
pub(crate) fn of_profile(profile: &ProfileSummary, count: Count) -> Vec<String> {
    match count {
        Count::ProfileMissing => missing(&profile.missing_examples).into_iter().collect(),
        Count::ProfileCorrupted => profile.corrupted_examples.clone(),
        _ => Vec::new(),
    }
}

/// What was expected of records with a defect, and what was found, side by side.
fn defects(defects: &IndexMap<String, DefectSummary>) -> Vec<String> {
    let mut notes = Vec::new();
    for (kind, defect) in defects {
        let kind = kind.replace('_', " ");
        let rejected = match defect.rejected {
            0 => String::new(),
            number => format!("; rejected by the destination: {}", format::count(number)),
        };
        notes.push(format!(
            "defect `{kind}`: expected {}; found {}{rejected}",
            defect.expected(),
            defect.found()
        ));
        notes.extend(defect.examples.iter().cloned());
    }
    notes
}

/// How entities should have ended up, and how they did, side by side.
fn entities(read: &ReadBackSummary) -> Vec<String> {
    let Some(operations) = &read.operations else {
        return Vec::new();
    };
    let of = match operations.of.as_str() {
        "" => String::new(),
        of => format!(" `{of}`"),
    };
    let mut notes = vec![format!(
        "entities{of}: expected {}; found {}",
        operations.expected.words(),
        operations.found.words()
    )];
    notes.extend(operations.examples.iter().cloned());
    notes
}

fn refused(landed: &LandedSummary) -> impl Iterator<Item = String> {
    let reasons = landed.refused_reasons.iter();
    reasons.map(|(reason, count)| format!("refused {}: {reason}", format::records(*count)))
}

/// What can't be read is not lost.
pub(crate) fn unknown(count: u64, why: Option<&str>) -> Option<String> {
    let why = why.unwrap_or("they were not looked for to the end");
    let records = format::records(count);
    (count > 0).then(|| format!("unknown what became of {records}: {why}"))
}

fn lost(examples: &[u64]) -> Option<String> {
    such("lost", examples)
}

fn missing(examples: &[u64]) -> Option<String> {
    such("missing in the profile", examples)
}

fn such(what: &str, examples: &[u64]) -> Option<String> {
    let examples: Vec<String> = examples.iter().map(u64::to_string).collect();
    (!examples.is_empty()).then(|| format!("{what}, for example: record {}", examples.join(", ")))
}

fn corrupted(example: &str) -> String {
    format!("corrupted: {example}")
}
