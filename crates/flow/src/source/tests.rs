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
fn what_is_missing_is_named_with_the_place_to_write_it() {
    let upstream = Upstream::Kinesis {
        stream: Some("profiles".into()),
        region: None,
        access_key_id: None,
        secret_access_key: None,
    };
    let problems = resolve(&SourceOptions::default(), upstream).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    let help = problems[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("flow.source.kinesis"), "{help}");
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
