//! The vault: personal texts, and the codes behind the journal's hashes of actors.

use std::collections::BTreeMap;

use jifen_core::id::{ActorId, ActorRef};
use tokio_postgres::Row;

use super::{connection::Connection, text};
use crate::{
    code,
    error::StoreError,
    row::{ActorRow, PersonalRow, RegionId},
};

/// Characters of a name that its index holds.
const INDEXED_CHARACTERS: usize = 64;

/// A record's texts. Primary key.
const PERSONAL: &str = "
    select position, member, actor, salt, text
    from vault
    where region_id = $1
      and position = $2
    order by member";

/// By the hash of (source, code), else by the hash of the code alone, of several sources the first; with the newest name. A seek each
/// in the primary key, `actor_code_by_plain` and `vault_by_actor`.
const ACTORS: &str = "
    select wanted.id, found.source, found.code, (
        select vault.text
        from vault
        where vault.region_id = $1
          and vault.actor = found.plain
        order by vault.position desc
        limit 1
    )
    from unnest($2::bytea[]) as wanted (id)
    cross join lateral (
        (
            select source, code, plain, 0 as turn
            from actor_code
            where region_id = $1
              and sourced = wanted.id
        )
        union all
        (
            select source, code, plain, 1
            from actor_code
            where region_id = $1
              and plain = wanted.id
            order by source
            limit 1
        )
        order by turn
        limit 1
    ) as found";

/// By code. `actor_code_by_code`.
const BY_CODE: &str = "
    select sourced, plain
    from actor_code
    where region_id = $1
      and code = $2
    order by source";

/// By the beginning of a code. `actor_code_by_code`.
const BY_CODE_BEGINNING: &str = "
    select sourced, plain
    from actor_code
    where region_id = $1
      and code >= $2
      and code < $3
    order by code, source
    limit $4";

/// By the beginning of a name. `vault_by_name`, which holds the names' beginnings, then `actor_code_by_plain`.
const BY_NAME_BEGINNING: &str = "
    select actor_code.sourced, actor_code.plain
    from vault
    join actor_code on actor_code.region_id = vault.region_id and actor_code.plain = vault.actor
    where vault.region_id = $1
      and vault.actor is not null
      and substr(vault.text, 1, 64) >= $2
      and substr(vault.text, 1, 64) < $3
      and vault.text >= $4
      and vault.text < $5
    order by vault.text, vault.actor, actor_code.source
    limit $6";

pub(crate) fn personal(
    connection: &Connection,
    region: RegionId,
    position: u64,
) -> Result<Vec<PersonalRow>, StoreError> {
    let rows = connection.query(PERSONAL, &[&region.0, &code::position(position)])?;
    let parse = |row: &Row| {
        Ok(PersonalRow {
            position: code::parse_position(row.get(0))?,
            member: text::read(row.get(1)),
            actor: row.get::<_, Option<&[u8]>>(2).map(code::actor).transpose()?,
            salt: code::sixteen(row.get(3))?,
            text: text::read(row.get(4)),
        })
    };
    rows.iter().map(parse).collect()
}

pub(crate) fn actors(
    connection: &Connection,
    region: RegionId,
    ids: &[ActorId],
) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
    let wanted: Vec<&[u8]> = ids.iter().map(|id| &id.0[..]).collect();
    let rows = connection.query(ACTORS, &[&region.0, &wanted])?;
    let parse = |row: &Row| {
        let name: Option<String> = row.get(3);
        let actor =
            ActorRow { source: text::read(row.get(1)), code: text::read(row.get(2)), name: name.map(text::read) };
        Ok((code::actor(row.get(0))?, actor))
    };
    rows.iter().map(parse).collect()
}

pub(crate) fn actors_by_code(
    connection: &Connection,
    region: RegionId,
    code: &str,
) -> Result<Vec<ActorRef>, StoreError> {
    connection.query(BY_CODE, &[&region.0, &text::stored(code)])?.iter().map(parse_reference).collect()
}

/// Those found by code come first.
pub(crate) fn actors_beginning(
    connection: &Connection,
    region: RegionId,
    beginning: &str,
    limit: usize,
) -> Result<Vec<ActorRef>, StoreError> {
    // No character comes after the last one.
    let end = |beginning: &str| format!("{beginning}{}", char::MAX);
    let (from, limit) = (text::stored(beginning), code::limit(limit));
    let to = end(&from);
    let indexed: String = from.chars().take(INDEXED_CHARACTERS).collect();
    // What is cut off may equal the beginning itself.
    let indexed_to = end(&indexed);
    let mut rows = connection.query(BY_CODE_BEGINNING, &[&region.0, &from, &to, &limit])?;
    rows.extend(connection.query(BY_NAME_BEGINNING, &[&region.0, &indexed, &indexed_to, &from, &to, &limit])?);
    rows.iter().map(parse_reference).collect()
}

fn parse_reference(row: &Row) -> Result<ActorRef, StoreError> {
    Ok(ActorRef { sourced: code::actor(row.get(0))?, plain: code::actor(row.get(1))? })
}
