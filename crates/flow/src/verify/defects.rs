//! Records that were sent with a defect on purpose: which they are, and what is to become of each.

mod expected;

use std::iter;

use measure::{DefectFate, LaneLedger};
use records::{Defect, DefectKind, Template};

use super::ordinals::{Ordinals, Sent};
pub(super) use expected::{Expectations, Expected};

/// How many examples are kept of each kind.
const EXAMPLES: usize = 5;

/// The records of a stream that have a defect.
#[derive(Clone, Debug, Default)]
pub(super) struct Defective {
    kinds: Vec<Kind>,
    /// Acknowledged ones with an id of their own.
    own: Ordinals,
    /// Acknowledged ones that are another record once more: no record has their ordinals.
    copies: Ordinals,
    /// Of which records there are copies, once for each, in order: of acknowledged copies …
    sources: Vec<u64>,
    /// … and of those of which nobody knows whether they arrived.
    unsure: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Kind {
    kind: DefectKind,
    sent: Ordinals,
    rejected: u64,
}

/// What became of the records with a defect that have an id of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) landed: Ordinals,
    pub(super) refused: Ordinals,
    /// Found, and not as they were sent or not just once; with a few examples.
    pub(super) changed: Ordinals,
    pub(super) examples: Vec<(u64, String)>,
}

impl Found {
    /// Notes that a record was found otherwise than it was sent.
    pub(super) fn change(&mut self, n: u64, how: impl FnOnce() -> String) {
        if self.changed.insert(n) && self.examples.len() < EXAMPLES {
            self.examples.push((n, how()));
        }
    }
}

/// Copies that were found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Twins {
    pub(super) found: u64,
    /// So many of them are no copies that nobody asked for.
    pub(super) excused: u64,
}

impl Defective {
    /// Those of what was sent.
    pub(super) fn of(template: &Template, sent: &Sent, ledgers: &[LaneLedger]) -> Defective {
        let mut defective = Defective::default();
        if !template.has_defects() {
            return defective;
        }
        for n in sent.acknowledged.iter() {
            let Some(defect) = template.defect_of(n) else {
                continue;
            };
            defective.kind(defect.kind).sent.insert(n);
            match defect.copy_of {
                Some(source) => {
                    defective.copies.insert(n);
                    defective.sources.push(source);
                }
                None => {
                    defective.own.insert(n);
                }
            }
        }
        for n in sent.abandoned.iter() {
            let source = template.defect_of(n).and_then(|defect| defect.copy_of);
            defective.unsure.extend(source);
        }
        for lane in ledgers {
            for position in lane
                .rejected
                .runs()
                .flat_map(|(from, count)| from..from + count)
            {
                if let Some(defect) = template.defect_of(lane.first + position * lane.stride) {
                    defective.kind(defect.kind).rejected += 1;
                }
            }
        }
        defective.kinds.sort_by_key(|it| it.kind);
        defective.sources.sort_unstable();
        defective.unsure.sort_unstable();
        defective
    }

    fn kind(&mut self, kind: DefectKind) -> &mut Kind {
        let known = self.kinds.iter().position(|it| it.kind == kind);
        let index = known.unwrap_or_else(|| {
            self.kinds.push(Kind {
                kind,
                sent: Ordinals::default(),
                rejected: 0,
            });
            self.kinds.len() - 1
        });
        &mut self.kinds[index]
    }

    /// Acknowledged ones with an id of their own.
    pub(super) fn own(&self) -> &Ordinals {
        &self.own
    }

    /// Acknowledged ones whose ordinals no record has.
    pub(super) fn copies(&self) -> &Ordinals {
        &self.copies
    }

    /// Whether there may be copies of record `n`.
    pub(super) fn is_source(&self, n: u64) -> bool {
        self.sources.binary_search(&n).is_ok() || self.unsure.binary_search(&n).is_ok()
    }

    /// The records of which there may be copies.
    pub(super) fn sources(&self) -> Ordinals {
        let mut sources = Ordinals::default();
        for n in self.sources.iter().chain(&self.unsure) {
            sources.insert(*n);
        }
        sources
    }

    /// How many are looked for.
    pub(super) fn expected(&self) -> u64 {
        self.own.len() + self.copies.len()
    }

