//! Whom to look up next, and what came of it. Times count from the run's zero.

use std::collections::BTreeMap;
use std::time::Duration;

use aep_client::{Client, Entities};
use batch::Nanos;
use measure::{InProfile, LaneLedger, Unknown, histogram};
use options::about;

use super::sample::Sample;
use super::who::{Shown, Who};
use crate::verify::ordinals::{Ordinals, Sent};
use crate::verify::read_back::Due;

/// People that are asked for in one request. The platform's documentation names no limit.
pub(super) const AT_ONCE: usize = 100;
/// People that are waited for at once. Beyond them the next ones have to wait for a place.
const OPEN_MAX: usize = 10_000;
/// How soon a record is looked up that is due, and how soon again at first. Later it is each time that it
/// has waited for another eighth.
const FIRST: Duration = Duration::from_millis(250);
/// A record that is there when it is looked up for the first time may have been there for long: its
/// latency is told only if that was so soon.
const LATE: Duration = Duration::from_secs(3);
/// By so much more than planned a look may come too late without a word.
const TARDY: Duration = Duration::from_millis(500);
/// How many ordinals are tried at a time for the next one of the sample.
const SCAN: u64 = 1 << 20;
/// How many examples are kept of each kind.
const EXAMPLES: usize = 10;

/// The sample of one stream.
pub(super) struct Looks {
    who: Who,
    sample: Sample,
    due: Option<Due>,
    total: Option<u64>,
    /// The ordinals below it have been looked through.
    cursor: u64,
    open: BTreeMap<u64, Open>,
    seen: Ordinals,
    /// Records that name nobody.
    nobody: Ordinals,
    /// Records in whose place the profile shows another one.
    overtaken: Ordinals,
    corrupted: Ordinals,
    corrupted_examples: Vec<(u64, String)>,
    /// Its latencies; the rest is filled in at the end.
    counted: InProfile,
    untimed: u64,
    uncompared: u64,
    /// Latencies that are too long because there were too many to look up, and by how much at most.
    tardy: (u64, Duration),
    known: Option<Known>,
}

/// A record that is waited for.
struct Open {
    id: String,
    due: Option<Duration>,
    /// When the last look began.
    looked: Option<Duration>,
    next: Duration,
    /// Whether the profile shows an earlier record of the same person that came at the same time.
    is_hidden: bool,
}

/// What was sent.
struct Known {
    sent: Sent,
    /// Of which are in the sample.
    sampled: u64,
    /// Behind the last ordinal that was sent.
    end: u64,
    /// What is not seen at a look from then on is missing.
    deadline: Duration,
}

impl Looks {
    pub(super) fn new(who: Who, sample: Sample, due: Option<Due>, total: Option<u64>) -> Looks {
        Looks {
            who,
            sample,
            due,
            total,
            cursor: 0,
            open: BTreeMap::new(),
            seen: Ordinals::default(),
            nobody: Ordinals::default(),
            overtaken: Ordinals::default(),
            corrupted: Ordinals::default(),
            corrupted_examples: Vec::new(),
            counted: InProfile {
                sampled: 0,
                visible: 0,
                missing: 0,
                unknown: None,
                corrupted: 0,
                missing_examples: Vec::new(),
                corrupted_examples: Vec::new(),
                latency: histogram(),
                remarks: Vec::new(),
                timed_out: false,
            },
            untimed: 0,
            uncompared: 0,
            tardy: (0, Duration::ZERO),
            known: None,
        }
    }

    /// It is known what was sent, and until when to look for it.
    pub(super) fn expect(&mut self, ledgers: &[LaneLedger], deadline: Duration) {
        let sent = Sent::of(ledgers);
        let (mut sampled, mut end) = (0, 0);
        for n in sent.acknowledged.without(&Ordinals::default()) {
            sampled += u64::from(self.sample.contains(n));
            end = n + 1;
        }
        self.open.retain(|n, _| sent.acknowledged.contains(*n));
        self.known = Some(Known {
            sent,
            sampled,
            end,
            deadline,
        });
    }

