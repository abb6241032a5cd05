//! An environment that is meant for other programs, and a home folder that is meant for AWS: on the
//! sandbox nothing of it counts, and nothing leaves this machine.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::scenarios::{self, FLOWS, READ_BACK, STREAMS};
use super::{Place, Said};

/// A proxy that lets nobody through, and counts who came.
struct Proxy {
    url: String,
    came: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy {
            url: format!("http://{}", listener.local_addr().unwrap()),
            came: Arc::default(),
        };
        let came = Arc::clone(&proxy.came);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                came.fetch_add(1, Ordering::SeqCst);
                refuse(stream);
            }
        });
        proxy
    }
}

fn refuse(mut stream: TcpStream) {
    let mut some = [0; 1024];
    let _ = stream.read(&mut some);
    let _ = stream
        .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

const VARIABLES: &[(&str, &str)] = &[
    ("AWS_USE_FIPS_ENDPOINT", "true"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
    ("AWS_PROFILE", "hostile"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ("AWS_ENDPOINT_URL_KINESIS", "http://127.0.0.1:1"),
    ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
    ("AWS_CA_BUNDLE", "/nowhere"),
    ("AWS_MAX_ATTEMPTS", "none"),
    ("AWS_RETRY_MODE", "never"),
    ("AWS_DEFAULTS_MODE", "unheard-of"),
    ("AWS_ACCESS_KEY_ID", "another"),
    ("AWS_SECRET_ACCESS_KEY", "another"),
    ("AWS_SESSION_TOKEN", "another"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
    ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/hostile"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
    ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1"),
    ("PUBSUB_PROJECT_ID", "another-project"),
    ("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere"),
    ("GOOGLE_CLOUD_QUOTA_PROJECT", "another-project"),
    ("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "nowhere.example"),
    ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
    ("EVENT_HUBS_CONNECTION_STRING", "Endpoint=nowhere"),
    ("AEP_ORG_ID", "another@AdobeOrg"),
    ("AEP_CLIENT_ID", "another"),
    ("AEP_CLIENT_SECRET", "another"),
    ("AEP_SCOPES", "another"),
    ("AEP_PROFILE", "another"),
    ("AEP_PROFILE_FILE", "/nowhere"),
    ("AEP_PLATFORM_URL", "http://127.0.0.1:1"),
    ("AEP_IMS_URL", "http://127.0.0.1:1"),
    ("AEP_COLLECTION_URL", "http://127.0.0.1:1"),
    ("AEP_FLOW_START_UP", "3h"),
    ("SSL_CERT_FILE", "/nowhere"),
    ("SSL_CERT_DIR", "/nowhere"),
    ("OPENSSL_CONF", "/nowhere"),
    ("RUST_LOG", "trace"),
    ("TMPDIR", "/nowhere"),
    ("TERM", "unheard-of"),
    ("COLUMNS", "-1"),
    ("LC_ALL", "xx_XX"),
    ("TZ", "Nowhere/Nowhere"),
];

const CONFIG: &str = "\
[default]
use_fips_endpoint = true
use_dualstack_endpoint = true
endpoint_url = http://127.0.0.1:1
[profile hostile]
use_fips_endpoint = true
use_dualstack_endpoint = true
endpoint_url = http://127.0.0.1:1
services = hostile
max_attempts = none
retry_mode = never
role_arn = arn:aws:iam::123456789012:role/hostile
source_profile = missing
[services hostile]
kinesis =
  endpoint_url = http://127.0.0.1:1
";

fn harden(command: &mut Command, place: &Place, proxy: &Proxy) {
    std::fs::create_dir_all(place.path(".aws")).unwrap();
    place.write(".aws/config", CONFIG);
    place.write(
        ".aws/credentials",
        "[hostile]\naws_access_key_id = another\n",
    );
    command.envs(VARIABLES.iter().copied());
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ] {
        command.env(name, &proxy.url);
    }
}

#[test]
fn every_scenario_runs_on_the_sandbox() {
    let proxy = Proxy::start();
    for name in [FLOWS, READ_BACK, STREAMS].concat() {
        let place = Place::new();
        let mut words = scenarios::words(name);
        words.push("--sandbox".to_owned());
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let mut command = place.command(&words);
        harden(&mut command, &place, &proxy);
        let said = Said::from(command.output().unwrap());
        scenarios::went_well(name, &place, &said);
        let came = proxy.came.load(Ordering::SeqCst);
        assert_eq!(came, 0, "{name} went through the proxy");
    }
}

#[test]
fn a_sandbox_in_another_process_is_not_behind_the_proxy_either() {
    let proxy = Proxy::start();
    let site = super::Site::new("small.yaml", &crate::flow::scenario(10, "1m"));
    for url in [proxy.url.clone(), proxy.url.replace("http://", "socks5://")] {
        let mut command = site.command(&["flow", "plan", "small.yaml"]);
        for name in ["HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"] {
            command.env(name, &url);
        }
        let said = Said::from(command.output().unwrap());
        assert_eq!(said.code, 0, "{said:?}");
    }
    assert_eq!(proxy.came.load(Ordering::SeqCst), 0);
}
