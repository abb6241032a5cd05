//! Batches on their way out: handed over without a copy, kept until the last report.

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::Arc;

use batch::{Batch, Nanos, Receipt};
use rdkafka::bindings as rd;
use rdkafka::bindings::rd_kafka_vtype_t as Type;
use rdkafka::bindings::rd_kafka_vu_s__bindgen_ty_1 as Value;

use super::event::raw_code;
use super::{Client, Code};
use crate::kafka::{By, Deliveries, Groups, place};

/// A client with a topic, and the batches whose bytes it points into.
///
/// librdkafka gets pointers into a batch and no copy. That is sound because
/// - [`Deliveries`] holds the batch's `Arc` until every record of it is reported on, and librdkafka
///   does not touch a record that it has reported on;
/// - the fields are dropped in order: the client and its threads are gone before the batches are.
pub(crate) struct Outbox {
    link: Link,
    messages: Vec<rd::rd_kafka_message_t>,
    /// What librdkafka has not taken yet: runs of `messages` for one partition, last one first.
    waiting: Vec<(i32, usize, usize)>,
    /// Whether the records that wait have headers: librdkafka takes those one by one.
    has_headers: bool,
    deliveries: Deliveries,
}

// SAFETY: the pointers in `messages` point into batches that `deliveries` holds; librdkafka's
// handles can be used from any thread.
unsafe impl Send for Outbox {}

/// The client and its topic handle, which has to go first.
struct Link {
    topic: NonNull<rd::rd_kafka_topic_t>,
    client: Client,
}

impl Drop for Link {
    fn drop(&mut self) {
        // SAFETY: ours, and the client is still there.
        unsafe { rd::rd_kafka_topic_destroy(self.topic.as_ptr()) };
    }
}

impl Link {
    /// Hands over messages one by one, each with its record's headers. Returns how many were taken, and says
    /// in `err` which were not, as `rd_kafka_produce_batch` does; after one that finds no room none is tried.
    fn produce_each(
        &self,
        partition: i32,
        messages: &mut [rd::rd_kafka_message_t],
        deliveries: &Deliveries,
    ) -> c_int {
        let (mut taken, mut is_full) = (0, false);
        for message in messages {
            let (slot, index) = place(message._private as u64);
            message.err = if is_full {
                rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__QUEUE_FULL
            } else {
                self.produce(partition, message, deliveries.batch(slot), index)
            };
            // SAFETY: a reference into `messages`.
            let code = unsafe { raw_code(&raw const message.err) };
            taken += c_int::from(code == Code::NONE);
            is_full |= code == Code::QUEUE_FULL;
        }
        taken
    }

    fn produce(
        &self,
        partition: i32,
        message: &rd::rd_kafka_message_t,
        batch: &Batch,
        index: u32,
    ) -> rd::rd_kafka_resp_err_t {
        let all = batch.headers(index as usize);
        // SAFETY: every pointer is one to memory that outlives the call; librdkafka copies names, values and
        // the key. The record's bytes it points into, as ever (see `Outbox`). The headers are its own once it
        // has taken the message, and ours until then.
        unsafe {
            let headers = rd::rd_kafka_headers_new(all.len());
            for (name, value) in all {
                let (name, length) = (name.as_ptr().cast(), name.len() as isize);
                let (value, size) = (value.as_ptr().cast(), value.len() as isize);
                rd::rd_kafka_header_add(headers, name, length, value, size);
            }
            let memory = |ptr, size| Value {
                mem: rd::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 { ptr, size },
            };
            let parts = [
                part(
                    Type::RD_KAFKA_VTYPE_RKT,
                    Value {
                        rkt: self.topic.as_ptr(),
                    },
                ),
                part(Type::RD_KAFKA_VTYPE_PARTITION, Value { i32_: partition }),
                part(
                    Type::RD_KAFKA_VTYPE_VALUE,
                    memory(message.payload, message.len),
                ),
                part(
                    Type::RD_KAFKA_VTYPE_KEY,
                    memory(message.key, message.key_len),
                ),
                part(
                    Type::RD_KAFKA_VTYPE_OPAQUE,
                    Value {
                        ptr: message._private,
                    },
                ),
                part(Type::RD_KAFKA_VTYPE_HEADERS, Value { headers }),
            ];
            let error = rd::rd_kafka_produceva(self.client.raw(), parts.as_ptr(), parts.len());
            if error.is_null() {
                return rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
            }
            let code = rd::rd_kafka_error_code(error);
            rd::rd_kafka_error_destroy(error);
            rd::rd_kafka_headers_destroy(headers);
            code
        }
    }
}

/// A part of a message, as `rd_kafka_produceva` takes them.
fn part(vtype: Type, u: Value) -> rd::rd_kafka_vu_t {
    rd::rd_kafka_vu_t { vtype, u }
}

