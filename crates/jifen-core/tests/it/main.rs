//! Integration tests of the core, one binary for the crate.

mod committee;
mod counted;
mod data;
mod declared;
mod fuzz;
mod hostile;
mod laws;
mod memory;
mod spine;
mod stories;
mod tables;
