//! Nowhere: every record is acknowledged, at once or after a set time.
//!
//! The destination to copy when writing another one: it has all the parts and nothing else.
//!
//! ```yaml
//! destination:
//!   discard: {latency: 5ms}
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use batch::{Batch, BatchId, Clock, Nanos, Outcome, Receipt};
use options::{Location, Period, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wait::Waiter;
use crate::{
    BoxFuture, Destination, Error, Fatal, Finding, Findings, Full, Lane, Limits, Producer,
};

/// Acknowledges every record and sends nothing.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// How long after a record was handed over it is acknowledged. Left out: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Period>,
}

impl Options {
    /// There is no stand-in for nowhere.
    #[expect(
        clippy::unused_self,
        reason = "the registry calls it for every destination"
    )]
    pub(crate) fn point_at(&mut self, _: &str) {}
}

impl Destination for Options {
    fn name(&self) -> &'static str {
        "discard"
    }

    fn describe(&self) -> String {
        match self.latency {
            Some(latency) => format!("discard, acknowledged after {latency}"),
            None => "discard".to_owned(),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            beside: &[
                "headers",
                "attributes",
                "partition",
                "hash_key",
                "tombstones",
            ],
            ..Limits::default()
        }
    }

    fn problems(&self, at: &Location, problems: &mut Problems) {
        if self
            .latency
            .is_some_and(|latency| latency.0 > Duration::from_mins(1))
        {
            problems.push(Problem::warning(
                at.join("latency"),
                "nothing is acknowledged for more than a minute",
            ));
        }
    }

    fn check(&self) -> BoxFuture<'_, Result<Findings, Error>> {
        let found = "nothing is sent anywhere".to_owned();
        let finding = Finding {
            what: "discard".to_owned(),
            found,
            warning: None,
        };
        Box::pin(async { Ok(vec![finding]) })
    }

    fn open(&self, lane: Lane) -> Result<Box<dyn Producer>, Error> {
        Ok(Box::new(Discard {
            waiter: Waiter::new(lane.clock.clone())?,
            clock: lane.clock,
            latency: self.latency.unwrap_or_default().0,
            waiting: VecDeque::with_capacity(lane.batches),
        }))
    }
}

/// Batches that were handed over, and when each of them is answered: in order, since the latency
/// is the same for all.
#[derive(Debug)]
struct Discard {
    clock: Clock,
    waiter: Waiter,
    latency: Duration,
    waiting: VecDeque<(Nanos, BatchId, u32)>,
}

impl Discard {
    fn answer(&mut self, now: Nanos, receipts: &mut Vec<Receipt>) {
        while let Some(&(at, batch, records)) = self.waiting.front()
            && at <= now
        {
            self.waiting.pop_front();
            receipts.push(Receipt {
                batch,
                records: 0..records,
                outcome: Outcome::Acknowledged,
                at,
            });
        }
    }
}

impl Producer for Discard {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        let at = self.clock.now() + self.latency;
        self.waiting.push_back((at, batch.id(), batch.len() as u32));
        Ok(())
    }

    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        self.answer(self.clock.now(), receipts);
        while receipts.len() == had {
            let next = self
                .waiting
                .front()
                .map_or(until, |(at, ..)| until.min(*at));
            self.waiter.sleep(next);
            let now = self.clock.now();
            self.answer(now, receipts);
            if now >= until || self.clock.is_virtual() {
                break;
            }
        }
        Ok(())
    }

    fn close(mut self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>) {
        while let Some(&(at, ..)) = self.waiting.front()
            && (at <= until || self.clock.now() >= at)
        {
            self.waiter.sleep(at.min(until));
            self.answer(self.clock.now(), receipts);
            if self.clock.is_virtual() {
                break;
            }
        }
    }
}
