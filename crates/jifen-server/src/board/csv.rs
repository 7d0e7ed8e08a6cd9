//! CSV for people's spreadsheets: RFC 4180, and no cell that a spreadsheet would run as a formula.

use std::io::{self, Write};

use super::{Leaderboard, LeaderboardItem, names::ActorKindWord};

/// What makes a spreadsheet read a cell as a formula, also in full width.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A CSV writer over `output`.
pub(super) fn writer<W: Write>(output: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(output)
}

/// Writes one line, every cell made harmless, and hands it on.
pub(super) fn record<W: Write, T: AsRef<str>, const N: usize>(
    csv: &mut csv::Writer<W>,
    cells: [T; N],
) -> io::Result<()> {
    csv.write_record(cells.iter().map(|cell| neutral(cell.as_ref())))?;
    csv.flush()
}

/// The board as CSV.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn leaderboard_csv(board: &Leaderboard) -> io::Result<Vec<u8>> {
    // Excel reads UTF-8 only after a byte order mark.
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut csv = writer(&mut bytes);
    record(
        &mut csv,
        [
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
        ],
    )?;
    for item in &board.items {
        record(&mut csv, cells(item))?;
    }
    drop(csv);
    Ok(bytes)
}

fn cells(item: &LeaderboardItem) -> [String; 23] {
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
    ]
}

/// A cell that no spreadsheet runs: what begins like a formula and is no number gets an apostrophe before it.
fn neutral(cell: &str) -> String {
    if cell.starts_with(FORMULA) && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, places].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        for harmless in ["-3", "-0.5", "12", "王岚", "", "a=b"] {
            assert_eq!(neutral(harmless), harmless);
        }
        for formula in ["=1+1", "+1", "-", "-1+1", "@sum", "\tx", "\rx", "＝1", "-1.2.3", "-.5"] {
            assert_eq!(neutral(formula), format!("'{formula}"));
        }
    }
}
