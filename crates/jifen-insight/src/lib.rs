//! Statistics: numbers in, numbers with their uncertainty out. No I/O, no clock, no names of people, no other package of ours.
//!
//! [`bands`]: which ranks of a board lie within noise of each other. [`spread`]: how unequal sums are.

mod band;
mod spread;

pub use band::{Band, DAYS_MIN, Series, bands};
pub use spread::{Spread, spread};
