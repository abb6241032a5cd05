//! Misbehaving on purpose.
//!
//! A fault is a sentence, `WHOM: WHAT [TIMES]`, e.g. `POST flows: 503 once`, `dataSets: reset after
//! 2 times`, `GET batches: 429 every 10`. [`Sentence`] is the grammar that all share; what can happen
//! to a call is in `call.rs`, where each service's own words stand beside the platform's. WHOM is
//! looked for in the path; a call to Pub/Sub has the path `/google.pubsub.v1/METHOD`, one to Kinesis
//! `/kinesis/OPERATION`, and a single record of Kinesis `/kinesis/PutRecords/STREAM/SHARD`.

mod call;
mod sentence;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use call::{Fault, Misbehaviour};
pub(crate) use sentence::Sentence;
pub use sentence::Times;

/// A fault that is not written as one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a fault: {reason}\nhelp: a fault is `WHOM: WHAT [TIMES]`, e.g. \
     `POST flows: 503 once`, `dataSets: reset after 2 times`, `batches: delay 2s every 10`"
)]
pub struct FaultError {
    text: String,
    reason: String,
}

impl FaultError {
    fn new(text: &str, reason: &str) -> FaultError {
        FaultError {
            text: text.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// The faults that are on.
#[derive(Debug, Default)]
pub struct Faults {
    active: Mutex<Vec<Fault>>,
    seen: Mutex<Vec<String>>,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Faults {
        Faults {
            active: Mutex::new(faults),
            seen: Mutex::default(),
        }
    }

    /// Turns one on.
    pub fn inject(&self, fault: Fault) {
        self.active().push(fault);
    }

    /// Turns all off.
    pub fn clear(&self) {
        self.active().clear();
    }

    /// Every call so far, as `METHOD path`, and forgets them.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What happens to this call: every fault that fits counts it, until one hits it.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Option<Misbehaviour> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(format!("{method} {path}"));
        self.hit(method, path)
    }

    /// The same for one of very many calls, which is not written down.
    pub(crate) fn hit(&self, method: &str, path: &str) -> Option<Misbehaviour> {
        let mut active = self.active();
        for index in 0..active.len() {
            if !active[index].fits(method, path) {
                continue;
            }
            let what = active[index].what;
            let (hits, is_over) = active[index].times.strike();
            if is_over {
                active.remove(index);
            }
            if hits {
                return Some(what);
            }
        }
        None
    }

    /// Whether anything can happen to single records.
    pub(crate) fn hits_records(&self) -> bool {
        self.active().iter().any(Fault::is_of_records)
    }

    fn active(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_it_says() {
        let faults = Faults::new(vec!["POST flows: 500 2 times".parse().unwrap()]);
        let strike = || faults.strike("POST", "/data/foundation/flowservice/flows");
        assert!(
            faults
                .strike("GET", "/data/foundation/flowservice/flows")
                .is_none()
        );
        assert!(strike().is_some() && strike().is_some() && strike().is_none());
        faults.inject(Fault {
            times: Times::After(1),
            ..("flows: 500".parse().unwrap())
        });
        assert!(strike().is_none() && strike().is_some() && strike().is_none());
        assert_eq!(faults.take_calls().len(), 7);
    }

    #[test]
    fn only_what_is_meant_for_records_hits_records() {
        let faults = Faults::new(vec!["kinesis: 500 always".parse().unwrap()]);
        let record = || faults.hit("RECORD", "/kinesis/PutRecords/s/shardId-000000000000");
        assert!(!faults.hits_records() && record().is_none());
        let one = "RECORD shardId-000000000000: InternalFailure always";
        faults.inject(one.parse().unwrap());
        assert!(faults.hits_records());
        assert_eq!(record(), Some(Misbehaviour::Exception("InternalFailure")));
    }
}
