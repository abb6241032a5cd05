//! What a run leaves behind of what was made for it: of its own flow nothing, unless that is evidence;
//! without a flow what was filled.

use std::collections::BTreeSet;

use report::ExitCode;

use super::job::Job;
use crate::failure::Failure;
use crate::made;
use crate::signals::{Phase, Signals};

/// What the user wants to become of a flow when the run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// All of it stays.
    Keep,
    /// What the run made goes.
    Own,
    /// What an earlier command made goes as well.
    All,
}

/// What came of cleaning up.
#[derive(Debug, Default)]
pub(super) struct CleanedUp {
    pub(super) failures: Vec<Failure>,
    pub(super) remarks: Vec<String>,
}

/// Why a flow stays.
enum Stays {
    /// It can be looked at again.
    Evidence,
    /// Whoever made it did so on purpose.
    Earlier,
}

/// A stream that goes through a flow.
struct Part<'a> {
    flow: &'a str,
    /// Once it is known.
    dataset: Option<&'a str>,
    is_open: bool,
}

/// Every flow once, in the order of the streams, and whether an open stream has it, or has a dataset of
/// its.
fn decided<'a>(parts: &[Part<'a>]) -> Vec<(&'a str, bool)> {
    let open = || parts.iter().filter(|part| part.is_open);
    let flows: BTreeSet<&str> = open().map(|part| part.flow).collect();
    let datasets: BTreeSet<&str> = open().filter_map(|part| part.dataset).collect();
    let mut decided: Vec<(&str, bool)> = Vec::new();
    for part in parts {
        let is_open = flows.contains(part.flow)
            || part
                .dataset
                .is_some_and(|dataset| datasets.contains(dataset));
        match decided.iter_mut().find(|(flow, _)| *flow == part.flow) {
            Some((_, is_needed)) => *is_needed |= is_open,
            None => decided.push((part.flow, is_open)),
        }
    }
    decided
}

