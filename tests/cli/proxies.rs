//! Proxies that the environment names: never for this machine itself, and named where they are used.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;

use super::{Place, Said};

/// A proxy that refuses whatever it is asked for, and where it is.
fn strict_proxy() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = BufReader::new(client.try_clone().unwrap());
            let mut line = String::new();
            while head.read_line(&mut line).unwrap_or(0) > 2 {
                line.clear();
            }
            let _ = client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    format!("http://{address}")
}

#[test]
fn the_sandbox_is_reached_without_a_proxy() {
    let place = Place::new();
    let proxy = strict_proxy();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    // Among them the platform's client, the inlet's, and those of AWS and Google.
    for name in ["smoke-http-api", "smoke-kinesis", "smoke-pubsub"] {
        let scenario = root.join(format!("{name}.yaml"));
        let mut command = place.command(&[
            "run",
            scenario.to_str().unwrap(),
            "--sandbox",
            "--out",
            name,
        ]);
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"] {
            command.env(variable, &proxy);
        }
        command.env("all_proxy", "socks5://127.0.0.1:1");
        command.env("NO_PROXY", "internal.example");
        let said = Said::from(command.output().unwrap());
        assert!(said.is_fine(), "{name}: {said:?}");
    }
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let place = Place::new();
    let proxy = strict_proxy();
    place.write(
        "p.yaml",
        "\
version: 1
name: p
flow: {mapping: {id: _id}}
destination: {http_api: {}}
records: {fields: {id: record_id}}
load: [{unpaced: {count: 1}}]
",
    );
    let mut command = place.command(&["check", "p.yaml", "--connect"]);
    command
        .env("HTTPS_PROXY", &proxy)
        .env("AEP_ORG_ID", "1@AdobeOrg")
        .env("AEP_CLIENT_ID", "id")
        .env("AEP_CLIENT_SECRET", "secret");
    let said = Said::from(command.output().unwrap());
    assert_ne!(said.code, 0, "{said:?}");
    let named = format!("through the proxy {proxy}");
    assert!(said.err.contains(&named), "{}", said.err);
}
