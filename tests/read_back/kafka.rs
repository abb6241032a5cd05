//! On a real Apache Kafka, in the clear and as Event Hubs wants to be reached.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::stranger::{PLANTED, Stranger};
use super::{command, numbers, run, scenario};
use crate::cli::{Place, Said};
use crate::servers::kafka::{Kafka, shared};

/// Has the broker forget the first records of partition 0.
fn forget(kafka: &Kafka, topic: &str, before: i64) {
    let client: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", kafka.bootstrap())
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(before))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let options = AdminOptions::new();
    runtime
        .block_on(client.delete_records(&list, &options))
        .unwrap();
}

#[test]
fn what_a_stranger_plants_and_what_the_broker_forgets_is_counted() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("planted", 1);
    let destination = format!(
        "kafka: {{bootstrap_servers: \"{}\", topic: planted}}",
        kafka.bootstrap()
    );
    let place = Place::new();
    let load = "hold: {rate: 2k/s, count: 5000}";
    let command = command(&place, &scenario(&destination, load, "1m"));
    let stranger = Stranger::at(&kafka.bootstrap(), "planted");
    let said = run(command, || stranger.plant());
    assert_eq!(said.code, 97, "{said:?}");
    let [duplicated, corrupted, unexpected] = PLANTED;
    let summary = place.summary("out");
    assert_eq!(
        numbers(&summary["read_back"]),
        [5000, 0, duplicated, corrupted, unexpected, 0],
        "{summary}"
    );

    // The first ten are gone from the topic; six of them have a copy further on. Whether the others were
    // there nobody can say.
    forget(&kafka, "planted", 10);
    let said = place.hydrant(&["read-back", "out", "--within", "5m", "--json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let printed: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let read = &printed["streams"]["back"]["read_back"];
    assert_eq!(
        (&read["delivered"], &read["lost"], &read["unknown"]),
        (&4996.into(), &0.into(), &4.into()),
        "{printed}"
    );
    let remark = read["remarks"][0].as_str().unwrap_or_default();
    assert!(
        remark.starts_with("10 records of partition 0 were gone"),
        "{printed}"
    );
}

#[test]
fn event_hubs_are_read_by_the_way_in_that_they_are_written_by() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("hub", 3);
    let destination = format!(
        "event_hubs: {{connection_string: {{file: \"{}\"}}, hub: hub, bootstrap_servers: \"{}\", \
         ca_certificate: \"{}\"}}",
        kafka.connection_string().display(),
        kafka.secure_bootstrap(),
        kafka.ca_certificate().display()
    );
    let place = Place::new();
    let load = "hold: {rate: 2k/s, count: 3000}";
    let said = run(command(&place, &scenario(&destination, load, "1m")), || {});
    assert!(said.is_fine(), "{said:?}");
    let clean = [3000, 0, 0, 0, 0];
    let summary = place.summary("out");
    assert_eq!(numbers(&summary["read_back"])[..5], clean, "{summary}");
    let later = place.hydrant(&["read-back", "out", "--json"]);
    assert_eq!(later.code, 0, "{later:?}");
    let printed: serde_json::Value = serde_json::from_str(&later.out).unwrap();
    assert_eq!(
        numbers(&printed["streams"]["back"]["read_back"])[..5],
        clean
    );
    assert_secret_is_not_there(&kafka, &place, &[said, later]);
}

fn assert_secret_is_not_there(kafka: &Kafka, place: &Place, said: &[Said]) {
    let string = std::fs::read_to_string(kafka.connection_string()).unwrap();
    let secret = string.split("SharedAccessKey=").nth(1).unwrap().trim();
    let mut texts: Vec<String> = said
        .iter()
        .map(|said| format!("{}{}", said.out, said.err))
        .collect();
    for entry in std::fs::read_dir(place.path("out")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    assert!(texts.iter().all(|text| !text.contains(secret)));
}
