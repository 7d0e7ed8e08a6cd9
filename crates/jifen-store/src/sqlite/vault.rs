//! The vault: personal texts, sealed, and the codes behind the journal's hashes of actors.

use std::{collections::BTreeMap, ops::Range};

use jifen_core::{
    event::member,
    id::{ActorId, ActorRef},
    time::Instant,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior};

use super::{Store, quarantine};
use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{ActorRow, PersonalRow, RegionId},
    vault::{self, Master, SealedBody, SealedText, Vault},
};

const INSERT: &str = "
    insert into vault (region_id, position, member, actor, holder, sealed)
    values ($1, $2, $3, $4, $5, $6)";

const INSERT_KEY: &str = "
    insert into vault_key (region_id, holder, wrapped)
    values ($1, $2, $3)";

const INSERT_NAME: &str = "
    insert or ignore into vault_name (region_id, beginning, position)
    values ($1, $2, $3)";

const INSERT_CODE: &str = "
    insert or ignore into actor_code (region_id, sourced, plain, source, code)
    values ($1, $2, $3, $4, $5)";

/// Primary key.
const KEY: &str = "
    select wrapped
    from vault_key
    where region_id = $1
      and holder = $2";

/// Whether any region has a proof of the master. Primary keys.
const IS_PROVED: &str = "
    select exists (
        select 1
        from region
        join vault_key on vault_key.region_id = region.id and vault_key.holder = $1
    )";

/// A record's texts, with their keys where those are still there. Primary keys.
const PERSONAL: &str = "
    select vault.position, vault.member, vault.actor, vault.holder, vault.sealed, vault_key.wrapped
    from vault
    left join vault_key on vault_key.region_id = vault.region_id and vault_key.holder = vault.holder
    where vault.region_id = $1
      and vault.position = $2
    order by vault.member
    limit -1";

/// Newest text of a kind of a person, with its key where that is still there. `vault_by_actor`, backwards.
const NEWEST: &str = "
    select vault.position, vault.member, vault.actor, vault.holder, vault.sealed, vault_key.wrapped
    from vault
    left join vault_key on vault_key.region_id = vault.region_id and vault_key.holder = vault.holder
    where vault.region_id = $1
      and vault.actor = $2
      and vault.member = $3
    order by vault.position desc
    limit 1";

/// Primary key.
const FORGET: &str = "
    delete from vault_key
    where region_id = $1
      and holder = $2";

/// Primary key.
const FORGET_NAME: &str = "
    delete from vault_name
    where region_id = $1
      and beginning = $2
      and position = $3";

/// Keys of texts of a member that are nobody's whom the journal knows, of a span of records. Primary key.
const FORGET_TEXTS: &str = "
    delete from vault_key
    where region_id = ?1
      and holder in (
        select holder
        from vault_key
        where region_id = ?1
          and holder >= ?2
          and holder < ?3
          and substr(holder, ?4) = ?5
        order by holder
        limit ?6
    )";

/// Texts that an earlier program left as they were, of some records. Primary key.
const PLAIN: &str = "
    select
        position, member, salt, text,
        coalesce(actor, (
            select name.actor
            from vault_plain as name
            where name.region_id = plain.region_id
              and name.position = plain.position
              and name.member = ?2
        ))
    from vault_plain as plain
    where region_id = ?1
      and position in (select distinct position from vault_plain where region_id = ?1 order by position limit ?3)
    order by position, member
    limit -1";

const PLAIN_GONE: &str = "
    delete from vault_plain
    where region_id = $1
      and position <= $2";

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

/// By the hash of a name's beginning. `vault_name`, `vault`, then `actor_code_by_plain`.
const BY_NAME_BEGINNING: &str = "
    select actor_code.sourced, actor_code.plain
    from vault_name
    join vault on vault.region_id = vault_name.region_id and vault.position = vault_name.position and vault.member = ?3
    join actor_code on actor_code.region_id = vault.region_id and actor_code.plain = vault.actor
    where vault_name.region_id = ?1
      and vault_name.beginning = ?2
    order by vault_name.position, actor_code.source
    limit ?4";

