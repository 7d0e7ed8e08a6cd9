//! The sources, and how much waits for people.

use jifen_core::hall::CodeKind;
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use crate::{
    auth::Reach,
    board::{ReadError, holds},
    hall::{Kept, Scene},
    space::Space,
};

/// Holds are counted up to this; there are never more in a hall that is looked after.
const HOLDS_COUNTED_MAX: usize = 1_000;

/// How well the region's data comes in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = DataQuality)]
pub(crate) struct QualityView {
    /// Now, by the server's clock: what silence is counted to.
    #[schema(format = DateTime)]
    pub(crate) now: String,
    /// Journal position of the last record counted.
    pub(crate) as_of_position: u64,
    /// Records not counted yet.
    pub(crate) behind: u64,
    /// The business day that `today` speaks of; `null` before the first event.
    #[schema(required = true, format = Date)]
    pub(crate) date: Option<String>,
    /// Sources, the one silent longest first.
    pub(crate) sources: Vec<SourceView>,
    /// Codes nobody has identified, by kind.
    pub(crate) unknown: UnknownCounts,
    /// Codes beyond what is remembered.
    pub(crate) unknown_beyond: u64,
    /// Facts on hold, counted up to 1,000.
    pub(crate) holds: u64,
    /// Refused events that nobody has mended or set aside.
    pub(crate) quarantined: u64,
    /// The disk that everything is kept on; for administrators only.
    #[schema(required = true)]
    pub(crate) disk: Option<Space>,
}

/// Unknown codes by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct UnknownCounts {
    /// People.
    pub(crate) person: u64,
    /// Windows.
    pub(crate) window: u64,
    /// Matters.
    pub(crate) matter: u64,
    /// Departments.
    pub(crate) department: u64,
    /// Halls.
    pub(crate) hall: u64,
}

impl UnknownCounts {
    pub(crate) fn of(&mut self, kind: CodeKind) -> &mut u64 {
        match kind {
            CodeKind::Person => &mut self.person,
            CodeKind::Window => &mut self.window,
            CodeKind::Matter => &mut self.matter,
            CodeKind::Department => &mut self.department,
            CodeKind::Hall => &mut self.hall,
        }
    }
}

/// A source of events.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SourceQuality)]
pub(crate) struct SourceView {
    /// CloudEvents `source`.
    pub(crate) source: String,
    /// Latest business time of its events.
    #[schema(format = DateTime)]
    pub(crate) last_event_at: String,
    /// When its last event came.
    #[schema(format = DateTime)]
    pub(crate) last_received_at: String,
    /// How long it has been silent, milliseconds.
    pub(crate) silent_ms: i64,
    /// Its events of the day.
    pub(crate) events_today: u64,
    /// All its events.
    pub(crate) events: u64,
    /// How long its last event took from happening to coming in, milliseconds.
    pub(crate) delay_ms: i64,
    /// Mean of that over the day.
    #[schema(required = true)]
    pub(crate) delay_mean_ms: Option<i64>,
    /// Longest of the day.
    pub(crate) delay_max_ms: i64,
    /// Events of the day that took longer than ten minutes.
    pub(crate) late_today: u64,
    /// Events whose time lay ahead of their receipt by more than ten minutes: its clock is wrong.
    pub(crate) ahead: u64,
    /// Its refused events that nobody has mended or set aside.
    pub(crate) quarantined: u64,
}

/// The page's picture.
pub(crate) fn summary(
    database: &Database,
    row: &RegionRow,
    scene: &Scene<'_>,
    kept: &Kept,
    clock: jifen_core::time::Instant,
) -> Result<QualityView, ReadError> {
    let refused = database.quarantined_by_source(row.id)?;
    let mut sources: Vec<SourceView> = scene
        .day
        .sources
        .iter()
        .map(|(name, source)| SourceView {
            source: name.clone(),
            last_event_at: source.time.to_rfc3339(),
            last_received_at: source.received.to_rfc3339(),
            silent_ms: (clock.0 - source.received.0).max(0),
            events_today: source.today,
            events: source.events,
            delay_ms: source.delay_ms,
            delay_mean_ms: source.delay_mean_ms(),
            delay_max_ms: source.delay_max_ms,
            late_today: source.late,
            ahead: source.ahead,
            quarantined: refused.get(name).copied().unwrap_or(0),
        })
        .collect();
    sources.sort_by(|a, b| b.silent_ms.cmp(&a.silent_ms).then_with(|| a.source.cmp(&b.source)));
    let mut unknown = UnknownCounts::default();
    for (kind, _, _) in scene.day.codes.unknown(scene.organisation()) {
        *unknown.of(kind) += 1;
    }
    let holds =
        holds(database, row, scene.region(), &Reach::whole(), false, None, HOLDS_COUNTED_MAX)?.items.len() as u64;
    Ok(QualityView {
        now: clock.to_rfc3339(),
        as_of_position: scene.day.position,
        behind: kept.behind,
        date: scene.day.date.map(|date| date.to_string()),
        sources,
        unknown,
        unknown_beyond: scene.day.codes.beyond,
        holds,
        quarantined: refused.values().sum(),
        disk: None,
    })
}
