//! `jifen key add`: a bearer key for a source or a person, shown once.

use jifen_server::auth::{GrantFault, HolderKind, Key, Role, key_fault, role_words};
use jifen_store::KeyRow;

use super::open;
use crate::{failure::Failure, output};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 新增密钥 / adds a key and prints it once, alone on standard output
    Add {
        /// Database, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
        #[arg(long)]
        db: String,
        /// Region code
        #[arg(long)]
        region: String,
        /// Name, unique in the region: of the system or person it is for
        #[arg(long)]
        name: String,
        /// source, screen, staff, manager or administrator
        #[arg(long, value_parser = role)]
        role: Role,
        /// Types (or their beginnings, `jifen.queue.`) a source may send, separated by commas; all a source may unless given
        #[arg(long, value_delimiter = ',')]
        types: Vec<String>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| format!("write one of {}", role_words(HolderKind::Key)))
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Add { db, region, name, role, types } => {
            usage(key_fault(name, *role, types))?;
            let database = open::to_write(db, "key add")?;
            let row = open::region_row(&database, region)?;
            let key = Key::generate().map_err(|error| Failure::Storage(error.to_string()))?;
            let entry = open::entry(&row, "key.issue", &format!("{name} {}", role.name()));
            database.auditing(&entry).add_key(&KeyRow {
                region: row.id,
                name: name.clone(),
                role: role.name().to_owned(),
                types: types.clone(),
                digest: key.digest(),
                created: open::now(),
            })?;
            database.close()?;
            output::line(&key.reveal())
        }
    }
}

/// What is wrong with the options.
pub(super) fn usage(fault: Option<GrantFault>) -> Result<(), Failure> {
    fault.map_or(Ok(()), |GrantFault { member, reason }| Err(Failure::Usage(format!("--{member}: {reason}"))))
}