/// All texts of a person, with their key where that is still there. `vault_by_actor`.
const OF_PERSON: &str = "
    select vault.position, vault.member, vault.actor, vault.holder, vault.sealed, vault_key.wrapped
    from vault
    left join vault_key on vault_key.region_id = vault.region_id and vault_key.holder = vault.holder
    where vault.region_id = $1
      and vault.actor = $2
    order by vault.member, vault.position
    limit -1";

/// The master, proved; a region that has no proof is given one.
pub(crate) fn master<'a>(
    connection: &Connection,
    region: RegionId,
    vault: &'a Vault,
) -> Result<&'a Master, StoreError> {
    if let Some(master) = proved(connection, region, vault)? {
        return Ok(master);
    }
    let is_proved: bool = connection.prepare_cached(IS_PROVED)?.query_row([vault::proof_holder()], |row| row.get(0))?;
    let proof = vault.first_proof(region, !is_proved)?;
    connection.prepare_cached(INSERT_KEY)?.execute((region.0, vault::proof_holder(), proof))?;
    vault.load()
}

/// The master, proved, where the region has a proof of it.
pub(crate) fn proved<'a>(
    connection: &Connection,
    region: RegionId,
    vault: &'a Vault,
) -> Result<Option<&'a Master>, StoreError> {
    match vault.proved(region) {
        Some(master) => Ok(Some(master)),
        None => key(connection, region, &vault::proof_holder())?.map(|proof| vault.prove(region, &proof)).transpose(),
    }
}

fn key(connection: &Connection, region: RegionId, holder: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(connection.prepare_cached(KEY)?.query_row((region.0, holder), |row| row.get(0)).optional()?)
}

/// Keeps the key of a refused event's body; a copy cut earlier may have one of an event that it no longer has.
pub(crate) fn replace_key(connection: &Connection, region: RegionId, body: &SealedBody) -> Result<(), StoreError> {
    destroy(connection, region, &body.holder)?;
    connection.prepare_cached(INSERT_KEY)?.execute((region.0, &body.holder, &body.wrapped))?;
    Ok(())
}

/// Deletes a key; says whether it was there.
pub(crate) fn destroy(connection: &Connection, region: RegionId, holder: &[u8]) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(FORGET)?.execute((region.0, holder))? > 0)
}

/// The body of a refused event by its number and what is stored, as long as its key is there.
pub(crate) fn body(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    (number, sealed): (i64, &[u8]),
) -> Result<Option<String>, StoreError> {
    let Some(wrapped) = key(connection, region, &vault::body_holder(number))? else { return Ok(None) };
    let master = proved(connection, region, vault)?.ok_or_else(vault::unproved)?;
    vault::open_body(master, region, number, sealed, &wrapped).map(Some)
}

pub(crate) fn append(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    personal: &[PersonalRow],
    actors: &[(ActorRef, String, String)],
) -> Result<(), StoreError> {
    if !personal.is_empty() {
        keep(connection, region, master(connection, region, vault)?, personal)?;
    }
    // A batch names the same few actors again and again.
    let distinct: BTreeMap<ActorId, _> = actors.iter().map(|row| (row.0.sourced, row)).collect();
    let mut insert = connection.prepare_cached(INSERT_CODE)?;
    for (actor, source, code) in distinct.into_values() {
        insert.execute((region.0, actor.sourced.0, actor.plain.0, source, code))?;
    }
    Ok(())
}

fn keep(
    connection: &Connection,
    region: RegionId,
    master: &Master,
    personal: &[PersonalRow],
) -> Result<(), StoreError> {
    let mut there = BTreeMap::new();
    for holder in vault::people(personal) {
        if let Some(wrapped) = key(connection, region, &holder)? {
            there.insert(holder, wrapped);
        }
    }
    let sealed = vault::seal(master, region, personal, &there)?;
    let mut insert = connection.prepare_cached(INSERT_KEY)?;
    for (holder, wrapped) in &sealed.keys {
        insert.execute((region.0, holder, wrapped))?;
    }
    let mut insert = connection.prepare_cached(INSERT)?;
    for text in &sealed.texts {
        let actor = text.actor.map(|actor| actor.0);
        insert.execute((region.0, text.position, &text.member, actor, &text.holder, &text.bytes))?;
    }
    let mut insert = connection.prepare_cached(INSERT_NAME)?;
    for (beginning, position) in &sealed.names {
        insert.execute((region.0, beginning, position))?;
    }
    Ok(())
}

