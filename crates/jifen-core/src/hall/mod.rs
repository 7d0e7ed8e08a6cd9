//! Beside the stages, the hall now: who waits, which windows work, which cases run out of time, as the journal tells it.
//!
//! In: records in journal order. Out: [`HallDay`], the running business day and the open cases, and what they mean at a given now
//! ([`judge`]). It gives and takes no points, so nothing here can change the ledger, and it may be forgotten and folded again.
//!
//! **Invariants.** What a number or window is doing follows from its events' own order, not from their arrival. Memory is bounded:
//! a new day forgets the day before, and every map has a named bound.

mod case;
mod codes;
mod fold;
pub mod judge;
mod service;
mod window;

pub use case::CaseNow;
pub use codes::{CODES_MAX, CodeKind, CodeSeen, CodesSeen};
pub use fold::{CASES_MAX, HallDay, LATE_MS, RATINGS_MAX, SERVICES_MAX, SourceNow};
pub use service::{RatingNow, ServiceNow, ServiceState, Spot};
pub use window::{WindowNow, WindowState};

use minicbor::{Decode, Encode};

use crate::{event::Event, time::Instant};

/// Where an event stands among those of one number or window: time, sequence (absent first), then the usual order of such events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Turn {
    #[n(0)]
    time: Instant,
    #[n(1)]
    sequence: Option<u64>,
    #[n(2)]
    kind: u8,
}

impl Turn {
    fn of(event: &Event, kind: u8) -> Self {
        Self { time: event.time, sequence: event.sequence, kind }
    }
}
