//! The shell of jifen: everything between the outside world and the pure core.

pub mod intake;
