//! Changes of the organisation that people make on a page, and the events that say them.

use jifen_core::{event::EventType, time::Instant};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::board::names::SubjectKindWord;

/// A change of who is where, or of what belongs to what, from a day on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = OrganisationChange)]
pub(crate) enum Change {
    /// Somebody is assigned to a window.
    Assign {
        /// The person's code.
        person: String,
        /// The window.
        window: String,
        /// First day; or a time with its offset.
        from: String,
        /// Last day, or a time with its offset; until it is ended without.
        to: Option<String>,
        /// `a`, `b` (stands in while no A is there) or `trainee`; `a` without.
        role: Option<String>,
    },
    /// Their assignment to a window ends.
    Unassign {
        /// The person's code.
        person: String,
        /// The window.
        window: String,
        /// First day on which they are no longer there; or a time with its offset.
        from: String,
    },
    /// Somebody holds a post of a window, department or hall.
    Appoint {
        /// The person's code.
        person: String,
        /// The post, such as 首席代表.
        post: String,
        /// `window`, `department` or `hall`.
        #[schema(value_type = SubjectKindWord)]
        place_kind: String,
        /// Its code.
        place: String,
        /// First day; or a time with its offset.
        from: String,
        /// Last day, or a time with its offset; until it is ended without.
        to: Option<String>,
    },
    /// They hold it no longer.
    Dismiss {
        /// The person's code.
        person: String,
        /// The post.
        post: String,
        /// `window`, `department` or `hall`.
        #[schema(value_type = SubjectKindWord)]
        place_kind: String,
        /// Its code.
        place: String,
        /// First day on which they hold it no longer; or a time with its offset.
        from: String,
    },
    /// Somebody is on leave. A leave of theirs that begins at the same time, or the one that is named, gets this kind and end.
    Leave {
        /// The person's code.
        person: String,
        /// What kind: `annual`, `sick`, `personal`, `compensatory`, `duty`, or another code.
        category: String,
        /// First day; or a time with its offset.
        from: String,
        /// Last day, or a time with its offset.
        to: String,
        /// Code of the leave; made up without.
        leave: Option<String>,
    },
    /// A leave is taken back, for its whole span.
    CancelLeave {
        /// Its code.
        leave: String,
    },
    /// A hall is set up or called otherwise.
    Hall {
        /// Code.
        code: String,
        /// Name; as it was without.
        name: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// A department is set up, called otherwise or moved. What is left out stays as it was.
    Department {
        /// Code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Hall code.
        hall: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// A window is set up, called otherwise or serves for another department. What is left out stays as it was.
    Window {
        /// Code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Hall code.
        hall: Option<String>,
        /// Department code.
        department: Option<String>,
        /// Zone inside the hall.
        zone: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// A matter is set up, or its limits change. What is left out stays as it was.
    Matter {
        /// Code.
        code: String,
        /// Name.
        name: Option<String>,
        /// Department in charge.
        department: Option<String>,
        /// Promised limit in working days; takes the place of one in hours.
        promised_days: Option<i64>,
        /// Promised limit in working hours; takes the place of one in days.
        promised_hours: Option<i64>,
        /// Statutory limit in working days.
        statutory_days: Option<i64>,
        /// Standard service time in minutes.
        standard_minutes: Option<i64>,
        /// Calendar of its limits; the region's where it never had one.
        calendar: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
    /// An earlier change is taken back: what it took the place of holds again, or nothing where there was nothing.
    TakeBack {
        /// Its journal position.
        position: u64,
    },
    /// All changes of a batch are taken back, the last first, as far as each can be; it stands alone in its request.
    TakeBackBatch {
        /// The batch, as it is listed.
        batch: String,
    },
    /// Somebody is registered, or belongs elsewhere. What is left out stays as it was; a window that is named brings its department and hall.
    Person {
        /// Code.
        code: String,
        /// Name, kept in the vault.
        name: Option<String>,
        /// Window they belong to.
        window: Option<String>,
        /// Department they belong to.
        department: Option<String>,
        /// Hall they belong to.
        hall: Option<String>,
        /// First day; today without.
        #[schema(format = Date)]
        from: Option<String>,
    },
}

/// Source of these events, but for those that end what another source began.
const SOURCE: &str = "jifen:organisation";

/// An event to be appended.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Planned {
    pub(super) kind: EventType,
    pub(super) source: String,
    /// When it holds from; now without.
    pub(super) time: Option<Instant>,
    pub(super) sequence: Option<u64>,
    pub(super) data: Map<String, Value>,
}

impl Planned {
    /// Under pages' own source, decided now.
    pub(super) fn now(kind: EventType, data: Value) -> Self {
        Self { kind, source: SOURCE.to_owned(), time: None, sequence: None, data: filled(data) }
    }

    /// The CloudEvent under an id; `now` is RFC 3339.
    pub(super) fn envelope(&self, id: &str, now: &str) -> Map<String, Value> {
        let time = self.time.map_or_else(|| now.to_owned(), Instant::to_rfc3339);
        let envelope = json!({
            "specversion": "1.0", "source": self.source, "id": id, "type": self.kind.spec().name, "time": time,
            "sequence": self.sequence.map(|number| number.to_string()), "data": self.data,
        });
        filled(envelope)
    }
}

/// Without members that say nothing.
fn filled(value: Value) -> Map<String, Value> {
    let mut members = value.as_object().cloned().unwrap_or_default();
    members.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()));
    members
}
