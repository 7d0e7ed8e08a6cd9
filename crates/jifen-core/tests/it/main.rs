//! Integration tests of the core, one binary for the crate.

mod data;
mod memory;
mod spine;
mod tables;
