//! What a request's end means for its records: settled, tried again, or taken apart.

use std::time::{Duration, Instant};

use super::answer::{Answer, Refusal};
use super::call::{Call, Entry};
use super::desk::Desk;
use super::http1::Broken;
use crate::Fatal;

/// What a status asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// It may work later.
    Again,
    /// It works with another token.
    Token,
    /// One of the messages is bad, or all of them are too large together.
    Apart,
    /// It never works with this inlet.
    None,
}

fn remedy(status: u16) -> Remedy {
    match status {
        401 | 403 => Remedy::Token,
        300..=399 | 404 | 405 | 410 | 415 | 501 => Remedy::None,
        408 | 425 | 429 | 500..=599 => Remedy::Again,
        _ => Remedy::Apart,
    }
}

impl Desk {
    /// A request has been answered.
    pub(super) fn answered(&mut self, call: &Call, answer: Answer, took: Duration, now: Instant) {
        let queued = self.waited(call, now).saturating_sub(took);
        self.tally.answered(took, queued);
        match answer {
            Answer::Taken => {
                self.welcome(call);
                for entry in &call.entries {
                    self.acknowledge(*entry);
                }
            }
            Answer::Each(fates) => {
                self.welcome(call);
                self.each(call, &fates, now);
            }
            Answer::Refused(refusal) => self.refused(call, &refusal, now),
        }
    }

    /// The request's token is good.
    fn welcome(&mut self, call: &Call) {
        if call.token == self.token {
            self.is_on_probation = false;
        }
    }

    /// One result for each message.
    fn each(&mut self, call: &Call, fates: &[Option<Refusal>], now: Instant) {
        let mut again = Vec::new();
        for (entry, fate) in call.entries.iter().zip(fates) {
            let Some(refusal) = fate else {
                self.acknowledge(*entry);
                continue;
            };
            let why = self.note(refusal);
            if is_doubtful(refusal.status) {
                self.ledger.doubt(entry.slot, entry.index);
            }
            if remedy(refusal.status) == Remedy::Again {
                self.tally.doubtful += u64::from(is_doubtful(refusal.status));
                again.push(Entry {
                    reason: why,
                    ..*entry
                });
            } else {
                self.refuse(*entry, why);
            }
        }
        if !again.is_empty() {
            self.pause.fail(now);
            self.again(again.into_iter());
        }
    }

    /// The request was refused as a whole.
    fn refused(&mut self, call: &Call, refusal: &Refusal, now: Instant) {
        let why = self.note(refusal);
        if is_doubtful(refusal.status) {
            self.doubt(call);
        }
        let entries = call.entries.iter().map(|entry| Entry {
            reason: why,
            ..*entry
        });
        match remedy(refusal.status) {
            Remedy::Again => {
                if is_doubtful(refusal.status) {
                    self.tally.doubtful += call.entries.len() as u64;
                }
                self.pause.fail(now);
                let asked = refusal.wait.and_then(|wait| now.checked_add(wait));
                self.not_before = self.not_before.max(asked);
                self.again(entries);
            }
            // It went with a token that was replaced meanwhile.
            Remedy::Token if call.token != self.token => self.again(entries),
            Remedy::Token if self.settings.is_authenticated && !self.is_on_probation => {
                self.wants_token = true;
                self.again(entries);
            }
            Remedy::Apart if call.entries.len() > 1 => {
                let (first, second) = call.entries.split_at(call.entries.len() / 2);
                self.apart.push_back(first.to_vec());
                self.apart.push_back(second.to_vec());
            }
            Remedy::Apart => self.refuse(call.entries[0], why),
            Remedy::Token | Remedy::None => {
                let fatal = fatal(refusal, self.settings.is_authenticated);
                entries.for_each(|entry| self.refuse(entry, why));
                self.end(why, fatal);
            }
        }
    }

    /// There is no answer.
    pub(super) fn broken(&mut self, call: &Call, broken: Broken, now: Instant) {
        let (code, message) = match broken {
            Broken::NotSent(message) => ("ConnectionFailed", message),
            Broken::Lost(message) => {
                self.tally.doubtful += call.entries.len() as u64;
                self.doubt(call);
                ("AnswerLost", message)
            }
        };
        self.tally.failed(code);
        let why = self.reason(code, || message);
        self.pause.fail(now);
        self.again(call.entries.iter().map(|entry| Entry {
            reason: why,
            ..*entry
        }));
    }

    fn acknowledge(&mut self, Entry { slot, index, .. }: Entry) {
        self.ledger.acknowledge(slot, index..index + 1);
    }

    /// The request's messages may be stored.
    fn doubt(&mut self, call: &Call) {
        for entry in &call.entries {
            self.ledger.doubt(entry.slot, entry.index);
        }
    }

    /// There is another token.
    pub(super) fn renewed(&mut self) {
        self.is_on_probation |= self.wants_token;
        self.wants_token = false;
        self.token += 1;
        self.tally.tokens += 1;
    }

    /// There is no other token, and there will not be one.
    pub(super) fn not_renewed(&mut self, fatal: Fatal) {
        let why = self.reason("NoToken", || fatal.message.clone());
        self.end(why, fatal);
    }

    /// Counts a refusal, and finds its reason.
    fn note(&mut self, refusal: &Refusal) -> u32 {
        self.tally.failed(&refusal.code);
        self.tally.throttled += u64::from(refusal.status == 429);
        self.reason(&refusal.code, || refusal.message.clone())
    }

    /// To be tried again, unless the run is over.
    fn again(&mut self, entries: impl DoubleEndedIterator<Item = Entry>) {
        if self.is_doomed() {
            entries.for_each(|entry| self.refuse(entry, entry.reason));
            return;
        }
        self.put_back(entries);
    }
}

/// Whether it says nothing about what is stored: a failure inside the service, or no word at all.
fn is_doubtful(status: u16) -> bool {
    matches!(status, 0 | 408 | 500 | 502..=599)
}

fn fatal(refusal: &Refusal, is_authenticated: bool) -> Fatal {
    let help = match refusal.status {
        401 | 403 if is_authenticated => {
            "a new token was refused, too: check `authenticated.client_id`, its scopes and its product \
             profiles in the developer console, and that the inlet belongs to the same organisation"
        }
        401 | 403 => "the inlet asks for a token: give `authenticated: {}`",
        404 | 410 => "check `inlet_url`: the inlet is not there (any more)",
        501 => "this region has no synchronous validation: leave `synchronous_validation` out",
        _ => "check `inlet_url`: this does not look like an inlet",
    };
    let Refusal { code, message, .. } = refusal;
    let what = format!("the inlet refused a request and would refuse it again: {code}: {message}");
    Fatal::new(what).help(help)
}
