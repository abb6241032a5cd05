//! The scenarios that are shipped can be read, fit the schema, and resolve on the sandbox.

use std::path::{Path, PathBuf};

use pacing::Schedule as _;
use scenario::{Overrides, Redirect, Target};

use crate::unset;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    files
}

fn sandbox() -> Redirect {
    let variables = [
        ("AEP_ORG_ID", "SANDBOX@AdobeOrg"),
        ("AEP_CLIENT_ID", "client"),
        ("AEP_CLIENT_SECRET", "secret"),
        ("AEP_PLATFORM_URL", "http://127.0.0.1:1"),
        ("AEP_IMS_URL", "http://127.0.0.1:2"),
        ("AEP_FLOW_START_UP", "0s"),
    ];
    Redirect {
        kafka: Some("127.0.0.1:3".to_owned()),
        kinesis: Some("http://127.0.0.1:4".to_owned()),
        pubsub: Some("127.0.0.1:5".to_owned()),
        registry: "http://127.0.0.1:6".to_owned(),
        variables: variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    }
}

#[test]
fn each_resolves_on_the_sandbox_without_any_variable() {
    for path in files() {
        let loaded = scenario::load(&path, &unset, Target::Sandbox)
            .unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        assert!(loaded.warnings().is_empty(), "{}", loaded.warnings());
        assert_eq!(
            Some(loaded.name()),
            path.file_stem().and_then(|stem| stem.to_str())
        );
        let resolved = loaded
            .resolve(&Overrides::default(), Some(&sandbox()))
            .unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        let has_flow = resolved.streams.iter().any(|stream| stream.flow.is_some());
        assert_eq!(resolved.platform.is_some(), has_flow, "{path:?}");
        for stream in &resolved.streams {
            let described = stream.destination.describe();
            // The inlet of a flow has an address when the flow is there.
            let is_local = ["127.0.0.1", "discard", "file", "inlet of the flow"]
                .iter()
                .any(|place| described.contains(place));
            assert!(is_local, "{path:?}: {described}");
            assert!(
                stream.load.end().is_some() || stream.load.total().is_some(),
                "{path:?}"
            );
        }
    }
}

#[test]
fn each_fits_the_schema_as_it_is_written() {
    let validator = jsonschema::draft7::new(&scenario::schema()).unwrap();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(
            first,
            "# yaml-language-server: $schema=../docs/scenario.schema.json"
        );
        let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{path:?}: {errors:#?}");
    }
}

#[test]
fn each_asks_for_what_it_needs_where_nothing_is_set() {
    for path in files() {
        let needs_nothing = [
            "catalogue",
            "change-data",
            "daily-traffic",
            "demo-history",
            "discard-dry-run",
            "kafka-avro",
            "kafka-local",
            "kafka-protobuf",
            "kafka-read-back",
            "kinesis-ramp",
            "people-to-file",
            "performance-pubsub",
            "replay",
            "shop-streams",
            "schema-change",
        ]
        .iter()
        .any(|name| path.file_stem().is_some_and(|stem| stem == *name));
        match scenario::load(&path, &unset, Target::Real) {
            Ok(_) => assert!(needs_nothing, "{path:?}"),
            Err(diagnostics) => {
                assert!(!needs_nothing, "{diagnostics}");
                let shown = diagnostics.to_string();
                let says = ["is not set", "is not known"]
                    .iter()
                    .any(|words| shown.contains(words));
                assert!(says, "{shown}");
            }
        }
    }
}
