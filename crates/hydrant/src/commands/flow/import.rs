//! `hydrant flow import`: a state file that was lost.

use flow::{Imported, Object};

use super::Job;
use crate::cli::FlowTarget;
use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::signals;

pub(super) fn import(target: &FlowTarget, printer: Printer) -> Result<(), Failure> {
    let job = Job::open(target, printer)?;
    let (side, control) = (&job.side, &job.control);
    for spec in &job.specs {
        printer.note(&format!("flow {}", spec.name));
        let words = || side.interrupted(&spec.name);
        let importing = flow::import(&side.client, spec, &side.state);
        let importing = signals::unless_interrupted(control, importing, words);
        let Imported { ours, theirs } = job.runtime.block_on(importing)?;
        let tell = |word: &str, objects: &[Object]| {
            for Object { kind, name, id, .. } in objects {
                printer.note(&format!("  {word:<9} {} {name} ({id})", kind.words()));
            }
        };
        tell("imported", &ours);
        tell("adopted", &theirs);
        // The others are looked for all the same, and the warning is for whoever reads standard error.
        printer::outcome(&match ours.len() {
            0 => format!("flow {}: nothing was found that was not noted", spec.name),
            1 => format!("flow {}: 1 object is noted as Hydrant's again", spec.name),
            count => format!(
                "flow {}: {count} objects are noted as Hydrant's again",
                spec.name
            ),
        })?;
        if !ours.is_empty() {
            printer::warning(
                "`hydrant flow destroy` removes what was imported, whoever else has it in a state file",
                Some(
                    "streams, topics and subscriptions that were made with the flow carry no mark: they are \
                     not imported",
                ),
            );
        }
    }
    Ok(())
}
