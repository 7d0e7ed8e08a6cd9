//! Statistics: numbers in, numbers with their uncertainty out. No I/O, no clock, no names of people, no other package of ours.
//!
//! [`bands`]: which ranks of a board lie within noise of each other.

mod band;

pub use band::{Band, DAYS_MIN, Series, bands};
