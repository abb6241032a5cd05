//! Reports of made-up runs, as people and programs read them.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, also in what helps it, a panic is the message"
)]

mod after;
mod blame;
mod cut_short;
mod defects;
mod fixture;
mod html;
mod machines;
mod numbers;
mod operations;
mod profile;
mod terminal;
mod versions;
