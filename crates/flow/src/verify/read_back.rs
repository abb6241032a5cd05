//! Records that were read from the stream against what was sent: delivered, delivered again,
//! changed, late among their key, or nobody's.
//!
//! Reading may begin before it is known what was sent. So every record of this run is noted by its
//! ordinal, a few bits each, and it is decided at the end which of them were expected.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use batch::Nanos;
use measure::{LaneLedger, ReadBack, Unknown, histogram};
use readers::Received;
use records::{Template, path};

use super::copies::Copies;
use super::defects::{Defective, Expected, Found, Twins};
use super::entities::Entities;
use super::id_of::{Whose, by_key, whose};
use super::order::Order;
use super::ordinals::{Ordinals, Sent};

/// How many examples are kept of each kind.
const EXAMPLES: usize = 10;

/// Without a known end no load has ordinals above this: 34 billion, of which the bitmap has 4 GB.
const MOST: u64 = 1 << 35;

/// When each record was due; `None`: never.
pub type Due = Arc<dyn Fn(u64) -> Option<Nanos> + Send + Sync>;

/// What to look for in a stream.
#[derive(Clone)]
pub struct Wanted {
    /// What the records are. They need an id.
    pub template: Arc<Template>,
    /// What the records of other streams of the run are that go to the same place.
    pub others: Vec<Arc<Template>>,
    /// When each was due; `None` where there is no latency to be told.
    pub due: Option<Due>,
    /// The ordinal behind the load's last, if it has an end.
    pub total: Option<u64>,
    /// Whether the destination hands the records' own keys on.
    pub has_keys: bool,
    /// Records that the service dates later than this, in milliseconds since 1970, belong to a later
    /// run, even where they have the same ids. `None`: there is no later run yet.
    pub until: Option<i64>,
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted")
            .field("total", &self.total)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Counts what is read.
#[derive(Debug)]
pub struct Counting {
    wanted: Wanted,
    id: String,
    /// When due times count from.
    zero: Option<Instant>,
    copies: Copies,
    corrupted: Ordinals,
    order: Option<Order>,
    entities: Option<Entities>,
    strangers: u64,
    later: u64,
    /// What was sent, once that is known, and how many of it were not read yet.
    sent: Option<(Sent, u64)>,
    /// Those of it that have a defect.
    defective: Defective,
    counted: ReadBack,
    corrupted_examples: Vec<(u64, String)>,
    record: Vec<u8>,
    key: Vec<u8>,
}

impl Counting {
    /// Nothing was read yet. `None` if the records have no id.
    pub fn new(wanted: Wanted) -> Option<Counting> {
        // It stands in the record itself.
        let id = path::steps(wanted.template.id_field()?).pop()?;
        Some(Counting {
            order: Order::of(&wanted.template),
            entities: Entities::of(&wanted.template),
            wanted,
            id,
            zero: None,
            copies: Copies::default(),
            corrupted: Ordinals::default(),
            strangers: 0,
            later: 0,
            sent: None,
            defective: Defective::default(),
            counted: ReadBack {
                expected: 0,
                delivered: 0,
                lost: 0,
                unknown: None,
                duplicated: 0,
                corrupted: 0,
                unexpected: 0,
                out_of_order: 0,
                defects: Vec::new(),
                versions: Vec::new(),
                entities: None,
                lost_examples: Vec::new(),
                corrupted_examples: Vec::new(),
                latency: histogram(),
                remarks: Vec::new(),
                timed_out: false,
            },
            corrupted_examples: Vec::new(),
            record: Vec::new(),
            key: Vec::new(),
        })
    }

    /// The clock runs: due times count from `zero`.
    pub fn started(&mut self, zero: Instant) {
        self.zero = Some(zero);
    }

    /// Takes a record that was handed over at `at`; whether it is one of this run.
    pub fn take(&mut self, received: &Received<'_>, at: Instant) -> bool {
        let most = self.wanted.total.unwrap_or(MOST);
        let n = match self.told(received) {
            Whose::Ours(n) if n < most => n,
            Whose::Canary(_) => return false,
            Whose::Stranger if self.is_beside(received) => return false,
            Whose::Ours(_) | Whose::Stranger => {
                self.strangers += 1;
                return false;
            }
        };
        if let (Some(until), Some(dated)) = (self.wanted.until, received.timestamp_millis)
            && dated > until
        {
            self.later += 1;
            return false;
        }
        self.record.clear();
        self.key.clear();
        let template = &self.wanted.template;
        let has_key = template.record_with_key(n, &mut self.record, &mut self.key);
        if template.is_tombstone(n) {
            self.record.clear();
        }
        if let Some(entities) = &mut self.entities {
            entities.take(n, received.key.unwrap_or(&self.key));
        }
        if self.copies.add(n) {
            if self.wanted.template.defect_of(n).is_none() {
                self.latency(n, at);
            }
            // Without a key there is no order to be out of, whatever the record was made with.
            if let Some(order) = &mut self.order
                && !(self.key.is_empty() && received.key.is_none())
            {
                order.add(n, &self.key, received);
            }
            if let Some((sent, missing)) = &mut self.sent
                && sent.acknowledged.contains(n)
            {
                *missing -= 1;
            }
        }
        self.compare(n, has_key, received);
        true
    }

