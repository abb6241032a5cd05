//! What goes with canaries, and what does not.

use scenario::Target;

use crate::{GOOD, read};

/// The diagnostics of a scenario, which has to have some.
fn shown(text: &str) -> String {
    read(text, Target::Real).expect_err(text).to_string()
}

#[test]
fn a_canary_has_to_be_told_from_other_records() {
    let flow = |mapping: &str| {
        format!("flow:\n  mapping: {{{mapping}}}\n  ready: {{canary: {{within: 0s}}}}\n")
    };
    let unmapped = shown(&format!(
        "{GOOD}{}",
        flow("firstName: person.name.firstName")
    ));
    assert!(unmapped.contains("`id` is not mapped"), "{unmapped}");
    let id = "    id: record_id\n";
    assert!(GOOD.contains(id));
    let text = GOOD.replace(id, "    id: uuid\n");
    let no_id = shown(&format!("{text}{}", flow("id: _id")));
    assert!(no_id.contains("a canary without an id"), "{no_id}");
}

#[test]
fn metrics_cannot_tell_a_canary_from_other_records() {
    let text = |ready: &str, by: &str| {
        let mapping = "{id: _id, firstName: person.name.firstName}";
        let verify = format!("verify: {{landed: {{by: {by}}}}}\n");
        shown(&format!(
            "{GOOD}flow:\n  mapping: {mapping}\n  ready: {{{ready}}}\n{verify}"
        ))
    };
    let words = "the platform's metrics count canaries as records";
    let refused = text("canary: {}", "metrics");
    assert!(
        refused.contains(words) && refused.contains("`by: files`"),
        "{refused}"
    );
    assert!(!text("start_up: 5m", "metrics").contains(words));
    assert!(!text("canary: {}", "files").contains(words));
}
