use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;

use gcloud_googleapis::pubsub::v1::{PublishRequest, PubsubMessage, PullResponse};
use proptest::prelude::*;
use prost::Message as _;

use super::super::segment::Published;
use super::*;

const ALL: Most = Most {
    messages: u64::MAX,
    bytes: u64::MAX,
};

/// Messages of one key, whose data are these numbers.
fn segment(key: &str, numbers: impl IntoIterator<Item = u64>) -> Arc<Segment> {
    let message = |n: u64| PubsubMessage {
        data: n.to_string().into_bytes().into(),
        ordering_key: key.to_owned(),
        ..PubsubMessage::default()
    };
    let request = PublishRequest {
        topic: "t".to_owned(),
        messages: numbers.into_iter().map(message).collect(),
    };
    let published = Published::read(request.encode_to_vec().into()).unwrap();
    let total = Arc::new(AtomicUsize::new(0));
    Arc::new(published.segment(0, Duration::from_secs(10), &total))
}

/// What is delivered: the ids, and the numbers.
fn deliver(queue: &mut Queue, to: Holder, most: Most, until: Millis) -> (Vec<u64>, Vec<u64>) {
    let mut body = Vec::new();
    let delivered = queue.deliver(to, most, until, &mut body);
    let answer = PullResponse::decode(&body[..]).unwrap();
    let ids = answer
        .received_messages
        .iter()
        .map(|it| queue.number_of(it.ack_id.as_bytes()).unwrap());
    let ids: Vec<u64> = ids.collect();
    assert_eq!(ids, delivered);
    let numbers = answer.received_messages.iter().map(|it| {
        let data = &it.message.as_ref().unwrap().data;
        std::str::from_utf8(data).unwrap().parse().unwrap()
    });
    (ids, numbers.collect())
}

#[test]
fn what_is_acknowledged_is_gone_and_what_is_lent_too_long_comes_again() {
    let mut queue = Queue::new(7, false);
    queue.push(&segment("", 0..5));
    queue.push(&segment("", 5..8));
    let some = Most { messages: 6, ..ALL };
    let (ids, numbers) = deliver(&mut queue, 1, some, 100);
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    assert_eq!(queue.outstanding(1).messages, 6);
    for id in [ids[0], ids[1], ids[4], ids[4]] {
        queue.acknowledge(id);
    }
    queue.tidy();
    assert_eq!((queue.base, queue.parts.len()), (2, 2));
    assert_eq!(queue.unacknowledged(), 5);
    queue.expire(99);
    assert_eq!(deliver(&mut queue, 1, ALL, 200).1, [6, 7]);
    queue.expire(100);
    assert_eq!(queue.outstanding(1).messages, 2);
    assert_eq!(deliver(&mut queue, 2, ALL, 300).1, [2, 3, 5]);
    for id in 2..8 {
        queue.acknowledge(id);
    }
    queue.tidy();
    assert!(queue.parts.is_empty() && queue.holders.is_empty() && queue.again.is_empty());
}

#[test]
fn what_is_acknowledged_and_kept_comes_again_after_a_seek() {
    let mut queue = Queue::new(1, false).keeping_acknowledged(true);
    queue.push(&segment("", 0..3));
    queue.push(&segment("", 3..5));
    for id in deliver(&mut queue, 1, ALL, 100).0 {
        queue.acknowledge(id);
    }
    queue.tidy();
    assert_eq!(queue.unacknowledged(), 0);
    assert!(deliver(&mut queue, 1, ALL, 100).1.is_empty());
    queue.seek(Duration::ZERO);
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, [0, 1, 2, 3, 4]);
    // Room is made all the same.
    assert_eq!(queue.drop_oldest(), 3);
    queue.seek(Duration::ZERO);
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, [3, 4]);
    assert_eq!((queue.drop_oldest(), queue.weight()), (2, 0));
}

#[test]
fn a_lease_can_be_extended_and_ended() {
    let mut queue = Queue::new(1, false);
    queue.push(&segment("", 0..4));
    deliver(&mut queue, 1, ALL, 100);
    queue.extend(&[1, 2], 500);
    queue.give_back(&[3]);
    queue.expire(100);
    assert_eq!(deliver(&mut queue, 1, ALL, 600).1, [0, 3]);
    queue.expire(499);
    assert_eq!(deliver(&mut queue, 1, ALL, 600).1, Vec::<u64>::new());
    queue.expire(500);
    assert_eq!(deliver(&mut queue, 1, ALL, 600).1, [1, 2]);
}

#[test]
fn limits_are_kept_and_ids_of_others_are_none() {
    let mut queue = Queue::new(7, false);
    queue.push(&segment("", 10..15));
    // A message has four bytes.
    let some = Most { bytes: 5, ..ALL };
    assert_eq!(deliver(&mut queue, 1, some, 100).1, [10, 11]);
    assert_eq!(queue.number_of(b"7:1"), Some(1));
    for wrong in [&b"8:1"[..], b"7:5", b"7", b"7:x", b"", b"\xFF:1"] {
        assert_eq!(queue.number_of(wrong), None);
    }
}

