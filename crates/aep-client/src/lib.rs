//! A client for the Adobe Experience Platform APIs that a streaming dataflow needs.
//!
//! So far it reads the credentials that Adobe's developer console exports ([`Console`]) and knows
//! the platform's source connectors ([`ConnectionSpec`]).

mod console;
mod ids;

pub use console::{Console, ConsoleError};
pub use ids::{ConnectionSpec, spec};
