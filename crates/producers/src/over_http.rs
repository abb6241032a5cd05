//! What the destinations share that send their records over HTTP/1.1 from a thread behind the lane:
//! connections, and patience.

pub(crate) mod backoff;
pub(crate) mod carried;
pub(crate) mod connection;
pub(crate) mod target;
