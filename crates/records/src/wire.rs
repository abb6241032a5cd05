//! Records that are sent in another format than JSON.

use crate::beside::Value;
use crate::defects::SpoiltWriter;
use crate::format::Registration;
use crate::id::ID_LEN;
use crate::output::SLACK;
use crate::program::Program;
use crate::template::{Key, Template, push_key};
use crate::writing::Row;

/// A record in another format than JSON.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) program: Program,
    pub(crate) schema: Option<Registration>,
    /// How many bytes stand behind the JSON that is in it, if any.
    pub(crate) tail: usize,
    /// What writes those with a defect, if they are no JSON.
    pub(crate) spoilt: Option<SpoiltWriter>,
    /// Whether the record's id is always in it.
    pub(crate) has_id: bool,
    /// What writes the key, where it is a field that every record has.
    pub(crate) key: Option<Value>,
    /// The length of the longest record in JSON.
    pub(crate) max_json_len: usize,
}

impl Wire {
    /// How much room making a key takes behind a record, in bytes.
    pub(crate) fn longest_key(&self) -> usize {
        let value = self.key.as_ref();
        value.map_or(self.max_json_len + SLACK, Value::room)
    }

    /// Writes the record at the front of `room` and hands its key over, piece by piece; returns the record's
    /// length. `json` is what writes its JSON.
    pub(crate) fn run(
        &self,
        key: Option<Key>,
        json: &Program,
        row: &mut Row<'_>,
        room: &mut [u8],
        mut push: impl FnMut(&[u8]),
    ) -> usize {
        let len = self.program.run(row, room);
        let behind = &mut room[len..];
        match (key, &self.key) {
            (None, _) => {}
            (Some(Key::Id), _) => {
                let mut id = [0; ID_LEN];
                row.new_id().write(&mut id);
                push(&id);
            }
            (Some(Key::Field { .. }), Some(value)) => {
                let end = value.write(row, behind);
                push(&behind[..end]);
            }
            (Some(Key::Field { index, .. }), None) => {
                let field = &json.fields[index];
                let (_, place) = json.run_marking(field, row, behind);
                push_key(&behind[place.unwrap_or(0..0)], push);
            }
        }
        len
    }
}

impl Template {
    /// How much room there has to be behind the longest record.
    pub(crate) fn slack(&self) -> usize {
        let wire = self.wire.as_ref().map_or(0, |wire| wire.program.slack());
        self.program.slack().max(wire)
    }

    /// Appends record `n` as JSON, in whatever format it is sent. Of a format other than JSON, defects of fields and bytes
    /// are not in it.
    pub fn json(&self, n: u64, out: &mut Vec<u8>) {
        if let Some(version) = self.later(n) {
            return version.json(n, out);
        }
        let Some(wire) = &self.wire else {
            return self.record(n, out);
        };
        let start = out.len();
        out.resize(start + wire.max_json_len + self.slack(), 0);
        let instead = self.instead(n);
        let (n, constants) = match &instead {
            Some((n, constants)) => (*n, constants),
            None => (n, &self.constants),
        };
        let mut row = self.row(n, constants);
        let len = self.program.run(&mut row, &mut out[start..]);
        out.truncate(start + len);
    }

    /// The word for the format that records are sent in.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// Whether records are sent as JSON, and nothing with it.
    pub fn is_json(&self) -> bool {
        self.wire.is_none()
    }

    /// The schema that the records have on their way, where their format has one.
    pub fn schema(&self) -> Option<&Registration> {
        self.wire.as_ref()?.schema.as_ref()
    }

    /// How much room there has to be behind a record, to make its key in.
    pub(crate) fn behind(&self) -> usize {
        let wire = self.wire.as_ref().filter(|_| self.key.is_some());
        wire.map_or(0, Wire::longest_key)
    }

    /// The ordinal that the 16 bytes of a record id stand for; `None` if it is not one of this seed and stream.
    pub fn ordinal_of_bytes(&self, id: [u8; 16]) -> Option<u64> {
        self.constants.ids.decode_bits(u128::from_be_bytes(id))
    }
}
