//! Defects next to the load and the destination.

use options::Problem;
use producers::{Destination, DestinationOptions};

use super::Checker;
use crate::document::Stream;

impl Checker<'_> {
    /// Whether there are records enough, and whether they can be sent.
    pub(super) fn defects(
        &mut self,
        stream: &Stream<'_>,
        destination: Option<&DestinationOptions>,
        total: Option<u64>,
    ) {
        let Some(defects) = stream.records.and_then(|records| records.defects.as_ref()) else {
            return;
        };
        let at = stream.at.join("records").join("defects");
        self.collect(|problems| defects.problems_of_load(total, &at, problems));
        let name = destination
            .and_then(DestinationOptions::get)
            .map(Destination::name);
        if name != Some("http_api") {
            return;
        }
        // A request has many records in it, and stands or falls as a whole.
        for (word, is_given) in [
            ("malformed", defects.malformed.is_some()),
            ("oversize", defects.oversize.is_some()),
        ] {
            if is_given {
                let message = format!("an inlet takes no `{word}` record among others");
                let help = "its requests carry many records in one JSON text: send to a stream, or leave this defect out";
                self.report_key(Problem::new(at.join(word), message).help(help));
            }
        }
    }
}
