//! Faults of calls: `[METHOD] WORD: WHAT [TIMES]`. WORD is looked for in the path. The method `RECORD`
//! stands for the single records of a call.

use std::str::FromStr;
use std::time::Duration;

use super::{FaultError, Sentence, Times};
use crate::pubsub::Code;

/// What goes wrong with a call, and how often.
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
    /// It is answered with this status and not carried out; 429 carries `Retry-After: 0`.
    Status(u16),
    /// It is carried out and then answered with this status.
    StatusAfter(u16),
    /// It is answered with this code of Google's and not carried out.
    Code(Code),
    /// It is carried out and then answered with this code.
    CodeAfter(Code),
    /// It is answered with this exception of AWS's and not carried out.
    Exception(&'static str),
    /// It is answered with 200 and an error inside, as some of the services do, and not carried out.
    Soft,
    /// It is carried out and then answered with 200 and something that nobody can read.
    Garbage,
    /// The connection breaks before it is carried out.
    ResetBefore,
    /// The connection breaks after it was carried out.
    ResetAfter,
    /// It takes this long.
    Delay(Duration),
}

/// What [`Misbehaviour::Exception`] may be, by the names of the API's reference.
const EXCEPTIONS: [&str; 13] = [
    "AccessDeniedException",
    "ExpiredIteratorException",
    "ExpiredTokenException",
    "InternalFailure",
    "InvalidArgumentException",
    "InvalidSignatureException",
    "KMSThrottlingException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ResourceNotFoundException",
    "ServiceUnavailable",
    "UnrecognizedClientException",
    "ValidationException",
];
/// What a word that is nothing may have been meant for.
const WORDS: [&str; 7] = [
    "reset",
    "delay",
    "soft",
    "garbage",
    "UNAVAILABLE",
    "InternalFailure",
    "ProvisionedThroughputExceededException",
];
/// The method of a single record.
const RECORD: &str = "RECORD";

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        Fault::read(&Sentence::parse(text)?)
    }
}

impl Fault {
    pub(crate) fn read(sentence: &Sentence<'_>) -> Result<Fault, FaultError> {
        const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", RECORD];
        let (method, path) = match sentence.whom[..] {
            [path] => (None, path),
            [method, path] if METHODS.contains(&method.to_uppercase().as_str()) => {
                (Some(method.to_uppercase()), path)
            }
            [word, _] => {
                return Err(sentence.wrong(&format!("`{word}` is neither a method nor a service")));
            }
            _ => return Err(sentence.wrong("expected a method, or none, and a word of the path")),
        };
        let what = match sentence.what[..] {
            ["reset", "before"] => Misbehaviour::ResetBefore,
            ["reset", "after"] => Misbehaviour::ResetAfter,
            ["reset", ..] => return Err(sentence.wrong("`reset` is either `before` or `after`")),
            ["delay", time] => Misbehaviour::Delay(sentence.duration(time)?),
            ["soft", "error"] => Misbehaviour::Soft,
            ["garbage"] => Misbehaviour::Garbage,
            [code, "after"] if let Some(code) = Code::named(code) => Misbehaviour::CodeAfter(code),
            [code] if let Some(code) = Code::named(code) => Misbehaviour::Code(code),
            [name] if let Some(name) = exception(name) => Misbehaviour::Exception(name),
            [status, "after"] => Misbehaviour::StatusAfter(read_status(sentence, status)?),
            [status] => Misbehaviour::Status(read_status(sentence, status)?),
            [word, ..] => {
                return Err(sentence.unknown(word, &WORDS));
            }
            [] => return Err(sentence.wrong("it does not say what happens")),
        };
        Ok(Fault {
            method,
            path: path.to_owned(),
            what,
            times: sentence.times,
        })
    }

    /// Whether it is about this call.
    pub(super) fn fits(&self, method: &str, path: &str) -> bool {
        let is_meant = match self.method.as_deref() {
            // Who means records says so.
            None => method != RECORD,
            Some(wanted) => wanted == method,
        };
        is_meant && path.contains(&self.path)
    }

    /// Whether it is about single records.
    pub(super) fn is_of_records(&self) -> bool {
        self.method.as_deref() == Some(RECORD)
    }
}

fn exception(name: &str) -> Option<&'static str> {
    EXCEPTIONS.iter().find(|known| **known == name).copied()
}

fn read_status(sentence: &Sentence<'_>, text: &str) -> Result<u16, FaultError> {
    let Ok(status) = text.parse::<u16>() else {
        return Err(sentence.unknown(text, &WORDS));
    };
    if (400..600).contains(&status) {
        Ok(status)
    } else {
        Err(sentence.wrong(&format!("the status {status} is not between 400 and 599")))
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
        let fault: Fault = "GET flows: soft error".parse().unwrap();
        assert_eq!(fault.what, Misbehaviour::Soft);
        let fault: Fault = "POST flows: garbage every 2".parse().unwrap();
        assert_eq!(fault.what, Misbehaviour::Garbage);
        let fault: Fault = "Publish: UNAVAILABLE 3 times".parse().unwrap();
        let expected = (Misbehaviour::Code(Code::Unavailable), Times::Exactly(3));
        assert_eq!((fault.what, fault.times), expected);
        let fault: Fault = "Publish: DEADLINE_EXCEEDED after".parse().unwrap();
        let expected = Misbehaviour::CodeAfter(Code::DeadlineExceeded);
        assert_eq!(fault.what, expected);
        assert!("Publish: OK".parse::<Fault>().is_err());
        let fault: Fault = "record s: InternalFailure every 7".parse().unwrap();
        let expected = Misbehaviour::Exception("InternalFailure");
        assert!(fault.is_of_records());
        assert_eq!(fault.what, expected);
    }

    #[test]
    fn what_is_no_fault_is_told_with_its_reason() {
        let cases = [
            ("flows", "no `:`"),
            ("a b c: 503", "expected a method"),
            ("fetch flows: 503", "neither a method nor a service"),
            ("flows: 42", "not between 400 and 599"),
            ("flows: 503 often", "can happen here"),
            ("flows: delay 3", "not a length of time"),
            ("flows: dely 3s", "did you mean `delay`"),
            ("flows: garbag", "did you mean `garbage`"),
            ("flows: reset", "`before` or `after`"),
        ];
        for (text, reason) in cases {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
