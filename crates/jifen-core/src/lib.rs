//! The pure domain of jifen, in the order the data takes: events → journal → cases → facts → rules → scoring → ledger → rollups.
//!
//! **Invariants.** Nothing here reads a clock, draws random numbers, does I/O, iterates in hash order or lets a float near points.

pub mod calendar;
pub mod case;
pub mod division;
pub mod engine;
pub mod event;
pub mod expression;
pub mod fact;
pub mod id;
pub mod journal;
pub mod ledger;
pub mod points;
pub mod rollup;
pub mod roster;
pub mod rule;
pub mod scoring;
pub mod state;
pub mod time;

/// Canonical bytes: deterministic CBOR (RFC 8949 §4.2.1), as every digest is taken over.
pub fn canonical<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // A `Vec` writer cannot fail, and no `Encode` here makes errors of its own.
        Err(error) => unreachable!("canonical encoding failed: {error}"),
    }
}
