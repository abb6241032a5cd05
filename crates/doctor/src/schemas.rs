//! The schema registry that a stream's records need: there, and ready to take their schema.

use futures::future::join_all;
use registry::Look as Found;
use scenario::{RegistryQuestion, ResolvedStream};

use crate::{Layer, Look};

/// Nothing is registered by looking.
pub(crate) async fn look(stream: &ResolvedStream) -> Vec<Look> {
    join_all(stream.registry.iter().map(|it| one(stream, it))).await
}

async fn one(stream: &ResolvedStream, question: &RegistryQuestion) -> Look {
    let (options, subject) = (&question.options, &question.subject);
    let found = registry::look(options, subject, &question.schema).await;
    let at =
        |found: String| Look::new(Layer::Destination, "schema registry", found).of(&stream.name);
    let registers = options.registers();
    match found {
        Ok(Found::There { id }) => at(format!(
            "the subject {subject} has the schema, with the id {id}"
        )),
        Ok(Found::Fits) if registers => at(format!(
            "the subject {subject} is there and takes the schema, which the run registers"
        )),
        Ok(Found::NoSubject) if registers => at(format!(
            "there is no subject {subject} yet: the run registers the schema"
        )),
        Ok(Found::Fits) => {
            at(format!("the subject {subject} does not have the schema")).wrong(UNREGISTERED)
        }
        Ok(Found::NoSubject) => at(format!("there is no subject {subject}")).wrong(UNREGISTERED),
        Ok(Found::Incompatible(reasons)) => {
            let reasons = reasons.join("; ");
            let message = format!("the subject {subject} does not take the schema: {reasons}");
            at(message).wrong("change the fields or the schema, or take another subject")
        }
        Err(error) => {
            let help = error
                .help()
                .unwrap_or("check the options of `registry`")
                .to_owned();
            at(error.to_string()).wrong(help)
        }
    }
}

const UNREGISTERED: &str = "register it first, take the registry's own with `version: latest`, or allow it with \
                            `auto_register: true`";
