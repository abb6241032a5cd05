//! The key of a record: the text of one of its fields.

use crate::escape;
use crate::program::{Op, Program};

/// Where the key comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    /// It is the record id, as it was written.
    Id,
    /// It is the text of the field with this index, which may have escapes in it or is plain.
    Field { index: usize, is_plain: bool },
}

impl Key {
    pub(crate) fn find(path: &str, program: &Program) -> Option<Key> {
        let index = program.fields.iter().position(|field| field.path == path)?;
        let steps = &program.steps[program.fields[index].steps.clone()];
        let is_id = matches!(steps, [step] if matches!(step.op, Op::Id));
        // A record that lacks its id has no key either, and not the last one's.
        let is_always_there = !program
            .steps
            .iter()
            .any(|step| matches!(step.op, Op::Maybe { .. } | Op::If { .. }));
        Some(if is_id && is_always_there {
            Key::Id
        } else {
            let is_plain = program.is_plain(program.fields[index].steps.clone());
            Key::Field { index, is_plain }
        })
    }
}

/// Hands over the text that a JSON scalar stands for: what is between a string's quotes, its escapes
/// resolved, or anything else as it is.
pub(crate) fn push_key(json: &[u8], mut push: impl FnMut(&[u8])) {
    match json {
        [b'"', text @ .., b'"'] => escape::unescaped(text, push),
        other => push(other),
    }
}
