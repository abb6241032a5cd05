//! Records in the envelope that the platform's streaming inlet takes for records of a schema
//! (<https://experienceleague.adobe.com/en/docs/experience-platform/ingestion/tutorials/streaming-record-data>).

use serde_json::json;

use super::{Layout, Work, XdmOptions};

/// The envelope around the JSON of a record.
pub(super) fn layout(options: &XdmOptions, work: &mut Work<'_>) -> Option<Layout> {
    let at = work.at.join("format").join("xdm");
    let before = work.problems.len();
    let mut wrong = |key: &str, value: &str, help: &str| {
        let message = format!("`{value}` is no {key}");
        work.problem(at.join(key), message, help);
    };
    if !options.schema.starts_with("https://ns.adobe.com/") {
        wrong(
            "schema",
            &options.schema,
            "write its `$id`: `https://ns.adobe.com/tenant/schemas/…`",
        );
    }
    if !options.organization.contains('@') {
        wrong(
            "organization",
            &options.organization,
            "write e.g. `…@AdobeOrg`",
        );
    }
    if options.dataset.is_empty() {
        wrong("dataset", &options.dataset, "write the dataset's id");
    }
    if work.problems.len() > before {
        return None;
    }
    let schema = json!({"id": options.schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"});
    let source = options.source.as_deref().unwrap_or("Hydrant");
    let mut header = json!({
        "schemaRef": schema, "imsOrgId": options.organization, "datasetId": options.dataset,
        "source": {"name": source},
    });
    if let Some(flow) = &options.flow {
        header["flowId"] = flow.as_str().into();
    }
    let meta = json!({"schemaRef": schema});
    let head = format!(r#"{{"header":{header},"body":{{"xdmMeta":{meta},"xdmEntity":"#);
    Some(Layout {
        head: head.into_bytes(),
        part: None,
        tail: b"}}".to_vec(),
        schema: None,
        spoilt: None,
    })
}
