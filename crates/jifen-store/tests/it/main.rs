//! The store on real databases: what it promises, and what it refuses. On which of the two, `JIFEN_TEST_DATABASE` says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop where it stands")]

mod account;
mod announcement;
mod commit;
mod copy;
mod factor;
mod migrations;
mod nodes;
mod postgres;
mod reading;
mod refused;
mod rollups;
mod sample;
mod sqlite;
mod tls;
mod vault;