impl Store {
    pub(crate) fn personal(&self, region: RegionId, position: u64) -> Result<Vec<PersonalRow>, StoreError> {
        self.read(|connection| personal(connection, region, self.vault(), position))
    }

    pub(crate) fn texts_of(&self, region: RegionId, actor: ActorId) -> Result<Vec<PersonalRow>, StoreError> {
        self.read(|connection| of_person(connection, region, self.vault(), actor))
    }

    pub(crate) fn forget(
        &self,
        region: RegionId,
        actors: &[ActorId],
        audit: Option<&AuditRow>,
    ) -> Result<u64, StoreError> {
        let forgotten = self.erase(
            audit,
            |forgotten| *forgotten > 0,
            |transaction| forget(transaction, region, self.vault(), actors),
        )?;
        // What the log still says of the keys goes too, as soon as no reader looks at it.
        self.cut_log()?;
        Ok(forgotten)
    }

    pub(crate) fn forget_texts(
        &self,
        region: RegionId,
        member: &str,
        span: Range<u64>,
        limit: usize,
    ) -> Result<u64, StoreError> {
        self.erase(None, |_| true, |transaction| forget_texts(transaction, region, member, span, limit))
    }

    pub(crate) fn wipe_quarantined(&self, region: RegionId, before: Instant, limit: usize) -> Result<u64, StoreError> {
        self.erase(None, |_| true, |transaction| quarantine::wipe(transaction, region, before, limit))
    }
}

/// Records taken at a time from what an earlier program left.
const RECORDS_AT_A_TIME: i64 = 500;

/// Seals what an earlier program left as it was, some records a transaction. Cut short it goes on from there the next time.
pub(crate) fn seal_plain(connection: &mut Connection, vault: &Vault) -> Result<(), StoreError> {
    for region in super::region::regions(connection)? {
        loop {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let rows = plain(&transaction, region.id)?;
            let Some(last) = rows.last().map(|row| row.position) else { break };
            keep(&transaction, region.id, master(&transaction, region.id, vault)?, &rows)?;
            transaction.execute(PLAIN_GONE, (region.id.0, code::position(last)))?;
            transaction.commit()?;
        }
    }
    Ok(())
}

fn plain(connection: &Connection, region: RegionId) -> Result<Vec<PersonalRow>, StoreError> {
    let mut statement = connection.prepare_cached(PLAIN)?;
    let mut rows = statement.query((region.0, member::PERSON_NAME.spec().name, RECORDS_AT_A_TIME))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let actor: Option<[u8; 16]> = row.get(4)?;
        found.push(PersonalRow {
            position: code::parse_position(row.get(0)?)?,
            member: row.get(1)?,
            actor: actor.map(ActorId),
            salt: row.get(2)?,
            text: row.get(3)?,
        });
    }
    Ok(found)
}

/// A stored text and its key, where that is still there.
fn parse(row: &Row<'_>) -> rusqlite::Result<(SealedText, Option<Vec<u8>>)> {
    let actor: Option<[u8; 16]> = row.get(2)?;
    let text = SealedText {
        position: row.get(0)?,
        member: row.get(1)?,
        actor: actor.map(ActorId),
        holder: row.get(3)?,
        bytes: row.get(4)?,
    };
    Ok((text, row.get(5)?))
}

fn open(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    (text, wrapped): (SealedText, Option<Vec<u8>>),
) -> Result<Option<PersonalRow>, StoreError> {
    let Some(wrapped) = wrapped else { return Ok(None) };
    let master = proved(connection, region, vault)?.ok_or_else(vault::unproved)?;
    vault::open(master, region, &text, &wrapped)
}

/// Those of the texts asked for that can still be read.
fn all_opened(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    (statement, values): (&str, impl Params),
) -> Result<Vec<PersonalRow>, StoreError> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut found = Vec::new();
    for row in statement.query_map(values, parse)? {
        found.extend(open(connection, region, vault, row?)?);
    }
    Ok(found)
}

