//! What a stream asks a schema registry, and what is taken over from its answer.

use producers::DestinationOptions;
use records::format::{Registration, RegistryOptions, SchemaKind, SchemaOptions};
use records::{RecordsOptions, Template};
use serde_json::Value;

use crate::loaded::Loaded;
use crate::redirect::Redirect;

/// What is to be asked before records can be made: they begin with the id that the registry gives their schema.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryQuestion {
    /// Which version of the records it is about; 0 is the first.
    pub version: usize,
    /// Where the registry is, and how it is asked.
    pub options: RegistryOptions,
    /// The subject.
    pub subject: String,
    /// The schema of the records, as far as it is known without the registry.
    pub schema: Registration,
}

/// What the registry answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryAnswer {
    /// The schema's id.
    pub id: u32,
    /// The schema, where the registry's own is taken.
    pub schema: Option<String>,
}

/// What the records of this destination are sent to, where that has a name.
pub(crate) fn topic(destination: &DestinationOptions) -> Option<String> {
    let kafka = destination.kafka.as_ref().map(|it| it.topic.clone());
    let hub = destination.event_hubs.as_ref().and_then(|it| it.hub().ok());
    let topic = destination.pubsub.as_ref().map(|it| it.topic.clone());
    let stream = destination.kinesis.as_ref().and_then(|it| it.name());
    kafka.or(hub).or(topic).or(stream.map(str::to_owned))
}

/// The questions of a stream with these records, one for each version of them that has a schema with an id.
pub(crate) fn questions(
    records: &RecordsOptions,
    template: &Template,
    destination: &DestinationOptions,
    redirect: Option<&Redirect>,
) -> Vec<RegistryQuestion> {
    let schemas = template.schemas().enumerate();
    let questions = schemas.filter_map(|(version, schema)| {
        let format = records.version(version).format;
        question(version, format.registry()?, schema?, destination, redirect)
    });
    questions.collect()
}

fn question(
    version: usize,
    registry: &RegistryOptions,
    schema: &Registration,
    destination: &DestinationOptions,
    redirect: Option<&Redirect>,
) -> Option<RegistryQuestion> {
    if registry.id.is_some() {
        return None;
    }
    let subject = registry.subject(&topic(destination).unwrap_or_default(), &schema.name);
    let mut options = registry.clone();
    if let Some(redirect) = redirect {
        redirect.registry.clone_into(&mut options.url);
        (options.username, options.password, options.token) = (None, None, None);
        options.ca_certificate = None;
    }
    Some(RegistryQuestion {
        version,
        options,
        subject,
        schema: schema.clone(),
    })
}

impl Loaded<'_> {
    /// Takes over what a registry answered for a version of a stream's records: from now on the scenario has the schema and its id in it,
    /// and nobody needs to be asked again.
    pub fn settle(
        &mut self,
        stream: &str,
        version: usize,
        kind: SchemaKind,
        answer: &RegistryAnswer,
    ) {
        let document = &mut self.document;
        let records = match &mut document.streams {
            Some(streams) => streams.get_mut(stream).and_then(|it| it.records.as_mut()),
            None => document.records.as_mut(),
        };
        let Some(format) = records.and_then(|records| records.format_mut(version)) else {
            return;
        };
        if let Some(registry) = format.registry_mut() {
            registry.id = Some(answer.id);
        }
        if let (Some(text), Some(schema)) = (&answer.schema, format.schema_mut()) {
            let value = match kind {
                SchemaKind::Protobuf => Value::String(text.clone()),
                // A schema of Avro may be the name of a type, without quotes.
                SchemaKind::Avro | SchemaKind::Json => {
                    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
                }
            };
            *schema = Some(SchemaOptions::Written(value));
        }
    }
}
