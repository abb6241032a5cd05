//! Reports of made-up runs, as people and programs read them.

mod fixture;
mod html;
mod machines;
mod numbers;
mod terminal;
