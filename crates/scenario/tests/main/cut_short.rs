//! A warm-up and conditions next to how long the load lasts.

use insta::assert_snapshot;
use scenario::{Overrides, Target};

use crate::{GOOD, read};

fn shown(sections: &str) -> String {
    let text = format!("{GOOD}{sections}");
    read(&text, Target::Real).expect_err(sections).to_string()
}

#[test]
fn what_fits_is_no_mistake_and_is_resolved() {
    let text = format!(
        "{GOOD}warm_up: 3s\nstop_when: {{grace: 2s, any: [errors > 5% for 5s, \"good: rate < 50% for 2s\"]}}\n"
    );
    let loaded = read(&text, Target::Real).unwrap();
    let resolved = loaded.resolve(&Overrides::default(), None).unwrap();
    assert_eq!(resolved.warm_up.as_secs(), 3);
    assert_eq!(resolved.stop_when.unwrap().any.len(), 2);
    // The scenario as run says the same.
    let again = read(&resolved.as_run, Target::Real).unwrap();
    let again = again.resolve(&Overrides::default(), None).unwrap();
    assert_eq!(again.warm_up.as_secs(), 3);
    assert_eq!(again.stop_when.unwrap().grace.0.as_secs(), 2);
}

#[test]
fn what_can_never_be_is_told_at_its_place() {
    assert_snapshot!(shown("warm_up: 10s\n"));
    assert_snapshot!(shown(
        "warm_up: 2s\nstop_when:\n  - errors > 5% for 9s\n  - lost > 0 for 5s\n  - eror > 5% for 5s\n  - \
         errors > 5%\n  - \"bad: errors > 5% for 5s\"\n  - errors > 5% for 2h\n"
    ));
    assert_snapshot!(shown(
        "stop_when: {grace: 8s, any: [response p99 > 1s for 5s], all: []}\n"
    ));
    assert_snapshot!(shown("stop_when: errors > 5% for 5s\n"));
}

#[test]
fn so_it_is_with_a_load_that_the_command_line_shortens() {
    let text = format!("{GOOD}warm_up: 5s\n");
    let loaded = read(&text, Target::Real).unwrap();
    let overrides = Overrides {
        for_: Some("4s".parse().unwrap()),
        ..Overrides::default()
    };
    assert_snapshot!(loaded.resolve(&overrides, None).unwrap_err());
}
