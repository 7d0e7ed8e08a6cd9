//! Stage 2, the journal: events in their region's total order, with canonical bytes and digests.

use minicbor::{Decode, Encode};

use crate::{event::Event, id::Digest, time::Instant};

/// The number of the rules by which records are applied today; see "Change over time" in ARCHITECTURE.md.
pub const SEMANTICS: u32 = 1;

/// One record. Position and receive time are given by the writer; everything else came with the event.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Record {
    /// Place in the region's journal, from 1 without gaps.
    #[n(0)]
    pub position: u64,
    /// When the writer took it.
    #[n(1)]
    pub received: Instant,
    /// Semantics number it was applied under.
    #[n(2)]
    pub semantics: u32,
    /// The key or command that appended it (`source:queue`, `operator`, `engine`).
    #[n(3)]
    pub by: String,
    /// The event.
    #[n(4)]
    pub event: Event,
}

impl Record {
    /// SHA-256 of the canonical bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&crate::canonical(self))
    }
}
