//! Batches that replace others, as a compaction does: they have no records that those did not have.

use std::collections::BTreeSet;

use aep_client::Batch;

/// What is new in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// All of it.
    New,
    /// Nothing: it replaces batches that were all looked at.
    Known,
    /// Perhaps some of it: it replaces batches of which some had gone before they were looked at.
    Again,
}

impl Content {
    /// Of a batch, where these were looked at.
    pub(super) fn of(batch: &Batch, seen: &BTreeSet<String>) -> Content {
        let mut replaced = batch.replaces().peekable();
        if replaced.peek().is_none() {
            Content::New
        } else if replaced.all(|id| seen.contains(id)) {
            Content::Known
        } else {
            Content::Again
        }
    }
}

/// So that every batch comes after those that it replaces.
pub(super) fn in_order(mut batches: Vec<Batch>) -> Vec<Batch> {
    batches.sort_by_key(|batch| {
        let is_new = batch.replaces().next().is_none();
        // What replaces a replacement is made after it.
        (!is_new, if is_new { 0 } else { batch.created })
    });
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn batch(id: &str, created: i64, predecessors: &[&str]) -> Batch {
        let mut batch = json!({"id": id, "status": "success", "created": created});
        if !predecessors.is_empty() {
            batch["replay"] = json!({"predecessors": predecessors, "reason": "compaction"});
        }
        serde_json::from_value(batch).unwrap()
    }

    #[test]
    fn what_replaces_others_comes_after_them_and_has_nothing_new() {
        let batches = vec![
            batch("third", 9, &["second"]),
            batch("second", 8, &["b", "a"]),
            batch("b", 7, &[]),
            batch("a", 6, &[]),
        ];
        let mut seen = BTreeSet::new();
        let mut contents = Vec::new();
        for batch in in_order(batches) {
            contents.push((batch.id.clone(), Content::of(&batch, &seen)));
            seen.insert(batch.id);
        }
        let wanted = [
            ("b", Content::New),
            ("a", Content::New),
            ("second", Content::Known),
            ("third", Content::Known),
        ];
        assert_eq!(
            contents,
            wanted.map(|(id, content)| (id.to_owned(), content))
        );
    }

    #[test]
    fn what_had_gone_before_it_was_seen_is_in_its_successor() {
        let seen = BTreeSet::from(["a".to_owned()]);
        let batch = batch("c", 1, &["a", "b"]);
        assert_eq!(Content::of(&batch, &seen), Content::Again);
    }
}
