//! A port that is given is the first of four.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use sandbox::{Error, Sandbox, SandboxOptions};

/// A sandbox whose port is given. Ports that were free may be taken when it comes for them.
fn fixed() -> (u16, Sandbox) {
    for _ in 0..100 {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let options = SandboxOptions {
            port: Some(port),
            ..SandboxOptions::default()
        };
        match Sandbox::start(options) {
            Ok(sandbox) => return (port, sandbox),
            Err(Error::Port { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    panic!("there are no four free ports in a row");
}

#[test]
fn the_endpoints_stand_in_a_row() {
    let (port, sandbox) = fixed();
    let at = |offset: u16| format!("127.0.0.1:{}", port + offset);
    assert_eq!(sandbox.platform_url(), format!("http://{}", at(0)));
    assert_eq!(sandbox.kinesis_url(), format!("http://{}", at(1)));
    assert_eq!(sandbox.pubsub_host(), at(2));
    assert_eq!(sandbox.kafka_bootstrap(), at(3));
    // All of them are taken now.
    for offset in 0..4 {
        let options = SandboxOptions {
            port: Some(port + offset),
            ..SandboxOptions::default()
        };
        let error = Sandbox::start(options).unwrap_err().to_string();
        let expected = format!("port {} cannot be had for the platform", port + offset);
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn kafka_at_a_fixed_port_names_no_other_address() {
    let (port, sandbox) = fixed();
    sandbox.create_topic("profiles", 1);
    let config = |more: &[(&str, &str)]| {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", sandbox.kafka_bootstrap());
        for (name, value) in more {
            config.set(*name, *value);
        }
        config
    };
    let wait = Duration::from_secs(30);
    let producer: BaseProducer = config(&[]).create().unwrap();
    let metadata = producer.client().fetch_metadata(None, wait).unwrap();
    let brokers: Vec<_> = metadata
        .brokers()
        .iter()
        .map(|broker| (broker.host(), broker.port()))
        .collect();
    assert_eq!(brokers, [("127.0.0.1", i32::from(port) + 3)]);

    let large = vec![b'x'; 500_000];
    for payload in [b"first".as_slice(), &large] {
        let record = BaseRecord::<(), _>::to("profiles").payload(payload);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(wait).unwrap();
    let consumer: BaseConsumer = config(&[("group.id", "g")]).create().unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions
        .add_partition_offset("profiles", 0, Offset::Beginning)
        .unwrap();
    consumer.assign(&partitions).unwrap();
    let next = || {
        let message = consumer.poll(wait).expect("a message in time").unwrap();
        message.payload().unwrap_or_default().to_vec()
    };
    assert_eq!((next(), next()), (b"first".to_vec(), large));
}
