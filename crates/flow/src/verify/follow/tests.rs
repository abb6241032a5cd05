//! When reading ends, and what it says of what was not read.

use std::sync::mpsc::Receiver;

use readers::{Gap, Positions, Read, Received};

use super::super::made::template;
use super::super::read_back::Wanted;
use super::*;

/// Hands over what it is sent.
struct Fake {
    records: Receiver<Comes>,
    state: Read,
}

impl Reader for Fake {
    fn read(
        &mut self,
        timeout: Duration,
        _: usize,
        take: &mut dyn FnMut(Received<'_>),
    ) -> Result<Read, readers::Error> {
        let mut read = Read {
            trouble: self.state.trouble.clone(),
            end: self.state.end,
            ..Read::default()
        };
        match self.records.recv_timeout(timeout) {
            Ok(Comes::Record(value)) => {
                read.count = 1;
                take(Received {
                    partition: 0,
                    after: &[],
                    key: None,
                    value: &value,
                    headers: &[],
                    timestamp_millis: None,
                });
            }
            Ok(Comes::Gap(gap)) => read.gaps.push(gap),
            Ok(Comes::Trouble(trouble)) => self.state.trouble = trouble,
            Ok(Comes::Error(error)) => return Err(error),
            Ok(Comes::End(end)) => self.state.end = end,
            Err(_) => {}
        }
        Ok(read)
    }

    fn positions(&self) -> Positions {
        Positions::default()
    }
}

fn lanes(scheduled: u64) -> Vec<LaneLedger> {
    vec![LaneLedger {
        first: 0,
        stride: 1,
        scheduled,
        ..LaneLedger::default()
    }]
}

/// What a [`Fake`] is to hand over or to tell.
enum Comes {
    Record(Vec<u8>),
    Gap(Gap),
    Trouble(Option<Trouble>),
    Error(readers::Error),
    End(End),
}

fn following() -> (Follower, Sender<Comes>, Vec<Vec<u8>>) {
    let template = Arc::new(template(r#"{"fields": {"id": "record_id"}}"#));
    let record = |n| {
        let mut record = Vec::new();
        template.record(n, &mut record);
        record
    };
    let made = (0..3).map(record).collect();
    let counting = Counting::new(Wanted {
        template: Arc::clone(&template),
        others: Vec::new(),
        due: None,
        total: None,
        has_keys: false,
        until: None,
    });
    let (sender, records) = channel();
    let reader = Box::new(Fake {
        records,
        state: Read::default(),
    });
    (
        Follower::start(reader, counting.unwrap()).unwrap(),
        sender,
        made,
    )
}

#[test]
fn it_ends_when_all_is_there_and_nothing_more_comes() {
    let (follower, sender, made) = following();
    // Two before it is known what was sent, two after; one twice.
    sender.send(Comes::Record(made[1].clone())).unwrap();
    sender.send(Comes::Record(made[0].clone())).unwrap();
    let hour = Duration::from_hours(1);
    follower.expect(lanes(3), Patience::ForAll(hour));
    sender.send(Comes::Record(made[2].clone())).unwrap();
    sender.send(Comes::Record(made[0].clone())).unwrap();
    let found = follower.join().unwrap();
    let numbers = (found.expected, found.delivered, found.lost);
    assert_eq!(numbers, (3, 3, 0));
    assert_eq!(found.duplicated, 1);
    assert!(!found.timed_out);
}

#[test]
fn what_does_not_come_is_lost() {
    for patience in [Patience::ForAll, Patience::ForNext] {
        let (follower, sender, made) = following();
        sender.send(Comes::Record(made[1].clone())).unwrap();
        // It was read to its end, and nobody is in trouble any more.
        let trouble = Trouble {
            message: "gone".to_owned(),
            since: Instant::now(),
        };
        sender.send(Comes::Trouble(Some(trouble))).unwrap();
        sender.send(Comes::Trouble(None)).unwrap();
        sender.send(Comes::End(End::Reached)).unwrap();
        follower.expect(lanes(3), patience(Duration::from_millis(200)));
        let found = follower.join().unwrap();
        assert_eq!((found.delivered, found.lost), (1, 2));
        assert_eq!(found.lost_examples, [0, 2]);
        assert_eq!(found.unknown, None);
        assert!(found.timed_out);
    }
}

#[test]
fn what_is_missing_up_to_the_end_is_lost_whatever_trouble_there_is_behind_it() {
    let (follower, sender, made) = following();
    sender.send(Comes::Record(made[1].clone())).unwrap();
    let trouble = Trouble {
        message: "gone".to_owned(),
        since: Instant::now(),
    };
    sender.send(Comes::Trouble(Some(trouble))).unwrap();
    sender.send(Comes::End(End::Reached)).unwrap();
    follower.expect(lanes(3), Patience::ForAll(Duration::from_millis(200)));
    let found = follower.join().unwrap();
    assert_eq!((found.delivered, found.lost), (1, 2));
    assert_eq!(found.unknown, None);
    assert!(found.timed_out);
}

#[test]
fn what_can_not_be_read_is_unknown_and_never_lost() {
    let trouble = Trouble {
        message: "b:9092 does not answer".to_owned(),
        since: Instant::now(),
    };
    let error = readers::Error {
        what: "topic t".to_owned(),
        message: "no right".to_owned(),
    };
    for (comes, why) in [
        (Comes::Trouble(Some(trouble)), "b:9092 does not answer"),
        (Comes::Error(error), "cannot read topic t: no right"),
        (Comes::End(End::Ahead), "had not been read to its end"),
    ] {
        let (follower, sender, made) = following();
        sender.send(Comes::Record(made[1].clone())).unwrap();
        sender.send(comes).unwrap();
        follower.expect(lanes(3), Patience::ForAll(Duration::from_millis(200)));
        let found = follower.join().unwrap();
        let unknown = found.unknown.unwrap();
        assert!(unknown.why.contains(why), "{unknown:?}");
        assert_eq!((unknown.count, unknown.is_interruption), (2, false));
        assert_eq!((found.expected, found.delivered, found.lost), (3, 1, 0));
        assert!(found.lost_examples.is_empty() && !found.timed_out);
    }
}

#[test]
fn trouble_is_told_while_it_lasts() {
    let (follower, sender, _) = following();
    let trouble = Trouble {
        message: "gone".to_owned(),
        since: Instant::now(),
    };
    let wait_for = |wanted: Option<&Trouble>| {
        while follower.trouble().as_ref() != wanted {
            std::thread::yield_now();
        }
    };
    sender.send(Comes::Trouble(Some(trouble.clone()))).unwrap();
    wait_for(Some(&trouble));
    sender.send(Comes::Trouble(None)).unwrap();
    wait_for(None);
}

#[test]
fn what_retention_has_taken_is_told_and_not_waited_for() {
    for patience in [Patience::ForAll, Patience::ForNext] {
        let (follower, sender, made) = following();
        sender.send(Comes::Record(made[1].clone())).unwrap();
        for count in [Some(4), Some(5)] {
            let partition = "7".to_owned();
            sender.send(Comes::Gap(Gap { partition, count })).unwrap();
        }
        sender.send(Comes::End(End::Reached)).unwrap();
        follower.expect(lanes(3), patience(Duration::from_hours(1)));
        let found = follower.join().unwrap();
        assert_eq!((found.delivered, found.lost), (1, 0));
        assert_eq!(found.unknown.unwrap().count, 2);
        assert!(found.remarks[0].starts_with("9 records of partition 7 were gone"));
    }
}

/// Pub/Sub can neither count what it has forgotten nor say where it ends.
#[test]
fn what_retention_may_have_taken_is_not_waited_for_where_nobody_knows_the_end() {
    for patience in [Patience::ForAll, Patience::ForNext] {
        let (follower, sender, made) = following();
        sender.send(Comes::Record(made[1].clone())).unwrap();
        let partition = String::new();
        let count = None;
        sender.send(Comes::Gap(Gap { partition, count })).unwrap();
        follower.expect(lanes(3), patience(Duration::from_hours(1)));
        let found = follower.join().unwrap();
        assert_eq!((found.delivered, found.lost), (1, 0));
        assert_eq!(found.unknown.unwrap().count, 2);
        assert!(found.remarks[0].starts_with("some records may have gone from the stream"));
    }
}

#[test]
fn who_has_no_patience_gives_up() {
    let (follower, _sender, _) = following();
    follower.expect(lanes(3), Patience::ForAll(Duration::from_hours(1)));
    follower.give_up();
    let found = follower.join().unwrap();
    assert_eq!((found.delivered, found.lost), (0, 0));
    let unknown = found.unknown.unwrap();
    assert_eq!((unknown.count, unknown.is_interruption), (3, true));
}
