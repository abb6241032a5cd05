//! `hydrant check`: every mistake at once, and with `--connect` what the services say.

use report::ExitCode;
use scenario::{Resolved, Target};
use serde_json::json;

use super::source;
use crate::cli::CheckArgs;
use crate::failure::Failure;
use crate::preflight;
use crate::printer::{self, Printer};

pub(crate) fn check(args: &CheckArgs, printer: Printer) -> Result<ExitCode, Failure> {
    let target = if args.sandbox {
        Target::Sandbox
    } else {
        Target::Real
    };
    let loaded = source::load(&args.scenario, &args.address, &args.overrides, target);
    let checked = match loaded {
        Ok((loaded, overrides)) => loaded
            .resolve(&overrides, None)
            .map(|resolved| (resolved, loaded.warnings().clone())),
        Err(Failure::Scenario(diagnostics)) => Err(diagnostics),
        Err(other) => return Err(other),
    };
    if args.json {
        let problems = match &checked {
            Ok((_, warnings)) => warnings,
            Err(diagnostics) => diagnostics,
        };
        printer::outcome(&format!("{:#}", json!({ "problems": problems.to_json() })))?;
    }
    let (resolved, warnings) = match checked {
        Ok(checked) => checked,
        Err(_) if args.json => return Ok(ExitCode::Usage),
        Err(diagnostics) => return Err(diagnostics.into()),
    };
    if !args.json {
        if !warnings.is_empty() {
            printer::diagnostics(&warnings);
        }
        describe(&resolved, printer);
    }
    if args.connect {
        let runtime = super::runtime()?;
        if let Some(platform) = &resolved.platform {
            runtime.block_on(preflight::platform(platform, printer))?;
        }
        runtime.block_on(preflight::all(&resolved, printer))?;
    }
    if !args.json {
        printer.note("no mistakes found");
    }
    Ok(ExitCode::Fine)
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
