//! Inlets that ask for a token.

use super::lane::{Lane, options};
use super::server::Server;

const AUTHENTICATED: &str = r#""authenticated": {}, "connections": 4"#;

fn authenticated() -> Server {
    let server = Server::start();
    server.inlet().good = Some(Vec::new());
    server
}

#[test]
fn a_token_that_is_refused_is_replaced_once_and_nothing_is_lost() {
    for status in [401, 403] {
        let server = authenticated();
        server.inlet().refusal = status;
        let mut lane = Lane::open(&options(&server, AUTHENTICATED));
        for lap in 1..4 {
            lane.send(1_000);
            assert_eq!(lane.finish(), format!("OK {}", lap * 1_000));
            // The platform forgets the token while the client still believes in it.
            server.inlet().good = Some(Vec::new());
        }
        assert_eq!(server.inlet().taken.len(), 3_000);
        assert_eq!(server.inlet().tokens, 3);
        assert_eq!(lane.fatal, None);
        lane.until_counted("tokens", 2);
    }
}

#[test]
fn a_token_is_replaced_before_its_time_is_over() {
    let server = authenticated();
    server.inlet().expires_in = 1;
    let mut lane = Lane::open(&options(&server, AUTHENTICATED));
    lane.send(100);
    lane.until_counted("tokens", 2);
    lane.send(100);
    assert_eq!(lane.finish(), "OK 200");
    assert_eq!(lane.counter("errors.HTTP_401"), 0);
}

#[test]
fn lanes_share_a_token() {
    let server = authenticated();
    let options = options(&server, AUTHENTICATED);
    let mut lanes: Vec<_> = (0..3).map(|_| Lane::open(&options.clone())).collect();
    for lane in &mut lanes {
        lane.send(10);
        assert_eq!(lane.finish(), "OK 10");
    }
    assert_eq!(server.inlet().tokens, 1);
}

#[test]
fn a_new_token_that_is_refused_too_ends_the_run() {
    let server = authenticated();
    server.inlet().gives_good = false;
    let mut lane = Lane::open(&options(&server, AUTHENTICATED));
    lane.send(1_000);
    assert_eq!(lane.finish(), "HTTP_401 1000");
    lane.until(|lane| lane.fatal.is_some());
    let fatal = lane.fatal.clone().unwrap();
    assert_eq!(
        fatal.message,
        "the inlet refused a request and would refuse it again: HTTP_401: Authorization: the token is not good"
    );
    assert!(fatal.help.unwrap().contains("a new token was refused, too"));
    assert_eq!(server.inlet().tokens, 2);
    assert!(server.inlet().taken.is_empty());
}

#[test]
fn credentials_that_are_withdrawn_end_the_run() {
    let server = authenticated();
    let mut lane = Lane::open(&options(&server, AUTHENTICATED));
    lane.send(10);
    assert_eq!(lane.finish(), "OK 10");
    server.inlet().good = Some(Vec::new());
    server.inlet().denies = true;
    lane.send(10);
    assert_eq!(lane.finish(), "NoToken 10, OK 10");
    lane.until(|lane| lane.fatal.is_some());
    assert!(
        lane.fatal
            .clone()
            .unwrap()
            .message
            .contains("no such client")
    );
}

#[test]
fn an_inlet_that_asks_for_a_token_says_so_to_who_has_none() {
    let server = authenticated();
    let mut lane = Lane::open(&options(&server, ""));
    lane.send(10);
    assert_eq!(lane.finish(), "HTTP_401 10");
    lane.until(|lane| lane.fatal.is_some());
    let help = lane.fatal.clone().unwrap().help.unwrap();
    assert_eq!(help, "the inlet asks for a token: give `authenticated: {}`");
}

#[test]
fn without_credentials_nothing_is_opened() {
    let server = authenticated();
    server.inlet().denies = true;
    let error = Lane::try_open(&options(&server, AUTHENTICATED))
        .err()
        .unwrap();
    assert!(
        error.message.contains("gave no token: no such client"),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("hush"));
}
