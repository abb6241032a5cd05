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
        if let Some(at_once) = template.and_then(Template::changed_at_once) {
            return self.changes(stream, destination, at_once);
        }
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

    /// Changes of one entity have to arrive in order: from one lane, to a destination that keeps the order of a key.
    fn changes(
        &mut self,
        stream: &Stream<'_>,
        destination: Option<&DestinationOptions>,
        at_once: u64,
    ) {
        let lanes = self.lanes() as u64;
        let at = stream.at.join("records").join("operations");
        if !at_once.is_multiple_of(lanes.max(1)) {
            let most = at_once - at_once % lanes;
            let fitting = if most == 0 { lanes } else { most };
            self.report_key(
                Problem::new(
                    at.clone(),
                    format!(
                        "{at_once} entities are changed at once, and {lanes} lanes do not share them evenly: changes of \
                         one would overtake one another"
                    ),
                )
                .help(format!("write `at_once: {fitting}`, or a number of lanes that divides {at_once}")),
            );
        }
        let Some(destination) = destination else {
            return;
        };
        let unordered = [
            (
                destination
                    .pubsub
                    .as_ref()
                    .is_some_and(|it| it.ordering != Some(true)),
                "pubsub",
                "write `ordering: true`",
            ),
            (
                destination
                    .kinesis
                    .as_ref()
                    .is_some_and(|it| it.order_per_key != Some(true)),
                "kinesis",
                "write `order_per_key: true`",
            ),
            (
                destination.http_api.is_some(),
                "http_api",
                "send them to a stream: an inlet takes requests in any order",
            ),
        ];
        for (_, name, help) in unordered.into_iter().filter(|(is_it, ..)| *is_it) {
            let at = stream.at.join("destination").join(name);
            let message = format!("`{name}` does not keep the order of an entity's changes");
            self.report_key(Problem::new(at, message).help(help));
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
