//! The same over TLS, with an authority of our own.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::lane::{Lane, options};
use super::server::Server;

/// Ends TLS and passes on what is inside. Returns the port; negotiated protocols go to `alpn`.
fn front(server: &Server, config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, inside, config) = (
        listener.local_addr().unwrap().port(),
        server.address(),
        Arc::new(config),
    );
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, config) = (client.unwrap(), Arc::clone(&config));
            std::thread::spawn(move || drop(pass_on(client, inside, config)));
        }
    });
    port
}

/// One request and one answer at a time, which is all that HTTP/1.1 asks for here.
fn pass_on(
    client: TcpStream,
    inside: std::net::SocketAddr,
    config: Arc<ServerConfig>,
) -> std::io::Result<()> {
    let mut outer = StreamOwned::new(ServerConnection::new(config).unwrap(), client);
    let mut inner = TcpStream::connect(inside)?;
    loop {
        let request = message(&mut outer)?;
        assert_ne!(
            outer.conn.alpn_protocol(),
            Some(&b"h2"[..]),
            "HTTP/2 would share one connection"
        );
        inner.write_all(&request)?;
        let answer = message(&mut inner)?;
        outer.write_all(&answer)?;
        outer.flush()?;
    }
}

/// A head and as many bytes as it announces.
fn message(stream: &mut impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16_384]);
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text[..end]
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            while bytes.len() < end + 4 + length {
                let count = stream.read(&mut buffer)?;
                bytes.extend_from_slice(&buffer[..count]);
            }
            return Ok(bytes);
        }
        match stream.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

#[test]
fn over_tls_it_is_http_1_and_the_authority_is_checked() {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca).unwrap();

    let server = Server::start(2);
    let endpoint = format!("https://localhost:{}", front(&server, config));
    let mut trusting = options(&server, r#""connections": 3"#);
    trusting.redirect(&endpoint);
    let mut distrustful = trusting.clone();
    trusting.ca_certificate = Some(file);
    let mut lane = Lane::open(&trusting);
    lane.send_small(3_000);
    assert_eq!(lane.finish(), "OK 3000");
    assert_eq!(server.stream().stored.len(), 3_000);

    distrustful.ca_certificate = None;
    let asked = producers::Lane {
        index: 0,
        count: 1,
        clock: lane.clock.clone(),
        batches: 1,
        records_per_batch: 1,
        bytes_in_flight: 1,
        client_id: String::new(),
    };
    let error = producers::Destination::open(&distrustful, asked)
        .err()
        .unwrap();
    assert!(
        error.message.contains("cannot look at the stream"),
        "{error}"
    );
}