impl Outbox {
    /// An empty outbox for batches of at most `records` records. `None` if librdkafka refuses the
    /// topic's name.
    pub(crate) fn new(
        client: Client,
        topic: &str,
        batches: usize,
        records: usize,
    ) -> Option<Outbox> {
        let topic = NonNull::new(client.raw_topic(topic))?;
        Some(Outbox {
            link: Link { topic, client },
            messages: Vec::with_capacity(records),
            waiting: Vec::new(),
            has_headers: false,
            deliveries: Deliveries::new(batches, records),
        })
    }

    /// The client and the deliveries, side by side: an event of the one goes into the other.
    pub(crate) fn parts(&mut self) -> (&Client, &mut Deliveries) {
        (&self.link.client, &mut self.deliveries)
    }

    /// Whether librdkafka has not taken all of the last batch yet.
    pub(crate) fn is_stuck(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether a record was refused without being sent.
    pub(crate) fn has_refused(&self) -> bool {
        self.deliveries.has_refused()
    }

    /// Whether no record waits for its report.
    pub(crate) fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
    }

    /// Takes a batch, grouped by partition. Only while the outbox is not stuck.
    pub(crate) fn put(&mut self, batch: Arc<Batch>, groups: &Groups) {
        self.messages.clear();
        for &index in groups.order() {
            self.messages.push(message(&batch, index));
        }
        if batch.has_nulls() {
            for (message, index) in self.messages.iter_mut().zip(groups.order()) {
                if batch.is_null(*index as usize) {
                    (message.payload, message.len) = (std::ptr::null_mut(), 0);
                }
            }
        }
        self.waiting.clear();
        self.waiting.extend(groups.runs().rev());
        self.has_headers = batch.has_headers();
        let slot = batch.id().0;
        self.deliveries.hold(batch);
        for index in groups.astray() {
            let (ticket, code) = (ticket(slot, *index), Code::PARTITION_GONE);
            self.deliveries.refuse(ticket, code, By::Partition);
        }
    }

    /// Offers librdkafka what it has not taken yet, until its queue is full. What it will never
    /// take is refused. The order within a partition is kept.
    pub(crate) fn offer(&mut self) {
        while let Some((partition, start, end)) = self.waiting.pop() {
            let run = &mut self.messages[start..end];
            let taken = if self.has_headers {
                self.link.produce_each(partition, run, &self.deliveries)
            } else {
                // SAFETY: the topic is ours; the messages point into a batch that `deliveries` holds
                // until librdkafka has reported on all of them (see `Outbox`).
                unsafe {
                    rd::rd_kafka_produce_batch(
                        self.link.topic.as_ptr(),
                        partition,
                        0,
                        run.as_mut_ptr(),
                        run.len() as c_int,
                    )
                }
            };
            if taken as usize == run.len() {
                continue;
            }
            let mut kept = 0;
            for at in 0..run.len() {
                // SAFETY: a reference into `run`.
                match unsafe { raw_code(&raw const run[at].err) } {
                    Code::NONE => {}
                    Code::QUEUE_FULL => {
                        run[kept] = run[at];
                        kept += 1;
                    }
                    code => {
                        let ticket = run[at]._private as u64;
                        self.deliveries.refuse(ticket, code, By::Client);
                    }
                }
            }
            if kept > 0 {
                self.waiting.push((partition, start, start + kept));
                return;
            }
        }
    }

    /// Hands over what became of records since the last call, all of which arrived at `at`.
    pub(crate) fn receipts(&mut self, at: Nanos, receipts: &mut Vec<Receipt>) {
        self.deliveries.flush(at, receipts);
    }

    /// Gives up on everything: the reports say so.
    pub(crate) fn purge(&mut self) {
        while let Some((_, start, end)) = self.waiting.pop() {
            for message in &self.messages[start..end] {
                let ticket = message._private as u64;
                self.deliveries
                    .refuse(ticket, Code::PURGED_FROM_QUEUE, By::Client);
            }
        }
        self.link.client.purge();
    }
}

/// Record `index` of `batch` as librdkafka wants it, pointing into the batch.
fn message(batch: &Batch, index: u32) -> rd::rd_kafka_message_t {
    let value = batch.record(index as usize);
    let (key, key_len) = match batch.key(index as usize) {
        Some(key) => (key.as_ptr().cast_mut().cast::<c_void>(), key.len()),
        None => (std::ptr::null_mut(), 0),
    };
    let ticket = ticket(batch.id().0, index);
    rd::rd_kafka_message_t {
        err: rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR,
        rkt: std::ptr::null_mut(),
        partition: 0,
        payload: value.as_ptr().cast_mut().cast(),
        len: value.len(),
        key,
        key_len,
        offset: 0,
        _private: ticket as *mut c_void,
    }
}

/// Batch slot and index in one number.
fn ticket(slot: u32, index: u32) -> u64 {
    u64::from(slot) << 32 | u64::from(index)
}
