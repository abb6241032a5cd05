//! The data plane: batches in, delivery reports out.

use std::sync::Arc;

use batch::{Batch, Clock, Nanos, Receipt};

use super::diagnosis;
use super::doubt::Doubt;
use super::endpoint::Endpoint;
use super::partition::Partitioner;
use super::statistics::Statistics;
use crate::librdkafka::{Event, Kind, Outbox};
use crate::wait::Waiter;
use crate::{Error, Fatal, Full, Lane, Producer, Telemetry};

/// How many events are taken from librdkafka before the clock is read for them.
const EVENTS_AT_ONCE: usize = 16;

/// One lane's producer: one librdkafka client, which is one connection per broker.
pub(crate) struct KafkaProducer {
    outbox: Outbox,
    partitioner: Partitioner,
    waiter: Waiter,
    clock: Clock,
    statistics: Statistics,
    endpoint: Endpoint,
    doubt: Doubt,
    fatal: Option<Fatal>,
}

impl KafkaProducer {
    /// Connects, makes sure of the topic, and is then ready.
    pub(crate) fn open(endpoint: Endpoint, lane: Lane) -> Result<KafkaProducer, Error> {
        let (mut client, partitions) = endpoint.connect(&lane.client_id)?;
        let waiter = Waiter::new(lane.clock.clone())?;
        client.signal_on(waiter.signal()?);
        let outbox = Outbox::new(
            client,
            &endpoint.topic,
            lane.batches,
            lane.records_per_batch,
        )
        .ok_or_else(|| Error::new(format!("`{}` can't be a topic's name", endpoint.topic)))?;
        // As long as librdkafka's own sticky partitioner stays, so that requests are full.
        let sticky = endpoint.tuning.linger.as_nanos().saturating_mul(2);
        Ok(KafkaProducer {
            outbox,
            partitioner: Partitioner::new(partitions, lane.index, sticky),
            waiter,
            clock: lane.clock,
            statistics: Statistics::default(),
            endpoint,
            doubt: Doubt::default(),
            fatal: None,
        })
    }

    /// Takes what librdkafka has to tell. The clock is read once for the events that are there,
    /// after the last of them is taken and before the first is looked into: no receipt is stamped
    /// earlier than its answer arrived, and none later for the work that others make.
    fn collect(&mut self, receipts: &mut Vec<Receipt>) {
        loop {
            let mut events: [Option<Event<'_>>; EVENTS_AT_ONCE] = [const { None }; EVENTS_AT_ONCE];
            let (client, deliveries) = self.outbox.parts();
            let mut count = 0;
            while count < EVENTS_AT_ONCE
                && let Some(event) = client.next_event()
            {
                events[count] = Some(event);
                count += 1;
            }
            if count == 0 {
                return;
            }
            let at = self.clock.now();
            let mut is_hopeless = false;
            for mut event in events.into_iter().flatten() {
                match event.kind() {
                    Kind::Reports(reports) => deliveries.take(reports),
                    Kind::Trouble {
                        code,
                        text,
                        is_fatal,
                    } => {
                        let fatal =
                            diagnosis::in_mid_run(&self.endpoint, client, code, &text, is_fatal);
                        is_hopeless |= fatal.is_some();
                        self.fatal = self.fatal.take().or(fatal);
                    }
                    Kind::Statistics(text) => {
                        self.partitioner.grow(self.statistics.add(text));
                    }
                    Kind::TokenWanted | Kind::Other => {}
                }
            }
            self.endpoint.renew_token(client);
            if is_hopeless {
                self.outbox.purge();
            } else if self.outbox.is_stuck() {
                // The events are freed by now, and with them room in librdkafka's queue.
                self.outbox.offer();
            }
            self.hand_over(at, receipts);
            if count < EVENTS_AT_ONCE {
                return;
            }
        }
    }

    /// Hands over what became of records. If it is known by now that none will be taken any more, that
    /// is fatal, and what waits comes back too.
    fn hand_over(&mut self, at: Nanos, receipts: &mut Vec<Receipt>) {
        let (_, deliveries) = self.outbox.parts();
        if let Some(code) = self.doubt.settle(deliveries.take_signs(), at) {
            self.fatal = Some(diagnosis::refused_for_good(&self.endpoint, code));
            self.outbox.purge();
        }
        self.outbox.receipts(at, receipts);
    }
}

impl Producer for KafkaProducer {
    fn submit(&mut self, batch: Arc<Batch>) -> Result<(), Full> {
        if self.outbox.is_stuck() {
            return Err(Full(batch));
        }
        let groups = self.partitioner.group(&batch);
        self.outbox.put(batch, groups);
        self.outbox.offer();
        Ok(())
    }

    fn poll(&mut self, until: Nanos, receipts: &mut Vec<Receipt>) -> Result<(), Fatal> {
        let had = receipts.len();
        loop {
            if self.outbox.has_refused() {
                self.hand_over(self.clock.now(), receipts);
            }
            self.collect(receipts);
            if let Some(fatal) = self.fatal.take() {
                return Err(fatal);
            }
            if receipts.len() > had || self.clock.is_virtual() || self.clock.now() >= until {
                return Ok(());
            }
            self.waiter.wait(until);
        }
    }

    fn close(mut self: Box<Self>, until: Nanos, receipts: &mut Vec<Receipt>) {
        while !self.outbox.is_empty() || self.outbox.has_refused() {
            // What is fatal was said before, or is said by the receipts.
            let _ = self.poll(until, receipts);
            if self.clock.now() >= until || self.clock.is_virtual() {
                return;
            }
        }
    }

    fn telemetry(&mut self, into: &mut Telemetry) {
        self.statistics.take(into);
        into.lingered(self.endpoint.tuning.linger.0);
    }
}
