//! The schema registry with Confluent's REST API
//! (<https://docs.confluent.io/platform/current/schema-registry/develop/api.html>).

use reqwest::{Client, Method};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};

struct Registry {
    sandbox: Sandbox,
    http: Client,
}

impl Registry {
    fn new() -> Registry {
        Registry {
            sandbox: Sandbox::start(SandboxOptions::default()).unwrap(),
            http: Client::new(),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/{path}", self.sandbox.registry_url());
        let answer = self.http.request(method, url).json(&body).send().await;
        let answer = answer.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn register(&self, subject: &str, schema: &Value) -> (u16, Value) {
        let path = format!("subjects/{subject}/versions");
        self.call(Method::POST, &path, schema.clone()).await
    }

    /// What the registry finds against a schema.
    async fn compatible(&self, path: &str, schema: &Value) -> (u16, Value) {
        let path = format!("compatibility/subjects/{path}?verbose=true");
        self.call(Method::POST, &path, schema.clone()).await
    }
}

/// A record of Avro with these fields, of which the last may have a default.
fn avro(fields: &Value) -> Value {
    let schema = json!({"type": "record", "name": "R", "fields": fields});
    json!({"schema": schema.to_string()})
}

/// Three versions: a field is added with a default, and then without one.
fn versions() -> [Value; 3] {
    let (a, b) = (
        json!({"name": "a", "type": "int"}),
        json!({"name": "b", "type": "int"}),
    );
    let b_or_0 = json!({"name": "b", "type": "int", "default": 0});
    [
        avro(&json!([a])),
        avro(&json!([a, b_or_0])),
        avro(&json!([a, b])),
    ]
}

#[tokio::test]
async fn a_schema_has_to_go_with_the_newest_one() {
    let registry = Registry::new();
    let [first, second, third] = versions();
    assert_eq!(registry.register("s", &first).await.0, 200);
    let (status, refused) = registry.register("s", &third).await;
    assert_eq!((status, &refused["error_code"]), (409, &json!(409)));
    let (_, found) = registry.compatible("s/versions/latest", &third).await;
    assert_eq!(found["is_compatible"], false);
    let reason = found["messages"][0].as_str().unwrap();
    assert!(
        reason.starts_with("READER_FIELD_MISSING_DEFAULT_VALUE"),
        "{reason}"
    );
    // The second has the field already.
    assert_eq!(registry.register("s", &second).await.0, 200);
    let fits = (200, json!({"is_compatible": true, "messages": []}));
    for path in ["s/versions/latest", "s/versions/2", "s/versions"] {
        assert_eq!(registry.compatible(path, &third).await, fits, "{path}");
    }
    let (_, found) = registry.compatible("s/versions/1", &third).await;
    assert_eq!(found["is_compatible"], false);
    for (path, code) in [
        ("other/versions/latest", 40401),
        ("other/versions", 40401),
        ("s/versions/7", 40402),
    ] {
        let (status, answer) = registry.compatible(path, &third).await;
        assert_eq!(
            (status, &answer["error_code"]),
            (404, &json!(code)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn levels_say_what_has_to_read_what() {
    let registry = Registry::new();
    let set = async |path: &str, level: &str| {
        registry
            .call(Method::PUT, path, json!({"compatibility": level}))
            .await
    };
    let get = async |path: &str| registry.call(Method::GET, path, json!({})).await;
    let [first, second, third] = versions();
    for schema in [&first, &second] {
        assert_eq!(registry.register("s", schema).await.0, 200);
    }
    assert_eq!(
        get("config").await,
        (200, json!({"compatibilityLevel": "BACKWARD"}))
    );
    let (status, answer) = get("config/s").await;
    assert_eq!((status, &answer["error_code"]), (404, &json!(40408)));
    let (status, answer) = set("config", "sideways").await;
    assert_eq!((status, &answer["error_code"]), (422, &json!(42203)));
    assert_eq!(
        set("config", "full").await,
        (200, json!({"compatibility": "FULL"}))
    );
    let level = (200, json!({"compatibilityLevel": "FULL"}));
    assert_eq!(get("config/s?defaultToGlobal=true").await, level);

    let without_a = avro(&json!([{"name": "b", "type": "int", "default": 0}]));
    for (level, of_third, of_fourth) in [
        ("BACKWARD", true, true),
        ("BACKWARD_TRANSITIVE", false, true),
        // Whoever reads with the second schema needs `a`.
        ("FORWARD", true, false),
        ("FORWARD_TRANSITIVE", true, false),
        ("FULL", true, false),
        ("FULL_TRANSITIVE", false, false),
        ("NONE", true, true),
    ] {
        assert_eq!(set("config/s", level).await.0, 200);
        for (schema, wanted) in [(&third, of_third), (&without_a, of_fourth)] {
            let (_, found) = registry.compatible("s/versions", schema).await;
            assert_eq!(found["is_compatible"], wanted, "{level}: {schema} {found}");
        }
    }
}

#[tokio::test]
async fn json_and_protobuf_have_rules_of_their_own() {
    let registry = Registry::new();
    let closed = |properties: Value| {
        let schema =
            json!({"type": "object", "properties": properties, "additionalProperties": false});
        json!({"schemaType": "JSON", "schema": schema.to_string()})
    };
    let proto = |fields: &str| json!({"schemaType": "PROTOBUF", "schema": format!("syntax = \"proto3\"; message M {{ {fields} }}")});
    for (subject, old, good, bad, rule) in [
        (
            "j",
            closed(json!({"a": {"type": "integer"}})),
            closed(json!({"a": {"type": "number"}, "b": {"type": "string"}})),
            closed(json!({"b": {"type": "string"}})),
            "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
        ),
        (
            "p",
            proto("int32 a = 1;"),
            proto("int64 a = 1; string b = 2;"),
            proto("string b = 1;"),
            "FIELD_SCALAR_KIND_CHANGED",
        ),
        // Another language, too.
        (
            "q",
            proto("int32 a = 1;"),
            proto("int32 b = 1;"),
            closed(json!({})),
            "TYPE_MISMATCH",
        ),
    ] {
        assert_eq!(registry.register(subject, &old).await.0, 200);
        let path = format!("{subject}/versions/latest");
        let (_, found) = registry.compatible(&path, &bad).await;
        assert_eq!(found["is_compatible"], false, "{subject}");
        assert!(
            found["messages"][0].as_str().unwrap().starts_with(rule),
            "{found}"
        );
        assert_eq!(registry.register(subject, &bad).await.0, 409, "{subject}");
        assert_eq!(registry.register(subject, &good).await.0, 200, "{subject}");
    }
}
