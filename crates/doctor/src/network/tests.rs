use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use jiff::SignedDuration;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use producers::Trust;

use super::route::Proxies;
use super::*;
use crate::Verdict;

fn silent(_: &str) {}

/// Answers a request with what `head` is then.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, head: &impl Fn() -> String) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        asked.push(byte[0]);
        // Whoever begins a handshake waits for an answer.
        if asked == [0x16] {
            break;
        }
    }
    let _ = stream.write_all(head().as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A server in the clear, which answers with what `head` is then.
async fn plain(head: impl Fn() -> String + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            answer(tcp, &head).await;
        }
    });
    port
}

/// The answer of a server whose clock is so many hours behind.
fn head_behind(hours: i64) -> String {
    let moment = Timestamp::now() - SignedDuration::from_hours(hours);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&moment)
        .unwrap();
    format!("HTTP/1.1 200 OK\r\ndate: {date}\r\n\r\n")
}

/// A server with a certificate of its own for `name`, valid until this year. Its port, and its certificate in PEM.
async fn encrypted(name: &str, until: i32) -> (u16, String) {
    let versions = rustls::DEFAULT_VERSIONS;
    serve(name, until, versions, false).await
}

/// The same by these versions of TLS, and whether it wants to see a certificate, too.
async fn serve(
    name: &str,
    until: i32,
    versions: &[&'static rustls::SupportedProtocolVersion],
    is_mutual: bool,
) -> (u16, String) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap();
    let config = if is_mutual {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        config.with_no_client_auth()
    };
    let config = config
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(tls) = acceptor.accept(tcp).await {
                answer(tls, &|| head_behind(0)).await;
            }
        }
    });
    (port, certificate.pem())
}

fn at(scheme: &str, host: &str, port: u16) -> Server {
    Server::at("api", &format!("{scheme}://{host}:{port}")).unwrap()
}

async fn looked(server: &Server) -> Network {
    let proxies = Proxies::with(Matcher::builder().build());
    Network::by(vec![server.clone()], &proxies, &silent).await
}

/// Verdict and words of each look, without the port.
fn lines(network: &Network, port: u16) -> Vec<String> {
    let looks = network.looks().into_iter();
    let lines = looks.map(|look| {
        let line = format!("{}: {}: {}", look.verdict.words(), look.what, look.found);
        line.replace(&port.to_string(), "PORT")
    });
    lines.collect()
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_wrong_and_everything_behind_it_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = at("https", "127.0.0.1", port);
    let network = looked(&server).await;
    assert_eq!(
        lines(&network, port),
        [
            "wrong: api 127.0.0.1:PORT: nobody answers at 127.0.0.1: Connection refused (os error 111)"
        ]
    );
    let servers = [server];
    assert_eq!(network.closed(&servers), Some(&servers[0]));
}

#[tokio::test]
async fn a_name_without_an_address_is_wrong() {
    let server = at("http", "no-such-host.invalid", 80);
    let network = looked(&server).await;
    let looks = network.looks();
    assert_eq!(looks.len(), 1, "{looks:?}");
    assert_eq!(looks[0].verdict, Verdict::Wrong);
    let found = &looks[0].found;
    assert!(
        found.contains("no-such-host.invalid") || found.contains("name server"),
        "{found}"
    );
}

#[tokio::test]
async fn of_several_addresses_those_that_do_not_answer_are_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let addresses = [2, 1].map(|last| SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port)));
    let (tcp, found, some_closed) = reach::first_of(&addresses).await.unwrap();
    assert_eq!(tcp.peer_addr().unwrap(), addresses[1]);
    assert!(some_closed);
    assert!(found.starts_with("127.0.0.1 answers after "), "{found}");
    assert!(
        found.contains(", but not 127.0.0.2: Connection refused"),
        "{found}"
    );
    let error = reach::first_of(&addresses[..1]).await.unwrap_err();
    assert!(
        error.starts_with("nobody answers at 127.0.0.2: "),
        "{error}"
    );
}

#[tokio::test]
async fn one_broker_of_many_is_enough() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap().port();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = other.local_addr().unwrap().port();
    drop(other);
    let broker = |port| Server {
        is_http: false,
        is_one_of_many: true,
        ..at("http", "127.0.0.1", port)
    };
    let servers = [broker(closed), broker(open)];
    let proxies = Proxies::with(Matcher::builder().build());
    let network = Network::by(servers.to_vec(), &proxies, &silent).await;
    let verdicts: Vec<_> = network.looks().iter().map(|look| look.verdict).collect();
    assert_eq!(verdicts, [Verdict::Remark, Verdict::Ok]);
    assert_eq!(network.closed(&servers), None);
    assert_eq!(network.closed(&servers[..1]), Some(&servers[0]));
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_wrong_where_requests_are_signed() {
    for (hours, clock, verdict) in [
        (0, Some(300), Verdict::Ok),
        (1, None, Verdict::Remark),
        (1, Some(300), Verdict::Wrong),
    ] {
        let port = plain(move || head_behind(hours)).await;
        let server = Server {
            clock: clock.map(Duration::from_secs),
            ..at("http", "127.0.0.1", port)
        };
        let looks = looked(&server).await.looks();
        let clock = looks.iter().find(|look| look.what.starts_with("clock"));
        assert_eq!(clock.map(|look| look.verdict), Some(verdict), "{looks:?}");
    }
    // Who does not say what time it is there is not told off.
    let port = plain(|| "HTTP/1.1 200 OK\r\n\r\n".to_owned()).await;
    assert_eq!(
        looked(&at("http", "127.0.0.1", port)).await.looks().len(),
        1
    );
}

