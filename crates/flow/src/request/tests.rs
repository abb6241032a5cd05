use options::{Location, Problems};

use super::*;
use crate::options::SourceOptions;
use crate::{FlowOptions, Upstream};

/// What the connections of a source are asked for with: the way to authenticate and its values, then
/// the stream. Secrets are masked.
fn connections(source: &Value, upstream: Upstream) -> String {
    let options: FlowOptions = serde_json::from_value(json!({
        "name": "f", "mapping": {"id": "_id"}, "source": source,
    }))
    .unwrap();
    let env = |name: &str| name.starts_with("SECRET").then(|| "hush-hush".to_owned());
    let spec = Spec::resolve(&options, "s", upstream, &env, &Location::root()).unwrap();
    let ids = Ids::default();
    let body = |kind| spec.request(kind, &ids).masked_body().unwrap();
    let base = body(Kind::BaseConnection);
    let from = body(Kind::SourceConnection);
    assert_eq!(base["connectionSpec"]["id"], from["connectionSpec"]["id"]);
    assert_eq!(base["connectionSpec"]["id"], *spec.source_spec());
    assert_eq!(from["baseConnectionId"], "<base connection>");
    let text = format!(
        "{} {}\n{}",
        base["auth"]["specName"].as_str().unwrap(),
        base["auth"]["params"],
        from["params"]
    );
    assert!(!text.contains("hush"), "{text}");
    text
}

fn hubs() -> Upstream {
    let connection =
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=hush";
    Upstream::EventHubs {
        connection_string: Some(connection.to_owned().into()),
        namespace: None,
        hub: Some("h".to_owned()),
        entra: None,
    }
}

#[test]
fn event_hubs_with_a_shared_access_key() {
    insta::assert_snapshot!(connections(&json!({}), hubs()), @r#"
    Azure EventHub authentication credentials {"sasKeyName":"n","sasKey":"***","namespace":"ns"}
    {"eventHubName":"h","dataType":"raw","reset":"latest"}
    "#);
    let one = json!({"event_hubs": {"one_hub": true, "consumer_group": "g", "reset": "earliest"}});
    insta::assert_snapshot!(connections(&one, hubs()), @r#"
    Azure EventHub authentication credentials {"sasKeyName":"n","sasKey":"***","namespace":"ns","eventHubName":"h"}
    {"eventHubName":"h","dataType":"raw","reset":"earliest","consumerGroup":"g"}
    "#);
}

#[test]
fn event_hubs_with_microsoft_entra() {
    let entra = |one_hub: bool| {
        json!({"event_hubs": {"tenant_id": "t", "client_id": "c", "client_secret": {"env": "SECRET"},
            "one_hub": one_hub}})
    };
    insta::assert_snapshot!(connections(&entra(false), hubs()), @r#"
    Event Hub Azure Active Directory Auth {"tenantId":"t","clientId":"c","clientSecretValue":"***","namespace":"ns"}
    {"eventHubName":"h","dataType":"raw","reset":"latest"}
    "#);
    insta::assert_snapshot!(connections(&entra(true), hubs()), @r#"
    Event Hub Scoped Azure Active Directory Auth {"tenantId":"t","clientId":"c","clientSecretValue":"***","namespace":"ns","eventHubName":"h"}
    {"eventHubName":"h","dataType":"raw","reset":"latest"}
    "#);
}

#[test]
fn kinesis() {
    let upstream = Upstream::Kinesis {
        stream: Some("s".to_owned()),
        region: Some("eu-west-1".to_owned()),
        access_key_id: Some("AKIA".to_owned()),
        secret_access_key: Some("hush-hush".to_owned().into()),
        is_temporary: false,
    };
    insta::assert_snapshot!(connections(&json!({}), upstream), @r#"
    Aws Kinesis authentication credentials {"accessKeyId":"AKIA","secretKey":"***","region":"eu-west-1"}
    {"stream":"s","dataType":"raw","reset":"latest"}
    "#);
}

#[test]
fn pubsub_by_project_and_by_topic() {
    let upstream = || Upstream::PubSub {
        project: Some("p".to_owned()),
        topic: Some("t".to_owned()),
        credentials: Some("{ \"private_key\": \"hush-hush\" }".to_owned().into()),
    };
    let project = json!({"pubsub": {"subscription": "s"}});
    insta::assert_snapshot!(connections(&project, upstream()), @r#"
    Project Based Authentication {"projectId":"p","credentials":"***"}
    {"topicName":"projects/p/topics/t","subscriptionName":"projects/p/subscriptions/s","dataType":"raw"}
    "#);
    let topic = json!({"pubsub": {"subscription": "s", "one_topic": true}});
    insta::assert_snapshot!(connections(&topic, upstream()), @r#"
    Topic & Subscription Based Authentication {"credentials":"***","topicName":"projects/p/topics/t","subscriptionName":"projects/p/subscriptions/s"}
    {"topicName":"projects/p/topics/t","subscriptionName":"projects/p/subscriptions/s","dataType":"raw"}
    "#);
}

#[test]
fn the_http_inlet() {
    let inlet = |authenticated| connections(&json!({}), Upstream::HttpApi { authenticated });
    insta::assert_snapshot!(inlet(false), @r#"
    Streaming Connection {"dataType":"raw","authenticationRequired":false}
    null
    "#);
    assert!(inlet(true).contains("\"authenticationRequired\":true"));
}

#[test]
fn an_organisation_that_has_the_older_name_gets_that() {
    let options = SourceOptions::default();
    let upstream = Upstream::PubSub {
        project: Some("p".to_owned()),
        topic: Some("t".to_owned()),
        credentials: Some("{}".to_owned().into()),
    };
    let mut problems = Problems::new();
    let at = Location::root();
    assert!(Source::resolve(&options, upstream, &|_| None, &at, &mut problems).is_none());
    assert!(
        problems[0].message.contains("`subscription`"),
        "{problems:?}"
    );
    let former = Spec::former_name(PROJECT_BASED);
    assert_eq!(former, Some("Google PubSub authentication credentials"));
    assert_eq!(Spec::former_name("Streaming Connection"), None);
}
