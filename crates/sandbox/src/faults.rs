//! Misbehaving on purpose.
//!
//! `[METHOD] WORD: WHAT [TIMES]`, e.g. `POST flows: 503 once`, `dataSets: reset after 2 times`,
//! `GET batches: 429 always`. WORD is looked for in the path. A call to Pub/Sub has the path
//! `/google.pubsub.v1/METHOD`, and may be answered with a code by its name: `Publish: UNAVAILABLE 3 times`.

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::pubsub::Code;

/// What goes wrong, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Only with this method; `None`: with any.
    pub method: Option<String>,
    /// Only in paths that hold this.
    pub path: String,
    /// What happens.
    pub what: Misbehaviour,
    /// How often.
    pub times: Times,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// It is answered with this status and not carried out. 429 and 503 carry `Retry-After: 1`… or
    /// nothing, if `retry_after` is off.
    Status(u16),
    /// It is carried out and then answered with this status.
    StatusAfter(u16),
    /// It is answered with this code of Google's and not carried out.
    Code(Code),
    /// It is carried out and then answered with this code.
    CodeAfter(Code),
    /// The connection breaks before it is carried out.
    ResetBefore,
    /// The connection breaks after it was carried out.
    ResetAfter,
    /// It takes this long.
    Delay(Duration),
}

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// So many times.
    Exactly(u32),
    /// The first so many calls that fit are spared, the next one is hit.
    After(u32),
    /// Until it is cleared.
    Always,
}

/// A fault that is not written as one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a fault: expected e.g. `POST flows: 503 once`, `dataSets: reset after once`, \
         `batches: delay 2s always`"
)]
pub struct FaultError(String);

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        parse(text).ok_or_else(|| FaultError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Fault> {
    let (whom, what) = text.split_once(':')?;
    let whom: Vec<_> = whom.split_whitespace().collect();
    let (method, path) = match whom[..] {
        [path] => (None, path),
        [method, path] => (Some(method.to_uppercase()), path),
        _ => return None,
    };
    let words: Vec<_> = what.split_whitespace().collect();
    let (what, times) = match words[..] {
        ["reset", "before", ref rest @ ..] => (Misbehaviour::ResetBefore, rest),
        ["reset", "after", ref rest @ ..] => (Misbehaviour::ResetAfter, rest),
        ["delay", time, ref rest @ ..] => (Misbehaviour::Delay(duration(time)?), rest),
        [code, "after", ref rest @ ..] if Code::named(code).is_some() => {
            (Misbehaviour::CodeAfter(Code::named(code)?), rest)
        }
        [code, ref rest @ ..] if Code::named(code).is_some() => {
            (Misbehaviour::Code(Code::named(code)?), rest)
        }
        [status, "after", ref rest @ ..] => {
            (Misbehaviour::StatusAfter(self::status(status)?), rest)
        }
        [status, ref rest @ ..] => (Misbehaviour::Status(self::status(status)?), rest),
        [] => return None,
    };
    let times = match times {
        [] | ["once"] => Times::Exactly(1),
        ["always"] => Times::Always,
        [number, "times"] => Times::Exactly(number.parse().ok()?),
        _ => return None,
    };
    Some(Fault {
        method,
        path: path.to_owned(),
        what,
        times,
    })
}

fn status(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|status| (400..600).contains(status))
}

fn duration(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?
        .parse()
        .ok()
        .map(Duration::from_secs)
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

    /// What happens to this call.
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
        let fits = |fault: &Fault| {
            fault
                .method
                .as_deref()
                .is_none_or(|wanted| wanted == method)
                && path.contains(&fault.path)
        };
        let index = active.iter().position(fits)?;
        match &mut active[index].times {
            Times::Always => Some(active[index].what),
            Times::Exactly(left) => {
                *left = left.saturating_sub(1);
                let is_over = *left == 0;
                let what = active[index].what;
                if is_over {
                    active.remove(index);
                }
                Some(what)
            }
            Times::After(0) => Some(active.remove(index).what),
            Times::After(spared) => {
                *spared -= 1;
                None
            }
        }
    }

    fn active(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_a_sentence() {
        let fault: Fault = "post flows: 503 once".parse().unwrap();
        assert_eq!(fault.method.as_deref(), Some("POST"));
        assert_eq!(
            (fault.what, fault.times),
            (Misbehaviour::Status(503), Times::Exactly(1))
        );
        let fault: Fault = "dataSets: reset after 2 times".parse().unwrap();
        assert_eq!((fault.method, fault.what), (None, Misbehaviour::ResetAfter));
        let fault: Fault = "x: delay 20ms always".parse().unwrap();
        assert_eq!(fault.what, Misbehaviour::Delay(Duration::from_millis(20)));
        let fault: Fault = "Publish: UNAVAILABLE 3 times".parse().unwrap();
        let expected = (Misbehaviour::Code(Code::Unavailable), Times::Exactly(3));
        assert_eq!((fault.what, fault.times), expected);
        let fault: Fault = "Publish: DEADLINE_EXCEEDED after".parse().unwrap();
        let expected = Misbehaviour::CodeAfter(Code::DeadlineExceeded);
        assert_eq!(fault.what, expected);
        for bad in [
            "",
            "Publish: OK",
            "flows",
            "a b c: 503",
            "flows: 42",
            "flows: 503 often",
            "flows: delay 3",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

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
}
