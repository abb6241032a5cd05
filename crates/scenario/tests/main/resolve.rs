//! What a scenario comes to.

use options::Period;
use pacing::Schedule as _;
use scenario::{Overrides, Redirect, Target};

use crate::{GOOD, read, unset};

#[test]
fn overrides_go_before_the_scenario() {
    let loaded = read(GOOD, Target::Real).unwrap();
    let as_written = loaded.resolve(&Overrides::default(), None).unwrap();
    assert_eq!(
        (as_written.seed, as_written.streams[0].load.total()),
        (1, Some(10_000))
    );
    assert_eq!(as_written.streams[0].name, "good");
    let overrides = Overrides {
        seed: Some(5),
        rate: Some("100/s".parse().unwrap()),
        for_: Some(Period::from_secs(3)),
        ..Overrides::default()
    };
    let overridden = loaded.resolve(&overrides, None).unwrap();
    assert_eq!(
        (overridden.seed, overridden.streams[0].load.total()),
        (5, Some(300))
    );
    let demand = overridden.streams[0].demand.unwrap();
    assert!((demand.records_per_second - 100.0).abs() < 1e-9);
    let bytes = |resolved: &scenario::Resolved| {
        let mut record = Vec::new();
        resolved.streams[0].template.record(0, &mut record);
        record
    };
    assert_ne!(
        bytes(&as_written),
        bytes(&overridden),
        "another seed, other records"
    );
}

#[test]
fn an_impossible_override_is_said_with_its_flag() {
    let loaded = read(GOOD, Target::Real).unwrap();
    let overrides = Overrides {
        rate: Some("0/s".parse().unwrap()),
        ..Overrides::default()
    };
    let diagnostics = loaded.resolve(&overrides, None).unwrap_err();
    assert!(
        diagnostics.to_string().contains("with `--rate 0/s`"),
        "{diagnostics}"
    );
}

#[test]
fn event_times_are_as_far_apart_as_records() {
    let text = GOOD.replace("first_name", "{event_time: {format: epoch_ms}}");
    let loaded = read(&text, Target::Real).unwrap();
    let start = "2026-11-24T00:00:00Z".parse().unwrap();
    let overrides = Overrides {
        start: Some(start),
        ..Overrides::default()
    };
    let resolved = loaded.resolve(&overrides, None).unwrap();
    let at = |n| {
        let value = resolved.streams[0].template.value(n, "firstName").unwrap();
        String::from_utf8(value).unwrap().parse::<i64>().unwrap()
    };
    assert_eq!(at(0), start.as_millisecond());
    assert_eq!(at(1000) - at(0), 1000, "1k/s");
}

#[test]
fn on_the_sandbox_kafka_and_event_hubs_lead_to_its_broker() {
    let flow = "flow: {mapping: {id: _id}}\nverify: {landed: {within: 1m}}\n";
    for destination in [
        "event_hubs: {connection_string: {env: NO_SUCH_CONNECTION_STRING}, hub: people}",
        "kafka: {bootstrap_servers: \"${BROKER}:9092\", topic: people}",
    ] {
        let text = GOOD.replace("discard: {}", destination) + flow;
        let loaded =
            read(&text, Target::Sandbox).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        let redirect = Redirect {
            kafka: Some("127.0.0.1:4711".to_owned()),
            variables: [
                ("AEP_ORG_ID", "SANDBOX@AdobeOrg"),
                ("AEP_CLIENT_ID", "client"),
                ("AEP_CLIENT_SECRET", "secret"),
                ("AEP_PLATFORM_URL", "http://127.0.0.1:4712"),
                ("AEP_FLOW_START_UP", "0s"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
            ..Redirect::default()
        };
        let resolved = loaded
            .resolve(&Overrides::default(), Some(&redirect))
            .unwrap();
        let stream = &resolved.streams[0];
        assert!(
            stream
                .destination
                .describe()
                .contains("people at 127.0.0.1:4711")
        );
        let spec = stream.flow.as_ref().unwrap();
        assert_eq!(spec.name, "hydrant-good");
        assert!(
            spec.source.describe().contains("people"),
            "{}",
            spec.source.describe()
        );
        let platform = resolved.platform.unwrap();
        assert_eq!(
            platform.platform_url.as_deref(),
            Some("http://127.0.0.1:4712")
        );
    }
}

#[test]
fn streams_have_their_own_names_and_records() {
    let stream = "{destination: {discard: {}}, records: {fields: {id: record_id}}, \
                  load: [{hold: {rate: 1/s, for: 1s}}]}";
    let text = format!("version: 1\nstreams:\n  one: {stream}\n  two: {stream}\n");
    let loaded = scenario::parse("pair.yaml", &text, &unset, Target::Real).unwrap();
    let resolved = loaded.resolve(&Overrides::default(), None).unwrap();
    let names: Vec<_> = resolved
        .streams
        .iter()
        .map(|stream| stream.name.as_str())
        .collect();
    assert_eq!(
        (resolved.name.as_str(), &names[..]),
        ("pair", &["one", "two"][..])
    );
    let id = |index: usize| resolved.streams[index].template.value(0, "id");
    assert_ne!(id(0), id(1));
}

#[test]
fn temporary_credentials_are_no_way_in_for_the_platform() {
    let text = GOOD
        .replace(
            "discard: {}",
            "kinesis: {stream: people, region: eu-west-1}",
        )
        .replace("records:\n", "flow: {mapping: {id: _id}}\nrecords:\n");
    let env = |is_temporary: bool| {
        move |name: &str| {
            let value = match name {
                "AWS_SESSION_TOKEN" => is_temporary.then_some("t"),
                "AWS_ACCESS_KEY_ID" => Some("AKIA1"),
                "AEP_ORG_ID" => Some("o@AdobeOrg"),
                "AWS_SECRET_ACCESS_KEY" | "KEY" | "AEP_CLIENT_ID" | "AEP_CLIENT_SECRET" => {
                    Some("x")
                }
                _ => None,
            };
            value.map(str::to_owned)
        }
    };
    let load = |text: &str, is_temporary, target| {
        let env = env(is_temporary);
        let loaded = scenario::parse("s.yaml", text, &env, target)?;
        loaded.resolve(&Overrides::default(), None).map(drop)
    };
    load(&text, false, Target::Real).unwrap();
    let diagnostics = load(&text, true, Target::Real).unwrap_err().to_string();
    assert!(diagnostics.contains("is a temporary one"), "{diagnostics}");
    assert!(diagnostics.contains("flow.source.kinesis"), "{diagnostics}");
    // Where the flow has a key of its own, and on the sandbox, they do not matter.
    load(&text, true, Target::Sandbox).unwrap();
    let key = "source: {kinesis: {access_key_id: AKIA2, secret_access_key: {env: KEY}}}";
    let own = text.replace("flow: {", &format!("flow: {{{key}, "));
    load(&own, true, Target::Real).unwrap();
}
