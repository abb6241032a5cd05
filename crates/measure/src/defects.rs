//! What became of records that were sent with a defect on purpose.

/// What became of the records with one kind of defect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefectFate {
    /// The kind, in the scenario's word.
    pub kind: String,
    /// Records with this defect that were acknowledged.
    pub sent: u64,
    /// Records with this defect that the destination itself rejected.
    pub rejected: u64,
    /// Of those that were sent: how many are to be refused by the platform …
    pub expected_refused: u64,
    /// … and how many are to be found. Of the others it is not known what is to become of them.
    pub expected_landed: u64,
    /// How many the platform refused.
    pub refused: u64,
    /// How many were found: of duplicates, the copies beside the original.
    pub landed: u64,
    /// How many were neither found nor said to be refused.
    pub missing: u64,
    /// How many came to something else than expected.
    pub unexpected: u64,
    /// A few of these: ordinal, and what became of it.
    pub examples: Vec<String>,
}

/// How many records with a defect came to something else than expected.
pub fn unexpected_defects(fates: &[DefectFate]) -> u64 {
    fates.iter().map(|fate| fate.unexpected).sum()
}

/// Adds the fates of another stream.
pub fn add_defects(into: &mut Vec<DefectFate>, from: &[DefectFate]) {
    for fate in from {
        let Some(known) = into.iter_mut().find(|known| known.kind == fate.kind) else {
            // An ordinal means nothing without its stream: examples stay there.
            into.push(DefectFate {
                examples: Vec::new(),
                ..fate.clone()
            });
            continue;
        };
        known.sent += fate.sent;
        known.rejected += fate.rejected;
        known.expected_refused += fate.expected_refused;
        known.expected_landed += fate.expected_landed;
        known.refused += fate.refused;
        known.landed += fate.landed;
        known.missing += fate.missing;
        known.unexpected += fate.unexpected;
        known.examples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_of_one_kind_add_up() {
        let fate = |kind: &str, sent, unexpected| DefectFate {
            kind: kind.to_owned(),
            sent,
            unexpected,
            examples: vec!["record 7".to_owned()],
            ..DefectFate::default()
        };
        let mut all = vec![fate("null", 1, 1)];
        add_defects(&mut all, &[fate("late", 2, 0), fate("null", 3, 2)]);
        let kinds: Vec<_> = all.iter().map(|it| (&*it.kind, it.sent)).collect();
        assert_eq!(kinds, [("null", 4), ("late", 2)]);
        assert_eq!(unexpected_defects(&all), 3);
        assert!(all.iter().all(|it| it.examples.is_empty()));
    }
}
