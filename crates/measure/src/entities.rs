//! How entities ended up that records have changed.

/// Entities that were changed by records, in the stream and as they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityFates {
    /// What they are, in the scenario's word; empty for those of several streams together.
    pub of: String,
    /// As the acknowledged records say.
    pub expected: EntityCounts,
    /// As the records say that were read.
    pub found: EntityCounts,
    /// Entities that ended up otherwise than expected.
    pub wrong: u64,
    /// A few of these: by their key, with what was read last.
    pub examples: Vec<String>,
}

/// Numbers of entities. One that was inserted again counts once for each life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntityCounts {
    /// How many were inserted.
    pub inserted: u64,
    /// How many were updated, once or more.
    pub updated: u64,
    /// How many were deleted at last.
    pub deleted: u64,
    /// How many were not.
    pub living: u64,
}

impl EntityFates {
    /// Adds those of another stream; examples stay with their stream.
    pub fn add(&mut self, other: &EntityFates) {
        if self.of != other.of {
            self.of.clear();
        }
        self.expected.add(other.expected);
        self.found.add(other.found);
        self.wrong += other.wrong;
        self.examples.clear();
    }
}

impl EntityCounts {
    fn add(&mut self, other: EntityCounts) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.deleted += other.deleted;
        self.living += other.living;
    }
}
