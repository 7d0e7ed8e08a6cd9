//! The store on real files: what it promises, and what it refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop where it stands")]

mod account;
mod commit;
mod faults;
mod guards;
mod opening;
mod reading;
mod rollups;
mod sample;
