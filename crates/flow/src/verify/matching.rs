//! Landed rows against what was sent: found, found again, changed, or nobody's.

use std::collections::BTreeMap;
use std::time::Duration;

use batch::Nanos;
use jiff::Timestamp;
use measure::{Landing, LaneLedger, Unknown, histogram};
use records::{Defect, Template};
use serde_json::Value;

use super::copies::Copies;
use super::defects::{Defective, Expectations, Expected, Found, Twins, overlap};
use super::difference::{Compared, compared};
use super::id_of::{Whose, anywhere};
use super::ordinals::{Ordinals, Sent};
use super::refusal::Refusal;
use super::rows::{Cell, Rows};

/// How many examples are kept of each kind.
const EXAMPLES: usize = 10;

/// A field that is mapped unchanged.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// In the record.
    pub(super) source: String,
    /// The names that the source leads through.
    pub(super) steps: Vec<String>,
    /// In the dataset.
    pub(super) path: String,
    /// Whether other lines of the mapping write into it.
    pub(super) is_overwritten: bool,
}

/// Counts what landed.
pub(super) struct Matching<'a> {
    template: &'a Template,
    /// Streams whose records are in the same dataset.
    others: &'a [&'a Template],
    /// Where the dataset has the record's id.
    id: String,
    fields: Vec<Field>,
    started_at: Timestamp,
    due: &'a (dyn Fn(u64) -> Option<Nanos> + Send + Sync),
    /// Of what was acknowledged, what has no defect.
    sent: Sent,
    defective: Defective,
    /// What is to become of those that have one.
    expectations: Option<Expectations<'a>>,
    /// Those of them that are to be refused, or may be.
    refusable: Ordinals,
    /// What became of those that have a defect.
    defects: Found,
    landed: Ordinals,
    /// Copies of sound records, beyond the first.
    extra: Copies,
    /// Acknowledged, refused, and not landed.
    refused: Ordinals,
    corrupted: Ordinals,
    /// Paths of which nobody can tell whether they are as they were sent, and why.
    incomparable: BTreeMap<String, String>,
    landing: Landing,
    record: Vec<u8>,
}

