//! The messages of a live stream, and their bytes on the wire.

use serde::{Deserialize, Serialize};

use crate::board::{EntryView, SubjectKindWord};

/// `event: head`: how far the journal is. Sent when a stream opens, and from time to time while nothing happens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LiveHead {
    /// Region code.
    pub region: String,
    /// Journal position.
    pub position: u64,
}

/// `event: change`: everything that changed since the message before. Its `id` is the position to resume from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LiveChange {
    /// Region code.
    pub region: String,
    /// Journal position.
    pub position: u64,
    /// When the last of the records was received.
    pub received_at: String,
    /// Subjects whose sums changed.
    pub subjects: Vec<LiveSubject>,
    /// More subjects changed than are listed, or they are not this reader's to see: any may have.
    pub any_subject: bool,
    /// First business date whose sums changed; `null` when no sums did.
    #[schema(required = true, format = Date)]
    pub first_date: Option<String>,
    /// Last business date whose sums changed.
    #[schema(required = true, format = Date)]
    pub last_date: Option<String>,
    /// Organisation, rules or periods changed.
    pub region_changed: bool,
    /// New entries, newest last; the latest ones where there are many.
    pub entries: Vec<EntryView>,
    /// New entries that are not listed.
    pub entries_left_out: u64,
}

/// A subject whose sums changed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LiveSubject {
    /// `person`, `window`, `department` or `hall`.
    #[schema(value_type = SubjectKindWord)]
    pub kind: String,
    /// Code.
    pub code: String,
}

/// `event: resync`: what happened in between is no longer told; read everything again, then go on from here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LiveResync {
    /// Region code.
    pub region: String,
    /// Journal position.
    pub position: u64,
    /// Why.
    pub reason: ResyncReason,
}

/// Why a client must read everything again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResyncReason {
    /// Its position is older than what the server remembers, or of another journal.
    TooFarBack,
    /// It read too slowly.
    TooSlow,
}

/// `event: end`: the key or session may no longer follow; do not come back with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LiveEnd {
    /// Region code.
    pub region: String,
}

/// The data of one message; the name of its event says which.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum LiveMessage {
    /// `change`.
    Change(LiveChange),
    /// `resync`.
    Resync(LiveResync),
    /// `head`.
    Head(LiveHead),
    /// `end`.
    End(LiveEnd),
}

impl LiveMessage {
    /// As the event stream carries it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (name, id) = match self {
            Self::Change(change) => ("change", Some(change.position)),
            Self::Resync(resync) => ("resync", Some(resync.position)),
            Self::Head(head) => ("head", Some(head.position)),
            Self::End(_) => ("end", None),
        };
        let data = serde_json::to_string(self).unwrap_or_default();
        let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        format!("event: {name}\n{id}data: {data}\n\n").into_bytes()
    }
}