    /// Whose it is. A tombstone of an entity is told by what was read of its key.
    fn told(&mut self, received: &Received<'_>) -> Whose {
        let template = &self.wanted.template;
        match &mut self.entities {
            Some(entities) if received.value.is_empty() && template.has_tombstones() => {
                let n = received.key.and_then(|key| entities.tombstone(key));
                n.map_or(Whose::Stranger, Whose::Ours)
            }
            _ => told(template, &self.id, received),
        }
    }

    /// Whether it is a record of another stream.
    fn is_beside(&self, received: &Received<'_>) -> bool {
        let others = self.wanted.others.iter();
        // Whose a tombstone of an entity is only its own stream's readers know.
        let deletes = |it: &Arc<Template>| it.has_tombstones() && it.changed_entity().is_some();
        if received.value.is_empty() && others.clone().any(deletes) {
            return true;
        }
        let mut of = others.filter_map(|it| Some(told(it, it.id_field()?, received)));
        of.any(|whose| whose != Whose::Stranger)
    }

    fn latency(&mut self, n: u64, at: Instant) {
        let (Some(zero), Some(due)) = (self.zero, &self.wanted.due) else {
            return;
        };
        let Some(due) = due(n) else { return };
        let read = at.saturating_duration_since(zero).as_nanos();
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        let nanos = read.saturating_sub(due.0).max(1);
        self.counted.latency.saturating_record(nanos);
    }

    /// Compares it with the record that was made again.
    fn compare(&mut self, n: u64, has_key: bool, received: &Received<'_>) {
        let is_same = received.value == self.record;
        // An empty key and none are one here: not every service tells them apart.
        let is_keyed = has_key && self.wanted.has_keys;
        let has_its_key = !is_keyed || received.key.unwrap_or_default() == self.key;
        let beside = if is_same && has_its_key {
            self.beside(n, received)
        } else {
            None
        };
        let is_whole = is_same && has_its_key && beside.is_none();
        if is_whole || !self.corrupted.insert(n) {
            return;
        }
        if self.corrupted_examples.len() < EXAMPLES {
            let difference = if !is_same {
                difference(&self.record, received.value)
            } else if let Some(beside) = beside {
                beside
            } else {
                let found = received.key.map_or_else(|| "nothing".to_owned(), quoted);
                format!("its key is {found}, sent was {}", quoted(&self.key))
            };
            self.corrupted_examples.push((n, difference));
        }
    }

    /// How what travelled beside the record is not as it was sent: a header, or the partition. A header that
    /// nobody sent is the service's own.
    fn beside(&self, n: u64, received: &Received<'_>) -> Option<String> {
        let mut difference = None;
        self.wanted.template.headers(n, |name, sent| {
            let mut all = received.headers.iter();
            let found = all.find(|(it, _)| *it == name).map(|(_, value)| *value);
            if difference.is_none() && found != Some(sent) {
                let found = found.map_or_else(|| "missing".to_owned(), quoted);
                difference = Some(format!(
                    "its header `{name}` is {found}, sent was {}",
                    quoted(sent)
                ));
            }
        });
        let partition = self.wanted.template.partition(n);
        let astray = partition.filter(|it| *it != received.partition);
        let astray = astray.map(|sent| {
            let found = received.partition;
            format!("it is in partition {found}, sent was {sent}")
        });
        difference.or(astray)
    }

    /// Says what was sent, when that is known.
    pub fn expect(&mut self, ledgers: &[LaneLedger]) {
        let mut sent = Sent::of(ledgers);
        self.defective = Defective::of(&self.wanted.template, &sent, ledgers);
        // A copy has the ordinal of its original.
        sent.acknowledged.take_away(self.defective.copies());
        let missing = sent.acknowledged.len() - sent.acknowledged.common(self.copies.seen());
        self.sent = Some((sent, missing));
    }

    /// How many are expected, as far as it is known, and how many have been read.
    pub fn progress(&self) -> (Option<u64>, u64) {
        match &self.sent {
            Some((sent, missing)) => {
                let expected = sent.acknowledged.len();
                (Some(expected), expected - missing)
            }
            None => (None, self.copies.seen().len()),
        }
    }

    /// Whether all that was expected has been read, every copy that was sent on purpose included.
    pub fn is_complete(&self) -> bool {
        matches!(&self.sent, Some((sent, 0))
            if self.twins(&sent.acknowledged).found >= self.defective.copies().len())
    }

    /// The copies that were sent on purpose, and read.
    fn twins(&self, acknowledged: &Ordinals) -> Twins {
        self.defective.twins(acknowledged, |n| self.copies.count(n))
    }

