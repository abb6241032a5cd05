//! Records with a defect, as they are written.

use super::{Chosen, Defect, DefectKind, Defects, Edit};
use crate::format::Malforming;
use crate::id::ID_LEN;
use crate::program::{Constants, Program};
use crate::template::{Key, Template, push_key};
use crate::writing::Row;

/// What writes records with a defect in a format of its own.
#[derive(Clone, Debug)]
pub(crate) struct SpoiltWriter {
    /// It has an edit for each.
    pub(crate) program: Program,
    /// The length of the longest.
    pub(crate) max_len: usize,
    /// How many bytes stand in front of the record itself.
    pub(crate) head: usize,
    /// The numbers of the edits, with their kinds and fields.
    pub(crate) edits: Vec<(u16, DefectKind, String)>,
    pub(crate) malforming: Malforming,
}

impl SpoiltWriter {
    /// Writes the record with its defect at the front of `room`; returns its length.
    pub(crate) fn run(&self, chosen: &Chosen<'_>, row: &mut Row<'_>, room: &mut [u8]) -> usize {
        row.edit = chosen.number();
        let len = self.program.run(row, room);
        chosen.spoil(room, len, self.head, row.new_id(), &self.malforming)
    }
}

impl Template {
    /// What is wrong with record `n` on purpose; `None`: it is sound.
    pub fn defect_of(&self, n: u64) -> Option<Defect<'_>> {
        if let Some(version) = self.later(n) {
            return version.defect_of(n);
        }
        let (defects, chosen) = self.chosen(n)?;
        let is_copy = matches!(chosen.edit(), Edit::Copy);
        Some(chosen.defect(is_copy.then(|| defects.source(n))))
    }

    /// Whether records may have a defect.
    pub fn has_defects(&self) -> bool {
        self.defects.is_some()
    }

    #[inline]
    pub(crate) fn chosen(&self, n: u64) -> Option<(&Defects, Chosen<'_>)> {
        let defects = self.defects.as_ref()?;
        Some((defects, defects.of(n)?))
    }

    /// The record as which record `n` is made, if that is another one: of which number, and by which constants.
    pub(crate) fn instead(&self, n: u64) -> Option<(u64, Constants)> {
        let (defects, chosen) = self.chosen(n)?;
        match chosen.edit() {
            Edit::Copy => Some((defects.source(n), self.constants.clone())),
            Edit::Shift(by) => {
                let start_nanos = self.constants.start_nanos.saturating_add(*by);
                let constants = Constants {
                    start_nanos,
                    ..self.constants.clone()
                };
                Some((n, constants))
            }
            _ => None,
        }
    }

    /// Writes record `n`, which has a defect, at the front of `room`, and hands its key over, piece by piece. Returns
    /// its length. The key is that of the record as it was before.
    #[cold]
    pub(crate) fn with_defect(
        &self,
        n: u64,
        (_, chosen): (&Defects, Chosen<'_>),
        room: &mut [u8],
        mut push: impl FnMut(&[u8]),
    ) -> usize {
        let (n, constants) = self
            .instead(n)
            .unwrap_or_else(|| (n, self.constants.clone()));
        let mut row = self.row(n, &constants);
        let run = |program: &Program, row: &mut Row<'_>, room: &mut [u8], index: Option<usize>| {
            let Some(index) = index else {
                return (program.run(row, room), None);
            };
            program.run_marking(&program.fields[index], row, room)
        };
        match self.key {
            None => {}
            Some(Key::Id) => {
                let mut id = [0; ID_LEN];
                constants.ids.encode(n).write(&mut id);
                push(&id);
            }
            Some(Key::Field { index, .. }) => {
                let (_, place) = run(&self.program, &mut row, room, Some(index));
                push_key(&room[place.unwrap_or(0..0)], push);
            }
        }
        let wire = self.wire.as_ref();
        if let Some(spoilt) = wire.and_then(|wire| wire.spoilt.as_ref()) {
            return spoilt.run(&chosen, &mut row, room);
        }
        let program = wire.map_or(&self.program, |wire| &wire.program);
        let (len, place) = run(program, &mut row, room, chosen.marked());
        chosen.apply(room, len, place, wire.map_or(0, |wire| wire.tail))
    }

    /// How much room a record with a defect takes more than others, in bytes.
    pub(crate) fn more_for_defects(&self) -> usize {
        let Some(defects) = &self.defects else {
            return 0;
        };
        let wire = self.wire.as_ref();
        let spoilt = wire.and_then(|wire| wire.spoilt.as_ref());
        // Its key is found in its JSON.
        let json = wire.map_or(0, |wire| wire.max_json_len);
        defects.largest() + json + spoilt.map_or(0, |spoilt| spoilt.max_len)
    }
}
