//! jifen's own path on PostgreSQL.

use anyhow::{Context, Result};
use jifen_bench::{hall, rows};
use jifen_core::{
    ledger::Subject,
    rollup::BoardPart,
    rule::SubjectKind,
    time::{Date, Grain},
};
use jifen_scratch::Cluster;
use jifen_server::writer::RegionWriter;
use jifen_store::{Access, BoardSubjects, Database, RegionRow};

use crate::design::{Design, Totals};

/// Days that any run may reach.
const DAYS: i32 = 400;

pub(crate) struct Jifen {
    writer: RegionWriter,
    database: Database,
    region: RegionRow,
}

impl Jifen {
    pub(crate) fn open(cluster: &Cluster) -> Result<Self> {
        let database = Database::open(&cluster.migrated()?, Access::Write { holder: "bench".to_owned() })?;
        let region = database.create_region("bench", [7; 32])?;
        let mut design = Self { writer: RegionWriter::open(&database, "bench")?, database, region };
        design.take(&rows::opening())?;
        Ok(design)
    }

    fn code(&self, actor: jifen_core::id::ActorId) -> Result<String> {
        let actors = self.database.actors(self.region.id, &[actor])?;
        Ok(actors.get(&actor).context("an actor without a code")?.code.clone())
    }
}

impl Design for Jifen {
    fn take(&mut self, batch: &[String]) -> Result<()> {
        hall::accepted(&self.writer.append(hall::arrivals(batch)?)?)
    }

    fn totals(&mut self) -> Result<Totals> {
        let mut totals = Totals::new();
        for index in 0..DAYS {
            let date = Date::parse("2026-01-01").context("date")?.plus(index);
            let parts = [BoardPart::Days { from: date, to: date, least: Grain::Day, most: Grain::Day }];
            for kind in [SubjectKind::Person, SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall] {
                let board = self.database.board(self.region.id, BoardSubjects::Kind(kind), &parts)?;
                for row in board.into_iter().filter(|row| row.rule == "service-time") {
                    let code = match &row.subject {
                        Subject::Person(actor) => self.code(*actor)?,
                        Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => code.clone(),
                    };
                    totals.insert((code, date.0), (row.rollup.posted().0, row.rollup.facts));
                }
            }
        }
        Ok(totals)
    }
}