pub(crate) fn personal(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    position: u64,
) -> Result<Vec<PersonalRow>, StoreError> {
    all_opened(connection, region, vault, (PERSONAL, (region.0, code::position(position))))
}

/// All texts of a person that can still be read.
pub(crate) fn of_person(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    actor: ActorId,
) -> Result<Vec<PersonalRow>, StoreError> {
    all_opened(connection, region, vault, (OF_PERSON, (region.0, actor.0)))
}

/// Deletes people's keys, and by what they were found; says how many had one.
pub(crate) fn forget(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    actors: &[ActorId],
) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    for actor in actors {
        let texts = of_person(connection, region, vault, *actor)?;
        if let Some(master) = proved(connection, region, vault)? {
            let mut forget = connection.prepare_cached(FORGET_NAME)?;
            for (beginning, position) in vault::names(master, region, &texts) {
                forget.execute((region.0, beginning, position))?;
            }
        }
        forgotten += u64::from(destroy(connection, region, &vault::person_holder(*actor))?);
    }
    Ok(forgotten)
}

/// Deletes keys of texts of this member in a span of records, at most `limit`; says how many.
pub(crate) fn forget_texts(
    connection: &Connection,
    region: RegionId,
    member: &str,
    span: Range<u64>,
    limit: usize,
) -> Result<u64, StoreError> {
    let mut forget = connection.prepare_cached(FORGET_TEXTS)?;
    let (from, to) = (vault::texts_from(span.start), vault::texts_from(span.end));
    let values = (region.0, from, to, vault::MEMBER_AT, member.as_bytes(), code::limit(limit));
    Ok(forget.execute(values)? as u64)
}

pub(crate) fn actors(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    ids: &[ActorId],
) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
    let mut by_sourced = connection.prepare_cached(BY_SOURCED)?;
    let mut by_plain = connection.prepare_cached(BY_PLAIN)?;
    let mut newest = connection.prepare_cached(NEWEST)?;
    let parse_code = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, [u8; 16]>(2)?));
    let mut found = BTreeMap::new();
    for id in ids {
        let row = match by_sourced.query_row((region.0, id.0), parse_code).optional()? {
            Some(row) => Some(row),
            None => by_plain.query_row((region.0, id.0), parse_code).optional()?,
        };
        let Some((source, code, plain)) = row else { continue };
        let name = newest.query_row((region.0, plain, member::PERSON_NAME.spec().name), parse).optional()?;
        let name = name.map(|row| open(connection, region, vault, row)).transpose()?.flatten();
        found.insert(*id, ActorRow { source, code, name: name.map(|name| name.text) });
    }
    Ok(found)
}

pub(crate) fn actors_by_code(
    connection: &Connection,
    region: RegionId,
    code: &str,
) -> Result<Vec<ActorRef>, StoreError> {
    let mut by_code = connection.prepare_cached(BY_CODE)?;
    let rows = by_code.query_map((region.0, code), parse_reference)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those found by code come first.
pub(crate) fn actors_beginning(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    beginning: &str,
    limit: usize,
) -> Result<Vec<ActorRef>, StoreError> {
    // No character comes after the last one.
    let end = format!("{beginning}{}", char::MAX);
    let mut by_code = connection.prepare_cached(BY_CODE_BEGINNING)?;
    let rows = by_code.query_map((region.0, beginning, &end, code::limit(limit)), parse_reference)?;
    let mut found: Vec<ActorRef> = rows.collect::<Result<_, _>>()?;
    if let Some(master) = proved(connection, region, vault)? {
        let mut by_name = connection.prepare_cached(BY_NAME_BEGINNING)?;
        let hash = master.beginning(region, beginning);
        let values = (region.0, hash, member::PERSON_NAME.spec().name, code::limit(limit));
        for row in by_name.query_map(values, parse_reference)? {
            found.push(row?);
        }
    }
    Ok(found)
}

fn parse_reference(row: &Row<'_>) -> rusqlite::Result<ActorRef> {
    Ok(ActorRef { sourced: ActorId(row.get(0)?), plain: ActorId(row.get(1)?) })
}
