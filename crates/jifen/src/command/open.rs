//! Opening what a command works on.

use jifen_core::{engine::Region, time::Instant};
use jifen_server::writer::restore_region;
use jifen_store::{Access, AuditKind, AuditRow, Database, RegionRow};

use crate::failure::Failure;

/// A database and one of its regions, to read.
pub(super) struct Reading {
    pub(super) database: Database,
    pub(super) row: RegionRow,
    pub(super) region: Region,
}

pub(super) fn to_read(url: &str, code: &str) -> Result<Reading, Failure> {
    let database = Database::open(url, Access::Read)?;
    let row = region_row(&database, code)?;
    let region = restore_region(&database, &row)?;
    Ok(Reading { database, row, region })
}

/// `holder` tells others who has the file.
pub(super) fn to_write(url: &str, holder: &str) -> Result<Database, Failure> {
    Ok(Database::open(url, Access::Write { holder: format!("jifen {holder}") })?)
}

/// To serve, beside other nodes where the database can be shared.
pub(super) fn to_serve(url: &str) -> Result<Database, Failure> {
    Ok(Database::open(url, Access::Serve { holder: "jifen serve".to_owned() })?)
}

pub(super) fn region_row(database: &Database, code: &str) -> Result<RegionRow, Failure> {
    if let Some(row) = database.region(code)? {
        return Ok(row);
    }
    let regions: Vec<String> = database.regions()?.into_iter().map(|row| format!("`{}`", row.code)).collect();
    let (there, there_en) = match regions.is_empty() {
        true => ("一个也没有".to_owned(), "none".to_owned()),
        false => (format!("有 {}", regions.join("、")), regions.join(", ")),
    };
    Err(Failure::Usage(format!(
        "没有区划 `{code}`；库里{there} / there is no region `{code}`; the database has {there_en}"
    )))
}

/// Who commands are given by, as journal and trail name them: whoever may use the machine.
pub(super) const OPERATOR: &str = "operator";
/// Where from, in the trail.
const COMMAND_LINE: &str = "command line";

/// The entry of the trail about what a command changes.
pub(super) fn entry(region: &RegionRow, act: &str, object: &str) -> AuditRow {
    AuditRow {
        region: region.id,
        at: now(),
        kind: AuditKind::Change,
        actor: OPERATOR.to_owned(),
        address: COMMAND_LINE.to_owned(),
        act: act.to_owned(),
        object: object.to_owned(),
        reason: String::new(),
        request: String::new(),
    }
}

/// The clock that events are received by.
pub(super) fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_millisecond())
}
