//! The format of records next to where they go.

use options::Problem;
use producers::DestinationOptions;
use records::FormatOptions;

use super::Checker;
use crate::document::Stream;
use crate::registry::topic;

impl Checker<'_> {
    /// A flow and an inlet take JSON only, and a subject needs something that it is named after.
    pub(super) fn format(&mut self, stream: &Stream<'_>, destination: Option<&DestinationOptions>) {
        let Some(records) = stream.records else {
            return;
        };
        let format = &records.format;
        let at = stream.at.join("records").join("format");
        let is_inlet = destination.is_some_and(|it| it.http_api.is_some());
        let wants_json = if stream.flow.is_some() && !is_inlet {
            // <https://developer.adobe.com/experience-platform-apis/references/flow-service/>: the format of
            // a source connection of a stream.
            Some("a flow of the platform reads JSON from a stream, and nothing else")
        } else if is_inlet {
            Some("an inlet of the platform takes JSON, and nothing else")
        } else {
            None
        };
        if let Some(why) = wants_json.filter(|_| !format.is_json()) {
            let message = match format {
                FormatOptions::Xdm(_) if is_inlet => None,
                FormatOptions::Xdm(_) => {
                    Some(format!("{why}: of the envelope it would map no field"))
                }
                _ => Some(why.to_owned()),
            };
            if let Some(message) = message {
                let help = "leave `format` out, or leave `flow` out and check the stream with `verify: {read_back: {}}`";
                self.report_key(Problem::new(at.clone(), message).help(help));
            }
        }
        let Some(registry) = format.registry() else {
            return;
        };
        let needs_topic = registry.id.is_none() && registry.needs_topic();
        if needs_topic && destination.is_some_and(|it| topic(it).is_none()) {
            let at = at.join(format.word()).join("registry");
            let message = "the destination has no topic that the subject could be named after";
            let help = "write `subject: …`, or `subject_name: record`";
            self.report_key(Problem::new(at, message).help(help));
        }
    }
}
