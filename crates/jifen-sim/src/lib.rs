//! An invented city, seeded: what the systems of its service halls would have sent, for the demo, tests and benchmarks.
//!
//! In: a seed, a day and a size. Out: the files `jifen init` reads, and CloudEvents in the order in which they arrive, which come in
//! by the public ways like those of any source. One seed gives the same bytes on every machine. What is true beside the events
//! (`truth`) and how many points that makes (`tally`) the simulator knows by itself, so that the ledger can be held against it.

mod application;
mod check;
mod city;
mod counter;
mod day;
pub mod feed;
pub mod hundred;
mod leave;
mod output;
mod plan;
mod random;
mod rating;
mod sent;
mod stream;
mod tally;
mod truth;

pub use check::{Checked, check};
pub use city::{City, Seed, SimError};
pub use hundred::Hundred;
pub use output::{write_history, write_plan};
pub use plan::Scale;
pub use sent::Moment;
pub use stream::Stream;
pub use tally::{Holder, Tally};
