//! `hydrant doctor`: everything that can be wrong before a run.

use std::path::Path;

use doctor::{Needs, Report};
use report::ExitCode;
use sandbox::SandboxOptions;
use scenario::Resolved;
use serde_json::json;

use super::source::{self, Found};
use crate::cli::DoctorArgs;
use crate::failure::Failure;
use crate::platform::state_path;
use crate::printer::{self, Printer};
use crate::{embedded, env};

/// Where results go, if nobody says.
const RESULTS: &str = "runs";

pub(crate) fn doctor(args: &DoctorArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let report = match &args.scenario {
        Some(scenario) => {
            let target = source::target(args.sandbox);
            match source::resolve(scenario, &args.address, &args.overrides, target)? {
                Ok(found) => of_scenario(args, scenario, found, printer)?,
                Err(diagnostics) if args.json => {
                    let problems = json!({ "problems": diagnostics.to_json() });
                    printer::outcome(&format!("{problems:#}"))?;
                    return Ok(ExitCode::Usage);
                }
                Err(diagnostics) => return Err(diagnostics.into()),
            }
        }
        None => of_nothing(args, printer)?,
    };
    printer::outcome(&if args.json {
        format!("{:#}", report.to_json())
    } else {
        report.render(printer::width())
    })?;
    Ok(report.exit_code())
}

/// Machine and environment only.
fn of_nothing(args: &DoctorArgs, printer: Printer) -> Result<Report, Failure> {
    if let Some(option) = args.address.first().or(args.overrides.first()) {
        return Err(
            Failure::new(format!("`{option}` goes with a scenario or an address"))
                .help("name one, e.g. `hydrant doctor kafka://localhost:9092/profiles`")
                .exit(ExitCode::Usage),
        );
    }
    let mut looks = machine(args, Needs::default(), printer);
    looks.extend(doctor::whereabouts(&env::lookup));
    Ok(Report::new(None, looks))
}

fn machine(args: &DoctorArgs, needs: Needs, printer: Printer) -> Vec<doctor::Look> {
    printer.note("looking at this machine");
    let results = args.out.as_deref().unwrap_or(Path::new(RESULTS));
    doctor::machine(needs, results, producers::versions())
}

fn of_scenario(
    args: &DoctorArgs,
    scenario: &Path,
    found: Found,
    printer: Printer,
) -> Result<Report, Failure> {
    let Found {
        mut loaded,
        overrides,
        resolved,
    } = found;
    if !loaded.warnings().is_empty() {
        printer::diagnostics(loaded.warnings());
    }
    let needs = Needs::of(&resolved.streams, &resolved.run);
    let mut looks = machine(args, needs, printer);
    let name = resolved.name.clone();
    let beside = || state_path(scenario);
    let state = args.state.clone().unwrap_or_else(beside);
    let mut all = |resolved: &Resolved, state: &Path| -> Result<(), Failure> {
        let tell = |text: &str| printer.note(text);
        looks.extend(super::ask(doctor::services(resolved, state, &tell))?);
        looks.extend(doctor::generator(&resolved.streams, &resolved.run, &tell));
        Ok(())
    };
    if args.sandbox {
        printer.note("starting a sandbox");
        let options = SandboxOptions::default();
        let (sandbox, resolved) = embedded::start(&mut loaded, &overrides, options)?;
        embedded::furnish(&sandbox, &resolved.streams)?;
        // A sandbox that has just begun has nothing that a state file could know of.
        all(&resolved, Path::new(""))?;
    } else {
        all(&resolved, &state)?;
    }
    Ok(Report::new(Some(name), looks))
}
