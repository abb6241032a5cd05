//! Which answers are worth another try, and when.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Status};

use super::publish::Publisher;
use super::request::Request;
use super::tally::Tally;

/// How long one attempt may take. A server that is slower than that has lost it.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Google's own publishers begin with 100 ms too; they go up to a minute, in which a load test sees
/// nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What a refusal means for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Another try may get through.
    Transient,
    /// The same, and the reason is that there is a quota.
    Throttled,
    /// The credentials were not taken: once more with fresh ones.
    Unauthenticated,
    /// No try will ever get through.
    Permanent,
}

/// The codes that Google's own publishers try again: ABORTED, CANCELLED, DEADLINE_EXCEEDED,
/// INTERNAL, RESOURCE_EXHAUSTED, UNAVAILABLE and UNKNOWN.
/// <https://github.com/googleapis/google-cloud-rust/blob/main/src/pubsub/src/publisher/retry_policy.rs>
pub(super) fn meaning(code: Code) -> Meaning {
    match code {
        Code::ResourceExhausted => Meaning::Throttled,
        Code::Aborted
        | Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Internal
        | Code::Unavailable
        | Code::Unknown => Meaning::Transient,
        Code::Unauthenticated => Meaning::Unauthenticated,
        _ => Meaning::Permanent,
    }
}

/// Whether the service itself says that it has not taken the request. Everything else leaves that open:
/// a connection may have ended, and a server have begun to shut down, when the messages were stored.
fn is_refused(status: &Status) -> bool {
    // What the client's library makes of a broken connection comes with its cause.
    let is_the_services = status.source().is_none();
    is_the_services
        && matches!(
            status.code(),
            Code::InvalidArgument
                | Code::NotFound
                | Code::AlreadyExists
                | Code::PermissionDenied
                | Code::ResourceExhausted
                | Code::FailedPrecondition
                | Code::OutOfRange
                | Code::Unimplemented
                | Code::Unauthenticated
        )
}

/// The name that Google's documentation has for a code, e.g. `RESOURCE_EXHAUSTED`.
pub(super) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The code of records that were never sent, since no service has given one.
const TURN_TOO_LATE: &str = "TURN_TOO_LATE";

/// Why a request was given up.
#[derive(Debug)]
pub(super) struct Failure {
    /// The last answer, or what came instead of one.
    pub(super) status: Status,
    /// Whether one of the attempts may have got through all the same.
    pub(super) may_have_arrived: bool,
    was_sent: bool,
}

impl Failure {
    /// There was no time left when its turn came.
    fn of_turn() -> Failure {
        let why = "not sent: the requests before it took all of its time";
        Failure {
            status: Status::aborted(why),
            may_have_arrived: false,
            was_sent: false,
        }
    }

    /// The service's code by Google's name for it, or our own.
    pub(super) fn code(&self) -> &'static str {
        if self.was_sent {
            name(self.status.code())
        } else {
            TURN_TOO_LATE
        }
    }
}

/// Sends a request until it is taken, refused for good, or `give_up` is reached.
pub(super) async fn deliver(
    publisher: &Publisher,
    request: &Arc<Request>,
    give_up: Instant,
    tally: &Tally,
) -> Result<(), Failure> {
    let mut pauses = ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times()
        .build();
    if Instant::now() >= give_up {
        return Err(Failure::of_turn());
    }
    let mut has_renewed = false;
    let mut is_doubtful = false;
    loop {
        let departures = request.departures();
        let Err(status) = attempt(publisher, request, give_up, tally).await else {
            return Ok(());
        };
        tally.failed(status.code());
        is_doubtful |= request.departures() > departures && !is_refused(&status);
        let meaning = meaning(status.code());
        let is_over = match meaning {
            Meaning::Permanent => true,
            Meaning::Unauthenticated => std::mem::replace(&mut has_renewed, true),
            Meaning::Transient | Meaning::Throttled => false,
        };
        let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
        let left = give_up.saturating_duration_since(Instant::now());
        if meaning == Meaning::Throttled {
            tally.throttled(pause.min(left));
        }
        let failure = Failure {
            status,
            may_have_arrived: is_doubtful,
            was_sent: true,
        };
        if is_over || pause >= left {
            return Err(failure);
        }
        sleep(pause).await;
        // Sleep may take longer.
        if Instant::now() >= give_up {
            return Err(failure);
        }
        tally.tried_again(if is_doubtful { request.messages() } else { 0 });
    }
}

/// One attempt, which takes no longer than it may.
async fn attempt(
    publisher: &Publisher,
    request: &Arc<Request>,
    give_up: Instant,
    tally: &Tally,
) -> Result<(), Status> {
    let began = Instant::now();
    let until = give_up.min(began + ATTEMPT);
    let Ok(answer) = timeout_at(until, publisher.attempt(request)).await else {
        let seconds = (until - began).as_secs_f64();
        let why = format!("no answer within {seconds:.1} s");
        return Err(Status::deadline_exceeded(why));
    };
    tally.answered(began.elapsed());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_googles_name_and_one_meaning() {
        let (mut transient, mut permanent) = (Vec::new(), Vec::new());
        for code in (0..=16).map(Code::from_i32) {
            let debug = format!("{code:?}").to_lowercase();
            assert_eq!(name(code).replace('_', "").to_lowercase(), debug);
            match meaning(code) {
                Meaning::Transient | Meaning::Throttled => transient.push(name(code)),
                Meaning::Permanent | Meaning::Unauthenticated => permanent.push(name(code)),
            }
        }
        assert_eq!(
            transient,
            [
                "CANCELLED",
                "UNKNOWN",
                "DEADLINE_EXCEEDED",
                "RESOURCE_EXHAUSTED",
                "ABORTED",
                "INTERNAL",
                "UNAVAILABLE",
            ]
        );
        for code in [
            "INVALID_ARGUMENT",
            "NOT_FOUND",
            "PERMISSION_DENIED",
            "UNAUTHENTICATED",
        ] {
            assert!(permanent.contains(&code), "{code}");
        }
    }
}
