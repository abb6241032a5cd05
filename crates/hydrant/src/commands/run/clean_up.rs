//! What a run leaves behind of what was made for it: of a flow nothing, without one what was filled.

use report::ExitCode;

use super::job::Job;
use crate::failure::Failure;
use crate::made;
use crate::signals::{Phase, Signals};

impl Job<'_> {
    /// Removes the flows and the streams that were made for them, unless they are to be kept. Of a run
    /// that did not begin, what was there before it stays in any case: whoever made it did so on purpose.
    /// Streams without a flow have what was sent, so they stay where something was.
    pub(super) fn clean_up(&self, keep: bool, has_begun: bool, signals: &Signals) -> Vec<Failure> {
        if keep || has_begun {
            self.leave();
        }
        if keep {
            if let Some(side) = &self.side {
                let state = side.state.path().display();
                self.printer.note(&format!(
                    "the flow stays; what it consists of is noted in `{state}`"
                ));
            }
            return Vec::new();
        }
        let (goes, stays): (Vec<_>, Vec<_>) = self
            .flows()
            .partition(|flow| has_begun || !self.before.contains(*flow));
        for flow in stays {
            self.printer.note(&format!(
                "flow {flow}: an earlier command made it, so it stays; `hydrant flow destroy` removes it"
            ));
        }
        signals.during(Phase::CleaningUp);
        let enough = signals.next();
        let mut failures = Vec::new();
        let is_done = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = Box::pin(self.remove(&goes, &mut failures)) => true,
                () = enough => false,
            }
        });
        if !is_done {
            failures.push(self.interrupted(&goes));
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

    /// The names of the flows that the run goes through.
    fn flows(&self) -> impl Iterator<Item = &str> {
        let specs = self
            .streams
            .iter()
            .filter_map(|stream| stream.flow.as_ref());
        specs.map(|spec| spec.name.as_str())
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
            format!("{noted}: `hydrant flow destroy` removes it")
        } else {
            format!(
                "{noted}, and `hydrant flow destroy` removes it; {by_hand} of {}",
                made.join(", ")
            )
        })
    }
}
