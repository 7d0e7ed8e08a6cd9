//! The board as CSV, with the columns of the API.

use std::io;

use super::{Leaderboard, LeaderboardItem, names::ActorKindWord};
use crate::sheet::csv::{BYTE_ORDER_MARK, record, writer};

/// The board as CSV.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn leaderboard_csv(board: &Leaderboard) -> io::Result<Vec<u8>> {
    let mut bytes = BYTE_ORDER_MARK.to_vec();
    let mut csv = writer(&mut bytes);
    record(
        &mut csv,
        &[
            "rank",
            "band",
            "rank_change",
            "subject",
            "name",
            "actor_kind",
            "window",
            "window_name",
            "department",
            "department_name",
            "points",
            "own_points",
            "members_points",
            "posted",
            "provisional",
            "facts",
            "services",
            "points_per_service",
            "sufficient",
            "efficiency",
            "quality",
            "innovation",
            "collaboration",
            "trainee",
        ],
    )?;
    for item in &board.items {
        record(&mut csv, &cells(item))?;
    }
    csv.flush()?;
    drop(csv);
    Ok(bytes)
}

fn cells(item: &LeaderboardItem) -> [String; 24] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let kind = match item.actor_kind {
        None => "",
        Some(ActorKindWord::Person) => "person",
        Some(ActorKindWord::System) => "system",
        Some(ActorKindWord::Unknown) => "unknown",
    };
    [
        item.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        item.band.map(|band| format!("{}–{}", band.first, band.last)).unwrap_or_default(),
        item.rank_change.map(|change| change.to_string()).unwrap_or_default(),
        item.subject.clone(),
        item.name.clone(),
        kind.to_owned(),
        text(&item.window),
        text(&item.window_name),
        text(&item.department),
        text(&item.department_name),
        item.points.clone(),
        item.own_points.clone(),
        item.members_points.clone(),
        item.posted.clone(),
        item.provisional.clone(),
        item.facts.to_string(),
        item.services.to_string(),
        text(&item.points_per_service),
        item.sufficient.to_string(),
        item.dimensions.efficiency.clone(),
        item.dimensions.quality.clone(),
        item.dimensions.innovation.clone(),
        item.dimensions.collaboration.clone(),
        item.trainee.to_string(),
    ]
}
