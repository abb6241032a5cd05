//! Proxies that the environment names: never for this machine itself, and named where they are used.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;

use super::{Place, Said};

/// A proxy that refuses whatever it is asked for with this status, and where it is.
pub(crate) fn strict_proxy(status: &'static str) -> String {
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
            let _ = write!(client, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        }
    });
    format!("http://{address}")
}

#[test]
fn the_sandbox_is_reached_without_a_proxy() {
    let place = Place::new();
    let proxy = strict_proxy("403 Forbidden");
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

const FLOW: &str = "\
version: 1
name: p
flow: {mapping: {id: _id}}
destination: {http_api: {}}
records: {fields: {id: record_id}}
load: [{unpaced: {count: 1}}]
";

#[test]
fn a_proxy_that_refuses_is_named() {
    let place = Place::new();
    let proxy = strict_proxy("403 Forbidden");
    place.write("p.yaml", FLOW);
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

#[test]
fn what_a_proxy_answers_for_a_service_is_no_mistake_in_the_credentials() {
    const SERVICE: &str = "http://service.example:8931";
    let place = Place::new();
    place.write("p.yaml", FLOW);
    let kinesis = format!("kinesis://eu-west-1/s?endpoint={SERVICE}");
    for (status, words) in [
        (
            "403 Forbidden",
            "the answer of the proxy PROXY and not of the service",
        ),
        (
            "407 Proxy Authentication Required",
            "the proxy PROXY requires authentication",
        ),
    ] {
        let proxy = strict_proxy(status);
        for scenario in [
            "p.yaml",
            &kinesis,
            "pubsub://p/top?emulator=service.example:8085",
        ] {
            let mut command = place.command(&["check", scenario, "--connect"]);
            command
                .env("HTTP_PROXY", &proxy)
                .env("HYDRANT_ALLOW_HTTP", "service.example")
                .env("AEP_ORG_ID", "1@AdobeOrg")
                .env("AEP_CLIENT_ID", "id")
                .env("AEP_CLIENT_SECRET", "secret")
                .env("AEP_IMS_URL", SERVICE)
                .env("AEP_PLATFORM_URL", SERVICE)
                .env("AWS_ACCESS_KEY_ID", "id")
                .env("AWS_SECRET_ACCESS_KEY", "secret");
            let said = Said::from(command.output().unwrap());
            assert_ne!(said.code, 0, "{said:?}");
            let told = format!("{}{}", said.out, said.err);
            assert!(
                told.contains(&words.replace("PROXY", &proxy)),
                "{scenario}: {said:?}"
            );
            for wrong in ["refused the credential", "access key", "no right to"] {
                assert!(!told.contains(wrong), "{scenario}: {said:?}");
            }
        }
    }
}
