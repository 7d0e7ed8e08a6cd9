//! Ready to be distributed: every statement that the PostgreSQL suite asked names the region of every table it touches.
//!
//! In: files of statements that the clusters of the tests left. Out: the statements that do not, or that there were none.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::run::root;

/// Tables whose rows are a region's, by which all but the last are distributed. The others are global (ARCHITECTURE.md, invariant 4).
const OF_REGIONS: [&str; 23] = [
    "region_head",
    "journal_segment",
    "journal_key",
    "state",
    "ledger",
    "rollup",
    "measure",
    "projection",
    "vault",
    "vault_key",
    "vault_name",
    "actor_code",
    "announcement",
    "approval",
    "quarantine",
    "job",
    "account",
    "role_grant",
    "second_factor",
    "signing_secret",
    "recovery_code",
    "audit",
    "region_writer",
];
/// Statements of the suite that must have been seen for the verdict to mean anything.
const STATEMENTS_MIN: usize = 60;
/// How long clusters may take to write theirs down.
const PATIENCE: Duration = Duration::from_secs(60);

/// An empty folder for clusters to write to, whoever they run as.
pub(crate) fn folder() -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let folder = root().join("target/statements");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    Ok(folder)
}

/// Checks what the clusters wrote.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let mut statements = BTreeSet::new();
    let deadline = Instant::now() + PATIENCE;
    for entry in fs::read_dir(folder)? {
        let started = entry?.path();
        if started.extension().is_none_or(|extension| extension != "started") {
            continue;
        }
        let written = started.with_extension("jsonl");
        while !written.exists() {
            if Instant::now() > deadline {
                bail!("{} was not written", written.display());
            }
            thread::sleep(Duration::from_millis(100));
        }
        for line in fs::read_to_string(&written)?.lines().filter(|line| !line.is_empty()) {
            let row: serde_json::Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            statements.insert(plain(row["query"].as_str().unwrap_or_default()));
        }
    }
    let touching: Vec<&String> = statements.iter().filter(|statement| touched(statement) > 0).collect();
    eprintln!("{} statements, {} of them on tables of regions", statements.len(), touching.len());
    if touching.len() < STATEMENTS_MIN {
        bail!("only {} statements were seen: the suite did not run, or was not watched", touching.len());
    }
    let faults: Vec<&String> = touching.into_iter().filter(|statement| named(statement) < touched(statement)).collect();
    if !faults.is_empty() {
        let listed: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
        bail!("{} statements do not name the region of every table they touch:\n{}", faults.len(), listed.join("\n"));
    }
    Ok(())
}

/// On one line, without quotes around names.
fn plain(statement: &str) -> String {
    let words: Vec<String> = statement.replace('"', "").to_lowercase().split_whitespace().map(str::to_owned).collect();
    words.join(" ").replace("( ", "(").replace("jifen.", "")
}

/// How often it touches a table of regions.
fn touched(statement: &str) -> usize {
    let words: Vec<&str> = statement.split([' ', '(', ')', ',', ';']).filter(|word| !word.is_empty()).collect();
    let is_touch = |pair: &&[&str]| {
        ["from", "join", "into", "update", "copy", "using"].contains(&pair[0]) && OF_REGIONS.contains(&pair[1])
    };
    words.windows(2).filter(is_touch).count()
}

/// How often it says which region: a filter, a join, or the first column of what it writes.
fn named(statement: &str) -> usize {
    let filters = statement.matches("region_id = ").count();
    // `(region_id, kind, id) = (select …)`
    let compared = statement
        .split("(region_id, ")
        .skip(1)
        .filter(|rest| rest.split_once(')').is_some_and(|(_, after)| after.starts_with(" = ")));
    let writes = |verb: &str| {
        let written = statement.split(verb).skip(1);
        written
            .filter(|rest| rest.split_once(' ').is_some_and(|(_, columns)| columns.starts_with("(region_id")))
            .count()
    };
    filters + compared.count() + writes("insert into ") + writes("copy ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sound(statement: &str) -> bool {
        let statement = plain(statement);
        named(&statement) >= touched(&statement)
    }

    #[test]
    fn statements_that_forget_a_region_are_seen() {
        for sound in [
            "select position from ledger where region_id = $1 and position = $2",
            "select 1 from vault join actor_code on actor_code.region_id = vault.region_id where vault.region_id = $1",
            "insert into \"ledger\" (region_id, position)\n select $1, position from unnest($2::bigint[]) as new (position)",
            "update job set holder = $3 where (region_id, kind, id) = (select region_id, kind, id from job where region_id = $1)",
            "copy state (\"region_id\", kind) from stdin binary",
            "declare x cursor for select key from state where region_id = 7",
            "select id from region order by id",
            "delete from state using unnest($2::smallint[]) as gone (kind) where state.region_id = $1",
        ] {
            assert!(is_sound(sound), "{sound}");
        }
        for forgetful in [
            "select position from ledger where position = $1",
            "select 1 from vault join actor_code on actor_code.plain = vault.actor where vault.region_id = $1",
            "insert into ledger (position, region_id) values ($1, $2)",
            "update job set holder = $3 where (region_id, kind, id) = (select region_id, kind, id from job)",
            "delete from state",
        ] {
            assert!(!is_sound(forgetful), "{forgetful}");
        }
    }
}
