//! The ports that the endpoints are at, on this machine's loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// What listens, in the order of the ports.
const ENDPOINTS: [&str; 4] = ["the platform", "Kinesis", "Pub/Sub", "Kafka"];

/// A listener for each endpoint.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) platform: TcpListener,
    pub(crate) kinesis: TcpListener,
    pub(crate) pubsub: TcpListener,
    /// `None`: the broker is where it likes, and nobody can log in.
    pub(crate) kafka: Option<TcpListener>,
}

impl Listeners {
    /// Takes `first` and the three ports behind it; with `None`, any free ones. The last one only if Kafka
    /// is to have a `login`, or a port of its own.
    pub(crate) fn bind(first: Option<u16>, login: bool) -> Result<Listeners, Error> {
        let at = |index: u16| {
            let port = first.map_or(Some(0), |first| first.checked_add(index));
            let endpoint = ENDPOINTS[usize::from(index)];
            let beyond = || io::Error::new(io::ErrorKind::InvalidInput, "the last port is 65535");
            port.ok_or_else(beyond)
                .and_then(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)))
                .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
                .map_err(|error| Error::Port {
                    endpoint,
                    port: u32::from(first.unwrap_or(0)) + u32::from(index),
                    error,
                })
        };
        Ok(Listeners {
            platform: at(0)?,
            kinesis: at(1)?,
            pubsub: at(2)?,
            kafka: (login || first.is_some()).then(|| at(3)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_cannot_be_had_is_named_with_its_endpoint() {
        let refused = |first: u16| Listeners::bind(Some(first), true).unwrap_err().to_string();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let message = refused(port);
        let expected =
            format!("cannot start the sandbox: port {port} cannot be had for the platform: ");
        assert!(message.starts_with(&expected), "{message}");
    }

    #[test]
    fn there_are_no_ports_beyond_the_last() {
        let error = Listeners::bind(Some(u16::MAX), true).unwrap_err();
        // Somebody else may be at the last port.
        let endpoints = [
            "65536 cannot be had for Kinesis: the last",
            "65535 cannot be had",
        ];
        let message = error.to_string();
        assert!(
            endpoints.iter().any(|one| message.contains(one)),
            "{message}"
        );
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("four ports in a row"))
        );
    }
}
