//! `jifen key add`: a bearer key for a source or a person, shown once.

use jifen_core::event::TYPES;
use jifen_server::auth::{Key, Role};
use jifen_store::KeyRow;

use super::open;
use crate::{failure::Failure, output};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// 新增密钥 / adds a key and prints it once, alone on standard output
    Add {
        /// Database, `sqlite:PATH`
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
    // A clerk has an account, which names the person.
    Role::parse(text)
        .filter(|role| *role != Role::Clerk)
        .ok_or_else(|| "write `source`, `screen`, `staff`, `manager` or `administrator`".to_owned())
}

pub(crate) fn run(what: &What) -> Result<(), Failure> {
    match what {
        What::Add { db, region, name, role, types } => {
            check(name, *role, types)?;
            let database = open::to_write(db, "key add")?;
            let row = open::region_row(&database, region)?;
            let key = Key::generate().map_err(|error| Failure::Storage(error.to_string()))?;
            database.add_key(&KeyRow {
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

fn check(name: &str, role: Role, types: &[String]) -> Result<(), Failure> {
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(Failure::Usage("--name: 1 to 64 characters".to_owned()));
    }
    if !types.is_empty() && role != Role::Source {
        return Err(Failure::Usage("--types: only a source's key has types".to_owned()));
    }
    let known = |prefix: &String| TYPES.iter().any(|spec| spec.name.starts_with(prefix.as_str()));
    match types.iter().find(|prefix| !known(prefix)) {
        Some(unknown) => {
            Err(Failure::Usage(format!("--types: no event type begins with `{unknown}`; see docs/events.md")))
        }
        None => Ok(()),
    }
}
