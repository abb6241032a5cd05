//! What a cluster lets us do with a topic (`DescribeTopics`, which rdkafka does not have).

use std::ffi::c_int;
use std::time::Duration;

use rdkafka::bindings as rd;

use super::client::Client;
use super::event::raw_code;
use super::{Code, Text, c_string};

/// What may be done with a topic; <https://kafka.apache.org/documentation/#operations_in_kafka>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rights(Vec<u32>);

/// The names of librdkafka's `rd_kafka_AclOperation_t`, from 3 on.
const NAMES: [&str; 10] = [
    "READ",
    "WRITE",
    "CREATE",
    "DELETE",
    "ALTER",
    "DESCRIBE",
    "CLUSTER_ACTION",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
    "IDEMPOTENT_WRITE",
];
const ALL: u32 = 2;
const READ: u32 = 3;
const WRITE: u32 = 4;

impl Rights {
    pub(crate) fn may_write(&self) -> bool {
        self.0.contains(&WRITE) || self.0.contains(&ALL)
    }

    /// By their names.
    pub(crate) fn words(&self) -> String {
        let names = self.0.iter().filter_map(|right| {
            let at = right.checked_sub(READ)?;
            NAMES.get(at as usize).copied()
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

impl Client {
    /// Asks what may be done with the topic. `None`: the cluster does not say. Blocks.
    pub(crate) fn rights(&self, topic: &str, patience: Duration) -> Option<Rights> {
        let millis = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
        let name = c_string(topic);
        let mut names = [name.as_ptr()];
        let mut text: Text = [0; 512];
        // SAFETY: everything that is made here is destroyed at the end, after librdkafka has answered or given
        // up: its queue is ours alone. The collection copies the name, and `text` has the stated size.
        unsafe {
            let raw = self.raw();
            let queue = rd::rd_kafka_queue_new(raw);
            let operation = rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
            let options = rd::rd_kafka_AdminOptions_new(raw, operation);
            rd::rd_kafka_AdminOptions_set_request_timeout(
                options,
                millis,
                text.as_mut_ptr(),
                text.len(),
            );
            let refusal = rd::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
            if !refusal.is_null() {
                rd::rd_kafka_error_destroy(refusal);
            }
            let topics =
                rd::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
            rd::rd_kafka_DescribeTopics(raw, topics, options, queue);
            // It ends by itself within the time-out of the request.
            let event = rd::rd_kafka_queue_poll(queue, millis.saturating_add(1_000));
            let rights = if event.is_null() { None } else { read(event) };
            if !event.is_null() {
                rd::rd_kafka_event_destroy(event);
            }
            rd::rd_kafka_TopicCollection_destroy(topics);
            rd::rd_kafka_AdminOptions_destroy(options);
            rd::rd_kafka_queue_destroy(queue);
            rights
        }
    }
}

/// # Safety
/// The event is one of librdkafka's, and not destroyed yet.
unsafe fn read(event: *mut rd::rd_kafka_event_t) -> Option<Rights> {
    // SAFETY: by contract; what is read belongs to the event, and arrays have the lengths that librdkafka states.
    unsafe {
        let code = rd::rd_kafka_event_error(event);
        let result = rd::rd_kafka_event_DescribeTopics_result(event);
        if raw_code(&raw const code) != Code::NONE || result.is_null() {
            return None;
        }
        let mut count = 0;
        let topics = rd::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if count == 0 || topics.is_null() {
            return None;
        }
        let mut count = 0;
        let rights = rd::rd_kafka_TopicDescription_authorized_operations(*topics, &raw mut count);
        if rights.is_null() || count == 0 {
            return None;
        }
        // As numbers: a broker may have one that the enumeration does not.
        let rights = std::slice::from_raw_parts(rights.cast::<u32>(), count);
        Some(Rights(rights.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_have_the_names_that_kafka_s_own_tools_use() {
        let some = Rights(vec![8, 3]);
        assert_eq!(some.words(), "DESCRIBE, READ");
        assert!(!some.may_write());
        assert!(Rights(vec![4]).may_write() && Rights(vec![ALL]).may_write());
        assert_eq!(Rights(vec![0, 12, 99]).words(), "IDEMPOTENT_WRITE");
    }
}
