//! The desk with an inlet that answers at random.

use batch::{BatchPool, Nanos, PoolSize};
use proptest::prelude::*;

use super::*;
use crate::http_api::answer::{Answer, Refusal};
use crate::http_api::http1::Broken;

const RECORDS: u64 = 60;
const MESSAGES: usize = 8;
const BYTES: usize = 200;

fn refusal(status: u16) -> Refusal {
    Refusal {
        status,
        code: format!("HTTP_{status}"),
        ..Refusal::default()
    }
}

/// What becomes of a request, by a number from 0 to 255.
fn end(desk: &mut Desk, call: &Call, die: u8, now: Instant) {
    let took = Duration::from_millis(1);
    let answer = match die {
        0..30 => return desk.broken(call, Broken::Lost("lost".to_owned()), now),
        30..50 => return desk.broken(call, Broken::NotSent("not sent".to_owned()), now),
        50..80 => Answer::Refused(refusal([429, 500, 503][usize::from(die) % 3])),
        80..110 => Answer::Refused(refusal([400, 413][usize::from(die) % 2])),
        110..120 => Answer::Refused(refusal(401)),
        120..122 => Answer::Refused(refusal(404)),
        122..190 => {
            let fate = |n: usize| match (n + usize::from(die)) % 4 {
                0 => Some(refusal(400)),
                1 => Some(refusal(503)),
                _ => None,
            };
            Answer::Each((0..call.entries.len()).map(fate).collect())
        }
        _ => Answer::Each(vec![None; call.entries.len()]),
    };
    desk.answered(call, answer, took, now);
}

fn desk() -> Desk {
    let settings = Settings {
        messages: MESSAGES,
        bytes: BYTES,
        record_bytes: 150,
        linger: Duration::from_millis(5),
        deadline: Duration::from_secs(2),
        is_authenticated: true,
    };
    let pause = Backoff::new(Duration::from_millis(10), Duration::from_millis(80), 3);
    Desk::new(settings, pause)
}

fn take(desk: &mut Desk, pool: &mut BatchPool, sizes: &[usize], now: Instant) {
    let id = pool.take().unwrap();
    let batch = pool.get_mut(id).unwrap();
    batch.begin(0, 1);
    for size in sizes {
        batch.push_due(Nanos::ZERO);
        batch.bytes_mut().extend(std::iter::repeat_n(b'x', *size));
        batch.end_record();
    }
    let lent = pool.lend(id);
    desk.take(&lent, now);
}

proptest! {
    /// Whatever requests end with, in whatever order, none is larger than it may be unless its one
    /// record is, every record is settled once, and the desk always says when to come back.
    #[test]
    fn every_record_is_settled_once(
        sizes in prop::collection::vec(1..170_usize, RECORDS as usize),
        dice in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        let mut now = Instant::now();
        let mut desk = desk();
        let size = PoolSize { batches: 2, records: RECORDS as usize, bytes: 0 };
        let mut pool = BatchPool::new(size);
        take(&mut desk, &mut pool, &sizes[..40], now);
        take(&mut desk, &mut pool, &sizes[40..], now + Duration::from_millis(500));
        let mut dice = dice.into_iter().cycle();
        let mut under_way: VecDeque<Call> = VecDeque::new();
        for _ in 0..10_000 {
            let mut call = Call::default();
            while under_way.len() < 3 && desk.compose(now, false, &mut call) {
                prop_assert!(call.entries.len() <= MESSAGES);
                prop_assert!(call.body.len() <= BYTES, "{} bytes", call.body.len());
                under_way.push_back(std::mem::take(&mut call));
            }
            let die = dice.next().unwrap();
            if let Some(call) = under_way.pop_front() {
                end(&mut desk, &call, die, now);
            } else if desk.wants_token {
                desk.renewed();
            } else if desk.is_empty() {
                break;
            } else {
                let wake = desk.wake_at(now);
                prop_assert!(wake.is_some_and(|wake| wake > now), "{wake:?} at {now:?}");
                now = wake.unwrap();
            }
        }
        prop_assert!(desk.is_empty());
        let mut receipts = Vec::new();
        desk.ledger.flush(Nanos(1), &mut receipts);
        for receipt in receipts {
            prop_assert!(pool.settle(&receipt).is_ok());
        }
        prop_assert_eq!(pool.unsettled().count(), 0);
    }
}
