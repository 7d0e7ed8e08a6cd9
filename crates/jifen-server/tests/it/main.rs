//! Integration tests of the server, one binary for all.

mod mapping;
