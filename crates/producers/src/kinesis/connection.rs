//! A connection with the memory for its call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Uri};

use super::answer::{Answer, Refusal};
use super::call::Call;
use super::http1::{self, Broken};
use super::outcome::Trouble;
use super::target::Target;

/// One connection, one call at a time.
pub(super) struct Connection {
    http: http1::Connection,
    pub(super) call: Call,
    pub(super) answer: Answer,
}

/// How a call went.
pub(super) struct Done {
    /// The answer is read, or there is none.
    pub(super) result: Result<(), Trouble>,
    /// From the call's start to the answer's last byte.
    pub(super) took: Duration,
    /// When the answer's last byte was there.
    pub(super) at: Instant,
}

impl Connection {
    /// Not connected yet. No step of a call takes longer than `timeout`.
    pub(super) fn new(target: Arc<Target>, timeout: Duration) -> Connection {
        Connection {
            http: http1::Connection::new(target, timeout),
            call: Call::default(),
            answer: Answer::default(),
        }
    }

    /// Connects, so that the first call need not.
    pub(super) async fn connect(&mut self) -> Result<(), String> {
        self.http.connect().await
    }

    /// How often it had to connect again since the last time it was asked.
    pub(super) fn take_reconnects(&mut self) -> u64 {
        std::mem::take(&mut self.http.reconnects)
    }

    /// Sends the body of [`call`](Self::call) and reads the answer into [`answer`](Self::answer).
    pub(super) async fn send(&mut self, headers: HeaderMap) -> Done {
        let start = Instant::now();
        let body = Bytes::from(std::mem::take(&mut self.call.body));
        let result = self.http.post(Uri::default(), headers, &body).await;
        let at = Instant::now();
        if body.is_unique() {
            // The memory comes back: nothing is copied.
            self.call.body = body.into();
        }
        let result = match result {
            Ok(head) if head.status == 200 => {
                let read = self.answer.read(&self.http.content).map_err(Trouble::Lost);
                if read.is_err() {
                    self.http.give_up();
                }
                read
            }
            Ok(head) => Err(Trouble::Refused(Refusal::read(
                head.status,
                &self.http.content,
            ))),
            Err(Broken::NotSent(what)) => Err(Trouble::NotSent(what)),
            Err(Broken::Lost(what)) => Err(Trouble::Lost(what)),
        };
        Done {
            result,
            took: at - start,
            at,
        }
    }
}
