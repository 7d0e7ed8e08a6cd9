//! `jifen person`: what is kept of somebody, on the command line.

use jifen_server::{
    privacy::{FORGET, ForgetError, forget},
    writer::restore_region,
};

use super::open;
use crate::{failure::Failure, output};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 遗忘人员 / destroys the key of a person's name, telephone number and remarks; entries and code stay, and it cannot be undone
    Forget {
        /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
        #[arg(long)]
        db: String,
        /// Region code
        #[arg(long)]
        region: String,
        /// The person's code
        #[arg(long)]
        person: String,
        /// Why, for the audit trail
        #[arg(long)]
        reason: String,
    },
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    let What::Forget { db, region, person, reason } = what;
    if reason.trim().is_empty() {
        return Err(Failure::Usage("say why with --reason: the trail keeps it".to_owned()));
    }
    let database = open::to_write(db, "person forget")?;
    let row = open::region_row(&database, region)?;
    let organisation = restore_region(&database, &row)?;
    let mut entry = open::entry(&row, FORGET, person);
    entry.reason = reason.trim().to_owned();
    let forgotten = match forget(&database, &row, &organisation, person, &entry) {
        Ok(forgotten) => forgotten,
        Err(ForgetError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(Failure::Usage(error.to_string())),
    };
    database.close()?;
    output::line(if forgotten {
        "已遗忘；以前的备份里还有，到期删除 / forgotten; backups made before still hold it until they are deleted"
    } else {
        "没有可遗忘的内容 / there was nothing to forget"
    })
}
