//! Drafts a scenario from what there is: an address, a schema, a sample.
//!
//! Whatever is read becomes a [`Shape`]: what is known of the data, in one form. From there on nobody
//! asks where it came from.

mod shape;

pub use shape::{Field, Identity, Node, Remark, Shape, Type};
