use gcloud_googleapis::pubsub::v1::{PublishRequest, PublishResponse, PubsubMessage};
use prost::Message as _;

use super::super::refusal::Code;
use super::*;

const TOPIC: &str = "projects/p/topics/ttt";
const SUBSCRIPTION: &str = "projects/p/subscriptions/sss";

fn stock(memory: usize) -> Stock {
    let stock = Stock::with_memory(memory);
    let topic = TopicModel {
        name: TOPIC.to_owned(),
        ..TopicModel::default()
    };
    stock.create_topic(topic).unwrap();
    let subscription = Model {
        name: SUBSCRIPTION.to_owned(),
        topic: TOPIC.to_owned(),
        ack_deadline_seconds: 10,
        ..Model::default()
    };
    stock.create_subscription(subscription).unwrap();
    stock
}

fn publish(stock: &Stock, messages: Vec<PubsubMessage>) -> Result<Vec<String>, Refusal> {
    let request = PublishRequest {
        topic: TOPIC.to_owned(),
        messages,
    };
    let mut answer = Vec::new();
    stock.publish(request.encode_to_vec().into(), &mut answer)?;
    Ok(PublishResponse::decode(&answer[..]).unwrap().message_ids)
}

fn message(bytes: usize) -> PubsubMessage {
    PubsubMessage {
        data: vec![b'x'; bytes].into(),
        ..PubsubMessage::default()
    }
}

#[test]
fn ids_are_the_services_and_differ() {
    let stock = stock(MEMORY);
    let mut ids = publish(&stock, vec![message(1); 3]).unwrap();
    ids.extend(publish(&stock, vec![message(1); 2]).unwrap());
    assert!(ids.iter().all(|id| id.len() == 17));
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!(stock.unacknowledged(SUBSCRIPTION), Some(5));
}

#[test]
fn memory_is_bounded_and_what_that_costs_is_counted() {
    let stock = stock(100_000);
    for _ in 0..100 {
        publish(&stock, vec![message(1_000); 10]).unwrap();
    }
    let kept = stock.unacknowledged(SUBSCRIPTION).unwrap();
    assert!((50..100).contains(&kept), "{kept}");
    assert_eq!(kept + stock.dropped(), 1_000);
    stock.delete_subscription(SUBSCRIPTION).unwrap();
    assert_eq!(stock.lock().kept.load(Ordering::Relaxed), 0);
    publish(&stock, vec![message(1_000)]).unwrap();
    assert_eq!(
        stock.lock().kept.load(Ordering::Relaxed),
        0,
        "nobody reads it"
    );
}

#[test]
fn what_the_service_refuses_is_refused() {
    let stock = stock(MEMORY);
    let refused = |messages| publish(&stock, messages).unwrap_err().code;
    assert_eq!(refused(Vec::new()), Code::InvalidArgument);
    assert_eq!(refused(vec![message(1); 1_001]), Code::InvalidArgument);
    assert_eq!(refused(vec![message(0)]), Code::InvalidArgument);
    assert_eq!(refused(vec![message(10_000_000)]), Code::InvalidArgument);
    let with_key = |key: &str| PubsubMessage {
        ordering_key: key.to_owned(),
        ..message(1)
    };
    assert_eq!(
        refused(vec![with_key("a"), with_key("b")]),
        Code::InvalidArgument
    );
    assert_eq!(
        refused(vec![with_key(&"k".repeat(1_025))]),
        Code::InvalidArgument
    );
    let with_attributes = |all: Vec<(String, String)>| PubsubMessage {
        attributes: all.into_iter().collect(),
        ..message(0)
    };
    let attribute = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for wrong in [
        attribute("goog-x", ""),
        attribute("", ""),
        attribute(&"n".repeat(257), ""),
        attribute("n", &"v".repeat(1_025)),
    ] {
        assert_eq!(
            refused(vec![with_attributes(vec![wrong])]),
            Code::InvalidArgument
        );
    }
    let many = (0..101).map(|n| attribute(&n.to_string(), ""));
    assert_eq!(
        refused(vec![with_attributes(many.collect())]),
        Code::InvalidArgument
    );

    assert!(publish(&stock, vec![message(1); 1_000]).is_ok());
    assert!(publish(&stock, vec![with_attributes(vec![attribute("n", "")])]).is_ok());
    // The topic's name and the heads of three fields are in the request too.
    let most = 10_000_000 - TOPIC.len() - 2 - 5 - 5;
    assert!(publish(&stock, vec![message(most)]).is_ok());
    assert_eq!(refused(vec![message(most + 1)]), Code::InvalidArgument);
}

#[test]
fn a_topic_that_is_deleted_leaves_its_subscriptions_behind() {
    let stock = stock(MEMORY);
    publish(&stock, vec![message(1); 3]).unwrap();
    stock.delete_topic(TOPIC).unwrap();
    assert_eq!(
        publish(&stock, vec![message(1)]).unwrap_err().code,
        Code::NotFound
    );
    let left = stock.subscription(SUBSCRIPTION).unwrap();
    assert_eq!(left.topic, "_deleted-topic_");
    let most = |_| Most {
        messages: 10,
        bytes: 1_000,
    };
    let mut answer = Vec::new();
    let delivered = stock
        .deliver(SUBSCRIPTION, 1, most, None, &mut answer)
        .unwrap();
    assert_eq!(delivered.numbers, [0, 1, 2]);
}
