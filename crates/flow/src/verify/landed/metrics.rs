//! The platform's own number of records, in the place of a look at each of them.

use std::time::Duration;

use jiff::Timestamp;
use measure::{Landing, Unknown};

use super::{End, INTERRUPTED, Look, Looking, Told, unless_stopped};
use crate::Error;

impl Look<'_> {
    /// Counts only: the platform's own number of records that became visible in the span.
    pub(super) async fn metrics(mut self, told: Told<'_>) -> Result<Landing, Error> {
        if !self.lookout.others.is_empty() {
            return Err(Error::Missing {
                what: "way to tell the records of two streams in one dataset apart by their number"
                    .to_owned(),
                help: "write `by: files`, or give each stream a dataset of its own".to_owned(),
            });
        }
        let dataset = &self.lookout.applied.dataset;
        let expected = self.matching.to_land();
        let mut landed = 0;
        let end = loop {
            self.pace.look();
            let (from, until) = self.span.visible(Timestamp::now());
            let numbers = self.client.observability();
            let asked = numbers.landed(dataset, from, until);
            let Some(asked) = unless_stopped(self.lookout, asked).await else {
                break End::CutShort;
            };
            landed = asked.map_err(Error::platform("ask how many records landed"))?;
            told(Looking {
                expected,
                landed: landed.min(expected),
                refused: 0,
                left: self.pace.left(),
            });
            if landed >= expected && self.pace.is_settled(Duration::ZERO) {
                break End::Complete;
            }
            match unless_stopped(self.lookout, self.pace.wait()).await {
                Some(true) => {}
                Some(false) => break End::TimedOut,
                None => break End::CutShort,
            }
        };
        self.remark();
        self.remarks.push(
            "counted by the platform's metrics: which records are missing, and whether one is there \
             twice, is not known"
                .to_owned(),
        );
        let surplus = landed.saturating_sub(expected);
        if surplus > 0 {
            self.remarks.push(format!(
                "{surplus} records more than expected are visible: copies, records without an answer that \
                 arrived all the same, or somebody else's"
            ));
        }
        let mut landing = self
            .matching
            .finish(end == End::TimedOut, None, self.remarks);
        // Which records were counted is not known, and neither is what became of those with a defect or of a version.
        landing.defects.clear();
        landing.versions.clear();
        landing.expected = expected;
        let missing = expected.saturating_sub(landed);
        landing.landed = landed.min(expected);
        (landing.lost, landing.unknown) = match end {
            End::CutShort if missing > 0 => {
                let unknown = Unknown {
                    count: missing,
                    why: INTERRUPTED.to_owned(),
                    is_interruption: true,
                };
                (0, Some(unknown))
            }
            _ => (missing, None),
        };
        // A number does not tell what they are.
        (landing.unexpected, landing.duplicated) = (surplus, 0);
        landing.lost_examples.clear();
        landing.timed_out = end == End::TimedOut && missing > 0;
        landing.counted = true;
        Ok(landing)
    }
}
