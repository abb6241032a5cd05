//! A stream that began after another one had ended.

use std::time::Duration;

use batch::Nanos;
use report::{Markdown, Terminal};

use crate::fixture::{self, Made};

/// A minute of profiles at 1k/s, and then a minute of orders at 100/s.
fn one_after_the_other() -> Made {
    let mut made = fixture::fine();
    let mut orders = fixture::stream("orders", 100, 60);
    orders.warm_up.began = Nanos::from_secs(61);
    orders.warm_up.until = Nanos::from_secs(61);
    orders.scheduled_for = Duration::from_secs(121);
    orders.last_acknowledged = Some(Nanos::from_secs(121));
    made.measured.streams.push(orders);
    made.measured.elapsed = Duration::from_secs(121);
    made
}

/// What is said of it counts from its own beginning, and what is said of both from the first one's.
#[test]
fn it_has_its_own_time_and_both_have_all_of_it() {
    let made = one_after_the_other();
    let summary = made.summary();
    let orders = &summary.streams["orders"];
    assert_eq!(orders.began, Some(61.0));
    assert_eq!(orders.warm_up, None);
    assert_eq!(orders.rate.achieved, Some(100.0));
    assert_eq!((summary.total.began, summary.total.warm_up), (None, None));
    let all = summary.total.counts.acknowledged as f64;
    let achieved = summary.total.rate.achieved.unwrap();
    assert!((achieved - all / 121.0).abs() < 1.0, "{achieved}");
    let text = Terminal::default().render(&made.run(&summary));
    assert!(
        text.contains("it began 1m 01s into the run, after another stream"),
        "{text}"
    );
    let said = "orders began 1m 01s into the run, after another stream";
    assert!(made.written(&Markdown).contains(said));
    assert!(made.written(&report::Html).contains(said));
}

#[test]
fn what_never_began_says_so() {
    let mut made = one_after_the_other();
    let orders = made.measured.streams.last_mut().unwrap();
    *orders = fixture::stream("orders", 0, 60);
    orders.warm_up.began = Nanos::from_secs(30);
    let summary = made.summary();
    let text = Terminal::default().render(&made.run(&summary));
    assert!(text.contains("it never began"), "{text}");
}
