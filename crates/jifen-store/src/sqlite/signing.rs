//! Secrets by which systems sign what they send. How a signature is made, and how long one is good for, is decided elsewhere.

use jifen_core::time::Instant;
use rusqlite::{Connection, Row};

use crate::{
    audit::AuditRow,
    error::StoreError,
    row::{RegionId, SecretRow},
    sqlite::{Store, region},
};

/// Primary key.
const OF_NAME: &str = "
    select region_id, name, number, types, secret, created
    from signing_secret
    where region_id = ?1
      and name = ?2
    order by number
    limit -1";

/// Primary key.
const ALL: &str = "
    select region_id, name, number, types, secret, created
    from signing_secret
    where region_id = ?1
    order by name, number
    limit -1";

const ADD: &str = "
    insert into signing_secret (region_id, name, number, types, secret, created)
    values (?1, ?2, ?3, ?4, ?5, ?6)";

const REMOVE: &str = "
    delete from signing_secret
    where region_id = ?1
      and name = ?2
      and number = ?3";

pub(crate) fn of_name(connection: &Connection, region: RegionId, name: &str) -> Result<Vec<SecretRow>, StoreError> {
    let mut statement = connection.prepare_cached(OF_NAME)?;
    let rows = statement.query_map((region.0, name), parse)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Within a transaction: adds a secret to a name of which `alive` are there; gives its number. `None`: there are more or fewer.
pub(crate) fn add(transaction: &Connection, row: &SecretRow, alive: usize) -> Result<Option<u64>, StoreError> {
    region::head(transaction, row.region)?;
    let there = of_name(transaction, row.region, &row.name)?;
    if there.len() != alive {
        return Ok(None);
    }
    if region::has_key(transaction, row.region, &row.name)? {
        return Err(StoreError::KeyTaken(row.name.clone()));
    }
    let number = there.last().map_or(0, |last| last.number) + 1;
    let types = row.types.join("\n");
    let values = (row.region.0, &row.name, number.cast_signed(), types, row.secret, row.created.0);
    transaction.execute(ADD, values)?;
    Ok(Some(number))
}

impl Store {
    pub(crate) fn signing_secrets_of(&self, region: RegionId, name: &str) -> Result<Vec<SecretRow>, StoreError> {
        self.read(|connection| of_name(connection, region, name))
    }

    pub(crate) fn signing_secrets(&self, region: RegionId) -> Result<Vec<SecretRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(ALL)?;
            let rows = statement.query_map([region.0], parse)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub(crate) fn add_signing_secret(
        &self,
        row: &SecretRow,
        alive: usize,
        audit: Option<&AuditRow>,
    ) -> Result<Option<u64>, StoreError> {
        self.write_told(audit, Option::is_some, |transaction| add(transaction, row, alive))
    }

    pub(crate) fn remove_signing_secret(
        &self,
        region: RegionId,
        name: &str,
        number: u64,
        audit: Option<&AuditRow>,
    ) -> Result<bool, StoreError> {
        self.write_told(
            audit,
            |done| *done,
            |transaction| Ok(transaction.execute(REMOVE, (region.0, name, number.cast_signed()))? > 0),
        )
    }
}

fn parse(row: &Row<'_>) -> rusqlite::Result<SecretRow> {
    let (number, types): (i64, String) = (row.get(2)?, row.get(3)?);
    Ok(SecretRow {
        region: RegionId(row.get(0)?),
        name: row.get(1)?,
        number: number.cast_unsigned(),
        types: types.lines().map(str::to_owned).collect(),
        secret: row.get(4)?,
        created: Instant(row.get(5)?),
    })
}
