//! Schemas that a registry has to know before records can be made: they begin with its ids.

use scenario::{Loaded, Overrides, Redirect, RegistryAnswer, Resolved};

use crate::failure::Failure;

/// Asks the registries of all streams, and resolves the scenario with what they say. Schemas that are not there
/// are registered, where the scenario allows it.
pub(crate) fn settle(
    loaded: &mut Loaded<'_>,
    overrides: &Overrides,
    resolved: Resolved,
    redirect: Option<&Redirect>,
) -> Result<Resolved, Failure> {
    let questions = resolved.streams.iter();
    let questions = questions.flat_map(|it| {
        let asked = it.registry.iter().cloned();
        asked.map(|question| (it.name.clone(), question))
    });
    let questions: Vec<_> = questions.collect();
    if questions.is_empty() {
        return Ok(resolved);
    }
    for (stream, question) in &questions {
        let asked = registry::settle(&question.options, &question.subject, &question.schema);
        let registered = crate::commands::ask(asked)?.map_err(|error| {
            let of = match question.version {
                0 => String::new(),
                later => format!(", version {}", later + 1),
            };
            let failure = Failure::new(format!("{stream}{of}: {error}"));
            match error.help() {
                Some(help) => failure.help(help),
                None => failure,
            }
        })?;
        let answer = RegistryAnswer {
            id: registered.id,
            schema: registered.schema,
        };
        loaded.settle(stream, question.version, question.schema.kind, &answer);
    }
    // The same moment: event times count from it.
    let overrides = Overrides {
        start: Some(resolved.start),
        ..*overrides
    };
    Ok(loaded.resolve(&overrides, redirect)?)
}
