//! jifen's own path: JSON → admitted events → journal, facts, entries, rollups, in one durable transaction.

use anyhow::{Context, Result};
use jifen_bench::{hall, rows};
use jifen_core::{
    ledger::Subject,
    rollup::BoardPart,
    rule::SubjectKind,
    time::{Date, Grain},
};
use jifen_server::writer::RegionWriter;
use jifen_store::{Access, BoardSubjects, Database, RegionRow};

use crate::design::{Design, Totals};

pub(crate) struct Jifen {
    writer: RegionWriter,
    database: Database,
    region: RegionRow,
    _folder: tempfile::TempDir,
}

impl Jifen {
    pub(crate) fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        let database = Database::open(&url, Access::Write { holder: "bench".to_owned() })?;
        let region = database.create_region("bench", [7; 32])?;
        let mut design = Self { writer: RegionWriter::open(&database, "bench")?, database, region, _folder: folder };
        design.take(&rows::opening())?;
        Ok(design)
    }
}

impl Design for Jifen {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        hall::accepted(&self.writer.append(hall::arrivals(batch)?)?)
    }

    fn totals(&mut self) -> Result<Totals> {
        let mut totals = Totals::new();
        for index in 0..rows_days() {
            let date = Date::parse("2026-01-01").context("date")?.plus(index);
            let parts = [BoardPart::Days { from: date, to: date, least: Grain::Day, most: Grain::Day }];
            for kind in [SubjectKind::Person, SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall] {
                for row in self.database.board(self.region.id, BoardSubjects::Kind(kind), &parts)? {
                    if row.rule == "service-time" {
                        let code = match &row.subject {
                            Subject::Person(actor) => self.code(*actor)?,
                            Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => code.clone(),
                        };
                        totals.insert((code, date.0), (row.rollup.posted().0, row.rollup.facts));
                    }
                }
            }
        }
        Ok(totals)
    }
}

/// Days that any run may reach.
fn rows_days() -> i32 {
    400
}

impl Jifen {
    fn code(&self, actor: jifen_core::id::ActorId) -> Result<String> {
        let actors = self.database.actors(self.region.id, &[actor])?;
        Ok(actors.get(&actor).context("an actor without a code")?.code.clone())
    }
}
