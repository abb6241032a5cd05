//! The tutorial's own requests and answers keep to the contract, so that the contract is Adobe's and not
//! what client and sandbox have agreed on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::assert_kept;
use super::contract;
use super::exchange::Exchange;

fn exchanges() -> Vec<(Exchange, Vec<String>)> {
    let tutorial: Value = serde_json::from_str(include_str!("tutorial.json")).unwrap();
    let exchange = |written: &Value| {
        let text = |name: &str| written[name].as_str().unwrap().to_owned();
        let own = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let json = ("content-type", "application/json");
        let body = written
            .get("request")
            .map(Value::to_string)
            .unwrap_or_default();
        let mut headers = own(&[
            ("authorization", "Bearer token"),
            ("x-api-key", "key"),
            ("x-gw-ims-org-id", "0123456789ABCDEF@AdobeOrg"),
            ("x-sandbox-name", "prod"),
        ]);
        if !body.is_empty() {
            headers.extend(own(&[json]));
        }
        let left_out = written["leaves_out"].as_array().into_iter().flatten();
        let left_out = left_out.filter_map(Value::as_str).map(str::to_owned);
        let exchange = Exchange {
            method: text("method"),
            target: text("target"),
            headers,
            body: body.into_bytes(),
            status: u16::try_from(written["status"].as_u64().unwrap()).unwrap(),
            answer_headers: own(&[json, ("x-request-id", "1")]),
            answer: written["answer"].to_string().into_bytes(),
        };
        (exchange, left_out.collect())
    };
    let all = tutorial["exchanges"].as_array().unwrap();
    all.iter().map(exchange).collect()
}

#[test]
fn the_tutorials_requests_and_answers_keep_to_the_contract() {
    let all: Vec<_> = exchanges().into_iter().map(|(it, _)| it).collect();
    assert_eq!(all.len(), 6);
    assert_kept(&all);
}

/// It prints two calls without the token that its own text asks for.
#[test]
fn what_the_tutorial_leaves_out_is_all_that_it_lacks() {
    for (exchange, left_out) in exchanges() {
        for header in left_out {
            let mut printed = exchange.clone();
            printed.headers.remove(&header);
            let violations = contract().violations(&printed);
            assert_eq!(violations.len(), 1, "{violations:?}");
            assert!(violations[0].contains(&header), "{violations:?}");
        }
    }
}
