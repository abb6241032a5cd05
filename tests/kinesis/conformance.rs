//! The suite that every destination has to pass, on all servers.

use producers::conformance::{Arrived, Harness, run};
use producers::{Destination, kinesis};

use super::stream::{SERVERS, Stream};

struct Real(Stream, &'static str);

impl Real {
    /// Some of the servers are slow, and slower on a busy machine: what they take their time for is not
    /// sent again.
    fn options(&self) -> kinesis::Options {
        let patience = r#""request_timeout": "25s", "record_deadline": "55s""#;
        let comma = if self.1.is_empty() { "" } else { "," };
        self.0.options(&format!("{patience}{comma}{}", self.1))
    }
}

impl Harness for Real {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.options())
    }

    fn too_large(&self) -> Option<usize> {
        Some(1_048_577)
    }

    fn keeps_order(&self) -> bool {
        self.options().order_per_key == Some(true)
    }

    fn stop(&mut self) -> bool {
        self.0.server.stop();
        true
    }

    fn start(&mut self) {
        self.0.server.start();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        // Kinesis has no records without a key: those are sent with their ordinal.
        let arrived = self.0.read("read").into_iter().map(|read| Arrived {
            key: read
                .key
                .starts_with("key-")
                .then(|| read.key.clone().into_bytes()),
            value: read.data(),
        });
        Some(arrived.collect())
    }
}

fn conforms(name: &str, more: &'static str) {
    for server in SERVERS {
        if let Some(stream) = Stream::with_shards(server, name, 4) {
            assert_eq!(run(&mut Real(stream, more)), Ok(()), "{server}");
        }
    }
}

#[test]
fn kinesis_conforms() {
    conforms("plain", "");
}

#[test]
fn kinesis_conforms_with_order_per_key() {
    conforms("ordered", r#""order_per_key": true, "linger": "0ms""#);
}

/// Others do not know streams that distribute records themselves.
#[test]
fn kinesis_conforms_where_the_stream_distributes() {
    if let Some(stream) = Stream::named("sandbox", "auto") {
        let more = r#""spread": "auto", "create": true"#;
        assert_eq!(run(&mut Real(stream, more)), Ok(()));
    }
}

#[test]
fn kinesis_conforms_spread_evenly() {
    conforms("even", r#""spread": "even", "connections": 2"#);
}
