//! What tests make records from.

use records::{Context, RecordsOptions, Template};

/// The records that these options, in JSON, come to.
pub(super) fn template(options: &str) -> Template {
    template_of("s", options)
}

/// Those of this stream.
pub(super) fn template_of(stream: &str, options: &str) -> Template {
    let options: RecordsOptions = serde_json::from_str(options).unwrap();
    let context = Context {
        seed: 1,
        stream: stream.to_owned(),
        start_unix_nanos: 0,
        event_times: std::sync::Arc::new(records::Steps(1_000)),
    };
    Template::compile(&options, &context).unwrap()
}
