//! The vault: personal texts, and the codes behind the journal's hashes of actors.

use std::collections::BTreeMap;

use jifen_core::id::{ActorId, ActorRef};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    code,
    error::StoreError,
    row::{ActorRow, PersonalRow, RegionId},
};

const INSERT: &str = "
    insert into vault (region_id, position, member, actor, salt, text)
    values ($1, $2, $3, $4, $5, $6)";

const INSERT_CODE: &str = "
    insert or ignore into actor_code (region_id, sourced, plain, source, code)
    values ($1, $2, $3, $4, $5)";

/// A record's texts. Primary key.
const PERSONAL: &str = "
    select position, member, actor, salt, text
    from vault
    where region_id = $1
      and position = $2
    order by member
    limit -1";

/// Newest name of a person. `vault_by_actor`, backwards.
const NAME: &str = "
    select text
    from vault
    where region_id = $1
      and actor = $2
    order by position desc
    limit 1";

/// By the hash of (source, code). Primary key.
const BY_SOURCED: &str = "
    select source, code, plain
    from actor_code
    where region_id = $1
      and sourced = $2";

/// By the hash of the code alone; of several sources the first. `actor_code_by_plain`.
const BY_PLAIN: &str = "
    select source, code, plain
    from actor_code
    where region_id = $1
      and plain = $2
    order by source
    limit 1";

/// By code. `actor_code_by_code`.
const BY_CODE: &str = "
    select sourced, plain
    from actor_code
    where region_id = $1
      and code = $2
    order by source
    limit -1";

/// By the beginning of a code. `actor_code_by_code`.
const BY_CODE_BEGINNING: &str = "
    select sourced, plain
    from actor_code
    where region_id = $1
      and code >= $2
      and code < $3
    order by code, source
    limit $4";

/// By the beginning of a name. `vault_by_name`, then `actor_code_by_plain`.
const BY_NAME_BEGINNING: &str = "
    select actor_code.sourced, actor_code.plain
    from vault
    join actor_code on actor_code.region_id = vault.region_id and actor_code.plain = vault.actor
    where vault.region_id = $1
      and vault.actor is not null
      and vault.text >= $2
      and vault.text < $3
    order by vault.text, vault.actor, actor_code.source
    limit $4";

pub(crate) fn append(
    connection: &Connection,
    region: RegionId,
    personal: &[PersonalRow],
    actors: &[(ActorRef, String, String)],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT)?;
    for row in personal {
        let actor = row.actor.map(|actor| actor.0);
        insert.execute((region.0, code::position(row.position), &row.member, actor, row.salt, &row.text))?;
    }
    // A batch names the same few actors again and again.
    let distinct: BTreeMap<ActorId, _> = actors.iter().map(|row| (row.0.sourced, row)).collect();
    let mut insert = connection.prepare_cached(INSERT_CODE)?;
    for (actor, source, code) in distinct.into_values() {
        insert.execute((region.0, actor.sourced.0, actor.plain.0, source, code))?;
    }
    Ok(())
}

pub(crate) fn personal(
    connection: &Connection,
    region: RegionId,
    position: u64,
) -> Result<Vec<PersonalRow>, StoreError> {
    let mut statement = connection.prepare_cached(PERSONAL)?;
    let mut rows = statement.query((region.0, code::position(position)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let actor: Option<Vec<u8>> = row.get(2)?;
        found.push(PersonalRow {
            position: code::parse_position(row.get(0)?)?,
            member: row.get(1)?,
            actor: actor.map(|actor| code::actor(&actor)).transpose()?,
            salt: row.get(3)?,
            text: row.get(4)?,
        });
    }
    Ok(found)
}

pub(crate) fn actors(
    connection: &Connection,
    region: RegionId,
    ids: &[ActorId],
) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
    let mut by_sourced = connection.prepare_cached(BY_SOURCED)?;
    let mut by_plain = connection.prepare_cached(BY_PLAIN)?;
    let mut name = connection.prepare_cached(NAME)?;
    let parse = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, [u8; 16]>(2)?));
    let mut found = BTreeMap::new();
    for id in ids {
        let row = match by_sourced.query_row((region.0, id.0), parse).optional()? {
            Some(row) => Some(row),
            None => by_plain.query_row((region.0, id.0), parse).optional()?,
        };
        let Some((source, code, plain)) = row else { continue };
        let name = name.query_row((region.0, plain), |row| row.get(0)).optional()?;
        found.insert(*id, ActorRow { source, code, name });
    }
    Ok(found)
}

pub(crate) fn actors_by_code(
    connection: &Connection,
    region: RegionId,
    code: &str,
) -> Result<Vec<ActorRef>, StoreError> {
    let mut by_code = connection.prepare_cached(BY_CODE)?;
    let rows = by_code.query_map((region.0, code), |row| {
        Ok(ActorRef { sourced: ActorId(row.get(0)?), plain: ActorId(row.get(1)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those found by code come first.
pub(crate) fn actors_beginning(
    connection: &Connection,
    region: RegionId,
    beginning: &str,
    limit: usize,
) -> Result<Vec<ActorRef>, StoreError> {
    // No character comes after the last one.
    let end = format!("{beginning}{}", char::MAX);
    let mut found = Vec::new();
    for statement in [BY_CODE_BEGINNING, BY_NAME_BEGINNING] {
        let mut statement = connection.prepare_cached(statement)?;
        let rows = statement.query_map((region.0, beginning, &end, code::limit(limit)), |row| {
            Ok(ActorRef { sourced: ActorId(row.get(0)?), plain: ActorId(row.get(1)?) })
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}
