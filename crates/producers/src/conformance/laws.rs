//! The laws, one function each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use batch::Columns;

use super::Harness;
use super::drive::{Drive, PATIENCE, RECORDS_PER_BATCH, Shape};

/// Holds one law against a destination.
pub type Law = fn(&mut dyn Harness) -> Result<(), String>;

/// All laws by their names, for tests that want to hold them one by one.
pub const LAWS: &[(&str, Law)] = &[
    ("every_record_is_settled_once", every_record_is_settled_once),
    (
        "records_without_a_key_are_settled_too",
        records_without_a_key_are_settled_too,
    ),
    ("order_is_kept_per_key", order_is_kept_per_key),
    (
        "records_with_headers_are_settled_too",
        records_with_headers_are_settled_too,
    ),
    (
        "a_full_client_gives_the_batch_back",
        a_full_client_gives_the_batch_back,
    ),
    (
        "one_bad_record_spoils_no_other",
        one_bad_record_spoils_no_other,
    ),
    (
        "a_record_whose_answer_was_lost_may_have_arrived_whatever_follows",
        a_record_whose_answer_was_lost_may_have_arrived_whatever_follows,
    ),
    (
        "an_idle_poll_waits_until_its_time",
        an_idle_poll_waits_until_its_time,
    ),
    (
        "a_server_that_comes_back_gets_everything",
        a_server_that_comes_back_gets_everything,
    ),
    ("a_drain_ends_at_its_deadline", a_drain_ends_at_its_deadline),
];

const KEYED: Shape = |n| (Some(n % 7), 20);
const KEYLESS: Shape = |_| (None, 20);

/// Every record of every batch gets one receipt, what the receipts say is true, and a batch is let
/// go of before its last one.
fn every_record_is_settled_once(harness: &mut dyn Harness) -> Result<(), String> {
    let mut drive = Drive::open("once", &*harness.destination(), KEYED)?;
    drive.send(4_321)?;
    let closed = drive.close(PATIENCE)?;
    closed.all_acknowledged()?;
    closed.arrived(harness, true).map(drop)
}

/// The same without keys, where the client chooses the way.
fn records_without_a_key_are_settled_too(harness: &mut dyn Harness) -> Result<(), String> {
    let mut drive = Drive::open("keyless", &*harness.destination(), KEYLESS)?;
    // Down to one record at a time, as at low rates.
    for count in [1, 2, 999, 1, 3_000, 1] {
        drive.send(count)?;
    }
    let closed = drive.close(PATIENCE)?;
    closed.all_acknowledged()?;
    let arrived = closed.arrived(harness, true)?;
    match arrived
        .into_iter()
        .flatten()
        .find(|(_, record)| record.key.is_some())
    {
        Some((n, _)) => Err(format!("record {n} arrived with a key")),
        None => Ok(()),
    }
}

/// Records of one key arrive in the order in which they were handed over, with their key.
fn order_is_kept_per_key(harness: &mut dyn Harness) -> Result<(), String> {
    if !harness.keeps_order() {
        return Ok(());
    }
    let mut drive = Drive::open("order", &*harness.destination(), KEYED)?;
    drive.send(3_000)?;
    let closed = drive.close(PATIENCE)?;
    let mut last: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for (n, record) in closed.arrived(harness, true)?.into_iter().flatten() {
        let key = record
            .key
            .ok_or_else(|| format!("record {n} arrived without its key"))?;
        if key != format!("key-{}", n % 7).into_bytes() {
            return Err(format!("record {n} arrived with another's key"));
        }
        if let Some(before) = last.insert(key, n)
            && before > n
        {
            return Err(format!(
                "record {n} arrived after {before}, which has the same key"
            ));
        }
    }
    Ok(())
}

/// The same with headers, where the service has such, and also by a client that is soon full.
fn records_with_headers_are_settled_too(harness: &mut dyn Harness) -> Result<(), String> {
    for (law, destination) in [
        ("headers", Some(harness.destination())),
        ("headers of many", harness.cramped()),
    ] {
        let Some(destination) = destination else {
            continue;
        };
        let words = destination.limits().beside;
        if !words.contains(&"headers") && !words.contains(&"attributes") {
            return Ok(());
        }
        let mut drive = Drive::open(law, &*destination, KEYED)?;
        drive.columns = Some(Arc::new(Columns {
            headers: vec!["trace".to_owned(), "place".to_owned()],
            has_place: false,
        }));
        drive.send(3_000)?;
        let closed = drive.close(PATIENCE)?;
        closed.all_acknowledged()?;
        closed.arrived(harness, true)?;
    }
    Ok(())
}

/// What is in flight is bounded: a client without room gives the batch back, and takes it when there
/// is room again. One that never gives a batch back holds no more than the lane's pool has.
fn a_full_client_gives_the_batch_back(harness: &mut dyn Harness) -> Result<(), String> {
    let Some(destination) = harness.cramped() else {
        return the_pool_is_the_bound(harness);
    };
    let mut drive = Drive::open("full", &*destination, KEYED)?;
    drive.send(3_000)?;
    if drive.full == 0 {
        return Err("no batch was ever given back".to_owned());
    }
    let closed = drive.close(PATIENCE)?;
    closed.all_acknowledged()?;
    closed.arrived(harness, true).map(drop)
}

