//! Data Prep's language. `hydrant check` and the sandbox are both held against the functions that are
//! documented, which stand as data in `functions.json` with an example each: the page's own where it has one
//! that tells.

use std::collections::BTreeSet;

use options::Location;
use sandbox::{Sandbox, SandboxOptions};
use serde::Deserialize;
use serde_json::{Value, json};

use super::guest::{Guest, text};

const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
const PREP: &str = "foundation/conversion";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Documented {
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: String,
    functions: Vec<Function>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Function {
    name: String,
    /// How many arguments, at least and at most; `null`: any number.
    takes: (usize, Option<usize>),
    #[serde(default)]
    expression: String,
    #[serde(default)]
    result: Value,
    /// The sandbox says that it does not work it out.
    #[serde(default)]
    beyond_the_sandbox: bool,
}

impl Function {
    fn call(&self, arguments: usize) -> String {
        format!("{}({})", self.name, vec!["id"; arguments].join(", "))
    }
}

fn documented() -> Vec<Function> {
    let read: Documented = serde_json::from_str(include_str!("functions.json")).unwrap();
    read.functions
}

/// What `hydrant check` says of an expression.
fn complaints(expression: &str) -> Vec<String> {
    let records = json!({"fields": {"id": "record_id"}});
    let flow = json!({"mapping": {(expression): "person.name.firstName"}});
    let (records, flow) = (
        serde_json::from_value(records).unwrap(),
        serde_json::from_value(flow).unwrap(),
    );
    let found = flow::check(&flow, Some(&records), &Location::root());
    let all = found.sources.into_iter().chain(found.targets);
    all.map(|problem| problem.message).collect()
}

#[test]
fn check_knows_the_functions_that_are_documented_and_no_others() {
    let documented = documented();
    for function in &documented {
        let call = function.call(function.takes.0);
        assert_eq!(complaints(&call), [""; 0], "{call}");
    }
    let names: BTreeSet<_> = documented.iter().map(|it| it.name.as_str()).collect();
    let known: BTreeSet<_> = flow::FUNCTIONS.iter().copied().collect();
    assert_eq!(known, names);
}

#[test]
fn the_sandbox_works_out_what_check_lets_pass() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let guest = Guest::at(&sandbox, sandbox.platform_url()).await;
        let documented = documented();
        let functions = guest.get(&format!("{PREP}/languages/el/functions")).await;
        let functions = functions.as_array().unwrap();
        let known: BTreeSet<_> = functions.iter().map(|it| text(it, "/function")).collect();
        let worked_out = documented.iter().filter(|it| !it.beyond_the_sandbox);
        let wanted: BTreeSet<_> = worked_out.map(|it| it.name.clone()).collect();
        assert_eq!(known, wanted);

        let is_right = async |expression: String| {
            let path = format!("{PREP}/languages/el/validate");
            let answer = guest.post(&path, json!({ "expression": expression })).await;
            answer.as_bool().unwrap()
        };
        let schema = Box::pin(schema(&guest)).await;
        for function in &documented {
            let (least, most) = function.takes;
            let is_known = !function.beyond_the_sandbox;
            assert_eq!(
                is_right(function.call(least)).await,
                is_known,
                "{}",
                function.name
            );
            if least > 0 {
                assert!(
                    !is_right(function.call(least - 1)).await,
                    "{}",
                    function.name
                );
            }
            if let Some(most) = most {
                assert!(
                    !is_right(function.call(most + 1)).await,
                    "{}",
                    function.name
                );
            }
            if is_known {
                let found = Box::pin(worked_out_by(&guest, &schema, function)).await;
                assert_eq!(found, function.result, "{}", function.expression);
                assert_eq!(
                    complaints_of_example(function),
                    [""; 0],
                    "{}",
                    function.name
                );
            }
        }
    });
}

/// What `check` says of an example, but for the fields that it reads.
fn complaints_of_example(function: &Function) -> Vec<String> {
    let mut all = complaints(&function.expression);
    all.retain(|message| !message.starts_with("records have no field"));
    all
}

/// A schema with a field for each kind of result.
async fn schema(guest: &Guest<'_>) -> String {
    let stats = guest.get("foundation/schemaregistry/stats").await;
    let own = format!("_{}", text(&stats, "/tenantId"));
    let fields = json!({"text": {"type": "string"}, "number": {"type": "number"},
        "flag": {"type": "boolean"}});
    let group = json!({
        "type": "object", "title": "Results", "meta:intendedToExtend": [PROFILE],
        "definitions": {"x": {"properties": {own: {"type": "object", "properties": fields}}}},
        "allOf": [{"$ref": "#/definitions/x"}],
    });
    let group = guest
        .post("foundation/schemaregistry/tenant/fieldgroups", group)
        .await;
    let parts = [PROFILE, &text(&group, "/$id")].map(|id| json!({"$ref": id}));
    let schema =
        json!({"type": "object", "title": "Results", "meta:class": PROFILE, "allOf": parts});
    let schema = guest
        .post("foundation/schemaregistry/tenant/schemas", schema)
        .await;
    text(&schema, "/$id")
}

async fn worked_out_by(guest: &Guest<'_>, schema: &str, function: &Function) -> Value {
    let field = match function.result {
        Value::Number(_) => "number",
        Value::Bool(_) => "flag",
        _ => "text",
    };
    let target = format!("_sandboxtenant.{field}");
    let content = "application/vnd.adobe.xed-full+json;version=1";
    let set = json!({
        "outputSchema": {"schemaRef": {"id": schema, "contentType": content}},
        "mappings": [{"sourceType": "EXPRESSION", "source": function.expression, "destination": target}],
    });
    let data = json!([{"id": "x", "evars": {"evar": {"field1": 1}}}]);
    let body = json!({"data": data, "mappingSet": set});
    let path = format!("{PREP}/mappingSets/preview");
    let answer = guest.post(&path, body).await;
    let at = format!("/0/data/_sandboxtenant/{field}");
    let found = answer.pointer(&at).cloned().unwrap_or_default();
    // 12 and 12.0 are one number.
    match found.as_f64() {
        Some(number) if function.result.as_f64() == Some(number) => function.result.clone(),
        _ => found,
    }
}
