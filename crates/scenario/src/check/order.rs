//! Order per key next to lanes: ordinals are dealt to the lanes in turn, whatever the records' keys
//! are, and the lanes do not wait for one another.

use options::{Location, Problem};
use producers::DestinationOptions;
use records::Template;
use report::thresholds::{Count, Measure};

use super::Checker;
use crate::document::Stream;

impl Checker<'_> {
    fn lanes(&self) -> usize {
        self.document.run.as_ref().map_or(1, |run| run.lanes)
    }

    /// Whoever asks for order per key gets it within a lane only.
    pub(super) fn order(
        &mut self,
        stream: &Stream<'_>,
        destination: Option<&DestinationOptions>,
        template: Option<&Template>,
    ) {
        let lanes = self.lanes();
        if lanes < 2 || template.is_none_or(|template| !template.may_share_keys()) {
            return;
        }
        self.shares_keys.push(stream.name.to_owned());
        let (pubsub, kinesis) = destination.map_or((None, None), |destination| {
            (destination.pubsub.as_ref(), destination.kinesis.as_ref())
        });
        let asked = [
            ("pubsub", "ordering", pubsub.and_then(|it| it.ordering)),
            (
                "kinesis",
                "order_per_key",
                kinesis.and_then(|it| it.order_per_key),
            ),
        ];
        for (name, key, _) in asked.iter().filter(|(.., asked)| *asked == Some(true)) {
            let at = stream.at.join("destination").join(name).join(key);
            self.report_key(beside(
                at,
                format!("`{key}` keeps order within a lane, and there are {lanes} lanes"),
            ));
        }
    }

    /// What is out of order is counted over all lanes.
    pub(super) fn order_thresholds(&mut self) {
        let (lanes, document) = (self.lanes(), self.document);
        for (index, threshold) in document.thresholds.iter().enumerate() {
            let is_shared = self.shares_keys.iter().any(|it| threshold.applies_to(it));
            if threshold.measure == Measure::Count(Count::OutOfOrder) && is_shared {
                let at = Location::root().join("thresholds").join(index);
                self.report(beside(
                    at,
                    format!(
                        "{lanes} lanes send records of one key side by side: some overtake others"
                    ),
                ));
            }
        }
    }
}

fn beside(at: Location, message: String) -> Problem {
    Problem::warning(at, message).help(
        "for one order per key in the whole stream, write `run: {lanes: 1}`: one lane sends far more \
         than most streams take",
    )
}
