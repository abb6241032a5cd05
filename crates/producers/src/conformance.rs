//! The suite that any destination has to pass.
