//! Drafts a scenario from what there is: an address, a schema, a sample.
//!
//! Whatever is read becomes a [`Shape`]: what is known of the data, in one form. From there on nobody
//! asks where it came from. [`draft`] chooses a kind for each field, by the table in `kinds.yaml` and by trying
//! whether its values are within the limits, and makes a [`scenario::Outline`] of it.

mod avro;
mod choose;
mod compose;
mod draft;
mod fixed;
mod json_schema;
mod kind;
mod lengths;
mod limits;
mod looks;
mod name;
mod sample;
mod schema;
mod select;
mod shape;
mod table;
mod xdm;

pub use draft::{Draft, Landing, Purpose, Wish, draft, person};
pub use json_schema::Load;
pub use looks::format_of;
pub use sample::{Broken, Finding, Limits, Sampled, Sampler, Taken, Unreadable, take_file};
pub use schema::schema;
pub use select::{Selection, Unselected};
pub use shape::{Field, Identity, Node, Remark, Shape, Type};
pub use xdm::{Descriptor, schema_id, xdm};
