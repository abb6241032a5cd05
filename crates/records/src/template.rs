use batch::Batch;
use options::Problems;

use crate::RecordsOptions;

/// What a run adds to its scenario: constants of all its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The scenario's seed.
    pub seed: u64,
    /// The stream's name: two streams of one seed have different records.
    pub stream: String,
    /// The run's start, in nanoseconds since 1970: the event time of record 0.
    pub start_unix_nanos: i128,
    /// Nanoseconds between the event times of two neighbours.
    pub step_nanos: u64,
}

/// Records ready to be written.
#[derive(Clone, Debug)]
pub struct Template {}

impl Template {
    /// Compiles the options; all their mistakes, if there are any.
    pub fn compile(_options: &RecordsOptions, _context: &Context) -> Result<Template, Problems> {
        Ok(Template {})
    }

    /// Writes the records of a batch that has its ordinals and due times.
    pub fn fill(&self, _batch: &mut Batch) {}

    /// Appends record `n`.
    pub fn record(&self, _n: u64, _out: &mut Vec<u8>) {}

    /// Appends the key of record `n`; false if records have no key.
    pub fn key(&self, _n: u64, _out: &mut Vec<u8>) -> bool {
        false
    }

    /// The JSON text of one field of record `n`; below an object, `outer.inner`.
    pub fn value(&self, _n: u64, _field: &str) -> Option<Vec<u8>> {
        None
    }

    /// The field that holds the record id.
    pub fn id_field(&self) -> Option<&str> {
        None
    }

    /// The ordinal that an id stands for; `None` if it is not an id of this seed and stream.
    pub fn ordinal_of(&self, _id: &str) -> Option<u64> {
        None
    }

    /// The paths of all fields that [`value`](Template::value) knows.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// No record is longer, in bytes.
    pub fn max_len(&self) -> usize {
        0
    }

    /// How long a record is on average, in bytes.
    pub fn mean_len(&self) -> f64 {
        0.0
    }
}
