//! Delivery reports, record by record and in any order, to receipts.

use std::sync::Arc;

use batch::{Batch, Nanos, Receipt};

use super::doubt::Signs;
use crate::ledger::{Ledger, Reason};
use crate::librdkafka::{Code, Refused, Report};

/// The batches under way, and what has been reported on their records but not been handed over.
pub(crate) struct Deliveries {
    ledger: Ledger,
    /// What may show that no further record will be taken, since somebody looked.
    signs: Signs,
    /// Reasons seen so far.
    reasons: Vec<((Code, By), Reason)>,
}

/// Who refused a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// librdkafka, before it took the record.
    Client,
    /// The broker, or librdkafka with the record on its way.
    Report,
    /// We: the record names a partition that the topic does not have.
    Partition,
}

impl Deliveries {
    /// Room for so many batches of so many records, from the start.
    pub(crate) fn new(batches: usize, records: usize) -> Deliveries {
        Deliveries {
            ledger: Ledger::with_room(batches, records),
            signs: Signs::default(),
            reasons: Vec::new(),
        }
    }

    /// Holds a batch until the last report on it.
    pub(crate) fn hold(&mut self, batch: Arc<Batch>) {
        self.ledger.hold(batch);
    }

    /// A batch that is held.
    pub(crate) fn batch(&self, slot: u32) -> &Batch {
        self.ledger.batch(slot)
    }

    /// Whether no record waits for its report.
    pub(crate) fn is_empty(&self) -> bool {
        self.ledger.is_empty()
    }

    /// Takes reports on any number of records.
    pub(crate) fn take(&mut self, reports: impl Iterator<Item = Report>) {
        let (mut first, mut count) = (0, 0);
        for Report { ticket, refused } in reports {
            if let Some(Refused {
                code,
                may_have_arrived,
            }) = refused
            {
                if may_have_arrived {
                    let (slot, index) = place(ticket);
                    self.ledger.doubt(slot, index);
                }
                self.refuse(ticket, code, By::Report);
            } else if ticket == first + u64::from(count) {
                count += 1;
            } else {
                self.acknowledge(first, count);
                (first, count) = (ticket, 1);
            }
        }
        self.acknowledge(first, count);
    }

    /// Whether a refusal waits for [`flush`](Deliveries::flush).
    pub(crate) fn has_refused(&self) -> bool {
        self.ledger.has_refused()
    }

    /// What has been seen since the last call of whether anybody may write here and to what.
    pub(super) fn take_signs(&mut self) -> Signs {
        std::mem::take(&mut self.signs)
    }

    /// `count` records from `ticket` on (batch slot and index) have arrived.
    fn acknowledge(&mut self, ticket: u64, count: u32) {
        if count == 0 {
            return;
        }
        self.signs.acknowledged = true;
        let (slot, start) = place(ticket);
        self.ledger.acknowledge(slot, start..start + count);
    }

    /// The record `ticket` was not taken, because of `code`.
    pub(crate) fn refuse(&mut self, ticket: u64, code: Code, by: By) {
        let (slot, index) = place(ticket);
        if (code.is_forbidden() || code.is_gone()) && by != By::Partition {
            self.signs.refusal = Some(code);
        }
        if code == Code::PURGED_IN_FLIGHT {
            return self.ledger.abandon(slot, index);
        }
        let key = (code, by);
        let known = self.reasons.iter().position(|(known, _)| *known == key);
        let at = known.unwrap_or_else(|| {
            let reason = Reason::new(&code.name(), &words(code, by));
            self.reasons.push((key, reason));
            self.reasons.len() - 1
        });
        self.ledger.refuse(slot, index, &self.reasons[at].1);
    }

    /// Hands over everything reported since the last call, as of the moment `at`.
    pub(crate) fn flush(&mut self, at: Nanos, receipts: &mut Vec<Receipt>) {
        self.ledger.flush(at, receipts);
    }
}

/// Batch slot and index of a ticket.
pub(crate) fn place(ticket: u64) -> (u32, u32) {
    ((ticket >> 32) as u32, ticket as u32)
}

/// librdkafka's words, and more where they lead astray: one code stands for two limits.
fn words(code: Code, by: By) -> String {
    let words = code.words();
    match by {
        By::Client if code == Code::TOO_LARGE => {
            format!("{words}: the record is larger than the property `message.max.bytes` allows")
        }
        By::Report if code == Code::TOO_LARGE => format!(
            "{words}: the batch that the record was sent in is larger than the topic's \
             `max.message.bytes` allows; lower `batch_size`"
        ),
        By::Partition => {
            "not sent: the record names a partition that the topic does not have".to_owned()
        }
        By::Client | By::Report => words,
    }
}

#[cfg(test)]
mod tests {
    use batch::{BatchPool, Outcome, PoolSize};

    use super::*;

    #[test]
    fn neighbours_that_were_refused_for_one_reason_share_a_receipt() {
        let mut deliveries = Deliveries::new(1, 10);
        let mut pool = BatchPool::new(PoolSize {
            batches: 1,
            records: 10,
            bytes: 0,
        });
        let id = pool.take().unwrap();
        let batch = pool.get_mut(id).unwrap();
        batch.begin(0, 1);
        for _ in 0..6 {
            batch.push_due(Nanos::ZERO);
            batch.end_record();
        }
        deliveries.hold(pool.lend(id));
        let report = |ticket, may_have_arrived| Report {
            ticket,
            refused: Some(Refused {
                code: Code::TOO_LARGE,
                may_have_arrived,
            }),
        };
        deliveries.take(
            [(0, false), (1, false), (2, true), (3, true)]
                .map(|(n, it)| report(n, it))
                .into_iter(),
        );
        deliveries.refuse(4, Code::TOO_LARGE, By::Client);
        deliveries.refuse(5, Code::PURGED_IN_FLIGHT, By::Report);
        let mut receipts = Vec::new();
        deliveries.flush(Nanos(5), &mut receipts);
        let told: Vec<_> = receipts
            .iter()
            .map(|receipt| {
                let words = match &receipt.outcome {
                    Outcome::Rejected(why) => format!("{}: {}", why.code, why.message),
                    outcome => format!("{outcome:?}"),
                };
                (receipt.records.clone(), words)
            })
            .collect();
        let batch = "MSG_SIZE_TOO_LARGE: Broker: Message size too large: the batch that the record was \
                     sent in is larger than the topic's `max.message.bytes` allows; lower `batch_size`";
        let record = "MSG_SIZE_TOO_LARGE: Broker: Message size too large: the record is larger than the \
                      property `message.max.bytes` allows";
        assert_eq!(
            told,
            [
                (0..2, batch.to_owned()),
                (2..4, format!("{batch} (it was sent and may have arrived)")),
                (4..5, record.to_owned()),
                (5..6, "Abandoned".to_owned()),
            ]
        );
    }
}