impl<'a> Matching<'a> {
    pub(super) fn new(
        template: &'a Template,
        id: String,
        fields: Vec<Field>,
        started_at: Timestamp,
        due: &'a (dyn Fn(u64) -> Option<Nanos> + Send + Sync),
        sent: Sent,
    ) -> Matching<'a> {
        let landing = Landing {
            expected: sent.acknowledged.len(),
            landed: 0,
            lost: 0,
            unknown: None,
            duplicated: 0,
            corrupted: 0,
            refused: 0,
            unexpected: 0,
            defects: Vec::new(),
            versions: Vec::new(),
            lost_examples: Vec::new(),
            corrupted_examples: Vec::new(),
            refused_reasons: BTreeMap::new(),
            latency: histogram(),
            remarks: Vec::new(),
            timed_out: false,
            counted: false,
        };
        let (overwritten, fields) = fields.into_iter().partition(|field| field.is_overwritten);
        let overwritten: Vec<Field> = overwritten;
        let reason = "other lines of the mapping write into it";
        Matching {
            template,
            others: &[],
            id,
            fields,
            started_at,
            due,
            sent,
            defective: Defective::default(),
            expectations: None,
            refusable: Ordinals::default(),
            defects: Found::default(),
            landed: Ordinals::default(),
            extra: Copies::default(),
            refused: Ordinals::default(),
            corrupted: Ordinals::default(),
            incomparable: overwritten
                .into_iter()
                .map(|field| (field.path, reason.to_owned()))
                .collect(),
            landing,
            record: Vec::new(),
        }
    }

    /// Tells records with a defect from sound ones.
    pub(super) fn apart(
        mut self,
        ledgers: &[LaneLedger],
        expectations: Expectations<'a>,
    ) -> Matching<'a> {
        self.defective = Defective::of(self.template, &self.sent, ledgers);
        let sound = &mut self.sent.acknowledged;
        sound.take_away(self.defective.own());
        sound.take_away(self.defective.copies());
        self.landing.expected = sound.len();
        let expecting = |what| (self.defective).expecting(self.template, &expectations, what);
        let mut refusable = expecting(Expected::Refused);
        refusable.add_all(&expecting(Expected::Either));
        self.refusable = refusable;
        self.expectations = Some(expectations);
        self
    }

    /// Passes over what these streams have sent, too.
    pub(super) fn beside(self, others: &'a [&'a Template]) -> Matching<'a> {
        Matching { others, ..self }
    }

    /// Whether it is a record of another stream, or one that was sent ahead of it.
    fn is_beside(&self, id: &str) -> bool {
        let is_of = |it: &&Template| it.ordinal_of(id).is_some() || it.canary_of(id).is_some();
        self.others.iter().any(is_of)
    }

    /// The copies that were sent on purpose, and found.
    fn twins(&self) -> Twins {
        let seen = |n| u64::from(self.landed.contains(n)) + self.extra.count(n);
        self.defective.twins(&self.sent.acknowledged, seen)
    }

    /// How many were looked for, how many have landed, and how many were refused.
    pub(super) fn progress(&self) -> (u64, u64, u64) {
        (
            self.landing.expected + self.defective.expected(),
            self.landing.landed + self.defects.landed.len() + self.twins().found,
            self.refused.len() + self.defects.refused.len(),
        )
    }

    /// How many records are to land, copies among them.
    pub(super) fn to_land(&self) -> u64 {
        let own = self.expectations.as_ref().map_or(0, |it| {
            let lands = self
                .defective
                .expecting(self.template, it, Expected::Landed);
            lands.len()
        });
        self.landing.expected + own + self.defective.copies().len()
    }

    /// Whether nothing is waited for any more. Not every service says what it has refused: those that are
    /// to be refused, or may be, are waited for only if there are no others, or while not all that there is could be
    /// read.
    pub(super) fn is_complete(&self, all_read: bool) -> bool {
        let (expected, landed, refused) = self.progress();
        let to_refuse = self.refusable.len();
        let known = self.refusable.common(&self.defects.landed)
            + self.refusable.common(&self.defects.refused);
        let silent = if all_read && expected > to_refuse {
            to_refuse - known
        } else {
            0
        };
        landed + refused + silent >= expected
    }

    /// How long the slowest took from when it was due; nothing, if none was due at a time of its own.
    pub(super) fn slowest(&self) -> Duration {
        Duration::from_nanos(self.landing.latency.max())
    }

    /// What to read of each row, for [`take`](Matching::take).
    pub(super) fn paths(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| field.path.clone());
        std::iter::once(self.id.clone()).chain(fields).collect()
    }

    /// Takes rows that became visible at `visible`, in milliseconds since 1970. Where they are not
    /// `new`, they may have been here before, under the name of a batch that is gone.
    pub(super) fn take(&mut self, rows: &Rows, visible: i64, new: bool) {
        let Some((Some(ids), columns)) = rows.columns.split_first() else {
            // Not one of these rows has an id.
            self.landing.unexpected += if new { rows.count as u64 } else { 0 };
            return;
        };
        for (row, id) in ids.iter().enumerate() {
            let id = id.text().unwrap_or_default();
            match self.template.ordinal_of(&id) {
                Some(n)
                    if self.sent.acknowledged.contains(n)
                        || self.sent.abandoned.contains(n)
                        || self.defective.is_source(n) =>
                {
                    self.found(n, columns, row, visible, new);
                }
                Some(n) if self.defective.own().contains(n) => {
                    self.found_defect(n, columns, row, new);
                }
                None if self.template.canary_of(&id).is_some() || self.is_beside(&id) => {}
                _ => self.landing.unexpected += u64::from(new),
            }
        }
    }

    fn found(
        &mut self,
        n: u64,
        columns: &[Option<Vec<Cell>>],
        row: usize,
        visible: i64,
        new: bool,
    ) {
        let counts = self.sent.acknowledged.contains(n);
        if !self.landed.insert(n) {
            // A copy of what does not count is no copy that counts.
            self.landing.duplicated += u64::from(new && counts);
            if new {
                self.extra.add(n);
            }
            return;
        }
        // Whatever became of a copy.
        self.refused.remove(n);
        if counts {
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

    /// A record with a defect has landed.
    fn found_defect(&mut self, n: u64, columns: &[Option<Vec<Cell>>], row: usize, new: bool) {
        if !self.defects.landed.insert(n) {
            if new {
                self.defects
                    .change(n, || format!("record {n} landed more than once"));
            }
            return;
        }
        self.defects.refused.remove(n);
        if let Some(example) = self.difference(n, columns, row) {
            self.defects.change(n, || example);
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
    fn difference(&mut self, n: u64, columns: &[Option<Vec<Cell>>], row: usize) -> Option<String> {
        self.record.clear();
        self.template.json(n, &mut self.record);
        let sent: Value = serde_json::from_slice(&self.record).ok()?;
        // What comes of a value that is not as it should be is for the platform to say.
        let spoilt = self.template.defect_of(n).and_then(|defect| defect.field);
        for (field, column) in self.fields.iter().zip(columns) {
            let Field { source, path, .. } = field;
            if spoilt.is_some_and(|spoilt| overlap(spoilt, source)) {
                continue;
            }
            let mut steps = field.steps.iter();
            let wanted = steps.try_fold(&sent, |at, step| at.get(step));
            let landed = column.as_ref().and_then(|column| column.get(row));
            match compared(landed, wanted) {
                Compared::Same => {}
                Compared::Unknown(reason) => {
                    if !self.incomparable.contains_key(path) {
                        self.incomparable.insert(path.clone(), reason);
                    }
                }
                Compared::Other {
                    below,
                    landed,
                    sent,
                } => {
                    return Some(format!(
                        "record {n}: {path}{below} is {landed}, sent was {source}{below} {sent}"
                    ));
                }
            }
        }
        None
    }

    /// Takes a line of a file of refused records.
    pub(super) fn refused(&mut self, line: &[u8]) {
        let Some(refusal) = Refusal::read(self.template, line) else {
            return;
        };
        match refusal.whose {
            Whose::Ours(n) if self.sent.acknowledged.contains(n) => {
                if !self.landed.contains(n) && self.refused.insert(n) {
                    let reason = refusal.reason.unwrap_or("no reason given".to_owned());
                    *self.landing.refused_reasons.entry(reason).or_default() += 1;
                }
            }
            Whose::Ours(n) if self.defective.own().contains(n) => {
                if !self.defects.landed.contains(n) {
                    self.defects.refused.insert(n);
                }
            }
            // Nobody knows whether it was to be there.
            Whose::Ours(n) if self.sent.abandoned.contains(n) => {}
            Whose::Canary(_) => {}
            Whose::Stranger if self.others.iter().any(|it| is_of(it, line)) => {}
            Whose::Ours(_) | Whose::Stranger => self.landing.unexpected += 1,
        }
    }

    /// The verdict: what is still missing was lost. If there is a reason why nobody can say, and whether
    /// that is an interruption, it is unknown.
    pub(super) fn finish(
        mut self,
        timed_out: bool,
        unknown: Option<(String, bool)>,
        remarks: Vec<String>,
    ) -> Landing {
        let twins = self.twins();
        self.landing.duplicated -= twins.excused.min(self.landing.duplicated);
        let is_known = unknown.is_none();
        if let Some(expectations) = &self.expectations {
            let expected = |n, defect: &Defect<'_>| expectations.of(n, defect);
            let found = &self.defects;
            let fates = self
                .defective
                .fates(self.template, found, twins, is_known, expected);
            self.landing.defects = fates;
        }
        let landing = &mut self.landing;
        landing.refused = self.refused.len();
        let unsure = self.sent.abandoned.len();
        if unsure > 0 {
            let arrived = self.sent.abandoned.common(&self.landed);
            landing.remarks.push(format!(
                "{arrived} of {unsure} records that may have arrived (without an answer, or rejected after \
                 they were sent) landed; they are not counted"
            ));
        }
        let incomparable = self.incomparable.iter();
        let incomparable: Vec<_> = incomparable
            .map(|(path, reason)| format!("`{path}` ({reason})"))
            .collect();
        if !incomparable.is_empty() {
            let paths = incomparable.join(", ");
            landing.remarks.push(format!("not compared: {paths}"));
        }
        landing.versions = super::versions::fates(
            self.template,
            &self.sent.acknowledged,
            &self.landed,
            &self.refused,
        );
        let mut known = self.landed;
        known.add_all(&self.refused);
        let mut missing = self.sent.acknowledged.without(&known);
        landing.lost_examples = missing.by_ref().take(EXAMPLES).collect();
        landing.lost = landing.lost_examples.len() as u64 + missing.count() as u64;
        if let Some((why, is_interruption)) = unknown.filter(|_| landing.lost > 0) {
            landing.unknown = Some(Unknown {
                count: std::mem::take(&mut landing.lost),
                why,
                is_interruption,
            });
            landing.lost_examples.clear();
        }
        landing.timed_out = timed_out && landing.lost > 0;
        landing.remarks.extend(remarks);
        self.landing
    }
}

fn is_of(template: &Template, record: &[u8]) -> bool {
    anywhere(template, record) != Whose::Stranger
}

#[cfg(test)]
mod tests;
