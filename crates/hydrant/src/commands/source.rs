//! Where a command's scenario comes from: a file, or the address of a destination.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use report::ExitCode;
use scenario::{Diagnostics, Loaded, OneLine, Overrides, Resolved, Target};

use crate::cli::{AddressArgs, OverrideArgs};
use crate::env;
use crate::failure::Failure;

/// Reads the scenario, and says what is to be changed about it.
pub(super) fn load(
    scenario: &Path,
    words: &AddressArgs,
    overrides: &OverrideArgs,
    target: Target,
) -> Result<(Loaded<'static>, Overrides), Failure> {
    let changes = overrides.layers.changes();
    let address = scenario.to_str().filter(|text| scenario::is_address(text));
    let Some(address) = address else {
        if let Some(option) = words.first() {
            return Err(Failure::new(format!(
                "`{option}` goes with the address of a destination, and `{}` is a file",
                scenario.display()
            ))
            .help("write it in the file")
            .exit(ExitCode::Usage));
        }
        let loaded = changes.load(scenario, &env::lookup, target)?;
        return Ok((loaded, overrides.overrides()));
    };
    let line = OneLine {
        address: address.to_owned(),
        rate: overrides.rate,
        for_: overrides.for_,
        count: overrides.count,
        unpaced: words.unpaced,
        fields: words.field.clone(),
        key: words.key.clone(),
        size: words.size,
        thresholds: words.threshold.clone(),
        read_back: words.read_back,
    };
    let text = line.text(&env::lookup)?;
    let loaded = changes.parse(address, &text, &env::lookup, target)?;
    if let Some(path) = &words.save {
        save(path, &text)?;
    }
    // The rest is in the scenario already.
    let overrides = Overrides {
        seed: overrides.seed,
        ..Overrides::default()
    };
    Ok((loaded, overrides))
}

/// Where a scenario is going to run.
pub(super) fn target(is_sandbox: bool) -> Target {
    if is_sandbox {
        Target::Sandbox
    } else {
        Target::Real
    }
}

/// A scenario without mistakes.
pub(super) struct Found {
    pub(super) loaded: Loaded<'static>,
    pub(super) overrides: Overrides,
    pub(super) resolved: Resolved,
}

/// Reads the scenario and resolves it; the inner error has all of its mistakes.
pub(super) fn resolve(
    scenario: &Path,
    words: &AddressArgs,
    overrides: &OverrideArgs,
    target: Target,
) -> Result<Result<Found, Diagnostics>, Failure> {
    let (loaded, overrides) = match load(scenario, words, overrides, target) {
        Ok(loaded) => loaded,
        Err(Failure::Scenario(diagnostics)) => return Ok(Err(diagnostics)),
        Err(other) => return Err(other),
    };
    Ok(loaded.resolve(&overrides, None).map(|resolved| Found {
        loaded,
        overrides,
        resolved,
    }))
}

/// What a run is called whose scenario can't be read. An address may have anything in it, and is not
/// repeated.
pub(super) fn name(scenario: &Path) -> String {
    if scenario.to_str().is_some_and(scenario::is_address) {
        return "hydrant".to_owned();
    }
    let stem = scenario.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Writes a new file, and never over another.
fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let failure = Failure::new(format!("cannot write {}: {error}", path.display()));
        if error.kind() == ErrorKind::AlreadyExists {
            failure.help("choose another name: `--save` replaces no file")
        } else {
            failure
        }
    })
}
