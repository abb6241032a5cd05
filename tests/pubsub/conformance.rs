//! The suite that every destination has to pass.

use std::sync::MutexGuard;

use producers::conformance::{Arrived, Harness, run};
use producers::{Destination, pubsub};

use crate::servers::pubsub_emulator::{Emulator, shared, topic};

/// The emulator's clock stops and goes on; stopped for good it would forget everything.
struct Emulated {
    emulator: MutexGuard<'static, Emulator>,
    topic: &'static str,
    more: &'static str,
    /// What was pulled so far: the emulator hands everything over once.
    arrived: Vec<Arrived>,
}

impl Emulated {
    fn new(topic: &'static str, more: &'static str) -> Option<Emulated> {
        let emulator = shared()?;
        emulator.create(topic);
        Some(Emulated {
            emulator,
            topic,
            more,
            arrived: Vec::new(),
        })
    }

    fn options(&self) -> pubsub::Options {
        let (topic, address) = (topic(self.topic), self.emulator.address());
        let json = format!(
            r#"{{"topic": "{topic}", "emulator": "{address}"{}}}"#,
            self.more
        );
        serde_json::from_str(&json).unwrap()
    }
}

impl Harness for Emulated {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.options())
    }

    fn cramped(&self) -> Option<Box<dyn Destination>> {
        let mut cramped = self.options();
        cramped.requests = Some(1);
        cramped.batch = serde_json::from_str(r#"{"records": 20, "linger": "0ms"}"#).unwrap();
        Some(Box::new(cramped))
    }

    fn too_large(&self) -> Option<usize> {
        Some(10_000_001)
    }

    fn keeps_order(&self) -> bool {
        self.options().ordering == Some(true)
    }

    fn stop(&mut self) -> bool {
        self.emulator.freeze();
        true
    }

    fn start(&mut self) {
        self.emulator.thaw();
    }

    fn arrived(&mut self) -> Option<Vec<Arrived>> {
        let pulled = self.emulator.pull(self.topic).into_iter();
        self.arrived.extend(pulled.map(|message| Arrived {
            key: message.key.map(String::into_bytes),
            value: message.data,
        }));
        Some(self.arrived.clone())
    }
}

#[test]
fn pubsub_conforms() {
    let Some(mut harness) = Emulated::new("plain", "") else {
        return;
    };
    assert_eq!(run(&mut harness), Ok(()));
}

#[test]
fn pubsub_conforms_with_ordering() {
    let Some(mut harness) = Emulated::new("ordered", r#", "ordering": true"#) else {
        return;
    };
    assert_eq!(run(&mut harness), Ok(()));
}