    /// Which of the copies were found, where record `n` was seen `seen(n)` times.
    pub(super) fn twins(&self, acknowledged: &Ordinals, seen: impl Fn(u64) -> u64) -> Twins {
        let mut twins = Twins::default();
        let in_runs = |of: &[u64], n: u64| {
            (of.partition_point(|it| *it <= n) - of.partition_point(|it| *it < n)) as u64
        };
        let mut left = &self.sources[..];
        while let Some(n) = left.first().copied() {
            let count = left.partition_point(|it| *it <= n);
            left = &left[count..];
            let own = u64::from(acknowledged.contains(n));
            let copies = seen(n).saturating_sub(own);
            twins.found += copies.min(count as u64);
            if own == 1 {
                twins.excused += copies.min(count as u64 + in_runs(&self.unsure, n));
            }
        }
        let mut last = None;
        for n in &self.unsure {
            let is_done = last == Some(n) || self.sources.binary_search(n).is_ok();
            last = Some(n);
            if !is_done && acknowledged.contains(*n) {
                let copies = seen(*n).saturating_sub(1);
                twins.excused += copies.min(in_runs(&self.unsure, *n));
            }
        }
        twins
    }

    /// Those with an id of their own of which this is to become.
    pub(super) fn expecting(
        &self,
        template: &Template,
        expectations: &Expectations<'_>,
        what: Expected,
    ) -> Ordinals {
        let mut expecting = Ordinals::default();
        for n in self.own.iter() {
            let defect = template.defect_of(n);
            if defect.is_some_and(|defect| expectations.of(n, &defect) == what) {
                expecting.insert(n);
            }
        }
        expecting
    }

