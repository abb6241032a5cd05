use gcloud_googleapis::pubsub::v1::streaming_pull_response::SubscriptionProperties;
use gcloud_googleapis::pubsub::v1::{
    AcknowledgeRequest, ModifyAckDeadlineRequest, PubsubMessage, ReceivedMessage,
    StreamingPullRequest, StreamingPullResponse,
};
use proptest::prelude::*;
use prost::Message as _;
use prost_types::Timestamp;

use super::*;

const NAME: &str = "projects/p/subscriptions/s";

fn received(ack_id: &str, data: &[u8], key: &str, published: Option<i64>) -> ReceivedMessage {
    ReceivedMessage {
        ack_id: ack_id.to_owned(),
        message: Some(PubsubMessage {
            data: data.to_vec().into(),
            attributes: [("a".to_owned(), "b".to_owned())].into(),
            message_id: "17".to_owned(),
            publish_time: published.map(|millis| Timestamp {
                seconds: millis.div_euclid(1_000),
                nanos: (millis.rem_euclid(1_000) * 1_000_000) as i32,
            }),
            ordering_key: key.to_owned(),
        }),
        delivery_attempt: 3,
    }
}

proptest! {
    /// What Google's definitions encode is found again.
    #[test]
    fn a_response_is_taken_apart(
        expected in prop::collection::vec(
            (".{0,40}", prop::collection::vec(any::<u8>(), 0..300), ".{0,9}", prop::option::of(0..1_i64 << 42)),
            0..20,
        ),
    ) {
        let response = StreamingPullResponse {
            received_messages: expected
                .iter()
                .map(|(id, data, key, published)| received(id, data, key, *published))
                .collect(),
            subscription_properties: Some(SubscriptionProperties::default()),
            ..StreamingPullResponse::default()
        };
        let body = response.encode_to_vec();
        let found: Result<Vec<_>, _> = messages(&body).collect();
        let found = found.unwrap();
        prop_assert_eq!(found.len(), expected.len());
        for (found, (id, data, key, published)) in found.iter().zip(&expected) {
            let key = (!key.is_empty()).then_some(key.as_bytes());
            let expected = Message {
                ack_id: id.as_bytes(),
                id: b"17",
                data,
                key,
                published: *published,
                body: found.body,
            };
            prop_assert_eq!(*found, expected);
            let attributes: Vec<_> = found.attributes().collect();
            prop_assert_eq!(attributes, [("a", &b"b"[..])]);
        }
    }

    /// Whatever comes, nothing breaks.
    #[test]
    fn rubbish_is_malformed_or_empty(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = messages(&body).count();
    }
}

#[test]
fn a_body_that_is_cut_short_is_malformed() {
    let whole = StreamingPullResponse {
        received_messages: vec![received("id", b"data", "", None)],
        ..StreamingPullResponse::default()
    };
    let whole = whole.encode_to_vec();
    let cut = &whole[..whole.len() - 1];
    assert_eq!(messages(cut).collect::<Vec<_>>(), [Err(Malformed)]);
}

#[test]
fn requests_are_googles_and_no_longer_than_it_takes_them() {
    let mut ids = Vec::new();
    let expected: Vec<_> = (0..10_000).map(|n| format!("{n:0>150}")).collect();
    for id in &expected {
        put_id(id.as_bytes(), &mut ids);
    }
    let bodies = acknowledge(NAME, &ids);
    assert!(bodies.len() > 1 && bodies.iter().all(|body| body.len() <= 524_288));
    let requests = bodies
        .iter()
        .map(|body| AcknowledgeRequest::decode(&body[..]).unwrap());
    let found: Vec<_> = requests
        .flat_map(|request| {
            assert_eq!(request.subscription, NAME);
            request.ack_ids
        })
        .collect();
    assert_eq!(found, expected);

    let bodies = modify(NAME, 60, &ids);
    let first = ModifyAckDeadlineRequest::decode(&bodies[0][..]).unwrap();
    assert_eq!(
        (first.subscription.as_str(), first.ack_deadline_seconds),
        (NAME, 60)
    );
    assert_eq!(first.ack_ids, expected[..first.ack_ids.len()]);
    assert!(acknowledge(NAME, &[]).is_empty());

    let most = Most {
        messages: 300,
        bytes: 70_000,
    };
    let opened = StreamingPullRequest::decode(&open_stream(NAME, 60, "me", most)[..]).unwrap();
    assert_eq!(opened.subscription, NAME);
    assert_eq!(
        (
            opened.stream_ack_deadline_seconds,
            opened.client_id.as_str()
        ),
        (60, "me")
    );
    assert_eq!(
        (
            opened.max_outstanding_messages,
            opened.max_outstanding_bytes
        ),
        (300, 70_000)
    );
}
