use batch::{BatchPool, PoolSize};
use proptest::prelude::*;

use super::*;

fn pool(records: usize) -> BatchPool {
    BatchPool::new(PoolSize {
        batches: 1,
        records,
        bytes: 0,
    })
}

fn lent(pool: &mut BatchPool, records: u32) -> Arc<Batch> {
    let id = pool.take().unwrap();
    let batch = pool.get_mut(id).unwrap();
    batch.begin(0, 1);
    for _ in 0..records {
        batch.push_due(Nanos::ZERO);
        batch.end_record();
    }
    pool.lend(id)
}

#[test]
fn what_alternates_between_partitions_comes_out_as_one_run() {
    let (mut ledger, mut pool) = (Ledger::with_room(1, 200), pool(200));
    ledger.hold(lent(&mut pool, 200));
    for index in (0..200).step_by(2).chain((1..200).step_by(2)) {
        ledger.acknowledge(0, index..index + 1);
    }
    assert!(ledger.is_empty());
    let mut receipts = Vec::new();
    ledger.flush(Nanos(5), &mut receipts);
    assert_eq!(receipts.len(), 1);
    let Receipt { records, at, .. } = &receipts[0];
    assert_eq!((records, *at), (&(0..200), Nanos(5)));
    // The batch is let go before the receipt.
    assert_eq!(pool.settle(&receipts[0]), Ok(true));
}

#[test]
fn a_record_in_doubt_stays_in_doubt_and_its_batch_s_successor_is_in_none() {
    let (mut ledger, mut pool) = (Ledger::default(), pool(70));
    let lost = Reason::new("ConnectionFailed", "no connection");
    for lap in 0..2 {
        ledger.hold(lent(&mut pool, 70));
        if lap == 0 {
            ledger.doubt(0, 66);
            ledger.doubt(0, 67);
        }
        for index in 0..70 {
            ledger.refuse(0, index, &lost);
        }
        let mut receipts = Vec::new();
        ledger.flush(Nanos(1), &mut receipts);
        let told: Vec<_> = receipts
            .iter()
            .map(|receipt| match &receipt.outcome {
                Outcome::Rejected(why) => (
                    receipt.records.clone(),
                    why.may_have_arrived,
                    why.message.as_str(),
                ),
                outcome => panic!("{outcome:?}"),
            })
            .collect();
        let (sure, doubtful) = (
            "no connection",
            "no connection (it was sent and may have arrived)",
        );
        if lap == 0 {
            let expected = [
                (0..66, false, sure),
                (66..68, true, doubtful),
                (68..70, false, sure),
            ];
            assert_eq!(told, expected);
        } else {
            assert_eq!(told, [(0..70, false, sure)]);
        }
        for receipt in &receipts {
            pool.settle(receipt).unwrap();
        }
    }
}

proptest! {
    /// In whatever order and with whatever fate records end, and whenever receipts are asked for,
    /// every record is settled once, and the batch is let go before its last receipt.
    #[test]
    fn every_record_is_settled_once(
        fates in prop::collection::vec((any::<u32>(), 0..4_u8, any::<bool>()), 1..300),
    ) {
        let mut pool = pool(fates.len());
        let mut ledger = Ledger::default();
        ledger.hold(lent(&mut pool, fates.len() as u32));
        let mut order: Vec<u32> = (0..fates.len() as u32).collect();
        order.sort_by_key(|index| fates[*index as usize].0);
        let why = Reason::new("No", "no");
        let mut receipts = Vec::new();
        for index in order {
            let (_, fate, is_asked) = fates[index as usize];
            match fate {
                0 => ledger.refuse(0, index, &why),
                1 => ledger.abandon(0, index),
                2 => {
                    ledger.doubt(0, index);
                    ledger.refuse(0, index, &why);
                }
                _ => ledger.acknowledge(0, index..index + 1),
            }
            if is_asked {
                ledger.flush(Nanos(1), &mut receipts);
            }
        }
        prop_assert!(ledger.is_empty());
        ledger.flush(Nanos(2), &mut receipts);
        for receipt in &receipts {
            if let Outcome::Rejected(why) = &receipt.outcome {
                for index in receipt.records.clone() {
                    prop_assert_eq!(why.may_have_arrived, fates[index as usize].1 == 2);
                }
            }
        }
        let last = receipts.pop().unwrap();
        for receipt in receipts {
            prop_assert_eq!(pool.settle(&receipt), Ok(false));
        }
        prop_assert_eq!(pool.settle(&last), Ok(true));
    }
}
