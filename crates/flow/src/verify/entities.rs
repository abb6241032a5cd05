//! Entities that records change: how they end up in the stream, against how they should.
//!
//! What an entity is in the end is what the last record with its key says, so the ordinal of the last one that was read
//! is kept for every key, by a hash of it. What was expected follows from the ordinals that were acknowledged. A tombstone
//! has no id in it; whose it is follows from the records of its key that stand before it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use measure::{EntityCounts, EntityFates};
use records::{Change, Changes, Operation, Template};

use super::ordinals::{Ordinals, Sent};

/// How many examples are kept.
const EXAMPLES: usize = 10;

/// The last record of every key that was read.
#[derive(Debug)]
pub(super) struct Entities {
    changes: Changes,
    last: HashMap<u64, u64>,
    hasher: RandomState,
}

/// A life of an entity, as far as its records have been looked at.
#[derive(Clone, Copy, Debug)]
struct Life {
    number: u64,
    /// The ordinal of the last record that was acknowledged.
    last: u64,
    sent: Seen,
    read: Seen,
}

/// Which operations there were.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    operations: [bool; 3],
}

impl Seen {
    fn note(&mut self, operation: Operation) {
        self.operations[operation as usize] = true;
    }

    fn has(self, operation: Operation) -> bool {
        self.operations[operation as usize]
    }

    fn count(self, counts: &mut EntityCounts) {
        counts.inserted += u64::from(self.has(Operation::Insert));
        counts.updated += u64::from(self.has(Operation::Update));
    }
}

impl Entities {
    /// Nothing was read yet. `None` if records are no changes of entities.
    pub(super) fn of(template: &Arc<Template>) -> Option<Entities> {
        Some(Entities {
            changes: Changes::of(template)?,
            last: HashMap::new(),
            hasher: RandomState::new(),
        })
    }

    /// Takes record `n` with this key, which was read behind those before.
    pub(super) fn take(&mut self, n: u64, key: &[u8]) {
        let key = self.hasher.hash_one(key);
        self.last.insert(key, n);
    }

    /// The record that a tombstone with this key is, if the entity was there before it.
    pub(super) fn tombstone(&mut self, key: &[u8]) -> Option<u64> {
        let last = *self.last.get(&self.hasher.hash_one(key))?;
        self.changes.delete_of(last)
    }

    /// How the entities ended up; `is_known`: whether all was read that there is.
    pub(super) fn fates(
        mut self,
        template: &Template,
        sent: &Sent,
        seen: &Ordinals,
        corrupted: &Ordinals,
        is_known: bool,
    ) -> EntityFates {
        let mut fates = EntityFates {
            of: template.changed_entity().unwrap_or_default().to_owned(),
            ..EntityFates::default()
        };
        let slots = template.changed_at_once().unwrap_or(1);
        let mut lives: Vec<Option<Life>> = vec![None; usize::try_from(slots).unwrap_or_default()];
        let mut changes = self.changes.anew();
        for n in sent.acknowledged.iter() {
            let change = changes.at(n);
            let slot = &mut lives[(n % slots) as usize];
            if let Some(life) = slot.take_if(|life| life.number != change.number) {
                self.close(life, template, sent, corrupted, is_known, &mut fates);
            }
            let life = slot.get_or_insert(Life {
                number: change.number,
                last: n,
                sent: Seen::default(),
                read: Seen::default(),
            });
            life.last = n;
            life.sent.note(change.operation);
            if seen.contains(n) {
                life.read.note(change.operation);
            }
        }
        for life in lives.into_iter().flatten() {
            self.close(life, template, sent, corrupted, is_known, &mut fates);
        }
        fates
    }

    /// Counts a life of which no more records come.
    fn close(
        &mut self,
        life: Life,
        template: &Template,
        sent: &Sent,
        corrupted: &Ordinals,
        is_known: bool,
        fates: &mut EntityFates,
    ) {
        life.sent.count(&mut fates.expected);
        life.read.count(&mut fates.found);
        let is_deleted = life.sent.has(Operation::Delete);
        *ended(&mut fates.expected, is_deleted) += 1;
        let mut key = Vec::new();
        template.key(life.last, &mut key);
        let last = self.last.get(&self.hasher.hash_one(&key)).copied();
        let found = last.map(|n| (n, self.changes.at(n)));
        let wrong = match found {
            // It lives again: how it ended before does not show any more.
            Some((n, change)) if change.number != life.number && n > life.last => {
                *ended(&mut fates.found, is_deleted) += 1;
                return;
            }
            None => Some("nothing of it was read".to_owned()),
            Some((n, change)) => {
                *ended(&mut fates.found, change.operation == Operation::Delete) += 1;
                // What may have arrived without an answer may have changed it once more.
                let is_last = n == life.last || (n > life.last && sent.abandoned.contains(n));
                let has_begun =
                    life.read.has(Operation::Insert) || !life.sent.has(Operation::Insert);
                if !is_last {
                    Some(format!("its last record is {n}, {}", told(change)))
                } else if corrupted.contains(n) {
                    Some(format!("its last record, {n}, is not as it was sent"))
                } else if !has_begun {
                    Some("its insert was not read".to_owned())
                } else {
                    None
                }
            }
        };
        let Some(wrong) = wrong.filter(|_| is_known) else {
            return;
        };
        fates.wrong += 1;
        if fates.examples.len() < EXAMPLES {
            let change = self.changes.at(life.last);
            fates.examples.push(format!(
                "entity `{}`: {wrong}; record {}, {}, was to be the last",
                String::from_utf8_lossy(&key).escape_debug(),
                life.last,
                told(change)
            ));
        }
    }
}

fn ended(counts: &mut EntityCounts, is_deleted: bool) -> &mut u64 {
    if is_deleted {
        &mut counts.deleted
    } else {
        &mut counts.living
    }
}

fn told(change: Change) -> String {
    match change.operation {
        Operation::Insert => "an insert".to_owned(),
        Operation::Update => format!("an update to version {}", change.version),
        Operation::Delete => "a delete".to_owned(),
    }
}
