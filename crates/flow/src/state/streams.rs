//! Streams, topics and subscriptions that were made for a flow, by the names they are noted as.

use super::State;
use crate::Error;

impl State {
    /// A stream is about to be made for the flow, or was made.
    pub fn made(&self, flow: &str, stream: &str) -> Result<(), Error> {
        self.change(|contents| {
            let known = &mut contents.flows.entry(flow.to_owned()).or_default().streams;
            known.push(stream.to_owned());
            known.sort();
            known.dedup();
        })
    }

    /// A stream was made, and has another name now than the one it was noted as.
    pub fn renamed(&self, flow: &str, stream: &str, name: &str) -> Result<(), Error> {
        self.change(|contents| {
            let known = &mut contents.flows.entry(flow.to_owned()).or_default().streams;
            known.retain(|known| known != stream);
            known.push(name.to_owned());
            known.sort();
            known.dedup();
        })
    }

    /// A stream that was made for the flow is gone, or was not made after all.
    pub fn unmade(&self, flow: &str, stream: &str) -> Result<(), Error> {
        self.change(|contents| {
            if let Some(state) = contents.flows.get_mut(flow) {
                state.streams.retain(|known| known != stream);
            }
        })
    }
}
