use super::*;

fn resolve(written: &SourceOptions, upstream: Upstream) -> Result<Source, Problems> {
    let mut problems = Problems::new();
    let env = |name: &str| (name == "KEY").then(|| "s3cret".to_owned());
    let at = Location::root().join("flow").join("source");
    let source = Source::resolve(written, upstream, &env, &at, &mut problems);
    source.ok_or(problems)
}

fn hubs(connection_string: &str) -> Upstream {
    Upstream::EventHubs {
        connection_string: Some(connection_string.to_owned().into()),
        namespace: None,
        hub: None,
        entra: None,
    }
}

#[test]
fn a_connection_string_is_enough() {
    let text = "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=root;\
                SharedAccessKey=abc=;EntityPath=profiles";
    let source = resolve(&SourceOptions::default(), hubs(text)).unwrap();
    let Source::EventHubs {
        namespace,
        hub,
        auth,
        ..
    } = &source
    else {
        panic!("{source:?}")
    };
    assert_eq!((namespace.as_str(), hub.as_str()), ("acme", "profiles"));
    let EventHubsAuth::SharedAccessKey { name, key } = auth else {
        panic!("{auth:?}")
    };
    assert_eq!((name.as_str(), key.expose_secret()), ("root", "abc="));
    assert!(!format!("{source:?}").contains("abc="));
}

#[test]
fn the_emulator_has_one_namespace_whoever_names_it() {
    let text = "Endpoint=sb://localhost;SharedAccessKeyName=root;SharedAccessKey=abc=;\
                UseDevelopmentEmulator=true;EntityPath=profiles";
    let source = resolve(&SourceOptions::default(), hubs(text)).unwrap();
    assert_eq!(source.describe(), "Event Hubs profiles in emulatorNs1");
}

#[test]
fn what_is_no_connection_string_is_told_without_repeating_it() {
    let problems = resolve(&SourceOptions::default(), hubs("hunter2")).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].message.contains("no connection string"),
        "{problems:?}"
    );
    assert!(!format!("{problems:?}").contains("hunter2"));
    // It is the destination's: the scenario need not have a `flow.source`.
    let at = Location::root().join("flow").join("source");
    assert_eq!(problems[0].at, at);
    let own = serde_json::json!({"event_hubs": {"connection_string": {"env": "KEY"}}});
    let own: SourceOptions = serde_json::from_value(own).unwrap();
    let problems = resolve(&own, hubs("hunter2")).unwrap_err();
    assert_eq!(
        problems[0].at,
        at.join("event_hubs").join("connection_string")
    );
}

#[test]
fn what_is_missing_is_named_with_the_place_to_write_it() {
    let upstream = Upstream::Kinesis {
        stream: Some("profiles".into()),
        region: None,
        access_key_id: None,
        secret_access_key: None,
        is_temporary: false,
    };
    let problems = resolve(&SourceOptions::default(), upstream).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    let help = problems[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("flow.source.kinesis"), "{help}");
}

#[test]
fn a_key_that_needs_a_session_token_is_no_key_for_the_platform() {
    let upstream = |id: &str, is_temporary| Upstream::Kinesis {
        stream: Some("profiles".into()),
        region: Some("eu-west-1".into()),
        access_key_id: Some(id.into()),
        secret_access_key: Some("s3cret".to_owned().into()),
        is_temporary,
    };
    let none = SourceOptions::default();
    let written = |id: &str| -> SourceOptions {
        let key = serde_json::json!({"env": "KEY"});
        let kinesis = serde_json::json!({"access_key_id": id, "secret_access_key": key});
        serde_json::from_value(serde_json::json!({ "kinesis": kinesis })).unwrap()
    };
    let id_only: SourceOptions =
        serde_json::from_value(serde_json::json!({"kinesis": {"access_key_id": "AKIA2"}})).unwrap();
    for (written, id, is_temporary, is_fine) in [
        (&none, "AKIA1", false, true),
        (&none, "AKIA1", true, false),
        (&none, "ASIA1", false, false),
        (&written("AKIA2"), "ASIA1", true, true),
        (&written("ASIA2"), "AKIA1", false, false),
        // Whose secret would it be?
        (&id_only, "ASIA1", true, false),
    ] {
        let resolved = resolve(written, upstream(id, is_temporary));
        assert_eq!(resolved.is_ok(), is_fine, "{written:?} {id}: {resolved:?}");
        if let Err(problems) = resolved {
            assert_eq!(problems.len(), 1, "{problems:?}");
            let help = problems[0].help.as_deref().unwrap_or_default();
            assert!(help.contains("flow.source.kinesis"), "{help}");
        }
    }
}

#[test]
fn what_the_section_says_wins_over_the_destination() {
    let written: SourceOptions = serde_json::from_value(serde_json::json!({
        "event_hubs": {"tenant_id": "t", "client_id": "c", "client_secret": {"env": "KEY"},
            "namespace": "other.servicebus.windows.net", "hub": "h", "one_hub": true}
    }))
    .unwrap();
    let source = resolve(&written, Upstream::Other("kafka".into())).unwrap();
    let Source::EventHubs {
        namespace,
        auth,
        one_hub,
        ..
    } = &source
    else {
        panic!("{source:?}")
    };
    assert_eq!(namespace, "other");
    assert!(*one_hub && matches!(auth, EventHubsAuth::Entra(_)));
    assert!(!format!("{source:?}").contains("s3cret"));
}

#[test]
fn a_destination_that_the_platform_cannot_read_is_refused() {
    let problems =
        resolve(&SourceOptions::default(), Upstream::Other("discard".into())).unwrap_err();
    assert!(problems[0].message.contains("`discard`"), "{problems:?}");
}
