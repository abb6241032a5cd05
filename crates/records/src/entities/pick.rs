//! Which entity a record has, as a function of its ordinal and its draws.

use std::sync::Arc;

use super::shuffle::Shuffle;
use super::zipf::Zipf;
use super::{Each, EntityOptions, PickKeys, PickOptions, Sent};
use crate::program::Constants;
use crate::random::{Draws, hash, stream_key, threshold};

/// An entity's part in a record: which kind, and which of them.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// The kind, as a number.
    pub(crate) kind: u64,
    /// Which of the record's draws picks it.
    pub(crate) salt: u64,
    /// Whether the record's journey picks it, and not the record.
    pub(crate) is_of_journey: bool,
    /// Whether it is the one that the record's operation changes.
    pub(crate) is_of_operation: bool,
    /// Whether another entity names it, and not the record.
    pub(crate) is_inner: bool,
    pub(crate) pick: Arc<Pick>,
}

/// A way to pick, ready.
#[derive(Clone, Debug)]
pub(crate) enum Pick {
    Uniform {
        count: u64,
    },
    Zipf {
        zipf: Zipf,
        places: Shuffle,
    },
    Each {
        count: u64,
        places: Shuffle,
    },
    Recent {
        count: u64,
        /// How many are new in 2^64 records; `u64::MAX`: every one.
        new: u64,
        ages: Zipf,
    },
    /// That of a record of another stream.
    Sent {
        sent: Option<Sent>,
        /// The other stream's name, as a number.
        stream: u64,
        /// How that stream picks it.
        role: Box<Role>,
    },
}

/// What a stream that picks what others have sent knows of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Picking {
    /// How the other stream picks the entity.
    pub(crate) pick: PickOptions,
    /// What that one knows of others, if it picks in the same way.
    pub(crate) next: Option<Box<Picking>>,
    /// How many of its records there are to choose from. `None`: the loads are not known yet.
    pub(crate) sent: Option<Sent>,
}

/// Nobody is older than so many.
const OLDEST: u64 = 1 << 40;

impl Role {
    /// The role `name` in a record, of an entity called `entity`.
    pub(crate) fn new(
        name: &str,
        entity: &str,
        options: &EntityOptions,
        pick: &PickOptions,
        others: Option<&Picking>,
    ) -> Role {
        Role {
            kind: hash(&format!("entity: {entity}")),
            salt: hash(&format!("pick: {name}")),
            is_of_journey: false,
            is_of_operation: false,
            is_inner: false,
            pick: Arc::new(Pick::new(entity, options, pick, others)),
        }
    }

    /// Whether it always picks the same as the other one.
    pub(crate) fn is_same(&self, other: &Role) -> bool {
        // The salt is that of the name: one name is picked in one way in a record.
        let of = |role: &Role| (role.kind, role.salt, role.is_inner);
        let by = |role: &Role| (role.is_of_journey, role.is_of_operation);
        of(self) == of(other) && by(self) == by(other)
    }

    /// The entity's number.
    #[inline]
    pub(crate) fn number(&self, n: u64, draws: Draws, constants: &Constants) -> u64 {
        self.pick.number(n, draws, self.salt, constants)
    }

    /// The draws of the entity with this number.
    #[inline]
    pub(crate) fn draws(&self, number: u64, constants: &Constants) -> Draws {
        Draws::of_record(constants.seed ^ self.kind, number)
    }
}

impl Pick {
    fn new(
        entity: &str,
        options: &EntityOptions,
        pick: &PickOptions,
        others: Option<&Picking>,
    ) -> Pick {
        let count = options.count.0.max(1);
        // Of the kind alone: who is in favour in one stream is so in all.
        let places = || Shuffle::new(count, hash(&format!("places: {entity}")));
        match &pick.0 {
            PickKeys {
                sent_by: Some(stream),
                ..
            } => {
                let theirs = others.map_or_else(PickOptions::default, |others| others.pick.clone());
                let next = others.and_then(|others| others.next.as_deref());
                Pick::Sent {
                    sent: others.and_then(|others| others.sent.clone()),
                    stream: hash(stream),
                    role: Box::new(Role::new(entity, entity, options, &theirs, next)),
                }
            }
            PickKeys { zipf: Some(s), .. } => Pick::Zipf {
                zipf: Zipf::new(count, *s),
                places: places(),
            },
            PickKeys {
                each: Some(each), ..
            } => {
                debug_assert!(matches!(each, Each::Once | Each::Cycle));
                Pick::Each {
                    count,
                    places: places(),
                }
            }
            PickKeys {
                recent: Some(recent),
                ..
            } => Pick::Recent {
                count,
                new: threshold(recent.new.fraction()),
                ages: Zipf::new(OLDEST, recent.skew),
            },
            PickKeys { first, .. } => Pick::Uniform {
                count: first.map_or(count, |first| first.0.clamp(1, count)),
            },
        }
    }

    fn number(&self, n: u64, draws: Draws, salt: u64, constants: &Constants) -> u64 {
        match self {
            Pick::Uniform { count } => draws.below(salt, *count),
            Pick::Zipf { zipf, places } => places.place(zipf.rank(draws, salt)),
            Pick::Each { count, places } => places.place(n % count),
            Pick::Recent { count, new, ages } => {
                let known = population(n, *new);
                let is_new = n == 0 || known > population(n - 1, *new);
                let age = if is_new {
                    0
                } else {
                    ages.rank_below(known, draws, salt)
                };
                (known - 1 - age) % count
            }
            Pick::Sent { sent, stream, role } => {
                let sent = sent.as_ref().map_or(1, |sent| sent.before(n).max(1));
                let theirs = draws.below(salt, sent);
                let draws = Draws::of_record(stream_key(constants.seed, *stream), theirs);
                role.number(theirs, draws, constants)
            }
        }
    }
}

/// How many entities have appeared with record `n`.
#[inline]
fn population(n: u64, new: u64) -> u64 {
    if new == u64::MAX {
        return n + 1;
    }
    1 + ((u128::from(n) * u128::from(new)) >> 64) as u64
}
