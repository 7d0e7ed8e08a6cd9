//! Stage 1, events: one vocabulary for every vendor. In: CloudEvents as JSON. Out: typed events, personal fields split off.

mod admit;
pub mod catalogue;
mod expectation;
pub mod member;
mod schema;
mod value;

pub use admit::{Admitted, BODY_DEPTH_MAX, Personal, Refusal, RefusalKind, admit, reveal};
pub use catalogue::{EventType, Family, TYPES, TypeSpec};
pub use expectation::expected_zh;
pub use member::{CODE_LENGTH_MAX, MemberId, MemberKind};
pub use schema::{schema_of, type_entry};
pub use value::{Members, Said, Value};

use minicbor::{Decode, Encode};

use crate::{id::EventKey, time::Instant};

/// One event as the journal keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Event {
    /// CloudEvents `source`.
    #[n(0)]
    pub source: String,
    /// CloudEvents `id`, unique within the source.
    #[n(1)]
    pub id: String,
    /// Type.
    #[n(2)]
    pub kind: EventType,
    /// When it happened.
    #[n(3)]
    pub time: Instant,
    /// Order among events of one time; absent comes first.
    #[n(4)]
    pub sequence: Option<u64>,
    /// `data`.
    #[n(5)]
    pub data: Members,
}

impl Event {
    /// The dedupe key.
    pub fn key(&self) -> EventKey {
        EventKey::of(&self.source, &self.id)
    }
}
