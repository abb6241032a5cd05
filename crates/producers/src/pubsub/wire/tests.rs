//! The bytes against those of the types that are generated from Google's own definitions.

use std::collections::HashMap;

use gcloud_googleapis::pubsub::v1::{PublishRequest, PublishResponse, PubsubMessage};
use proptest::prelude::*;
use prost::Message as _;

use super::*;

fn generated(data: &[u8], attributes: &BTreeMap<String, String>) -> PubsubMessage {
    PubsubMessage {
        data: data.to_vec().into(),
        attributes: attributes.clone().into_iter().collect::<HashMap<_, _>>(),
        ..PubsubMessage::default()
    }
}

proptest! {
    /// What is written is what was meant, and as long as was said before.
    #[test]
    fn generated_code_reads_what_is_written(
        topic in "[a-z/]{0,300}",
        records in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..400), prop::option::of("\\PC{0,200}")), 0..20
        ),
        attributes in prop::collection::btree_map("[a-z]{1,9}", "\\PC{0,150}", 0..4),
        place in prop::sample::select(
            vec![KeyPlace::Dropped, KeyPlace::OrderingKey, KeyPlace::Attribute("Key".to_owned())]
        ),
        headers in prop::collection::btree_map("[A-Z]{4}", "\\PC{0,150}", 0..4),
    ) {
        let shape = Shape::new(&topic, &attributes, &place);
        let mut body = Vec::new();
        shape.put_topic(&mut body);
        prop_assert_eq!(body.len(), shape.topic_len());
        let mut expected = PublishRequest { topic: topic.clone(), messages: Vec::new() };
        for (data, key) in &records {
            let key = key.as_deref().map(str::as_bytes);
            let own = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
            let len = shape.message_len(data, key, own.clone());
            let before = body.len();
            shape.put_message(data, key, own, len, &mut body);
            prop_assert_eq!(body.len() - before, field_len(len));
            let mut message = generated(data, &attributes);
            message.attributes.extend(headers.clone());
            let text = key.map(|key| String::from_utf8(key.to_vec()).unwrap());
            match (&place, text) {
                (KeyPlace::OrderingKey, Some(key)) => message.ordering_key = key,
                (KeyPlace::Attribute(name), Some(key)) => {
                    message.attributes.insert(name.clone(), key);
                }
                _ => {}
            }
            prop_assert_eq!(len == 0, message == PubsubMessage::default());
            // prost leaves out an attribute's value that is empty; that is the only difference.
            let shorter = message.attributes.values().filter(|value| value.is_empty()).count() * 2;
            prop_assert_eq!(len, message.encoded_len() + shorter);
            expected.messages.push(message);
        }
        prop_assert_eq!(PublishRequest::decode(&body[..]).unwrap(), expected);
    }

    /// Ids are counted as generated code writes them, in pieces or not.
    #[test]
    fn ids_are_counted(
        message_ids in prop::collection::vec("[0-9]{1,200}", 0..50),
        cut in 0..1000_usize,
    ) {
        let count = message_ids.len() as u32;
        let body = PublishResponse { message_ids }.encode_to_vec();
        let cut = cut.min(body.len());
        prop_assert_eq!(count_ids(&mut &body[..]), Some(count));
        prop_assert_eq!(count_ids(&mut body[..cut].chain(&body[cut..])), Some(count));
    }

    /// Whatever comes as an answer, it is read to its end or given up, never more.
    #[test]
    fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = count_ids(&mut &body[..]);
    }
}

#[test]
fn without_attributes_the_bytes_are_the_same() {
    let shape = Shape::new(
        "projects/p/topics/t",
        &BTreeMap::new(),
        &KeyPlace::OrderingKey,
    );
    let data = vec![b'x'; 300];
    let mut body = Vec::new();
    shape.put_topic(&mut body);
    let len = shape.message_len(&data, Some(b"k"), std::iter::empty());
    shape.put_message(&data, Some(b"k"), std::iter::empty(), len, &mut body);
    let mut message = generated(&data, &BTreeMap::new());
    message.ordering_key = "k".to_owned();
    let expected = PublishRequest {
        topic: "projects/p/topics/t".to_owned(),
        messages: vec![message],
    };
    assert_eq!(body, expected.encode_to_vec());
}

#[test]
fn an_answer_that_ends_too_soon_is_none() {
    let answer = PublishResponse {
        message_ids: vec!["12345".to_owned()],
    };
    let body = answer.encode_to_vec();
    assert_eq!(count_ids(&mut &body[..body.len() - 1]), None);
    // A field that a later version may add is passed over.
    let mut later = body.clone();
    later.extend_from_slice(&[7 << 3, 0x96, 0x01]);
    assert_eq!(count_ids(&mut &later[..]), Some(1));
}