impl Job<'_> {
    /// Removes the flows that this run made, and the streams that were made for them. A flow stays with its
    /// dataset where one of the streams that are `open` went through it or to the same dataset: what is
    /// there is the evidence. What an earlier command made stays, unless that is to go, too. Streams without a flow have what was
    /// sent, so they stay.
    pub(super) fn clean_up(
        &self,
        wish: Wish,
        open: &BTreeSet<String>,
        signals: &Signals,
    ) -> CleanedUp {
        self.leave();
        if wish == Wish::Keep {
            self.keep();
            return CleanedUp::default();
        }
        let mut cleaned = CleanedUp::default();
        let mut goes = Vec::new();
        for (flow, is_open) in self.flows(open) {
            // What is on a sandbox ends with the run.
            let is_evidence = is_open && !self.is_sandbox;
            let is_earlier = self.before.contains(flow) && wish != Wish::All;
            match (is_evidence, is_earlier) {
                (true, _) => cleaned.remarks.push(self.stays(flow, &Stays::Evidence)),
                (false, true) => drop(self.stays(flow, &Stays::Earlier)),
                (false, false) => goes.push(flow),
            }
        }
        cleaned.failures = self.remove_all(&goes, signals);
        cleaned
    }

    /// Removes what was made for a run that did not begin. What was there before it stays in any case.
    pub(super) fn undo(&self, wish: Wish, signals: &Signals) -> Vec<Failure> {
        if wish == Wish::Keep {
            self.leave();
            self.keep();
            return Vec::new();
        }
        let flows = self.flows(&BTreeSet::new()).into_iter();
        let (stays, goes): (Vec<_>, Vec<_>) = flows
            .map(|(flow, _)| flow)
            .partition(|flow| self.before.contains(*flow));
        for flow in stays {
            drop(self.stays(flow, &Stays::Earlier));
        }
        self.remove_all(&goes, signals)
    }

    fn keep(&self) {
        if let Some(side) = &self.side {
            let state = side.state.path().display();
            self.printer.note(&format!(
                "the flow stays; what it consists of is noted in `{state}`"
            ));
        }
    }

    /// Tells what is left of a flow, and how to remove it.
    fn stays(&self, flow: &str, why: &Stays) -> String {
        let removes = format!("`{}` removes it", self.destroy);
        match why {
            Stays::Evidence => {
                let directory = self.directory.path().display();
                let text = format!(
                    "flow {flow}: it stays with its dataset, as not everything has landed or is known: \
                     `hydrant flow verify {directory}` looks again, {removes}"
                );
                self.printer.note(&text);
                if let Some(side) = &self.side {
                    side.tell_left(flow);
                }
                text
            }
            Stays::Earlier => {
                let text =
                    format!("flow {flow}: an earlier command made it, so it stays; {removes}");
                self.printer.note(&text);
                text
            }
        }
    }

    fn remove_all(&self, flows: &[&str], signals: &Signals) -> Vec<Failure> {
        signals.during(Phase::CleaningUp);
        let enough = signals.next();
        let mut failures = Vec::new();
        let is_done = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = Box::pin(self.remove(flows, &mut failures)) => true,
                () = enough => false,
            }
        });
        if !is_done {
            failures.push(self.interrupted(flows));
        }
        failures
    }

    /// Tells what was made for streams without a flow: from now on it is the user's.
    fn leave(&self) {
        let names = std::mem::take(&mut *self.made());
        // A sandbox ends with the run.
        for name in names.iter().filter(|_| !self.is_sandbox) {
            let (short, command) = (made::short(name), made::by_hand(name));
            let note = format!("  stays     {short}, with what was sent: `{command}` removes it");
            self.printer.note(&note);
        }
    }

    /// What to say if the run did not begin.
    pub(super) fn unbegun(&self, failure: Failure, keep: bool) -> Failure {
        if keep || failure.code() != ExitCode::Interrupted {
            return failure;
        }
        failure.help(if self.before.is_empty() {
            "nothing was sent, and what was made for the run is removed"
        } else {
            "nothing was sent; what was made for the run is removed, but not what an earlier command made"
        })
    }

    /// Every flow once, and whether one of the streams that are `open` needs it.
    fn flows(&self, open: &BTreeSet<String>) -> Vec<(&str, bool)> {
        let parts = self.streams.iter().filter_map(|stream| {
            let dataset = stream.applied.as_ref().map(|it| it.dataset.as_str());
            Some(Part {
                flow: stream.flow.as_ref()?.name.as_str(),
                dataset,
                is_open: open.contains(&stream.name),
            })
        });
        decided(&parts.collect::<Vec<_>>())
    }

    async fn remove(&self, flows: &[&str], failures: &mut Vec<Failure>) {
        if let Some(side) = &self.side {
            for flow in flows {
                self.printer.note(&format!("flow {flow}"));
                let spec = self
                    .streams
                    .iter()
                    .filter_map(|stream| stream.flow.as_ref())
                    .find(|spec| spec.name == **flow);
                failures.extend(side.destroy(flow, spec).await.err());
            }
            // What the flows read goes after them.
            for flow in flows {
                let removed = made::remove_for(flow, &self.places, &side.state, self.printer);
                failures.extend(removed.await);
            }
        }
        let made = self.made().clone();
        let mut gone = |name: &str| {
            self.made().retain(|made| made != name);
            Ok(())
        };
        let removed = made::remove(&made, &self.places, self.printer, &mut gone).await;
        failures.extend(removed.1);
    }

    /// What is left when the user did not want to wait.
    fn interrupted(&self, flows: &[&str]) -> Failure {
        let failure = Failure::new("interrupted while what was made for the run was removed")
            .exit(ExitCode::Interrupted);
        if self.is_sandbox {
            return failure.help("it ends with the sandbox, and that with this run");
        }
        let made = self.made().clone();
        for name in &made {
            self.printer.note(&format!("  left      {name}"));
        }
        let by_hand = "remove by hand what is left";
        let Some(side) = &self.side else {
            return failure.help(by_hand);
        };
        for flow in flows {
            side.tell_left(flow);
        }
        let state = side.state.path().display();
        let noted = format!("what is left of the flow is noted in `{state}`");
        failure.help(if made.is_empty() {
            format!("{noted}: `{}` removes it", self.destroy)
        } else {
            format!(
                "{noted}, and `{}` removes it; {by_hand} of {}",
                self.destroy,
                made.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part<'a>(flow: &'a str, dataset: &'a str, is_open: bool) -> Part<'a> {
        Part {
            flow,
            dataset: Some(dataset).filter(|dataset| !dataset.is_empty()),
            is_open,
        }
    }

    #[test]
    fn a_flow_is_decided_on_once_for_all_its_streams() {
        let parts = [
            part("shared", "a", false),
            part("shared", "a", true),
            part("other", "b", false),
            part("other", "b", false),
        ];
        assert_eq!(decided(&parts), [("shared", true), ("other", false)]);
    }

    #[test]
    fn a_flow_stays_where_an_open_stream_has_its_dataset() {
        let parts = [
            part("one", "a", false),
            part("two", "a", true),
            part("three", "b", false),
        ];
        let expected = [("one", true), ("two", true), ("three", false)];
        assert_eq!(decided(&parts), expected);
        // Datasets that are not known are not the same one.
        let parts = [part("one", "", false), part("two", "", true)];
        assert_eq!(decided(&parts), [("one", false), ("two", true)]);
    }
}