    /// How many are looked for, as far as that is known, and how many were seen.
    pub(super) fn progress(&self) -> (Option<u64>, u64) {
        let Some(known) = &self.known else {
            return (None, self.seen.len());
        };
        let sent = &known.sent.acknowledged;
        let left_out = self.nobody.common(sent) + self.overtaken.common(sent);
        (Some(known.sampled - left_out), self.seen.common(sent))
    }

    /// How long what is missing is still looked for.
    pub(super) fn left(&self, now: Duration) -> Duration {
        let deadline = self.known.as_ref().map(|known| known.deadline);
        deadline.unwrap_or_default().saturating_sub(now)
    }

    pub(super) fn is_past(&self, now: Duration) -> bool {
        self.known.as_ref().is_some_and(|it| now >= it.deadline)
    }

    /// Whether there is nothing more to look for.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        let Some(known) = &self.known else {
            return false;
        };
        let is_last = |open: &Open| open.looked.is_some_and(|looked| looked >= known.deadline);
        self.cursor >= known.end
            && (self.open.is_empty() || now >= known.deadline && self.open.values().all(is_last))
    }

    /// Whether anything was seen.
    pub(super) fn has_seen(&self) -> bool {
        self.seen.len() > 0
    }

    /// Takes up what has become due.
    fn take_up(&mut self, now: Duration) {
        let end = self.known.as_ref().map(|known| known.end);
        let end = end.or(self.total).unwrap_or(u64::MAX);
        let last = end.min(self.cursor.saturating_add(SCAN));
        while self.cursor < last && self.open.len() < OPEN_MAX {
            let n = self.cursor;
            if !self.sample.contains(n) {
                self.cursor += 1;
                continue;
            }
            let due = self.due.as_ref().and_then(|due| due(n));
            let due = due.map(|due| due.duration_since(Nanos::ZERO));
            // Without a time of its own it may not even have been sent.
            if self.known.is_none() && due.is_none_or(|due| due > now) {
                return;
            }
            self.cursor += 1;
            if let Some(known) = &self.known
                && !known.sent.acknowledged.contains(n)
            {
                continue;
            }
            if let Some(id) = self.who.identity_of(n) {
                let open = Open {
                    id,
                    due,
                    looked: None,
                    next: due.unwrap_or_default() + FIRST,
                    is_hidden: false,
                };
                self.open.insert(n, open);
            } else {
                self.nobody.insert(n);
            }
        }
    }

    /// Whom to ask for now, by the ordinal of the record; nobody, if it is not the time.
    pub(super) fn next(&mut self, now: Duration) -> Vec<u64> {
        self.take_up(now);
        let deadline = self.known.as_ref().map(|known| known.deadline);
        let deadline = deadline.filter(|deadline| now >= *deadline);
        let is_time = |open: &Open| match deadline {
            Some(deadline) => open.looked.is_none_or(|looked| looked < deadline),
            None => open.next <= now,
        };
        let ready = self.open.iter().filter(|(_, open)| is_time(open));
        let mut ready: Vec<_> = ready.map(|(n, open)| (open.next, *n)).collect();
        ready.sort_unstable();
        ready.truncate(AT_ONCE);
        let mut wanted: Vec<_> = ready.into_iter().map(|(_, n)| n).collect();
        wanted.sort_unstable();
        wanted
    }

    /// Asks for the people of these records.
    pub(super) async fn ask(
        &self,
        client: &Client,
        wanted: &[u64],
    ) -> Result<Entities, aep_client::Error> {
        let open = wanted.iter().filter_map(|n| self.open.get(n));
        let ids: Vec<_> = open.map(|open| open.id.clone()).collect();
        self.who.look_up(client, &ids).await
    }

    /// Takes the answer to a question that was asked at `began` and answered by `now`.
    pub(super) fn answered(
        &mut self,
        wanted: &[u64],
        found: &Entities,
        began: Duration,
        now: Duration,
    ) {
        let people = self.who.by_id(found);
        for n in wanted.iter().copied() {
            let Some(open) = self.open.get_mut(&n) else {
                continue;
            };
            let ago = now.saturating_sub(open.due.unwrap_or_default());
            let entity = people.get(&self.who.normal(&open.id)).copied();
            match self.who.shown(n, entity, ago, found.at) {
                Shown::Another(Some(other)) if other > n => {
                    self.open.remove(&n);
                    self.overtaken.insert(n);
                }
                shown @ (Shown::NotYet | Shown::Another(_)) => {
                    open.is_hidden = shown != Shown::NotYet;
                    open.looked = Some(began);
                    open.next = now + FIRST.max(ago / 8);
                }
                Shown::Here {
                    is_compared,
                    difference,
                } => {
                    let is_first = open.looked.is_none();
                    let began_late = began.saturating_sub(open.due.unwrap_or_default()) > LATE;
                    match open.due {
                        Some(_) if is_first && began_late => self.untimed += 1,
                        Some(due) => {
                            let unseen = open
                                .looked
                                .map_or(ago, |it| now.saturating_sub(it.max(due)));
                            if unseen > FIRST.max(ago / 8) + TARDY {
                                self.tardy = (self.tardy.0 + 1, self.tardy.1.max(unseen));
                            }
                            let nanos = u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX);
                            self.counted.latency.saturating_record(nanos.max(1));
                        }
                        None => {}
                    }
                    self.open.remove(&n);
                    self.seen.insert(n);
                    self.uncompared += u64::from(!is_compared);
                    if let Some(difference) = difference {
                        self.corrupted.insert(n);
                        // Some of them may turn out not to count.
                        if self.corrupted_examples.len() < 10 * EXAMPLES {
                            self.corrupted_examples.push((n, difference));
                        }
                    }
                }
            }
        }
    }

    /// The verdict. If there is a reason why nobody can say what became of what was not seen, and whether
    /// that is an interruption, that is unknown.
    pub(super) fn finish(mut self, unknown: Option<(String, bool)>) -> InProfile {
        let hidden = self.open.iter().filter(|(_, open)| open.is_hidden);
        for n in hidden.map(|(n, _)| *n).collect::<Vec<_>>() {
            self.open.remove(&n);
            self.overtaken.insert(n);
        }
        let (sampled, visible) = self.progress();
        let sampled = sampled.unwrap_or(0);
        let left = sampled - visible.min(sampled);
        let unknown = unknown.filter(|_| left > 0);
        let unknown = unknown.map(|(why, is_interruption)| Unknown {
            count: left,
            why,
            is_interruption,
        });
        let missing = if unknown.is_some() { 0 } else { left };
        let examples = self.open.keys().copied().filter(|_| missing > 0);
        let missing_examples = examples.take(EXAMPLES).collect();
        let remarks = self.remarks();
        let sent = self.known.map(|known| known.sent.acknowledged);
        let sent = sent.unwrap_or_default();
        let corrupted = self.corrupted_examples.into_iter();
        let corrupted = corrupted.filter(|(n, _)| sent.contains(*n));
        InProfile {
            sampled,
            visible,
            missing,
            unknown,
            corrupted: self.corrupted.common(&sent),
            missing_examples,
            corrupted_examples: corrupted.map(|(_, it)| it).take(EXAMPLES).collect(),
            remarks,
            timed_out: missing > 0,
            ..self.counted
        }
    }

    fn remarks(&self) -> Vec<String> {
        let remark = |count: u64, words: &str| (count > 0).then(|| format!("{count} {words}"));
        let (tardy, longest) = self.tardy;
        let tardy = (tardy > 0).then(|| {
            format!(
                "{tardy} latencies are up to {} longer than it took, as not all that was open could be looked up \
                 in time: take a smaller sample",
                about(longest)
            )
        });
        let all = [
            tardy,
            remark(
                self.untimed,
                "of the sampled records were visible already when they were first looked up, more than 3 s after \
                 they were due: their latency is not known",
            ),
            remark(
                self.overtaken.len(),
                "of the sampled records are not counted: the profile shows another record of the same person",
            ),
            remark(
                self.nobody.len(),
                "of the sampled records have no identity, so the profile can't show them",
            ),
            remark(
                self.uncompared,
                "of the sampled records were seen but not compared: the profile shows no record id, or merges \
                 several datasets",
            ),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;
