//! What can come to the profile, and what can't: every reason at once, each at its place.

use scenario::Target;

use crate::{GOOD, read};

const FLOW: &str = "\
flow:
  schema:
    field_groups: [person_details, personal_details]
    identity: {field: personalEmail.address, namespace: Email}
    profile: true
  mapping:
    id: _id
    firstName: person.name.firstName
    email: personalEmail.address
";
const VERIFY: &str = "verify:\n  profile: {sample: 5%, within: 2m}\n";

/// A scenario whose records come to the profile.
fn good() -> String {
    let id = "    id: record_id\n";
    let destination = "  discard: {}\n";
    let text = GOOD.replace(id, &format!("{id}    email: email\n"));
    let text = text
        .replace(destination, "  http_api: {}\n")
        .replace("  key: id\n", "");
    format!("{text}{FLOW}{VERIFY}")
}

/// What is said with one thing changed; nothing, if all is well.
fn with(old: &str, new: &str) -> String {
    let good = good();
    assert!(good.contains(old), "{old}");
    let read = read(&good.replacen(old, new, 1), Target::Sandbox);
    read.err().map(|it| it.to_string()).unwrap_or_default()
}

#[test]
fn what_comes_to_the_profile_can_be_looked_up_there() {
    assert_eq!(with("5%", "0.1%"), "");
    assert_eq!(with("{sample: 5%, within: 2m}", "{}"), "");
    // A field of one's own, which maps to itself, and what somebody else has made.
    let own = "identity: {field: _tenant.email, namespace: CRMID}\n    fields: {email: string}";
    let identity = "identity: {field: personalEmail.address, namespace: Email}";
    assert_eq!(with(identity, own), "");
    let made = FLOW.split_once("  mapping:").unwrap().0;
    assert_eq!(
        with(
            made,
            "flow:\n  schema: {id: \"https://ns.adobe.com/acme/schemas/1\"}\n"
        ),
        ""
    );
    assert_eq!(with(made, "flow:\n  dataset: {id: 5f71}\n"), "");
    // Thresholds about it.
    let text = with(
        VERIFY,
        &format!("{VERIFY}thresholds: [profile p95 < 1m, profile_missing = 0]\n"),
    );
    assert_eq!(text, "");
}

#[test]
fn what_does_not_come_there_is_told_with_what_to_do() {
    for (old, new, message, help) in [
        (
            "    profile: true\n",
            "",
            "do not reach the profile",
            "`profile: true`",
        ),
        (
            "    profile: true\n",
            "    profile: false\n",
            "do not reach the profile",
            "can't be taken out",
        ),
        (FLOW, "", "without a flow", "leave `profile` out"),
        (
            "    email: personalEmail.address\n",
            "",
            "no field is mapped to the identity",
            "flow.mapping",
        ),
        (
            "    email: personalEmail.address",
            "    lower(email): personalEmail.address",
            "the platform computes the identity",
            "lower(email)",
        ),
        (
            "namespace: Email}",
            "namespace: Email, primary: false}",
            "needs a primary identity",
            "identity",
        ),
        (
            "field_groups:",
            "class: experience_event\n    field_groups:",
            "people and not events",
            "landed",
        ),
        ("5%", "0%", "a sample of nothing", "leave `profile` out"),
        ("5%", "0.05", "a share such as `1%`", ""),
        ("5%", "101%", "between 0% and 100%", ""),
        ("2m", "0s", "no time", "30m"),
        ("sample:", "smaple:", "smaple", "sample"),
    ] {
        let shown = with(old, new);
        assert!(
            shown.contains(message) && shown.contains(help),
            "{new}: {shown}"
        );
    }
    // Where it stands: at the word `profile` below `verify`.
    let shown = with("    profile: true\n", "");
    let line = good()
        .lines()
        .position(|line| line.contains("profile: {sample"));
    assert!(
        shown.contains(&format!("s.yaml:{}:3", line.unwrap())),
        "{shown}"
    );
}

#[test]
fn a_sample_that_takes_too_long_is_told() {
    let warned = |sample: &str| {
        let text = good().replace("for: 10s", "for: 10m").replace("5%", sample);
        let loaded = read(&text, Target::Sandbox).unwrap();
        loaded.warnings().to_string()
    };
    let shown = warned("100%");
    assert!(
        shown.contains("about 600000 records") && shown.contains("360000"),
        "{shown}"
    );
    // 500 a second for two minutes.
    let shown = warned("50%");
    assert!(
        shown.contains("60000 records open at once") && shown.contains("10000 can be"),
        "{shown}"
    );
    assert!(!shown.contains("in time"), "{shown}");
    let shown = warned("5%");
    assert!(!shown.contains("sample"), "{shown}");
}

#[test]
fn a_sample_of_hardly_a_record_is_told() {
    let warned = |sample: &str| {
        let loaded = read(&good().replace("5%", sample), Target::Sandbox).unwrap();
        loaded.warnings().to_string()
    };
    let shown = warned("0.001%");
    assert!(
        shown.contains("likely to have none") && shown.contains("larger `sample`"),
        "{shown}"
    );
    let shown = warned("0.1%");
    assert!(!shown.contains("sample"), "{shown}");
}

#[test]
fn a_record_without_a_value_never_comes_there() {
    let kafka = "  kafka: {bootstrap_servers: \"b:9092\", topic: t}\n";
    let told = |verify: &str| {
        let text = good()
            .replace("  http_api: {}\n", kafka)
            .replace("records:\n", "records:\n  key: id\n  tombstones: 0.1\n")
            .replace(VERIFY, verify);
        let read = read(&text, Target::Sandbox);
        read.err().map(|it| it.to_string()).unwrap_or_default()
    };
    for (verify, help) in [
        (VERIFY, "leave out `tombstones` or `verify.profile`"),
        (
            "verify: {landed: {}}\n",
            "leave out `tombstones` or `verify.landed`",
        ),
        (
            "verify: {landed: {}, profile: {sample: 5%}}\n",
            "leave out `tombstones` or `verify.landed` and `verify.profile`",
        ),
    ] {
        let shown = told(verify);
        let is_told = shown.contains("a record without a value never lands");
        assert!(is_told && shown.contains(help), "{verify}: {shown}");
    }
    let shown = told("verify: {read_back: {}}\n");
    assert!(!shown.contains("without a value"), "{shown}");
}

#[test]
fn a_threshold_needs_somebody_who_looks() {
    let text = good().replace(
        VERIFY,
        "verify: {landed: {}}\nthresholds: [profile p95 < 1m]\n",
    );
    let shown = read(&text, Target::Sandbox).unwrap_err().to_string();
    assert!(
        shown.contains("`verify: {profile: {sample: 1%}}`"),
        "{shown}"
    );
}