    /// The verdict: what is still missing was lost, but for what is `unknown`.
    pub fn finish(
        mut self,
        timed_out: bool,
        unknown: Option<Unknown>,
        remarks: Vec<String>,
    ) -> ReadBack {
        let (mut sent, _) = self.sent.take().unwrap_or_default();
        let seen = self.copies.seen();
        sent.acknowledged.take_away(self.defective.own());
        let expected = sent.acknowledged.len();
        let missing = expected - sent.acknowledged.common(seen);
        let mut known = sent.acknowledged.clone();
        known.add_all(&sent.abandoned);
        known.add_all(&self.defective.sources());
        let twins = self.twins(&sent.acknowledged);
        let mut found = Found::default();
        for n in self.defective.own().iter().filter(|n| seen.contains(*n)) {
            found.landed.insert(n);
            if self.copies.count(n) > 1 {
                found.change(n, || format!("record {n} is there more than once"));
            }
        }
        for n in self
            .defective
            .own()
            .iter()
            .filter(|n| self.corrupted.contains(*n))
        {
            let example = self.corrupted_examples.iter().find(|(of, _)| *of == n);
            found.change(n, || {
                let how = example.map_or("it is not as it was sent", |(_, how)| how);
                format!("record {n}: {how}")
            });
        }
        let is_known = unknown.is_none();
        // A stream takes everything that it has acknowledged.
        let defects =
            self.defective
                .fates(&self.wanted.template, &found, twins, is_known, |_, _| {
                    Expected::Landed
                });
        let entities = self.entities.take().map(|entities| {
            let template = &self.wanted.template;
            entities.fates(template, &sent, seen, &self.corrupted, is_known)
        });
        let mut ours = known.clone();
        ours.add_all(self.defective.own());
        let strange = seen.len() - seen.common(&ours);
        let lost = missing - unknown.as_ref().map_or(0, |it| it.count).min(missing);
        // Which of the missing ones were lost is known only if all of them were.
        let examples = if lost == missing { EXAMPLES } else { 0 };
        // A copy of what does not count is no copy that counts.
        let extra = self.copies.extra_in(&sent.acknowledged);
        let duplicated = extra - twins.excused.min(extra);
        let strange_copies = self.copies.extra() - self.copies.extra_in(&ours);
        let mut counted = ReadBack {
            expected,
            delivered: expected - missing,
            lost,
            unknown,
            duplicated,
            corrupted: self.corrupted.common(&known),
            unexpected: self.strangers + strange + strange_copies,
            defects,
            versions: super::versions::fates(
                &self.wanted.template,
                &sent.acknowledged,
                seen,
                &Ordinals::default(),
            ),
            entities,
            lost_examples: sent.acknowledged.without(seen).take(examples).collect(),
            corrupted_examples: self
                .corrupted_examples
                .iter()
                .filter(|(n, _)| known.contains(*n))
                .map(|(n, difference)| format!("record {n}: {difference}"))
                .collect(),
            timed_out: timed_out && lost > 0,
            ..self.counted
        };
        let mut remark = |text: String| counted.remarks.push(text);
        let unsure = sent.abandoned.len();
        if unsure > 0 {
            let arrived = sent.abandoned.common(seen);
            remark(format!(
                "{arrived} of {unsure} records that may have arrived (without an answer, or rejected after \
                 they were sent) are in the stream; they are not counted"
            ));
        }
        if strange > 0 {
            remark(format!(
                "{strange} records of this run are in the stream that were rejected or never sent"
            ));
        }
        if self.later > 0 {
            remark(format!(
                "{} records of a later run were passed over",
                self.later
            ));
        }
        if let Some(order) = &self.order {
            counted.out_of_order = order.out_of_order(&self.wanted.template, &sent.acknowledged);
            counted.remarks.extend(order.remarks());
        }
        counted.remarks.extend(remarks);
        counted
    }
}

/// Whose a record is: by the id in it, or by its key if it may be a tombstone.
fn told(template: &Template, id: &str, received: &Received<'_>) -> Whose {
    if received.value.is_empty() && template.has_tombstones() {
        by_key(template, received.key)
    } else {
        whose(template, id, received.value)
    }
}

/// The first byte that is not as it was sent, with what is around it.
fn difference(sent: &[u8], found: &[u8]) -> String {
    let same = sent.iter().zip(found).take_while(|(a, b)| a == b).count();
    format!(
        "from byte {same} on it is {}, sent was {}",
        excerpt(found, same),
        excerpt(sent, same)
    )
}

fn excerpt(bytes: &[u8], from: usize) -> String {
    const BEFORE: usize = 12;
    const LENGTH: usize = 40;
    match &bytes[from.saturating_sub(BEFORE).min(bytes.len())..] {
        [] => "nothing".to_owned(),
        _ if from >= bytes.len() => "at its end".to_owned(),
        rest => quoted(&rest[..rest.len().min(LENGTH)]),
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("`{}`", String::from_utf8_lossy(bytes).escape_debug())
}

#[cfg(test)]
mod tests;
