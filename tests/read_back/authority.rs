//! Whoever gives out tokens: stands in for Microsoft Entra ID, and for any other provider. The tokens are unsigned
//! ones, which Apache Kafka takes where nobody tells it whose signatures to trust; it closes connections whose
//! token has expired.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::json;

/// Shorter than the runs. The client looks once a second whether four fifths are over, and has to have the
/// next one when nine tenths are.
const LIFETIME_SECONDS: u64 = 15;

/// Gives a token to everybody.
pub(super) struct Authority {
    pub(super) url: String,
    given: Arc<AtomicUsize>,
    asked: Arc<Mutex<String>>,
}

impl Authority {
    pub(super) fn start() -> Authority {
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

    /// How many tokens it has given.
    pub(super) fn given(&self) -> usize {
        self.given.load(Ordering::Relaxed)
    }

    /// What the last request was.
    pub(super) fn asked(&self) -> String {
        self.asked.lock().unwrap().clone()
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
