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
pub(super) const OPEN_MAX: usize = if cfg!(test) { 16 } else { 10_000 };
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
    /// What is due before belongs to the warm-up.
    measured_from: Duration,
    total: Option<u64>,
    /// The ordinals below it have been looked through.
    cursor: u64,
    open: BTreeMap<u64, Open>,
    seen: Ordinals,
    /// Records that name nobody.
    nobody: Ordinals,
    /// Records in whose place the profile shows another one.
    overtaken: Ordinals,
    /// Records that were not there when the time was up.
    gone: Ordinals,
    corrupted: Ordinals,
    corrupted_examples: Vec<(u64, String)>,
    /// Its latencies; the rest is filled in at the end.
    counted: InProfile,
    /// Records that were there already at the first look, and it came late.
    untimed: Ordinals,
    uncompared: Ordinals,
    /// Records whose latencies are too long because there were too many to look up, and by how much at most.
    tardy: (Ordinals, Duration),
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
    /// Leaves out the latencies of what is due before a moment.
    pub(super) fn measuring_from(self, measured_from: Duration) -> Looks {
        Looks {
            measured_from,
            ..self
        }
    }

    pub(super) fn new(who: Who, sample: Sample, due: Option<Due>, total: Option<u64>) -> Looks {
        Looks {
            who,
            sample,
            due,
            measured_from: Duration::ZERO,
            total,
            cursor: 0,
            open: BTreeMap::new(),
            seen: Ordinals::default(),
            nobody: Ordinals::default(),
            overtaken: Ordinals::default(),
            gone: Ordinals::default(),
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
            untimed: Ordinals::default(),
            uncompared: Ordinals::default(),
            tardy: (Ordinals::default(), Duration::ZERO),
            known: None,
        }
    }

    /// It is known what was sent, and until when to look for it.
    pub(super) fn expect(&mut self, ledgers: &[LaneLedger], deadline: Duration) {
        let sent = Sent::of(ledgers);
        let (mut sampled, mut end) = (0, 0);
        for n in sent.acknowledged.without(&Ordinals::default()) {
            sampled += u64::from(self.is_sampled(n));
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

    /// Whether record `n` is looked up: it is in the sample, and as good as it should be.
    fn is_sampled(&self, n: u64) -> bool {
        self.sample.contains(n) && self.who.is_sound(n)
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
    pub(super) fn is_over(&self) -> bool {
        let known = self.known.as_ref();
        known.is_some_and(|known| self.cursor >= known.end) && self.open.is_empty()
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
            if !self.is_sampled(n) {
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
        let is_past = self.is_past(now);
        let ready = self.open.iter();
        let ready = ready.filter(|(_, open)| is_past || open.next <= now);
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
        // The look after the deadline is the last one, and makes room for those that wait for theirs.
        let is_last = self.is_past(began);
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
                Shown::NotYet if is_last => {
                    self.open.remove(&n);
                    self.gone.insert(n);
                }
                Shown::Another(_) if is_last => {
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
                        Some(due) if due < self.measured_from => {}
                        Some(_) if is_first && began_late => {
                            self.untimed.insert(n);
                        }
                        Some(due) => {
                            let unseen = open
                                .looked
                                .map_or(ago, |it| now.saturating_sub(it.max(due)));
                            if unseen > FIRST.max(ago / 8) + TARDY {
                                self.tardy.0.insert(n);
                                self.tardy.1 = self.tardy.1.max(unseen);
                            }
                            let nanos = u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX);
                            self.counted.latency.saturating_record(nanos.max(1));
                        }
                        None => {}
                    }
                    self.open.remove(&n);
                    self.seen.insert(n);
                    if !is_compared {
                        self.uncompared.insert(n);
                    }
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
        // What had its last look is missing, whatever became of the others.
        let undecided = left - self.gone.len().min(left);
        let unknown = unknown.filter(|_| undecided > 0);
        let unknown = unknown.map(|(why, is_interruption)| Unknown {
            count: undecided,
            why,
            is_interruption,
        });
        let missing = left - unknown.as_ref().map_or(0, |it| it.count);
        let none = Ordinals::default();
        let missing_examples = self.gone.without(&none).take(EXAMPLES).collect();
        let sent = self.known.take().map(|known| known.sent.acknowledged);
        let sent = sent.unwrap_or_default();
        let remarks = self.remarks(&sent);
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

    /// What limits the numbers about the records of `sent`.
    fn remarks(&self, sent: &Ordinals) -> Vec<String> {
        let remark = |records: &Ordinals, one: &str, several: &str| match records.common(sent) {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {several}")),
        };
        let (tardy, longest) = &self.tardy;
        let longest = about(*longest);
        let longer = format!(
            "up to {longest} longer than it took, as not all that was open could be looked up in time: take a \
             smaller sample"
        );
        let all = [
            remark(
                tardy,
                &format!("latency is {longer}"),
                &format!("latencies are {longer}"),
            ),
            remark(
                &self.untimed,
                "of the sampled records was visible already when it was first looked up, more than 3 s after \
                 it was due: its latency is not known",
                "of the sampled records were visible already when they were first looked up, more than 3 s after \
                 they were due: their latency is not known",
            ),
            remark(
                &self.overtaken,
                "of the sampled records is not counted: the profile shows another record of the same person",
                "of the sampled records are not counted: the profile shows another record of the same person",
            ),
            remark(
                &self.nobody,
                "of the sampled records has no identity, so the profile can't show it",
                "of the sampled records have no identity, so the profile can't show them",
            ),
            remark(
                &self.uncompared,
                "of the sampled records was seen but not compared: the profile shows no record id, or merges \
                 several datasets",
                "of the sampled records were seen but not compared: the profile shows no record id, or merges \
                 several datasets",
            ),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;
