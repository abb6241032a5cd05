//! Who decides on a record's shard: its key, or the stream itself.
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamRecordDistributionStrategy.html>

use aws_sdk_kinesis::types::{RecordDistributionStrategy, StreamDescriptionSummary};

use super::{Options, Spread};
use crate::{Error, Finding};

const CHANGE: &str = "`aws kinesis update-stream-record-distribution-strategy` changes it";

/// What a new stream is made with; the service's own default is the keys.
pub(super) fn of_new(options: &Options) -> Option<RecordDistributionStrategy> {
    (options.spread() == Spread::Auto).then_some(RecordDistributionStrategy::Auto)
}

/// Only on-demand streams have a choice. Where nothing is said, keys decide.
fn is_auto(summary: &StreamDescriptionSummary) -> bool {
    summary.record_distribution_strategy == Some(RecordDistributionStrategy::Auto)
}

/// Whether the stream decides as the options need it.
pub(super) fn fits(options: &Options, summary: &StreamDescriptionSummary) -> Result<(), Error> {
    let name = &summary.stream_name;
    if options.spread() == Spread::Auto {
        if is_auto(summary) {
            return Ok(());
        }
        let message = format!(
            "`spread: auto`, but the stream {name} goes by the keys of records: its record distribution strategy \
             is USER_PARTITION_KEY"
        );
        let help =
            format!("write `spread: keys` or `spread: even`; on an on-demand stream {CHANGE}");
        return Err(Error::new(message).help(help));
    }
    let asks_for_keys = [
        ("order_per_key", options.order_per_key == Some(true)),
        ("aggregate", options.aggregate.is_some()),
        ("limit_per_shard", options.limit_per_shard.is_some()),
    ];
    match asks_for_keys.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) if is_auto(summary) => {
            let message = format!(
                "`{option}` needs to know the shard of a record, and the stream {name} distributes records by \
                 itself: its record distribution strategy is AUTO"
            );
            let help = format!("write `spread: auto` and leave `{option}` out; {CHANGE}");
            Err(Error::new(message).help(help))
        }
        _ => Ok(()),
    }
}

/// What there is to say about a stream that distributes by itself.
pub(super) fn finding(options: &Options, summary: &StreamDescriptionSummary) -> Option<Finding> {
    is_auto(summary).then(|| Finding {
        what: "distribution".to_owned(),
        found: "the stream decides on the shard of a record (AUTO)".to_owned(),
        warning: (options.spread() == Spread::Keys)
            .then(|| format!("keys decide nothing here: write `spread: auto`; {CHANGE}")),
    })
}
