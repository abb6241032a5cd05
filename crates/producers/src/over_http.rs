//! What the destinations share that send their records over HTTP/1.1 from a thread behind the lane:
//! connections, the way back to the lane, and patience.

pub(crate) mod backoff;
pub(crate) mod carried;
pub(crate) mod connection;
pub(crate) mod mailbox;
pub(crate) mod target;
