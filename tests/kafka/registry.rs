//! A schema registry that somebody else wrote beside a broker that somebody else wrote.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Message as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{Place, Said};
use crate::servers::{apicurio, kafka};

/// A call of the registry, with its answer.
fn call(method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let registry = apicurio::shared().unwrap();
    let url = format!("{}/{path}", registry.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, url);
    if let Some(body) = body {
        request = request
            .header("Content-Type", "application/vnd.schemaregistry.v1+json")
            .body(body.to_string());
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(async {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    })
}

/// The values of the first records of a topic of one partition.
fn values(bootstrap: &str, topic: &str, count: usize) -> Vec<Vec<u8>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", topic)
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut values = Vec::new();
    while values.len() < count {
        assert!(Instant::now() < deadline, "{} records", values.len());
        if let Some(record) = consumer.poll(Duration::from_millis(100)) {
            values.push(record.unwrap().payload().unwrap().to_vec());
        }
    }
    values
}

/// Records in a format, to a topic of the broker.
fn scenario(bootstrap: &str, topic: &str, format: &str, more: &str) -> String {
    let url = apicurio::shared().unwrap().url();
    format!(
        "\
version: 1
name: registered
seed: 7
destination:
  kafka: {{bootstrap_servers: \"{bootstrap}\", topic: {topic}}}
records:
  key: id
  format: {{{format}: {{registry: {{url: \"{url}\"{more}}}}}}}
  fields:
    id: record_id
    name: first_name
    at: event_time
    level: {{choose: {{gold: 1, none: 3}}}}
    coupon: {{optional: {{of: {{pattern: \"??-##\"}}}}}}
    lines: {{array: {{of: {{object: {{sku: word, count: {{integer: {{max: 9}}}}}}}}, max: 3}}}}
load:
  - hold: {{rate: 2k/s, count: 300}}
"
    )
}

const READ_BACK: &str = "verify:\n  read_back: {within: 1m}\n";

fn run(place: &Place, name: &str, text: &str) -> Said {
    place.write(&format!("{name}.yaml"), text);
    place.hydrant(&["run", &format!("{name}.yaml"), "--out", name])
}

// The schema that the fields come to is registered, found again, and in front of every record; one that the subject's
// rules refuse is told before anything is sent.
#[test]
fn schemas_are_registered_found_and_refused_by_a_real_registry() {
    let (Some(broker), Some(_)) = (kafka::shared(), apicurio::shared()) else {
        return;
    };
    let bootstrap = broker.bootstrap();
    for (format, kind) in [("json", "JSON"), ("avro", "AVRO"), ("protobuf", "PROTOBUF")] {
        let topic = format!("registered-{format}");
        broker.create_topic(&topic, 1);
        let subject = format!("{topic}-value");
        let place = Place::new();
        let text = scenario(&bootstrap, &topic, format, "");

        // Nobody has registered it, and nobody is to.
        let not_there = scenario(&bootstrap, &topic, format, ", auto_register: false");
        let said = run(&place, "missing", &not_there);
        assert_eq!(said.code, 1, "{format}: {said:?}");
        assert!(said.err.contains("is not registered"), "{format}: {said:?}");

        let said = run(&place, "first", &format!("{text}{READ_BACK}"));
        assert_eq!(said.code, 0, "{format}: {said:?}");
        let summary = place.summary("first");
        assert_eq!(
            summary["read_back"]["delivered"], 300,
            "{format}: {summary}"
        );
        let said = run(&place, "again", &text);
        assert_eq!(said.code, 0, "{format}: {said:?}");
        let (status, found) = call(
            Method::GET,
            &format!("subjects/{subject}/versions/latest"),
            None,
        );
        assert_eq!(status, 200, "{found}");
        let of_kind = found["schemaType"].as_str().unwrap_or("AVRO");
        assert_eq!((of_kind, &found["version"]), (kind, &json!(1)), "{found}");
        let id = found["id"].as_u64().unwrap() as u32;
        for value in values(&bootstrap, &topic, 600) {
            assert_eq!(
                value[..5],
                [&[0], &id.to_be_bytes()[..]].concat(),
                "{format}"
            );
        }

        // The registry's own schema instead.
        let own = scenario(&bootstrap, &topic, format, ", version: latest");
        let said = run(&place, "own", &own);
        assert_eq!(said.code, 0, "{format}: {said:?}");
        assert_eq!(place.summary("own")["counts"]["acknowledged"], 300);

        // A field of another type is compatible in none of the three.
        let rules = json!({"compatibility": "FULL"});
        let (status, said) = call(Method::PUT, &format!("config/{subject}"), Some(&rules));
        assert_eq!(status, 200, "{said}");
        let other = text.replace("name: first_name", "name: {integer: {max: 9}}");
        let said = run(&place, "other", &other);
        assert_eq!(said.code, 1, "{format}: {said:?}");
        assert!(
            said.err.contains("does not take the schema: "),
            "{format}: {said:?}"
        );
        assert!(
            !said.err.contains("schema: \n"),
            "{format}: it says why: {said:?}"
        );
        place.write("other.yaml", &other);
        let checked = place.hydrant(&["check", "other.yaml", "--connect"]);
        assert_ne!(checked.code, 0, "{format}: {checked:?}");
        assert!(
            format!("{}{}", checked.out, checked.err).contains(&subject),
            "{format}: {checked:?}"
        );
        let (_, versions) = call(Method::GET, &format!("subjects/{subject}/versions"), None);
        assert_eq!(versions, json!([1]), "{format}: nothing was registered");
    }
}