#[test]
fn a_key_belongs_to_whoever_has_some_of_it() {
    let mut queue = Queue::new(1, true);
    queue.push(&segment("a", 0..2));
    queue.push(&segment("b", 2..4));
    queue.push(&segment("", 4..5));
    let some = Most { messages: 1, ..ALL };
    assert_eq!(deliver(&mut queue, 1, some, 100).1, [0]);
    assert_eq!(deliver(&mut queue, 2, ALL, 100).1, [2, 3, 4]);
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, [1]);
    queue.push(&segment("b", 5..6));
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, Vec::<u64>::new());
    queue.acknowledge(2);
    queue.acknowledge(3);
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, [5]);
}

#[test]
fn whatever_follows_in_its_key_is_delivered_again_too() {
    let mut queue = Queue::new(1, true);
    queue.push(&segment("a", 0..3));
    queue.push(&segment("b", 3..5));
    queue.push(&segment("a", 5..7));
    deliver(&mut queue, 1, ALL, 100);
    queue.acknowledge(2);
    queue.give_back(&[1]);
    assert_eq!(deliver(&mut queue, 1, ALL, 200).1, [1, 2, 5, 6]);
    // Without order only itself.
    let mut queue = Queue::new(1, false);
    queue.push(&segment("a", 0..3));
    deliver(&mut queue, 1, ALL, 100);
    queue.give_back(&[1]);
    assert_eq!(deliver(&mut queue, 1, ALL, 200).1, [1]);
}

#[test]
fn what_is_dropped_is_counted_once() {
    let mut queue = Queue::new(1, true);
    queue.push(&segment("a", 0..4));
    queue.push(&segment("a", 4..6));
    let some = Most { messages: 3, ..ALL };
    deliver(&mut queue, 1, some, 100);
    queue.acknowledge(0);
    queue.acknowledge(1);
    assert_eq!(queue.drop_oldest(), 2);
    assert_eq!(deliver(&mut queue, 2, ALL, 100).1, [4, 5]);
    assert_eq!(queue.drop_oldest(), 2);
    assert_eq!((queue.drop_oldest(), queue.unacknowledged()), (0, 0));
    assert!(queue.keys.is_empty() && queue.holders.is_empty());
}

#[test]
fn a_seek_forgets_what_is_older() {
    let mut queue = Queue::new(1, false);
    queue.push(&segment("", 0..4));
    queue.seek(Duration::from_secs(10));
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, [0, 1, 2, 3]);
    queue.acknowledge(1);
    queue.seek(Duration::from_secs(9));
    assert_eq!(deliver(&mut queue, 1, ALL, 100).1, [0, 1, 2, 3]);
    queue.seek(Duration::from_secs(11));
    assert_eq!((queue.unacknowledged(), queue.parts.len()), (0, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Publish(u64),
    Deliver(Holder, u64),
    /// Every n-th of what is lent.
    Acknowledge(usize),
    GiveBack(usize),
    Pass(Millis),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..20_u64).prop_map(Step::Publish),
        (1..4_u64, 1..15_u64).prop_map(|(holder, most)| Step::Deliver(holder, most)),
        (1..4_usize).prop_map(Step::Acknowledge),
        (1..4_usize).prop_map(Step::GiveBack),
        (1..30_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    /// Whatever happens, a message is lent to one at a time, until it is acknowledged, and none is lost.
    #[test]
    fn every_message_is_delivered_until_it_is_acknowledged(
        is_ordered in any::<bool>(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut queue = Queue::new(1, is_ordered);
        let (mut published, mut now) = (0, 0);
        let mut lent: BTreeMap<u64, Millis> = BTreeMap::new();
        let mut done = BTreeSet::new();
        for step in steps {
            match step {
                Step::Publish(count) => {
                    let key = ["", "a", "b"][published as usize % 3];
                    queue.push(&segment(key, published..published + count));
                    published += count;
                }
                Step::Deliver(holder, messages) => {
                    let most = Most { messages, ..ALL };
                    let (_, numbers) = deliver(&mut queue, holder, most, now + 20);
                    for number in numbers {
                        let again = done.remove(&number);
                        prop_assert!(!again || is_ordered, "{number} was acknowledged");
                        let before = lent.insert(number, now + 20);
                        prop_assert!(before.is_none() || is_ordered, "{number} is lent twice");
                    }
                }
                Step::Acknowledge(nth) => {
                    let some: Vec<_> = lent.keys().copied().step_by(nth).collect();
                    for number in some {
                        lent.remove(&number);
                        done.insert(number);
                        queue.acknowledge(number);
                    }
                    queue.tidy();
                }
                Step::GiveBack(nth) => {
                    let some: Vec<_> = lent.keys().copied().step_by(nth).collect();
                    lent.retain(|number, _| !some.contains(number));
                    queue.give_back(&some);
                }
                Step::Pass(time) => {
                    now += time;
                    lent.retain(|_, until| *until > now);
                    queue.expire(now);
                }
            }
        }
        queue.expire(now + 1_000);
        let (_, rest) = deliver(&mut queue, 9, ALL, now + 2_000);
        let all: BTreeSet<u64> = rest.iter().copied().chain(done).collect();
        prop_assert_eq!(all, (0..published).collect());
        for number in 0..published {
            queue.acknowledge(number);
        }
        queue.tidy();
        prop_assert!(queue.parts.is_empty() && queue.holders.is_empty());
        prop_assert!(queue.again.is_empty() && queue.keys.is_empty());
    }
}
