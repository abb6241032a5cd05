//! Records with a defect in the stream, and copies that were sent on purpose.

use super::*;

const TOTAL: u64 = 100;

fn with(defects: &str) -> Template {
    let options =
        format!(r#"{{"defects": {defects}, "fields": {{"id": "record_id", "word": "word"}}}}"#);
    template(&options).of_load(Some(TOTAL))
}

fn read(counting: &mut Counting, template: &Template, all: impl IntoIterator<Item = u64>) {
    for n in all {
        let value = record(template, n);
        assert!(counting.take(&received(&value, None), Instant::now()));
    }
}

#[test]
fn every_copy_is_waited_for_whatever_others_there_are() {
    let template = with(r#"{"duplicate": "10%"}"#);
    let copy_of = |n: u64| template.defect_of(n).and_then(|it| it.copy_of);
    let copied: Vec<_> = (0..TOTAL).filter_map(copy_of).collect();
    let sound = (0..TOTAL).filter(|n| copy_of(*n).is_none());
    let sound: Vec<_> = sound.collect();
    let others = sound.iter().filter(|n| !copied.contains(n)).copied();
    // That of the first was rejected: its copy is the only one there is.
    let original = copied[0];
    let mut fates = [9; TOTAL as usize];
    fates[original as usize] = 0;

    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    counting.expect(&ledger(&fates));
    let first = sound.iter().copied().filter(|n| *n != original);
    read(&mut counting, &template, first);
    read(&mut counting, &template, others.take(10));
    assert_eq!(counting.progress(), (Some(89), 89));
    assert!(!counting.is_complete());
    read(&mut counting, &template, copied[1..].iter().copied());
    assert!(!counting.is_complete());
    read(&mut counting, &template, [original]);
    assert!(counting.is_complete());
    let found = counting.finish(false, None, Vec::new());
    assert_eq!((found.lost, found.duplicated), (0, 10));
    assert_eq!(
        (found.defects[0].landed, found.defects[0].unexpected),
        (10, 0)
    );
}

#[test]
fn where_an_original_was_rejected_its_copy_is_enough() {
    let template = with(r#"{"duplicate": 1}"#);
    let original = (0..TOTAL).find_map(|n| template.defect_of(n)?.copy_of);
    let mut fates = [9; TOTAL as usize];
    fates[original.unwrap() as usize] = 0;
    let mut counting = Counting::new(wanted(template.clone())).unwrap();
    counting.expect(&ledger(&fates));
    // The ordinal of a copy makes its original's record once more.
    let acknowledged = (0..TOTAL).filter(|n| Some(*n) != original);
    read(&mut counting, &template, acknowledged);
    assert!(counting.is_complete());
}

#[test]
fn the_latency_is_that_of_sound_records() {
    let template = with(r#"{"null": {"fields": ["word"], "share": "5%"}}"#);
    let mut counting = Counting::new(Wanted {
        due: Some(Arc::new(|_| Some(Nanos(0)))),
        ..wanted(template.clone())
    })
    .unwrap();
    counting.started(Instant::now());
    read(&mut counting, &template, 0..TOTAL);
    counting.expect(&ledger(&[9; TOTAL as usize]));
    let found = counting.finish(false, None, Vec::new());
    assert_eq!((found.delivered, found.defects[0].landed), (95, 5));
    assert_eq!(found.latency.len(), 95);
}
