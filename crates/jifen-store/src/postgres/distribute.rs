//! Spreading a region's rows over the servers of a Citus cluster: what is said to the database is made from its own catalogue.
//!
//! A table whose every key begins with `region_id` is distributed by it, all of them side by side, so that a region lies on one
//! server and a commit stays there. The others are small and global and stay with the coordinator; they are not copied to every
//! server, because whoever adds a row to such a table needs the right to change all of them, which the server's role does not have.
//! Nothing but functions of the extension is used, and no statement of the store changes.
//!
//! What is said is one transaction, whether it is run here or printed: it holds the lock of the schema, so that neither a migration nor
//! a second distribution runs beside it. Tables that a later migration makes are distributed by that migration ([`spread_new`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Address,
    connection::{Connection, SCHEMA},
    migrate, session,
};
use crate::error::StoreError;

/// What others see.
const NAME: &str = "jifen db distribute";

/// Tables, each with the columns that its unique indexes begin with.
const TABLES: &str = "
    select
        pg_class.relname::text,
        coalesce(array_agg(attname::text) filter (where attname is not null), '{}')
    from pg_class
    join pg_namespace on pg_namespace.oid = pg_class.relnamespace
    left join pg_index on pg_index.indrelid = pg_class.oid and pg_index.indisunique
    left join pg_attribute on pg_attribute.attrelid = pg_class.oid and pg_attribute.attnum = pg_index.indkey[0]
    where nspname = $1
      and relkind = 'r'
      and relname <> 'refinery_schema_history'
    group by pg_class.relname";

/// Foreign keys: name, table, table referred to, and how it is said.
const REFERENCES: &str = "
    select conname::text, source.relname::text, target.relname::text, pg_get_constraintdef(pg_constraint.oid)
    from pg_constraint
    join pg_class source on source.oid = conrelid
    join pg_class target on target.oid = confrelid
    join pg_namespace on pg_namespace.oid = source.relnamespace
    where nspname = $1
      and contype = 'f'
    order by 2, 1";

const IS_INSTALLED: &str = "select exists (select from pg_extension where extname = 'citus')";

/// Tables that are distributed already.
const SPREAD: &str = "
    select pg_class.relname::text
    from pg_dist_partition
    join pg_class on pg_class.oid = logicalrelid
    join pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where nspname = $1
      and partmethod = 'h'";

/// The column that says whose a row is.
const BY: &str = "region_id";

/// Read beside the locks and nodes, which are the coordinator's: it stays there, too.
const OF_COORDINATOR: &str = "region_writer";

/// A foreign key.
struct Reference {
    name: String,
    from: String,
    to: String,
    definition: String,
}

/// The statements that distribute the tables of `address`, in order, from `begin` to `commit`; those done before are left out, and
/// where all are done there is nothing.
///
/// # Errors
/// A database that is not ours or not of this schema.
pub(crate) fn plan(address: &Address) -> Result<Vec<String>, StoreError> {
    let connection = Connection::open(address, NAME, None)?;
    migrate::check_whole(&connection, address)?;
    planned(&connection)
}

/// Distributes the tables, all of them or none; gives what was said, as [`plan`].
///
/// # Errors
/// As [`plan`]; a database without the extension, or that somebody writes or migrates; what the server refuses.
pub(crate) fn distribute(address: &Address) -> Result<Vec<String>, StoreError> {
    let connection = Connection::open(address, NAME, None)?;
    migrate::lock(&connection, address)?;
    migrate::check_whole(&connection, address)?;
    if !is_installed(&connection)? {
        return Err(unfit(
            address,
            "the extension `citus` is not in this database; put `citus` into the server's `shared_preload_libraries`, \
             let a superuser run `create extension citus` here and name the other servers with `citus_add_node`; \
             `--print` shows what would be run",
        ));
    }
    session::take(&connection, address, session::Lock::Whole)?;
    let statements = planned(&connection)?;
    say(&connection, &statements)?;
    Ok(statements)
}

/// Distributes what a migration has added to a database that is distributed; does nothing to any other.
///
/// # Errors
/// As [`distribute`].
pub(super) fn spread_new(connection: &Connection) -> Result<(), StoreError> {
    if spread(connection)?.is_empty() {
        return Ok(());
    }
    say(connection, &planned(connection)?)
}

/// Says one statement after the other: what the extension passes on to other servers is the text it was given, which must be one
/// statement. Where one fails, the connection is given up, and what came before it with it.
fn say(connection: &Connection, statements: &[String]) -> Result<(), StoreError> {
    statements.iter().try_for_each(|statement| connection.batch(statement))
}

fn is_installed(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.query_one(IS_INSTALLED, &[])?.get(0))
}

