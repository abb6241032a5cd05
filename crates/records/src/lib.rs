//! What: `record(seed, n)`, the bytes of the n-th record.

mod field;
mod options;
mod template;

pub use field::FieldOptions;
pub use options::RecordsOptions;
pub use template::{Context, Template};
