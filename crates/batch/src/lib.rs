//! The unit that travels through Hydrant.
//!
//! A lane takes a [`Batch`] from its [`BatchPool`], pacing writes due times into it, records writes
//! bytes into it, a producer sends it and answers with [`Receipt`]s, and measure reads due times
//! and receipts back out. Types only, no dependencies: everything on the hot path may import this
//! crate, and this crate imports nothing.

mod batch;
mod beside;
mod buffer;
mod pool;
mod receipt;
mod time;

pub use batch::{Batch, BatchId};
pub use beside::Columns;
pub use buffer::Buffer;
pub use pool::{BatchPool, PoolSize, SettleError};
pub use receipt::{Outcome, Receipt, Rejection};
pub use time::{Clock, ClockStart, Nanos, VirtualTime};
