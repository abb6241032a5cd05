//! Event Hubs with an app of Microsoft Entra ID: tokens for the producer and for the reader, renewed while
//! both are at work. The tokens are unsigned ones, which Apache Kafka takes where nobody tells it whose
//! signatures to trust; it closes connections whose token has expired.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::json;

use super::{command, numbers, run, scenario};
use crate::cli::{Place, Said};
use crate::servers::kafka::shared;

/// Shorter than the run. The client looks once a second whether four fifths are over, and has to have the
/// next one when nine tenths are.
const LIFETIME_SECONDS: u64 = 15;

/// Stands in for `login.microsoftonline.com`.
struct Authority {
    url: String,
    given: Arc<AtomicUsize>,
    /// What the last request was.
    asked: Arc<Mutex<String>>,
}

impl Authority {
    fn start() -> Authority {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = Authority {
            url: format!("http://{}", listener.local_addr().unwrap()),
            given: Arc::default(),
            asked: Arc::default(),
        };
        let (given, asked) = (Arc::clone(&authority.given), Arc::clone(&authority.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                given.fetch_add(1, Ordering::Relaxed);
                *asked.lock().unwrap() = answer(stream.unwrap());
            }
        });
        authority
    }
}

/// Gives a token. Says what was asked.
fn answer(mut stream: TcpStream) -> String {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut asked, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(it) = line.to_lowercase().strip_prefix("content-length:") {
            length = it.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        asked.push_str(&line);
    }
    let mut form = vec![0; length];
    reader.read_exact(&mut form).unwrap();
    asked.push_str(&String::from_utf8(form).unwrap());
    let body = json!({"access_token": token(), "expires_in": LIFETIME_SECONDS}).to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    asked
}

fn token() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({"sub": "app", "iat": now, "exp": now + LIFETIME_SECONDS});
    let part = |json: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
}

#[test]
fn a_hub_is_read_back_with_tokens_that_are_renewed_meanwhile() {
    let Some(kafka) = shared() else { return };
    kafka.create_topic("entra", 3);
    let authority = Authority::start();
    let place = Place::new();
    place.write("secret", "hunter2");
    let destination = format!(
        "event_hubs: {{namespace: ns, hub: entra, bootstrap_servers: \"{}\", ca_certificate: \"{}\",\n    \
         entra: {{tenant_id: t, client_id: app, client_secret: {{file: \"{}\"}}, authority: \"{}\"}}}}",
        kafka.secure_bootstrap(),
        kafka.ca_certificate().display(),
        place.path("secret").display(),
        authority.url,
    );
    let load = "hold: {rate: 250/s, count: 4500}";
    let said = run(command(&place, &scenario(&destination, load, "1m")), || {});
    assert!(said.is_fine(), "{said:?}");
    let summary = place.summary("out");
    let clean = [4500, 0, 0, 0, 0];
    assert_eq!(numbers(&summary["read_back"])[..5], clean, "{summary}");
    // The look before the run, the lane and the reader have had one each, and the two newer ones since.
    let given = authority.given.load(Ordering::Relaxed);
    assert!(given >= 5, "only {given} tokens were asked for");
    let asked = authority.asked.lock().unwrap().clone();
    assert!(asked.starts_with("POST /t/oauth2/v2.0/token"), "{asked}");
    assert!(
        asked.contains("scope=https%3A%2F%2Fns.servicebus.windows.net%2F.default"),
        "{asked}"
    );

    let later: Said = place.hydrant(&["read-back", "out", "--json"]);
    assert_eq!(later.code, 0, "{later:?}");
    let printed: serde_json::Value = serde_json::from_str(&later.out).unwrap();
    let read = &printed["streams"]["back"]["read_back"];
    assert_eq!(numbers(read)[..5], clean, "{printed}");
    for said in [said, later] {
        assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
    }
}