/// While nobody answers, the client takes batches until the pool is empty or it gives one back; then
/// the lane has to wait, and nothing of it is lost.
fn the_pool_is_the_bound(harness: &mut dyn Harness) -> Result<(), String> {
    // A small one is full soon.
    let mut drive = Drive::open_with("bound", &*harness.destination(), KEYED, 4)?;
    if !harness.stop() {
        return Ok(());
    }
    let held = drive.send_until_full();
    harness.start();
    let held = held?;
    if held == 0 {
        return Err("it held nothing while nobody answered".to_owned());
    }
    // There is room again.
    drive.send(2 * held)?;
    let closed = drive.close(PATIENCE)?;
    closed.all_acknowledged()?;
    closed.arrived(harness, false).map(drop)
}

/// A record that is refused is refused alone.
fn one_bad_record_spoils_no_other(harness: &mut dyn Harness) -> Result<(), String> {
    // A shape can't capture, so the size goes in steps of which one is enough.
    let shape: Shape = match harness.too_large() {
        None => return Ok(()),
        Some(bytes) if bytes <= 2_000_000 => |n| (Some(n), if n == 25 { 2_000_000 } else { 20 }),
        Some(_) => |n| (Some(n), if n == 25 { 12_000_000 } else { 20 }),
    };
    let mut drive = Drive::open("bad", &*harness.destination(), shape)?;
    drive.send(RECORDS_PER_BATCH as u64)?;
    let closed = drive.close(PATIENCE)?;
    if closed.rejected.keys().ne([&25]) {
        return Err(format!(
            "only record 25 is bad; rejected were {:?}",
            closed.rejected
        ));
    }
    if closed.acknowledged.len() != RECORDS_PER_BATCH - 1 {
        return Err(format!(
            "{} of its neighbours got through",
            closed.acknowledged.len()
        ));
    }
    closed.arrived(harness, true).map(drop)
}

/// A first try that is stored without an answer, and then a refusal for good: the record is rejected, and
/// may have arrived. Without the first try it is rejected and has not.
fn a_record_whose_answer_was_lost_may_have_arrived_whatever_follows(
    harness: &mut dyn Harness,
) -> Result<(), String> {
    for loses_answer in [false, true] {
        // One record, so that there is one request.
        let name = if loses_answer { "doubt" } else { "refused" };
        let mut drive = Drive::open(name, &*harness.destination(), KEYED)?;
        if !harness.refuse(loses_answer) {
            return Ok(());
        }
        let sent = drive.send(1);
        let closed = sent.and_then(|()| drive.close(PATIENCE));
        harness.forgive();
        let closed = closed?;
        let why = closed
            .rejected
            .get(&0)
            .ok_or("the record was not rejected")?;
        if why.may_have_arrived != loses_answer {
            let code = &why.code;
            return Err(format!(
                "rejected with {code}, and may have arrived: {}, although its first answer was {}",
                why.may_have_arrived,
                if loses_answer {
                    "lost"
                } else {
                    "that it is refused"
                }
            ));
        }
    }
    Ok(())
}

/// With nothing under way a poll returns at the moment it was told, and not before.
fn an_idle_poll_waits_until_its_time(harness: &mut dyn Harness) -> Result<(), String> {
    let mut drive = Drive::open("idle", &*harness.destination(), KEYED)?;
    for _ in 0..20 {
        let until = drive.clock().now() + Duration::from_millis(2);
        drive.poll(until)?;
        if drive.clock().now() < until {
            return Err("it came back early with nothing".to_owned());
        }
    }
    drive.close(PATIENCE).map(drop)
}

/// A server that goes away and comes back costs time and no record.
fn a_server_that_comes_back_gets_everything(harness: &mut dyn Harness) -> Result<(), String> {
    let mut drive = Drive::open("back", &*harness.destination(), KEYED)?;
    drive.send(500)?;
    if !harness.stop() {
        return Ok(());
    }
    let meanwhile = drive.send(1_000).and_then(|()| {
        let until = drive.clock().now() + Duration::from_millis(500);
        while drive.clock().now() < until {
            drive.poll(until)?;
        }
        Ok(())
    });
    harness.start();
    meanwhile?;
    drive.send(500)?;
    let closed = drive.close(PATIENCE)?;
    closed.all_acknowledged()?;
    closed.arrived(harness, false).map(drop)
}

/// When nobody answers, `close` gives up at its deadline and leaves the rest in flight.
fn a_drain_ends_at_its_deadline(harness: &mut dyn Harness) -> Result<(), String> {
    let mut drive = Drive::open("drain", &*harness.destination(), KEYED)?;
    if !harness.stop() {
        return Ok(());
    }
    let clock = drive.clock().clone();
    let sent = drive.send(300);
    let closed = sent.and_then(|()| drive.close(Duration::from_millis(300)));
    let took = clock.now();
    harness.start();
    let closed = closed?;
    if closed.left == 0 {
        return Err("everything was settled with the server stopped".to_owned());
    }
    if took.as_secs_f64() > PATIENCE.as_secs_f64() / 2.0 {
        return Err(format!("it took {took} instead of 0.3 s"));
    }
    Ok(())
}
