//! One request, and what is in it.

use crate::ledger::Ledger;

/// A record that is to be sent: where it stands, and what is known of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) slot: u32,
    pub(super) index: u32,
    /// Its bytes.
    pub(super) weight: u32,
    /// Why it failed the last time, as an index of the desk's reasons; [`UNTRIED`] at first.
    pub(super) reason: u32,
}

/// No reason yet.
pub(super) const UNTRIED: u32 = u32::MAX;

const BEGIN: &[u8] = br#"{"messages":["#;
const END: &[u8] = b"]}";

/// What a request of many messages has around them.
pub(super) const FRAME: usize = BEGIN.len() + END.len();

/// One request, and the memory for the next one.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) entries: Vec<Entry>,
    pub(super) body: Vec<u8>,
    /// Of all messages, with what stands between them.
    pub(super) bytes: usize,
    /// Whether the body is a list of messages.
    pub(super) is_list: bool,
    /// Which token it goes with, counted from 0.
    pub(super) token: u64,
}

impl Call {
    /// Empties it; the memory stays.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Adds a record, if it fits into so many messages and bytes; one always does.
    pub(super) fn push(&mut self, entry: Entry, messages: usize, bytes: usize) -> bool {
        let with = self.bytes + entry.weight as usize + 1;
        let fits = self.entries.len() < messages && with + FRAME <= bytes + 1;
        if !fits && !self.entries.is_empty() {
            return false;
        }
        self.entries.push(entry);
        self.bytes = with;
        true
    }

    /// Writes the body: the record itself, or many in a list.
    pub(super) fn write(&mut self, ledger: &Ledger, is_list: bool) {
        self.is_list = is_list;
        let Call { entries, body, .. } = self;
        let record = |entry: &Entry| ledger.batch(entry.slot).record(entry.index as usize);
        body.clear();
        if !is_list {
            for entry in &*entries {
                body.extend_from_slice(record(entry));
            }
            return;
        }
        body.extend_from_slice(BEGIN);
        for entry in &*entries {
            body.extend_from_slice(record(entry));
            body.push(b',');
        }
        body.pop();
        body.extend_from_slice(END);
    }
}
