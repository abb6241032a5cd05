//! Landed rows against what was sent: found, found again, changed, or nobody's.

use std::collections::BTreeMap;

use arrow_array::{ArrayRef, RecordBatch};
use batch::Nanos;
use jiff::Timestamp;
use measure::{Landing, histogram};
use records::Template;
use serde_json::Value;

use super::ordinals::{Ordinals, Sent};
use super::rows::{column, is_same, text};

/// How many examples are kept of each kind.
const EXAMPLES: usize = 10;

/// Counts what landed.
pub(super) struct Matching<'a> {
    template: &'a Template,
    /// The id's field in the record, and its path in the dataset.
    id: (String, String),
    /// Fields that are mapped unchanged, and their paths.
    fields: Vec<(String, String)>,
    started_at: Timestamp,
    due: &'a (dyn Fn(u64) -> Option<Nanos> + Send + Sync),
    sent: Sent,
    landed: Ordinals,
    refused: Ordinals,
    corrupted: Ordinals,
    landing: Landing,
    record: Vec<u8>,
}

impl<'a> Matching<'a> {
    pub(super) fn new(
        template: &'a Template,
        id: (String, String),
        fields: Vec<(String, String)>,
        started_at: Timestamp,
        due: &'a (dyn Fn(u64) -> Option<Nanos> + Send + Sync),
        sent: Sent,
    ) -> Matching<'a> {
        let landing = Landing {
            expected: sent.acknowledged.len(),
            landed: 0,
            lost: 0,
            duplicated: 0,
            corrupted: 0,
            refused: 0,
            unexpected: 0,
            lost_examples: Vec::new(),
            corrupted_examples: Vec::new(),
            refused_reasons: BTreeMap::new(),
            latency: histogram(),
            remarks: Vec::new(),
            timed_out: false,
        };
        Matching {
            template,
            id,
            fields,
            started_at,
            due,
            sent,
            landed: Ordinals::default(),
            refused: Ordinals::default(),
            corrupted: Ordinals::default(),
            landing,
            record: Vec::new(),
        }
    }

    /// How many were looked for, and how many have been found, refused ones included.
    pub(super) fn progress(&self) -> (u64, u64) {
        (
            self.landing.expected,
            self.landing.landed + self.refused.len(),
        )
    }

    pub(super) fn is_complete(&self) -> bool {
        let (expected, found) = self.progress();
        found >= expected
    }

    /// Takes rows that became visible at `visible`, in milliseconds since 1970.
    pub(super) fn take(&mut self, batch: &RecordBatch, visible: i64) {
        let Some(ids) = column(batch, &self.id.1) else {
            // Not one of these rows has an id.
            self.landing.unexpected += batch.num_rows() as u64;
            return;
        };
        let columns: Vec<Option<ArrayRef>> = self
            .fields
            .iter()
            .map(|(_, path)| column(batch, path))
            .collect();
        for row in 0..batch.num_rows() {
            let id = text(&ids, row).unwrap_or_default();
            match self.template.ordinal_of(&id) {
                Some(n)
                    if self.sent.acknowledged.contains(n) || self.sent.abandoned.contains(n) =>
                {
                    self.found(n, &columns, row, visible);
                }
                None if self.template.is_canary(&id) => {}
                _ => self.landing.unexpected += 1,
            }
        }
    }

    fn found(&mut self, n: u64, columns: &[Option<ArrayRef>], row: usize, visible: i64) {
        if !self.landed.insert(n) {
            self.landing.duplicated += 1;
            return;
        }
        if self.sent.acknowledged.contains(n) {
            self.landing.landed += 1;
            self.latency(n, visible);
        }
        if let Some(example) = self.difference(n, columns, row)
            && self.corrupted.insert(n)
        {
            self.landing.corrupted += 1;
            if self.landing.corrupted_examples.len() < EXAMPLES {
                self.landing.corrupted_examples.push(example);
            }
        }
    }

    fn latency(&mut self, n: u64, visible: i64) {
        let Some(due) = (self.due)(n) else { return };
        let visible = i128::from(visible) * 1_000_000 - self.started_at.as_nanosecond();
        // The platform's clock has milliseconds and may be behind ours.
        let nanos = u64::try_from(visible - i128::from(due.0)).unwrap_or(0);
        self.landing.latency.saturating_record(nanos.max(1));
    }

    /// The first field that is not as it was sent.
    fn difference(&mut self, n: u64, columns: &[Option<ArrayRef>], row: usize) -> Option<String> {
        self.record.clear();
        self.template.record(n, &mut self.record);
        let sent: Value = serde_json::from_slice(&self.record).ok()?;
        for ((field, path), column) in self.fields.iter().zip(columns) {
            let wanted = field.split('.').try_fold(&sent, |at, step| at.get(step));
            let is_same = match column {
                Some(column) => is_same(column, row, wanted),
                None => wanted.is_none_or(Value::is_null),
            };
            if !is_same {
                let landed = column.as_ref().and_then(|column| text(column, row));
                let landed =
                    landed.map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"));
                let wanted =
                    wanted.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"));
                return Some(format!(
                    "record {n}: {path} is {landed}, sent was {field} {wanted}"
                ));
            }
        }
        None
    }

    /// Takes a line of a file of refused records.
    pub(super) fn refused(&mut self, line: &[u8]) {
        let Ok(line) = serde_json::from_slice::<Value>(line) else {
            return;
        };
        // The record as it came, or as it was mapped.
        let id = [&self.id.0, &self.id.1].into_iter().find_map(|path| {
            path.split('.')
                .try_fold(&line, |at, step| at.get(step))?
                .as_str()
        });
        if id.is_some_and(|id| self.template.is_canary(id)) {
            return;
        }
        self.landing.refused += 1;
        let reason = [
            "/_validationErrors/0/message",
            "/_errors/_streamingValidation/0/message",
        ]
        .iter()
        .find_map(|at| line.pointer(at)?.as_str());
        *self
            .landing
            .refused_reasons
            .entry(reason.unwrap_or("no reason given").to_owned())
            .or_default() += 1;
        if let Some(n) = id.and_then(|id| self.template.ordinal_of(id))
            && self.sent.acknowledged.contains(n)
            && !self.landed.contains(n)
        {
            self.refused.insert(n);
        }
    }

    /// The verdict, with what is still missing counted as lost.
    pub(super) fn finish(mut self, timed_out: bool, remarks: Vec<String>) -> Landing {
        let mut known = self.landed;
        for n in self.refused.without(&Ordinals::default()) {
            known.insert(n);
        }
        let mut missing = self.sent.acknowledged.without(&known);
        self.landing.lost_examples = missing.by_ref().take(EXAMPLES).collect();
        self.landing.lost = self.landing.lost_examples.len() as u64 + missing.count() as u64;
        let unsure = self.sent.abandoned.len();
        if unsure > 0 {
            let arrived = self
                .sent
                .abandoned
                .without(&Ordinals::default())
                .filter(|n| known.contains(*n))
                .count();
            self.landing.remarks.push(format!(
                "{arrived} of the {unsure} abandoned records landed all the same; they are not counted"
            ));
        }
        self.landing.timed_out = timed_out && self.landing.lost > 0;
        self.landing.remarks.extend(remarks);
        self.landing
    }
}
