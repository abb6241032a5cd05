//! What a call's end means for its records: settled, tried again, or taken apart.

use std::time::{Duration, Instant};

use super::answer::{Answer, Fate, Reason, Refusal};
use super::call::{Call, Entry};
use super::desk::Desk;
use super::misplaced::Misplaced;
use super::options::Spread;
use crate::Fatal;

/// How a call ended without an answer for each of its records.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It did not leave.
    NotSent(String),
    /// It left, and the answer did not come: it may have been stored.
    Lost(String),
    /// The service refused it as a whole.
    Refused(Refusal),
}

/// What a code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// It may work later.
    Again,
    /// It works with fresh credentials.
    Credentials,
    /// One of its records is bad.
    Apart,
    /// It never works with this stream and these credentials.
    None,
}

fn remedy(code: &str) -> Remedy {
    match code {
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => Remedy::Credentials,
        "InvalidArgumentException"
        | "ValidationException"
        | "SerializationException"
        | "RequestEntityTooLargeException" => Remedy::Apart,
        "AccessDeniedException"
        | "ResourceNotFoundException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "InvalidClientTokenId"
        | "OptInRequired"
        | "UnknownOperationException"
        | "KMSAccessDeniedException"
        | "KMSDisabledException"
        | "KMSInvalidStateException"
        | "KMSNotFoundException"
        | "KMSOptInRequired" => Remedy::None,
        // An unknown code is more likely new than permanent, and the deadline ends it anyway.
        _ => Remedy::Again,
    }
}

impl Desk {
    /// Every record of the call has its fate.
    pub(super) fn answered(&mut self, call: &Call, answer: &Answer, took: Duration, now: Instant) {
        self.tally
            .answered(took, self.waited(call, now).saturating_sub(took));
        if answer.fates.len() != call.ends.len() {
            let (got, sent) = (answer.fates.len(), call.ends.len());
            let message = format!("the answer has {got} entries for {sent} records");
            return self.failed(call, Trouble::Lost(message), now);
        }
        for ((bundle, bytes), fate) in call.bundles().zip(&answer.fates) {
            match fate {
                Fate::Stored(number) => self.stored(bundle, bytes, *number, now),
                Fate::Failed(reason) => {
                    self.refused(bundle, &answer.reasons[*reason as usize], now);
                }
            }
        }
        // The last first: each is put before those that wait, and they keep their order.
        while let Some(entry) = self.failed.pop() {
            self.tally.retries += 1;
            self.shards.hold_first(entry);
        }
    }

    fn stored(&mut self, bundle: &[Entry], bytes: u64, number: u32, now: Instant) {
        let (place, is_stale) = self.shards.seen(number, now);
        if is_stale {
            self.notice_reshard();
        }
        self.tally.stored(place, bundle.len() as u64, bytes);
        let is_misplaced =
            bundle.len() > 1 && self.settings.spread == Spread::Keys && place != bundle[0].shard;
        if is_misplaced {
            // Consumers drop what does not belong to the shard: the new ranges decide.
            self.notice_reshard();
            let misplaced = Misplaced::new(place, bundle, |entry| self.ends(entry));
            self.misplaced.push(misplaced);
        } else {
            for entry in bundle {
                self.acknowledge(*entry);
            }
        }
    }

    fn refused(&mut self, bundle: &[Entry], reason: &Reason, now: Instant) {
        let named = reason.shard.and_then(|number| self.shards.place(number));
        let place = named.unwrap_or_else(|| self.route(bundle[0]).shard);
        self.tally.failed(place, &reason.code);
        let why = self.reason(&reason.code, || reason.message.clone());
        if is_doubtful(&reason.code) {
            for entry in bundle {
                self.ledger.doubt(entry.slot, entry.index);
            }
        }
        if matches!(remedy(&reason.code), Remedy::None | Remedy::Apart) {
            for entry in bundle {
                self.refuse(*entry, why);
            }
            return;
        }
        self.shards.back_off(place, now);
        let again = bundle.iter().map(|entry| Entry {
            shard: place,
            reason: why,
            ..*entry
        });
        self.failed.extend(again);
    }

    /// The call failed as a whole.
    pub(super) fn failed(&mut self, call: &Call, trouble: Trouble, now: Instant) {
        let (code, message, status, in_doubt) = match trouble {
            Trouble::NotSent(message) => ("ConnectionFailed".to_owned(), message, 0, false),
            Trouble::Lost(message) => (ANSWER_LOST.to_owned(), message, 0, true),
            Trouble::Refused(refusal) => {
                let Refusal {
                    status,
                    code,
                    message,
                } = refusal;
                let in_doubt = status >= 500 || is_doubtful(&code);
                (code, message, status, in_doubt)
            }
        };
        self.tally.call_failed(&code);
        if in_doubt {
            for entry in &call.entries {
                self.ledger.doubt(entry.slot, entry.index);
            }
        }
        let remedy = match remedy(&code) {
            // Whatever it is called: proxies and gateways have names of their own for it.
            Remedy::Again if status == 413 || code == "HTTP_400" => Remedy::Apart,
            Remedy::None if !self.is_hopeless => {
                self.is_hopeless = true;
                self.fatal = Some(fatal(&code, &message));
                Remedy::None
            }
            remedy => remedy,
        };
        if remedy == Remedy::Apart && call.ends.len() > 1 {
            return self.take_apart(call);
        }
        let why = self.reason(&code, || message);
        if matches!(remedy, Remedy::Apart | Remedy::None) {
            for entry in &call.entries {
                self.refuse(*entry, why);
            }
            return;
        }
        self.wants_credentials |= remedy == Remedy::Credentials;
        self.pause.fail(now);
        self.tally.retries += call.entries.len() as u64;
        if in_doubt {
            self.tally.doubtful += call.entries.len() as u64;
        }
        for entry in call.entries.iter().rev() {
            self.enqueue_first(Entry {
                reason: why,
                ..*entry
            });
        }
    }

    /// The service does not say which record is bad: half and half, until it is alone.
    fn take_apart(&mut self, call: &Call) {
        let middle = call.ends[call.ends.len() / 2 - 1] as usize;
        let (first, second) = call.entries.split_at(middle);
        self.apart.push_back(first.to_vec());
        self.apart.push_back(second.to_vec());
    }
}

/// What a call whose answer did not come is counted as.
const ANSWER_LOST: &str = "AnswerLost";

/// What an aggregate is counted as that is stored where consumers drop it.
pub(super) const WRONG_SHARD: &str = "WrongShard";

/// Whether it is a failure inside the service, which says nothing about what it has stored before.
fn is_doubtful(code: &str) -> bool {
    code.starts_with("Internal")
}

fn fatal(code: &str, message: &str) -> Fatal {
    let help = match code {
        "AccessDeniedException" => {
            "the credentials need the right kinesis:PutRecords on the stream"
        }
        "ResourceNotFoundException" => {
            "the stream is not there (any more), or is in another region or account"
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" | "InvalidSignatureException" => {
            "check the access key, the secret and this machine's clock"
        }
        _ if code.starts_with("KMS") => {
            "the stream is encrypted: check its key and the right to use it"
        }
        _ => "see the service's message",
    };
    let what = format!("Kinesis refused a request and would refuse it again: {code}: {message}");
    Fatal::new(what).help(help)
}
