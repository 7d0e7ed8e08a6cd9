//! Secrets by which systems sign what they send. How a signature is made, and how long one is good for, is decided elsewhere.

use jifen_core::time::Instant;
use tokio_postgres::Row;

use super::{Store, connection::Connection, region, text};
use crate::{
    audit::AuditRow,
    error::StoreError,
    row::{RegionId, SecretRow},
};

/// Primary key.
const OF_NAME: &str = "
    select region_id, name, number, types, secret, created
    from signing_secret
    where region_id = $1
      and name = $2
    order by number";

/// Primary key.
const ALL: &str = "
    select region_id, name, number, types, secret, created
    from signing_secret
    where region_id = $1
    order by name, number";

const ADD: &str = "
    insert into signing_secret (region_id, name, number, types, secret, created)
    values ($1, $2, $3, $4, $5, $6)";

const REMOVE: &str = "
    delete from signing_secret
    where region_id = $1
      and name = $2
      and number = $3";

pub(crate) fn of_name(connection: &Connection, region: RegionId, name: &str) -> Result<Vec<SecretRow>, StoreError> {
    connection.query(OF_NAME, &[&region.0, &text::stored(name)])?.iter().map(parse).collect()
}

/// Within a transaction: adds a secret to a name of which `alive` are there; gives its number. `None`: there are more or fewer.
pub(crate) fn add(connection: &Connection, row: &SecretRow, alive: usize) -> Result<Option<u64>, StoreError> {
    region::head(connection, row.region)?;
    let there = of_name(connection, row.region, &row.name)?;
    if there.len() != alive {
        return Ok(None);
    }
    if region::has_key(connection, row.region, &row.name)? {
        return Err(StoreError::KeyTaken(row.name.clone()));
    }
    let number = there.last().map_or(0, |last| last.number) + 1;
    let types = row.types.join("\n");
    let (name, types) = (text::stored(&row.name), text::stored(&types));
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&row.region.0, &name, &number.cast_signed(), &types, &&row.secret[..], &row.created.0];
    connection.execute(ADD, &values)?;
    Ok(Some(number))
}

impl Store {
    pub(crate) fn signing_secrets_of(&self, region: RegionId, name: &str) -> Result<Vec<SecretRow>, StoreError> {
        self.read(|connection| of_name(connection, region, name))
    }

    pub(crate) fn signing_secrets(&self, region: RegionId) -> Result<Vec<SecretRow>, StoreError> {
        self.read(|connection| connection.query(ALL, &[&region.0])?.iter().map(parse).collect())
    }

    pub(crate) fn add_signing_secret(
        &self,
        row: &SecretRow,
        alive: usize,
        audit: Option<&AuditRow>,
    ) -> Result<Option<u64>, StoreError> {
        self.write_told(audit, Option::is_some, |connection| add(connection, row, alive))
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
            |connection| Ok(connection.execute(REMOVE, &[&region.0, &text::stored(name), &number.cast_signed()])? > 0),
        )
    }
}

fn parse(row: &Row) -> Result<SecretRow, StoreError> {
    let (number, secret): (i64, &[u8]) = (row.get(2), row.get(4));
    let wrong = |_| StoreError::Corrupt("a secret of signatures".to_owned());
    Ok(SecretRow {
        region: RegionId(row.get(0)),
        name: text::read(row.get(1)),
        number: number.cast_unsigned(),
        types: text::read(row.get(3)).lines().map(str::to_owned).collect(),
        secret: secret.try_into().map_err(wrong)?,
        created: Instant(row.get(5)),
    })
}