    /// What became of each kind. Where it is not known what became of records that are missing, they are no
    /// surprise.
    pub(super) fn fates(
        &self,
        template: &Template,
        found: &Found,
        twins: Twins,
        is_known: bool,
        expected: impl Fn(u64, &Defect<'_>) -> Expected,
    ) -> Vec<DefectFate> {
        let fate = |kind: &Kind| {
            let mut fate = DefectFate {
                kind: kind.kind.word().to_owned(),
                sent: kind.sent.len(),
                rejected: kind.rejected,
                ..DefectFate::default()
            };
            if kind.kind == DefectKind::Duplicate {
                fate.expected_landed = fate.sent;
                fate.landed = twins.found;
                fate.missing = fate.sent - twins.found.min(fate.sent);
                fate.unexpected = if is_known { fate.missing } else { 0 };
                return fate;
            }
            for n in kind.sent.iter() {
                let Some(defect) = template.defect_of(n) else {
                    continue;
                };
                let expected = expected(n, &defect);
                fate.expected_refused += u64::from(expected == Expected::Refused);
                fate.expected_landed += u64::from(expected == Expected::Landed);
                let (has_landed, is_refused) =
                    (found.landed.contains(n), found.refused.contains(n));
                fate.landed += u64::from(has_landed);
                fate.refused += u64::from(is_refused);
                fate.missing += u64::from(!has_landed && !is_refused);
                let changed = found.changed.contains(n);
                let surprise = match expected {
                    Expected::Refused if has_landed => Some("landed, and was to be refused"),
                    Expected::Landed if is_refused => Some("was refused, and was to land"),
                    Expected::Landed if !has_landed && is_known => Some("is lost, and was to land"),
                    _ if has_landed && changed => Some("is not as it was sent"),
                    _ => None,
                };
                if let Some(surprise) = surprise {
                    fate.unexpected += 1;
                    if fate.examples.len() < EXAMPLES {
                        let how = found.examples.iter().find(|(of, _)| *of == n);
                        let how = how.map(|(_, how)| how.clone()).filter(|_| changed);
                        let field = defect.field.map(|field| format!(" (`{field}`)"));
                        let field = field.unwrap_or_default();
                        let example =
                            how.unwrap_or_else(|| format!("record {n}{field} {surprise}"));
                        fate.examples.push(example);
                    }
                }
            }
            fate
        };
        self.kinds.iter().map(fate).collect()
    }
}

/// Whether two paths of fields are the same, or one leads through the other.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (
        records::path::steps(one).into_iter(),
        records::path::steps(other).into_iter(),
    );
    iter::from_fn(|| Some((one.next()?, other.next()?))).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::super::made::template;
    use super::*;

    fn lane(scheduled: u64, rejected: &[(u64, u64)]) -> LaneLedger {
        LaneLedger {
            stride: 1,
            scheduled,
            rejected: rejected.iter().copied().collect(),
            ..LaneLedger::default()
        }
    }

    const OPTIONS: &str = r#"{"defects": {"malformed": "1%", "null": {"fields": ["word"], "share": "2%"}, "duplicate": "3%"},
        "fields": {"id": "record_id", "word": "word"}}"#;

    #[test]
    fn what_was_sent_with_a_defect_is_known_exactly() {
        let template = template(OPTIONS).of_load(Some(1000));
        let ledgers = [lane(1000, &[(0, 500)])];
        let sent = Sent::of(&ledgers);
        let defective = Defective::of(&template, &sent, &ledgers);
        let all = defective.kinds.iter().map(|it| it.sent.len() + it.rejected);
        assert_eq!(all.collect::<Vec<_>>(), [10, 20, 30]);
        let copies = defective.copies().len();
        assert_eq!(defective.expected(), defective.own().len() + copies);
        assert_eq!(defective.sources.len() as u64, copies);
        assert!(defective.own().iter().all(|n| (500..1000).contains(&n)));
    }

    #[test]
    fn a_record_comes_once_for_itself_and_once_for_each_copy() {
        let template = template(OPTIONS).of_load(Some(1000));
        let ledgers = [lane(1000, &[])];
        let sent = Sent::of(&ledgers);
        let defective = Defective::of(&template, &sent, &ledgers);
        let source = defective.sources[0];
        let all = |n: u64| 1 + defective.sources.iter().filter(|it| **it == n).count() as u64;
        let twins = |seen: &dyn Fn(u64) -> u64| {
            let twins = defective.twins(&sent.acknowledged, seen);
            (twins.found, twins.excused)
        };
        assert_eq!(twins(&all), (30, 30));
        assert_eq!(twins(&|_| 1), (0, 0));
        // One more than was sent is one that nobody asked for, and one less is missing.
        assert_eq!(twins(&|n| all(n) + u64::from(n == source)), (30, 30));
        assert_eq!(twins(&|n| all(n) - u64::from(n == source)), (29, 29));
    }

    #[test]
    fn what_came_otherwise_is_counted_and_shown() {
        let template = template(OPTIONS).of_load(Some(1000));
        let ledgers = [lane(1000, &[])];
        let sent = Sent::of(&ledgers);
        let defective = Defective::of(&template, &sent, &ledgers);
        let mut found = Found::default();
        for kind in &defective.kinds {
            for (index, n) in kind.sent.iter().enumerate() {
                let is_malformed = kind.kind == DefectKind::Malformed;
                match (is_malformed, index) {
                    // Of the malformed, all but one; of the others, one.
                    (true, 1..) | (false, 0) => found.refused.insert(n),
                    // One that is lost.
                    (false, 1) => false,
                    // One that landed all the same, and those that should.
                    _ => found.landed.insert(n),
                };
                if (kind.kind, index) == (DefectKind::Null, 2) {
                    found.change(n, || format!("record {n}: word is `x`"));
                }
            }
        }
        let twins = Twins {
            found: 29,
            excused: 29,
        };
        let expected = |_: u64, defect: &Defect<'_>| match defect.kind {
            DefectKind::Malformed => Expected::Refused,
            _ => Expected::Landed,
        };
        let fates = defective.fates(&template, &found, twins, true, expected);
        let numbers: Vec<_> = fates
            .iter()
            .map(|it| {
                (
                    &*it.kind,
                    it.sent,
                    it.expected_refused,
                    it.refused,
                    it.landed,
                    it.missing,
                    it.unexpected,
                )
            })
            .collect();
        assert_eq!(
            numbers,
            [
                ("malformed", 10, 10, 9, 1, 0, 1),
                ("null", 20, 0, 1, 18, 1, 3),
                ("duplicate", 30, 0, 0, 29, 1, 1),
            ]
        );
        assert!(
            fates[0].examples[0].ends_with("landed, and was to be refused"),
            "{fates:?}"
        );
        assert!(
            fates[1]
                .examples
                .iter()
                .any(|it| it.ends_with("word is `x`")),
            "{fates:?}"
        );
        // What could not be looked for is no surprise.
        let fates = defective.fates(&template, &found, twins, false, expected);
        let unexpected: Vec<_> = fates.iter().map(|it| it.unexpected).collect();
        assert_eq!(unexpected, [1, 2, 0]);
    }

    #[test]
    fn paths_overlap_where_one_leads_through_the_other() {
        for (one, other, wanted) in [
            ("a", "a", true),
            ("a", "a.b", true),
            ("a.b", "a", true),
            ("a.b", "a.c", false),
            ("ab", "a", false),
        ] {
            assert_eq!(overlap(one, other), wanted, "{one} {other}");
        }
    }
}