async fn certificate(name: &str, until: i32, is_trusted: bool) -> Vec<String> {
    let (port, pem) = encrypted(name, until).await;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ca.pem");
    // With another name: one of the same would seem to be of the same authority, and forged.
    let other = || {
        let mut params = CertificateParams::new(vec!["other.example".to_owned()]).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Somebody Else");
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().pem()
    };
    std::fs::write(&path, if is_trusted { pem } else { other() }).unwrap();
    let server = Server {
        tls: Some(Trust {
            ca_certificate: Some(path),
            ..Trust::default()
        }),
        ..at("https", "localhost", port)
    };
    let network = looked(&server).await;
    let is_open = network.closed(std::slice::from_ref(&server)).is_none();
    let mut lines = lines(&network, port);
    lines.remove(0);
    lines.push(format!("open: {is_open}"));
    lines
}

#[tokio::test]
async fn certificates_are_shown_and_those_that_are_not_taken_explained() {
    let good = certificate("localhost", 2099, true).await;
    assert_eq!(
        good,
        [
            "ok: certificate of localhost:PORT: signed by rcgen self signed cert, valid from 2020-01-01 until \
             2099-01-01",
            "ok: clock against localhost:PORT: this machine's clock agrees within 2 s",
            "open: true",
        ]
    );
    for (name, until, is_trusted, why) in [
        ("localhost", 2021, true, "it has expired (signed by"),
        (
            "elsewhere.example",
            2099,
            true,
            "it is not for `localhost`, but for",
        ),
        (
            "localhost",
            2099,
            false,
            "nobody who is trusted here has signed it (signed by",
        ),
    ] {
        let bad = certificate(name, until, is_trusted).await;
        let expected = format!("wrong: certificate of localhost:PORT: {why}");
        assert!(bad[0].starts_with(&expected), "{bad:?}");
        assert_eq!(bad[1..], ["open: false"]);
    }
}

/// What comes of shaking hands with such a server as `localhost`, with a trust in its own certificate.
async fn shaken((port, pem): (u16, String), trust: Trust) -> tls::Tls {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    let trust = Trust {
        ca_certificate: Some(path),
        ..trust
    };
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let server = Server {
        is_http: false,
        ..at("https", "localhost", port)
    };
    let (shown, _) = tls::handshake(&server, &trust, tcp, Duration::from_mins(1)).await;
    shown
}

#[tokio::test]
async fn a_certificate_for_another_name_will_do_where_names_are_not_compared() {
    for (until, is_any_name, refused) in [
        (2099, true, None),
        (2099, false, Some("it is not for `localhost`")),
        (2021, true, Some("it has expired")),
    ] {
        let trust = Trust {
            is_any_name,
            ..Trust::default()
        };
        let shown = shaken(encrypted("elsewhere.example", until).await, trust).await;
        let why = shown.refusal.map(|(why, _)| why);
        let is_as_expected = match (&why, refused) {
            (Some(why), Some(refused)) => why.starts_with(refused),
            (why, refused) => why.is_none() && refused.is_none(),
        };
        assert!(is_as_expected, "{why:?}");
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_that_its_client_has_is_not_refused() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = serve("localhost", 2099, &[version], true).await;
        let trust = Trust {
            certificate: Some("own.pem".into()),
            ..Trust::default()
        };
        let shown = shaken(server, trust).await;
        assert!(
            shown.refusal.is_none() && shown.certificate.is_some(),
            "{shown:?}"
        );
    }
    // Who has none is not let in.
    let server = serve("localhost", 2099, &[&rustls::version::TLS12], true).await;
    let shown = shaken(server, Trust::default()).await;
    assert!(shown.refusal.is_some(), "{shown:?}");
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_a_remark() {
    let shown = shaken(encrypted("localhost", 2099).await, Trust::default()).await;
    let look = shown.look("certificate", "2098-12-25T00:00:00Z".parse().unwrap());
    assert_eq!(look.verdict, Verdict::Remark);
    assert!(look.found.ends_with("that is in 7 days"), "{look:?}");
}

#[tokio::test]
async fn what_is_in_the_clear_is_no_port_for_encryption() {
    let port = plain(|| "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned()).await;
    let looks = looked(&at("https", "127.0.0.1", port)).await.looks();
    assert_eq!(looks[1].verdict, Verdict::Wrong, "{looks:?}");
    assert!(
        looks[1].help.as_deref().unwrap().contains("port"),
        "{looks:?}"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_and_its_password_never() {
    let port = plain(|| "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let proxies = Proxies::with(
        Matcher::builder()
            .all(format!("http://me:hunter2@127.0.0.1:{port}"))
            .build(),
    );
    let server = at("https", "platform.example", 443);
    let network = Network::by(vec![server], &proxies, &silent).await;
    let looks = network.looks();
    assert_eq!(
        looks[0].found,
        format!("no way through the proxy http://127.0.0.1:{port}: it answers 403")
    );
    let help = looks[0].help.as_deref().unwrap();
    assert!(help.contains("NO_PROXY=platform.example"), "{help}");
    assert!(!format!("{looks:?}").contains("hunter2"));
}
