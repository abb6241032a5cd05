//! What tools do to variables and files on their way to the program.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{Place, Said, Site, scenario};

#[test]
fn a_value_that_is_no_text_is_named() {
    let place = Place::new();
    let broken = OsStr::from_bytes(b"Endpoint=\xff");
    let said = place
        .command(&["check", &scenario("quickstart.yaml")])
        .env("AEP_ORG_ID", broken)
        .env("EVENT_HUBS_CONNECTION_STRING", broken)
        .output();
    let said = Said::from(said.unwrap());
    assert_eq!(said.code, 2, "{said:?}");
    let named =
        |name: &str| format!("the value of the environment variable `{name}` is not UTF-8 text");
    let warning = said.err.matches(&named("AEP_ORG_ID")).count();
    assert_eq!(warning, 1, "{}", said.err);
    let said = place
        .command(&["check", "--connect", &scenario("performance-hold.yaml")])
        .env("EVENT_HUBS_CONNECTION_STRING", broken)
        .output();
    let said = Said::from(said.unwrap());
    assert!(
        said.err.contains(&named("EVENT_HUBS_CONNECTION_STRING")),
        "{}",
        said.err
    );
}

#[test]
fn quotes_of_an_env_file_and_marks_of_an_editor_do_no_harm() {
    let site = Site::new("whole.yaml", &crate::flow::scenario(10, "1m"));
    let quoted = site.sandbox.env().into_iter().map(|(name, value)| {
        let is_ours = name.starts_with("AEP_") || name == "EVENT_HUBS_CONNECTION_STRING";
        let value = if is_ours {
            format!("\"{value}\"")
        } else {
            value
        };
        (name, value)
    });
    let whole = ["run", "whole.yaml", "--out", "out"];
    let said = Said::from(site.place.command(&whole).envs(quoted).output().unwrap());
    assert!([0, 96].contains(&said.code), "{said:?}");
    assert_eq!(site.place.summary("out")["landed"]["landed"], 10);

    let string = site
        .sandbox
        .env()
        .into_iter()
        .find(|(name, _)| name == "EVENT_HUBS_CONNECTION_STRING");
    site.place
        .write("secret", format!("\u{feff}{}\r\n", string.unwrap().1));
    let hubs = super::DISCARD.replace(
        "discard: {latency: 1ms}",
        "event_hubs: {connection_string: {file: secret}, hub: people}",
    );
    site.place.write("hubs.yaml", hubs);
    let said = site.run(&["check", "--connect", "hubs.yaml"]);
    assert_eq!(said.code, 0, "{said:?}");
}
