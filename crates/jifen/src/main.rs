//! The `jifen` binary.
fn main() {}
