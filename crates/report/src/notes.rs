//! What has to be said next to the numbers of verified records, a sentence each.

use crate::format;
use crate::summary::{LandedSummary, ReadBackSummary};

/// Of records in the dataset.
pub(crate) fn landed(landed: &LandedSummary) -> Vec<String> {
    let mut notes = Vec::new();
    if landed.timed_out {
        notes.push("the deadline passed before all had landed".to_owned());
    }
    notes.extend(unknown(landed.unknown, landed.unknown_because.as_deref()));
    notes.extend(lost(&landed.lost_examples));
    notes.extend(landed.corrupted_examples.iter().map(|it| corrupted(it)));
    let reasons = landed.refused_reasons.iter();
    notes.extend(
        reasons.map(|(reason, count)| format!("refused {}: {reason}", format::records(*count))),
    );
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
    notes.extend(read.remarks.iter().cloned());
    notes
}

/// What can't be read is not lost.
pub(crate) fn unknown(count: u64, why: Option<&str>) -> Option<String> {
    let why = why?;
    let records = format::records(count);
    (count > 0).then(|| format!("unknown what became of {records}: {why}"))
}

fn lost(examples: &[u64]) -> Option<String> {
    let examples: Vec<String> = examples.iter().map(u64::to_string).collect();
    (!examples.is_empty()).then(|| format!("lost, for example: record {}", examples.join(", ")))
}

fn corrupted(example: &str) -> String {
    format!("corrupted: {example}")
}
