//! What people read when the way in is wrong.

use std::net::TcpListener;

use producers::{Destination as _, Error, Findings, kafka};

use super::cluster::Mock;

fn check(options: &kafka::Options) -> Result<Findings, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(options.check())
}

#[test]
fn a_missing_topic_is_said_with_its_nearest_name() {
    let mock = Mock::new();
    let mut options = mock.options("");
    let findings = check(&options).unwrap();
    assert_eq!(findings[1].found, "`profiles` has 4 partition(s)");
    options.topic = "profils".to_owned();
    let error = check(&options).unwrap_err();
    assert!(error.message.ends_with("has no topic `profils`"), "{error}");
    assert_eq!(error.help.as_deref(), Some("did you mean `profiles`?"));
    options.topic = "weather".to_owned();
    let error = check(&options).unwrap_err();
    assert_eq!(
        error.help.as_deref(),
        Some("create it first; there is `profiles`")
    );
}

#[test]
fn nobody_there_and_no_such_host_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut options = Mock::new().options("");
    options.point_at(&nobody);
    let error = check(&options).unwrap_err();
    assert!(
        error
            .message
            .starts_with(&format!("cannot reach {nobody}: ")),
        "{error}"
    );
    assert!(error.message.contains("refused"), "{error}");
    options.point_at("no-such-host.invalid:9092");
    let error = check(&options).unwrap_err();
    let told = "cannot find the host of no-such-host.invalid:9092";
    assert!(error.message.starts_with(told), "{error}");
}

#[test]
fn settings_that_do_not_go_together_are_told() {
    let options = Mock::new().options(r#""idempotence": true, "acks": "leader""#);
    let error = check(&options).unwrap_err();
    assert!(
        error
            .message
            .starts_with("librdkafka refuses these settings: "),
        "{error}"
    );
}