/// What [`SPREAD`] finds; nothing without the extension.
fn spread(connection: &Connection) -> Result<BTreeSet<String>, StoreError> {
    if !is_installed(connection)? {
        return Ok(BTreeSet::new());
    }
    Ok(connection.query(SPREAD, &[&SCHEMA])?.iter().map(|row| row.get(0)).collect())
}

fn planned(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let keys: BTreeMap<String, Vec<String>> =
        connection.query(TABLES, &[&SCHEMA])?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let references: Vec<Reference> = connection
        .query(REFERENCES, &[&SCHEMA])?
        .iter()
        .map(|row| Reference { name: row.get(0), from: row.get(1), to: row.get(2), definition: row.get(3) })
        .collect();
    let statements = statements(&keys, &references, &spread(connection)?);
    if statements.is_empty() {
        return Ok(statements);
    }
    let path = format!("set local search_path = {SCHEMA}");
    let begin = ["begin", migrate::LOCK_WITHIN, &path, "set local citus.multi_shard_modify_mode to 'sequential'"];
    Ok(begin.map(str::to_owned).into_iter().chain(statements).chain(["commit".to_owned()]).collect())
}

/// What to say.
fn statements(keys: &BTreeMap<String, Vec<String>>, references: &[Reference], done: &BTreeSet<String>) -> Vec<String> {
    let is_of_regions = |table: &str| {
        let is_by_region = |firsts: &Vec<String>| !firsts.is_empty() && firsts.iter().all(|first| first == BY);
        table != OF_COORDINATOR && keys.get(table).is_some_and(is_by_region)
    };
    // A table that others refer to cannot be distributed while they lie elsewhere: what they refer to each other by is said again
    // when all lie where they belong. What lies on one server cannot be held to rows on others; the program never lets them fall
    // apart.
    let apart: Vec<&Reference> = references
        .iter()
        .filter(|reference| !done.contains(&reference.from))
        .filter(|reference| is_of_regions(&reference.from) || is_of_regions(&reference.to))
        .collect();
    let drop = |of: &&Reference| format!("alter table {SCHEMA}.{} drop constraint {}", of.from, of.name);
    let mut statements: Vec<String> = apart.iter().map(drop).collect();
    let of_regions = || keys.keys().filter(|table| is_of_regions(table));
    // All lie side by side: beside one that is distributed already, or beside the first.
    let anchor = of_regions().find(|table| done.contains(*table)).or_else(|| of_regions().next());
    for table in of_regions().filter(|table| !done.contains(*table)) {
        let beside = anchor.filter(|anchor| *anchor != table);
        let beside = beside.map(|anchor| format!(", colocate_with => '{SCHEMA}.{anchor}'")).unwrap_or_default();
        statements.push(format!("select create_distributed_table('{SCHEMA}.{table}', '{BY}'{beside})"));
    }
    let again = apart.into_iter().filter(|of| is_of_regions(&of.from) && is_of_regions(&of.to));
    statements.extend(again.map(|Reference { name, from, definition, .. }| {
        format!("alter table {SCHEMA}.{from} add constraint {name} {definition}")
    }));
    statements
}

fn unfit(address: &Address, why: &str) -> StoreError {
    StoreError::Unfit { place: address.to_string(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(name: &str, from: &str, to: &str) -> Reference {
        let definition = format!("FOREIGN KEY (one) REFERENCES {to}(one)");
        Reference { name: name.to_owned(), from: from.to_owned(), to: to.to_owned(), definition }
    }

    fn keys(tables: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        tables.iter().map(|(table, firsts)| ((*table).to_owned(), own(firsts))).collect()
    }

    #[test]
    fn references_wait_until_all_is_distributed_and_what_is_done_is_left_out() {
        let keys =
            keys(&[("region", &["id", "code"]), ("account", &[BY]), ("a_grant", &[BY]), ("session", &["digest", BY])]);
        let references = [
            reference("grant_account", "a_grant", "account"),
            reference("account_region", "account", "region"),
            reference("session_account", "session", "account"),
        ];
        assert_eq!(
            statements(&keys, &references, &BTreeSet::new()),
            [
                "alter table jifen.a_grant drop constraint grant_account",
                "alter table jifen.account drop constraint account_region",
                "alter table jifen.session drop constraint session_account",
                "select create_distributed_table('jifen.a_grant', 'region_id')",
                "select create_distributed_table('jifen.account', 'region_id', colocate_with => 'jifen.a_grant')",
                "alter table jifen.a_grant add constraint grant_account FOREIGN KEY (one) REFERENCES account(one)",
            ]
        );
        let done = ["region", "account"].map(str::to_owned).into();
        assert_eq!(
            statements(&keys, &references[1..2], &done),
            ["select create_distributed_table('jifen.a_grant', 'region_id', colocate_with => 'jifen.account')"]
        );
        let all = keys.keys().cloned().collect();
        assert!(statements(&keys, &references[..2], &all).is_empty());
    }
}
