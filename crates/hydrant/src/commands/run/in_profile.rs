//! Looking a sample of the records up in the profile while they are sent, and after.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use batch::Nanos;
use engine::Control;
use flow::verify::{Due, ProfileLookup, ProfileQuestion, ProfileWatch};
use measure::InProfile;
use pacing::Schedule as _;

use super::job::{Job, Stream, interrupted};
use crate::failure::Failure;
use crate::platform::Side;
use crate::signals::{self, Since};
use crate::teller::Teller;
use crate::timing;

/// The streams of which a sample is looked up, by name.
pub(super) type Watches = BTreeMap<String, ProfileWatch>;

impl Job<'_> {
    /// Finds out whether the profile can be asked about the streams that want it, and begins to look.
    pub(super) fn watch(&self, control: &Control) -> Result<Watches, Failure> {
        let mut watches = Watches::new();
        for stream in &self.streams {
            if let Some(watch) = self.watch_one(stream, control)? {
                watches.insert(stream.name.clone(), watch);
            }
        }
        Ok(watches)
    }

    fn watch_one(
        &self,
        stream: &Stream,
        control: &Control,
    ) -> Result<Option<ProfileWatch>, Failure> {
        let options = stream.verify.as_ref();
        let options = options.and_then(|verify| verify.profile.as_ref());
        let (Some(side), Some(spec), Some(applied), Some(options)) =
            (&self.side, &stream.flow, &stream.applied, options)
        else {
            return Ok(None);
        };
        let (load, zero, warm_up) = (Arc::clone(&stream.load), stream.zero.clone(), self.warm_up);
        let due: Due = Arc::new(move |n| {
            if load.past().is_none() {
                return load.due(n);
            }
            let begun = n < load.records_before() || zero.get().is_some();
            let due = timing::measured_due(&load, warm_up, n, zero.get());
            due.or_else(|| begun.then_some(Nanos::ZERO))
        });
        let question = ProfileQuestion {
            spec,
            applied,
            template: Arc::clone(&stream.template),
            due: stream.load.is_paced().then_some(due),
            measured_from: if stream.load.past().is_some() {
                // What is not timed is looked up all the same, from the start on.
                Duration::from_nanos(1)
            } else {
                self.warm_up
            },
            total: stream.load.total(),
            seed: self.seed,
            sample: options.sample(),
        };
        let Side { client, .. } = side;
        let opened = ProfileLookup::open(client, &question);
        let opened = signals::unless_interrupted(control, opened, interrupted);
        let lookup = self.runtime.block_on(opened)?;
        Ok(Some(lookup.start(self.runtime.handle())))
    }

    /// Waits until the profile shows the whole sample, or until the time is up.
    pub(super) fn in_profile(
        &self,
        stream: &Stream,
        watches: &mut Watches,
        stop: &Since,
    ) -> Option<Result<InProfile, Failure>> {
        let watch = watches.remove(&stream.name)?;
        let mut teller = Teller::in_profile(self.printer, &stream.name);
        let stopped = || stop.has_come();
        self.runtime.block_on(teller.wait_for(&watch, &stopped));
        let found = self.runtime.block_on(watch.join());
        Some(found.map_err(Failure::from))
    }
}

/// For how long a stream's sample is looked for.
pub(super) fn within(stream: &Stream) -> Duration {
    let options = stream.verify.as_ref();
    let options = options.and_then(|verify| verify.profile.clone());
    options.unwrap_or_default().within().0
}
