//! `hydrant check`: every mistake at once, and with `--connect` what the services say.

use doctor::{Look, Report};
use report::ExitCode;
use scenario::Resolved;
use serde_json::json;

use super::source;
use crate::cli::CheckArgs;
use crate::failure::Failure;
use crate::platform::state_path;
use crate::preflight;
use crate::printer::{self, Printer};

pub(crate) fn check(args: &CheckArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let target = source::target(args.sandbox);
    let checked = source::resolve(&args.scenario, &args.address, &args.overrides, target)?;
    let (resolved, warnings) = match checked {
        Ok(found) => (found.resolved, found.loaded.warnings().clone()),
        Err(diagnostics) if args.json => {
            printer::outcome(&format!(
                "{:#}",
                json!({ "problems": diagnostics.to_json() })
            ))?;
            return Ok(ExitCode::Usage);
        }
        Err(diagnostics) => return Err(diagnostics.into()),
    };
    if args.json {
        let mut found = json!({ "problems": warnings.to_json() });
        let mut looks = Vec::new();
        if args.connect {
            looks = connect(args, &resolved, Printer::silent())?;
            found["looks"] = json!(looks);
        }
        printer::outcome(&format!("{found:#}"))?;
        return Ok(Report::new(None, looks).exit_code());
    }
    if !warnings.is_empty() {
        printer::diagnostics(&warnings);
    }
    describe(&resolved, printer);
    if args.connect {
        preflight::say(&connect(args, &resolved, printer)?, printer)?;
    }
    printer.note("no mistakes found");
    Ok(ExitCode::Fine)
}

/// What the services say.
fn connect(args: &CheckArgs, resolved: &Resolved, printer: Printer) -> Result<Vec<Look>, Failure> {
    let tell = |text: &str| printer.note(text);
    let beside = || state_path(&args.scenario);
    let state = args.state.clone().unwrap_or_else(beside);
    super::ask(doctor::services(resolved, &state, &tell))
}

fn describe(resolved: &Resolved, printer: Printer) {
    for stream in &resolved.streams {
        let words = super::load_in_words(stream);
        printer.note(&format!("{}: {words}", stream.name));
        printer.note(&format!("  to {}", stream.destination.describe()));
        if let Some(flow) = &stream.flow {
            printer.note(&format!(
                "  read by flow {} from {}",
                flow.name,
                flow.source.describe()
            ));
        }
    }
}
