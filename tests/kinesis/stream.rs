//! A stream on one of the servers or in the sandbox, looked into with boto3.

use std::process::Command;
use std::sync::MutexGuard;

use producers::kinesis;
use sandbox::{Sandbox, SandboxOptions};
use serde::Deserialize;

use crate::servers::kinesis_mock::Endpoint;
use crate::servers::watched::run;
use crate::servers::{kinesis_mock, moto};

/// The servers by name.
pub(super) const SERVERS: [&str; 3] = ["kinesis-mock", "moto", "sandbox"];

/// Where a stream is.
pub(super) enum Server {
    /// Shared by all tests, one at a time.
    Shared(MutexGuard<'static, Endpoint>),
    /// Of this test alone.
    Sandbox(Box<Sandbox>),
}

impl Server {
    fn named(name: &str) -> Option<Server> {
        Some(match name {
            "moto" => Server::Shared(moto::shared()?),
            "kinesis-mock" => Server::Shared(kinesis_mock::shared()?),
            _ => Server::Sandbox(Box::new(Sandbox::start(SandboxOptions::default()).unwrap())),
        })
    }

    pub(super) fn url(&self) -> String {
        match self {
            Server::Shared(server) => server.url(),
            Server::Sandbox(sandbox) => sandbox.kinesis_url(),
        }
    }

    /// From now on nothing is answered.
    pub(super) fn stop(&self) {
        match self {
            Server::Shared(server) => server.process.freeze(),
            Server::Sandbox(sandbox) => {
                let fault = "PutRecords: reset before always".parse().unwrap();
                sandbox.faults().inject(fault);
            }
        }
    }

    /// Goes on.
    pub(super) fn start(&self) {
        match self {
            Server::Shared(server) => server.process.thaw(),
            Server::Sandbox(sandbox) => sandbox.faults().clear(),
        }
    }
}

/// A stream of a name of its own.
pub(super) struct Stream {
    pub(super) server: Server,
    is_moto: bool,
    name: String,
}

/// A record as the reader has it.
#[derive(Debug, Deserialize)]
pub(super) struct Read {
    pub(super) shard: String,
    pub(super) key: String,
    data: String,
}

impl Read {
    pub(super) fn data(&self) -> Vec<u8> {
        let digit = |c: u8| (c as char).to_digit(16).unwrap() as u8;
        let pairs = self.data.as_bytes().chunks(2);
        pairs
            .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
            .collect()
    }
}

impl Stream {
    /// Names a stream of a server, which is not there yet. `None` if the server or the reader can't
    /// be had here.
    pub(super) fn named(server: &str, name: &str) -> Option<Stream> {
        moto::python()?;
        Some(Stream {
            server: Server::named(server)?,
            is_moto: server == "moto",
            name: name.to_owned(),
        })
    }

    /// Makes a stream.
    pub(super) fn with_shards(server: &str, name: &str, shards: u32) -> Option<Stream> {
        let stream = Stream::named(server, name)?;
        stream.ask(&["create", &shards.to_string()]);
        Some(stream)
    }

    /// Makes a stream in a sandbox of these options.
    pub(super) fn in_sandbox(options: SandboxOptions, name: &str, shards: u32) -> Option<Stream> {
        moto::python()?;
        let stream = Stream {
            server: Server::Sandbox(Box::new(Sandbox::start(options).unwrap())),
            is_moto: false,
            name: name.to_owned(),
        };
        stream.ask(&["create", &shards.to_string()]);
        Some(stream)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Options for it, with more of them as JSON.
    pub(super) fn options(&self, more: &str) -> kinesis::Options {
        let comma = if more.is_empty() { "" } else { "," };
        let json = format!(r#"{{"stream": "{}"{comma}{more}}}"#, self.name);
        let mut options: kinesis::Options = serde_json::from_str(&json).unwrap();
        options.redirect(&self.server.url());
        if self.is_moto {
            // It says of itself that two calls at once are not safe: one overwrites the other.
            options.connections = Some(1);
        }
        options
    }

    /// Lets the reader do something, see `reader.py`.
    pub(super) fn ask(&self, task: &[&str]) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kinesis/reader.py");
        let mut python = Command::new(moto::python().unwrap());
        python
            .arg(script)
            .args([&self.server.url(), &self.name])
            .args(task);
        run(&mut python)
    }

    /// All records; those of a shard in their order.
    pub(super) fn read(&self, task: &str) -> Vec<Read> {
        let lines = self.ask(&[task]);
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
