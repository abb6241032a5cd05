//! `hydrant sandbox`: where it listens, and what it can't do.

use std::io::Read as _;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Stdio;

use super::{Place, Said};

/// A port that is free, at this moment, with the three behind it.
fn four_free_ports() -> u16 {
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    (0..100)
        .filter_map(|_| free(0).ok()?.local_addr().ok())
        .map(|address| address.port())
        .find(|port| *port < 65_532 && (0..4).all(|offset| free(port + offset).is_ok()))
        .expect("four free ports in a row")
}

/// What it said until its last variable or its end, at a port; and whether it runs.
fn started_at(place: &Place, port: u16, look: impl FnOnce(&str)) -> Said {
    let mut child = place
        .command(&["sandbox", "--port", &port.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("GOOGLE_CLOUD_PROJECT") && out.read_line(&mut said).unwrap() > 0 {}
    if !said.is_empty() {
        look(&said);
        child.kill().unwrap();
    }
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    Said {
        out: said,
        err,
        code: child.wait().unwrap().code().unwrap_or(-1),
    }
}

#[test]
fn a_port_is_the_first_of_four_in_a_row() {
    let place = Place::new();
    // Somebody else may be faster at one of them.
    for _ in 0..20 {
        let port = four_free_ports();
        let said = started_at(&place, port, |said| {
            for (name, offset) in [
                ("AEP_PLATFORM_URL='http://", 0),
                ("AEP_COLLECTION_URL='http://", 0),
                ("AWS_ENDPOINT_URL_KINESIS='http://", 1),
                ("PUBSUB_EMULATOR_HOST='", 2),
                ("KAFKA_BOOTSTRAP_SERVERS='", 3),
            ] {
                let line = format!("export {name}127.0.0.1:{}'\n", port + offset);
                assert!(said.contains(&line), "{line} is not in\n{said}");
                TcpStream::connect((Ipv4Addr::LOCALHOST, port + offset)).expect(name);
            }
        });
        if !said.out.is_empty() {
            return;
        }
        assert!(said.err.contains("cannot be had"), "{said:?}");
    }
    panic!("four free ports were never free");
}

#[test]
fn a_port_that_is_taken_is_named_with_what_it_is_for() {
    let place = Place::new();
    let names = ["the platform", "Kinesis", "Pub/Sub", "Kafka"];
    for (offset, name) in (0..).zip(names) {
        let words = |port: u16| format!("port {} cannot be had for {name}: ", port + offset);
        let is_named = (0..20).any(|_| {
            let port = four_free_ports();
            let Ok(_taken) = TcpListener::bind((Ipv4Addr::LOCALHOST, port + offset)) else {
                return false;
            };
            let said = started_at(&place, port, |_| {});
            assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
            assert!(said.err.contains("four ports in a row"), "{}", said.err);
            said.err.contains(&words(port))
        });
        assert!(is_named, "{name}");
    }
}

#[test]
fn mistakes_in_its_options_are_told_with_their_reason() {
    let place = Place::new();
    let cases = [
        (
            ["--fault", "flows"],
            "there is no `:` between whom and what",
        ),
        (
            ["--fault", "POST flows: 42"],
            "the status 42 is not between 400 and 599",
        ),
        (["--fault", "POST flows: dely 3s"], "did you mean `delay`?"),
        (
            ["--fault", "PUSH flows: 503"],
            "`PUSH` is neither a method nor a service",
        ),
        (
            ["--fault", "flows: 503 every x"],
            "`every x` is not a distance",
        ),
        (["--rate-limit", "20"], "expected a rate"),
        (["--rate-limit", "0/s"], "expected a rate of calls"),
        (["--rate-limit", "5 MiB/s"], "expected a rate of calls"),
        (["--settle", "3"], "expected a duration"),
        (["--port", "65533"], "65533 is not in 1..=65532"),
        (["--port", "0"], "0 is not in 1..=65532"),
        (["--lose-every", "0"], "0 is not in 1.."),
        (["--batch-files", "0"], "0 is not in 1..=1000"),
    ];
    for (options, reason) in cases {
        let said = place.hydrant(&["sandbox", options[0], options[1]]);
        assert_eq!(said.code, 2, "{options:?}: {said:?}");
        assert!(said.err.contains(reason), "{options:?}: {}", said.err);
        assert!(said.out.is_empty(), "{options:?}: {}", said.out);
    }
}
