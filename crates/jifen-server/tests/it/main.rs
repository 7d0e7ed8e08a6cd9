//! Integration tests of the server, one binary for all.
#![allow(clippy::panic, reason = "a test fails by panicking")]

mod city;
mod http;
mod job;
mod mapping;
mod stories;
mod writer;
