//! An invented service hall, seeded: what its systems would have sent, for the demo, tests and benchmarks.
//!
//! In: a seed and a last day. Out: the files `jifen init` reads and the CloudEvents `jifen import` reads; nothing else of
//! jifen is called, so the demo takes the same way as any source. One seed and day give the same bytes on every machine.

mod application;
mod counter;
mod day;
mod output;
mod plan;
mod random;
mod sent;
mod world;

pub use output::write;
pub use world::{Demo, SimError, demo};
