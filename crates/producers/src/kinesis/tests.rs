//! The options as people write them.

use ::options::Location;

use super::*;

fn options(json: &str) -> Options {
    serde_json::from_str(json).unwrap()
}

fn problems(json: &str) -> Vec<String> {
    let mut problems = Vec::new();
    options(json).problems(&Location::root(), &mut problems);
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.at, problem.message))
        .collect()
}

#[test]
fn a_stream_is_named_in_one_way() {
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/profiles";
    assert_eq!(problems(r#"{"stream": "profiles"}"#), [""; 0]);
    assert_eq!(problems(&format!(r#"{{"arn": "{arn}"}}"#)), [""; 0]);
    assert_eq!(
        options(&format!(r#"{{"arn": "{arn}"}}"#)).name(),
        Some("profiles")
    );
    assert_eq!(problems("{}"), [": the stream is not named"]);
    assert_eq!(
        problems(r#"{"stream": "my stream"}"#),
        ["stream: `my stream` can't be the name of a stream"]
    );
    assert_eq!(
        problems(r#"{"arn": "arn:aws:sqs:eu:1:q"}"#),
        ["arn: `arn:aws:sqs:eu:1:q` is no ARN of a stream"]
    );
    assert_eq!(
        problems(&format!(r#"{{"stream": "s", "arn": "{arn}"}}"#)),
        [": `stream` and `arn` are both given"]
    );
}

#[test]
fn what_does_not_go_together_is_said() {
    let found = problems(
        r#"{"stream": "s", "spread": "auto", "order_per_key": true, "aggregate": {}, "limit_per_shard": 0,
            "batch_records": 501, "batch_bytes": "11 MiB", "endpoint": "localhost", "role": "admin",
            "record_deadline": "1s", "retry": {"first": "2s"}, "connections": 0,
            "create": {"shards": 4}}"#,
    );
    let expected = [
        "batch_records: `batch_records` has to be from 1 to 500",
        "batch_bytes: `batch_bytes` has to be from 1024 to 10485760",
        "connections: `connections` has to be from 1 to 256",
        "limit_per_shard: `limit_per_shard` has to be from 1 to 1000",
        "order_per_key: order is kept in a shard, and here keys do not decide on it",
        "create: a stream with a number of shards goes by keys, and here the stream is to decide",
        "aggregate: the shard of a record has to be known for that",
        "limit_per_shard: the shard of a record has to be known for that",
        "record_deadline: a record whose first call gets no answer is not tried again",
        "retry: `first` has to be more than nothing and at most `longest`",
        "endpoint: `localhost` is no address of a server",
        "role: `admin` is no ARN of a role",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_words_are_checked() {
    for json in [
        r#"{"stream": "s", "spread": "wide"}"#,
        r#"{"strem": "s"}"#,
        r#"{"retry": {"base": "1s"}}"#,
    ] {
        assert!(serde_json::from_str::<Options>(json).is_err(), "{json}");
    }
    let written =
        r#"{"stream":"s","spread":"even","aggregate":{"size":"25 KiB"},"create":{"shards":2}}"#;
    assert_eq!(serde_json::to_string(&options(written)).unwrap(), written);
}

#[test]
fn a_redirected_stream_says_where_it_went() {
    let mut options = options(r#"{"stream": "s", "profile": "prod", "region": "eu-west-1"}"#);
    assert_eq!(options.describe(), "kinesis stream s in eu-west-1");
    options.redirect("http://127.0.0.1:4568");
    assert_eq!(
        options.describe(),
        "kinesis stream s at http://127.0.0.1:4568"
    );
    assert_eq!(options.profile, None);
}
