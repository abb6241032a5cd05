//! `hydrant flow destroy`: what was made goes, and nothing else.

use flow::{Origin, Spec};
use report::ExitCode;

use super::Job;
use crate::ask::confirmed;
use crate::cli::FlowTarget;
use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::{made, signals};

/// Every flow is tried, whatever becomes of the others.
pub(super) fn destroy(
    target: &FlowTarget,
    yes: bool,
    all: bool,
    printer: Printer,
) -> Result<ExitCode, Failure> {
    let job = Job::open(target, printer)?;
    let is_ours = |name: &String| job.specs.iter().any(|spec| spec.name == *name);
    let mut others = job.side.state.names();
    others.retain(|name| !is_ours(name));
    let ours = job.specs.iter().map(|spec| (&spec.name, Some(spec)));
    let theirs = others.iter().filter(|_| all).map(|name| (name, None));
    let mut code = ExitCode::Fine;
    for (name, spec) in ours.chain(theirs) {
        for failure in job.destroy(name, spec, yes, printer)? {
            printer::failure(&failure);
            code = code.graver(failure.code());
        }
    }
    if !all && !others.is_empty() {
        let state = job.side.state.path().display();
        printer::warning(
            &format!(
                "`{state}` has flows that the scenario does not name, and they stay: {}",
                others.join(", ")
            ),
            Some(
                "`hydrant flow destroy --all` removes them too; was the scenario's `name` another one then, \
                 or a variable such as `BUILD_ID`?",
            ),
        );
    }
    Ok(code)
}

impl Job {
    /// Removes one flow and what was made for it. What could not be removed comes back; an error ends
    /// the command.
    fn destroy(
        &self,
        name: &str,
        spec: Option<&Spec>,
        yes: bool,
        printer: Printer,
    ) -> Result<Vec<Failure>, Failure> {
        let (side, control) = (&self.side, &self.control);
        if side.state.flow(name).is_empty() {
            printer.note(&format!("flow {name}: nothing to remove"));
            return Ok(Vec::new());
        }
        printer.note(&format!("flow {name}"));
        if !yes {
            self.tell(name, printer);
            let question = format!("remove the flow {name} and what was made for it?");
            if !confirmed(&question, "say `--yes`", control)? {
                printer.note("nothing was removed");
                return Ok(Vec::new());
            }
        }
        let removal = async {
            let mut failures: Vec<_> = side.destroy(name, spec).await.err().into_iter().collect();
            // What the flow read goes after the flow.
            failures.extend(made::remove_for(name, &self.places, &side.state, printer).await);
            Ok::<_, Failure>(failures)
        };
        let interrupted = || {
            side.tell_left(name);
            Failure::new(format!("interrupted while the flow {name} was removed"))
                .help(format!(
                    "what is left is noted in `{}`: `hydrant flow destroy` goes on from there",
                    side.state.path().display()
                ))
                .exit(ExitCode::Interrupted)
        };
        let removal = signals::unless_interrupted(control, removal, interrupted);
        self.runtime.block_on(removal)
    }

    /// What goes.
    fn tell(&self, name: &str, printer: Printer) {
        let known = self.side.state.flow(name);
        let ours = known.objects.iter().chain(&known.retired);
        for object in ours.filter(|it| it.origin == Origin::Created) {
            let kind = object.kind.words();
            printer.note(&format!("  {kind} {} ({})", object.name, object.id));
        }
        for stream in &known.streams {
            printer.note(&format!("  {stream}"));
        }
    }
}
