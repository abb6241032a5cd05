//! The scenario as it runs, for the directory of results.

use std::fmt::Write as _;

use options::Location;
use pacing::Stop;
use serde_json::Value;

use crate::data_files;
use crate::loaded::{Loaded, Target};
use crate::mask::is_secret;
use crate::resolve::{Overrides, ResolvedStream, flags};

/// YAML that reads back to the same run: overrides applied, defaults filled in.
pub(crate) fn write(
    loaded: &Loaded<'_>,
    overrides: &Overrides,
    seed: u64,
    streams: &[ResolvedStream],
) -> String {
    let mut document = loaded.document.clone();
    document.name = Some(loaded.name.clone());
    document.seed = Some(seed);
    document.run = Some(document.run.unwrap_or_default());
    let stop = overrides.stop();
    let mut left_over = false;
    // That of all streams together, which has no name of its own.
    let of_all = streams.iter().find(|stream| stream.has_share);
    let of_all = document.streams.as_ref().and(of_all);
    for (stream, is_of_all) in streams
        .iter()
        .map(|it| (it, false))
        .chain(of_all.map(|it| (it, true)))
    {
        let load = match &mut document.streams {
            Some(several) if !is_of_all => several
                .get_mut(&stream.name)
                .and_then(|one| one.load.as_mut()),
            _ => document.load.as_mut(),
        };
        if let Some(phases) = load.filter(|_| stop != Stop::default()) {
            match stop.written(phases, stream.template.mean_len()) {
                Some(new) => *phases = new,
                None => left_over = true,
            }
        }
    }
    data_files::rename(&mut document, &loaded.data_files);
    let mut text = "# The scenario as it ran: defaults filled in, overrides applied, secrets as \
                    references.\n"
        .to_owned();
    if loaded.target == Target::Sandbox {
        text +=
            "# It ran on the sandbox: nothing was asked of the accounts and services named here.\n";
    }
    if left_over {
        let _ = writeln!(
            text,
            "# Its load was changed by {}, which is not in here.",
            flags(&stop)
        );
    }
    let mut value = serde_json::to_value(&document).unwrap_or_default();
    escape(&mut value);
    keep_references(&mut value, loaded);
    match serde_saphyr::to_string(&value) {
        Ok(yaml) => text + &yaml,
        // JSON is YAML.
        Err(_) => text + &value.to_string() + "\n",
    }
}

/// Text that would read as a variable is written so that it does not.
fn escape(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("${") => *text = escaped(text),
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(entries) => {
            let written = std::mem::take(entries).into_iter();
            *entries = written
                .map(|(key, mut value)| {
                    escape(&mut value);
                    (escaped(&key), value)
                })
                .collect();
        }
        _ => {}
    }
}

fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// Writes variables back where their value is a secret, or where they were not set.
fn keep_references(value: &mut Value, loaded: &Loaded<'_>) {
    let root = &loaded.file.root;
    root.scalars(&Location::root(), &mut |at, _, scalar| {
        let Some(from) = &scalar.from else { return };
        let is_secret = at.steps().iter().any(|key| is_secret(key));
        if !is_secret && !from.is_stand_in {
            return;
        }
        let place = at
            .steps()
            .iter()
            .try_fold(&mut *value, |value, step| match value {
                Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
                Value::Object(entries) => entries.get_mut(&escaped(step)),
                _ => None,
            });
        if let Some(place) = place {
            *place = Value::String(from.written.clone());
        }
    });
}
