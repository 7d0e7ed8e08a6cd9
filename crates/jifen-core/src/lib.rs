//! The pure domain of jifen, in the order the data takes: events → journal → cases → facts → rules → scoring → ledger → rollups.
//!
//! **Invariants.** Nothing here reads a clock, draws random numbers, does I/O, iterates in hash order or lets a float near points.

pub mod calendar;
pub mod case;
pub mod committee;
pub mod disclosure;
pub mod division;
pub mod engine;
pub mod event;
pub mod expression;
pub mod fact;
pub mod hall;
pub mod id;
pub mod journal;
pub mod language;
pub mod ledger;
pub mod measure;
pub mod points;
pub mod rollup;
pub mod roster;
pub mod rule;
pub mod scoring;
pub mod settlement;
pub mod state;
pub mod time;

/// Canonical bytes: deterministic CBOR (RFC 8949 §4.2.1), as every digest is taken over.
pub fn canonical<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    thread_local! {
        // PERF: growing a new vector cost 8 % of ingest; the answer is copied out of this one in its exact size.
        static SCRATCH: std::cell::Cell<Vec<u8>> = const { std::cell::Cell::new(Vec::new()) };
    }
    let mut scratch = SCRATCH.take();
    scratch.clear();
    match minicbor::encode(value, &mut scratch) {
        Ok(()) => {
            let bytes = scratch.as_slice().to_vec();
            SCRATCH.set(scratch);
            bytes
        }
        // A `Vec` writer cannot fail, and no `Encode` here makes errors of its own.
        Err(error) => unreachable!("canonical encoding failed: {error}"),
    }
}
