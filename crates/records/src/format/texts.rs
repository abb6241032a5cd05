//! What is known beforehand of the texts that a kind writes.

use serde_json::Value;

use crate::FieldOptions;
use crate::compile::compile_text;
use crate::domain::Domain;
use crate::field::Plain;
use crate::kinds::Choices;
use crate::options::RecordsOptions;
use crate::program::{Op, Program};
use crate::random::hash;

/// The texts of the fields of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts<'r> {
    pub(crate) records: &'r RecordsOptions,
    /// The state of a journey whose fields they are.
    pub(crate) state: Option<u16>,
    /// Whether they are an entity's: where its people live is not known here.
    pub(crate) is_of_entity: bool,
}

/// All values of a field in the order in which they are drawn, and the salt that one is drawn with.
pub(crate) type Values = (u64, Vec<Value>);

impl Texts<'_> {
    fn program(self, field: &FieldOptions, path: &str) -> Program {
        compile_text(field, path, self.state, self.records)
    }

    /// All values of a field, if they are known.
    pub(crate) fn values(self, field: &FieldOptions, path: &str) -> Option<Values> {
        match (field, field.domain()) {
            (FieldOptions::Choose(choices), _) => Some((hash(path), weighted(choices))),
            (FieldOptions::Constant(value), _) => Some((0, vec![value.clone()])),
            (_, Domain::Words) if !self.is_of_entity => self.listed(field, path),
            _ => None,
        }
    }

    /// The words of a kind that takes one word from one table.
    fn listed(self, field: &FieldOptions, path: &str) -> Option<Values> {
        let program = self.program(field, path);
        let [step] = &program.steps[..] else {
            return None;
        };
        let Op::Word { table, salt } = step.op else {
            return None;
        };
        let words = program.words[table as usize].iter();
        let words = words.map(|word| std::str::from_utf8(word).map(Value::from));
        let words = words.collect::<Result<_, _>>().ok()?;
        (step.len == 0).then_some((salt, words))
    }

    /// How long the texts of a field are, if all are as long.
    pub(crate) fn fixed_len(self, field: &FieldOptions, path: &str) -> Option<usize> {
        let is_alike_everywhere = matches!(
            field,
            FieldOptions::Plain(Plain::Uuid | Plain::RecordId)
                | FieldOptions::Uuid(_)
                | FieldOptions::Pattern(_)
        );
        if self.is_of_entity && !is_alike_everywhere {
            return None;
        }
        let program = self.program(field, path);
        program.fixed_len(0..program.steps.len())
    }
}

/// The values as they are drawn: each as often as its weight says.
fn weighted(choices: &Choices) -> Vec<Value> {
    let pieces = choices.weighted();
    pieces
        .iter()
        .map(|json| serde_json::from_str(json).unwrap_or_default())
        .collect()
}
