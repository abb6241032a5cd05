//! The scenario file: read, checked across sections, explained.
//!
//! [`load`] reads a file and checks all that can be checked without a connection; what is wrong
//! comes back at once, as [`Diagnostics`] with places. [`Loaded::resolve`] turns the scenario into
//! what the other crates run: templates, loads, destinations, flows, thresholds. [`schema`] is the
//! file's JSON Schema for editors.

mod after;
mod as_run;
mod check;
mod data_files;
mod decode;
mod diagnostics;
mod document;
mod event_times;
mod failure;
mod finding;
mod layers;
mod lines;
mod loaded;
mod loads;
mod mask;
mod node;
mod one_line;
mod outline;
mod redirect;
mod registry;
mod resolve;
mod schema;
mod source;
mod syntax;
mod tree;
mod upstream;
mod variables;
mod yaml;

pub use after::After;
pub use data_files::DataFile;
pub use diagnostics::{Diagnostic, Diagnostics, Place, Severity, Style};
pub use document::{Document, StreamOptions};
pub use flow::Lookup;
pub use layers::Changes;
pub use loaded::{Loaded, Target, load, parse};
pub use one_line::{OneLine, is_address};
pub use outline::{Entry, Item, Outline, Verify, in_a_line};
pub use redirect::Redirect;
pub use registry::{RegistryAnswer, RegistryQuestion};
pub use resolve::{Overrides, Resolved, ResolvedStream};
pub use schema::schema;
