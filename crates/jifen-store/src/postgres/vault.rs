//! The vault: personal texts, sealed, and the codes behind the journal's hashes of actors.

use std::{collections::BTreeMap, ops::Range};

use jifen_core::{
    event::member,
    id::{ActorId, ActorRef},
    time::Instant,
};
use tokio_postgres::Row;

use super::{Store, commit, connection::Connection, quarantine, text};
use crate::{
    audit::AuditRow,
    code,
    error::StoreError,
    row::{ActorRow, PersonalRow, RegionId},
    vault::{self, Holder, Master, Sealed, SealedBody, SealedText, Vault},
};

/// Primary key.
const KEYS: &str = "
    select holder, wrapped
    from vault_key
    where region_id = $1
      and holder = any($2)";

const INSERT_KEY: &str = "
    insert into vault_key (region_id, holder, wrapped)
    values ($1, $2, $3)
    on conflict do nothing";

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
    order by vault.member";

/// All texts of a person, with their key where that is still there. `vault_by_actor`.
const OF_PERSON: &str = "
    select vault.position, vault.member, vault.actor, vault.holder, vault.sealed, vault_key.wrapped
    from vault
    left join vault_key on vault_key.region_id = vault.region_id and vault_key.holder = vault.holder
    where vault.region_id = $1
      and vault.actor = $2
    order by vault.member, vault.position";

/// By the hash of (source, code), else by the hash of the code alone, of several sources the first; with the newest name and its key. A
/// seek each in the primary keys, `actor_code_by_plain` and `vault_by_actor`.
const ACTORS: &str = "
    select wanted.id, found.source, found.code,
        name.position, name.member, name.actor, name.holder, name.sealed, name.wrapped
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
    ) as found
    left join lateral (
        select vault.position, vault.member, vault.actor, vault.holder, vault.sealed, vault_key.wrapped
        from vault
        join vault_key on vault_key.region_id = vault.region_id and vault_key.holder = vault.holder
        where vault.region_id = $1
          and vault.actor = found.plain
          and vault.member = $3
        order by vault.position desc
        limit 1
    ) as name on true";

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

/// By the hash of a name's beginning. `vault_name`, `vault`, then `actor_code_by_plain`.
const BY_NAME_BEGINNING: &str = "
    select actor_code.sourced, actor_code.plain
    from vault_name
    join vault on vault.region_id = vault_name.region_id and vault.position = vault_name.position and vault.member = $3
    join actor_code on actor_code.region_id = vault.region_id and actor_code.plain = vault.actor
    where vault_name.region_id = $1
      and vault_name.beginning = $2
    order by vault_name.position, actor_code.source
    limit $4";

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
    where region_id = $1
      and holder in (
        select holder
        from vault_key
        where region_id = $1
          and holder >= $2
          and holder < $3
          and substr(holder, $4) = $5
        order by holder
        limit $6
    )";

/// Texts that an earlier program left as they were, of some records. Primary key.
const PLAIN: &str = "
    select
        plain.position, plain.member, plain.salt, plain.text,
        coalesce(plain.actor, (
            select name.actor
            from vault_plain as name
            where name.region_id = $1
              and name.position = plain.position
              and name.member = $2
        ))
    from vault_plain as plain
    where plain.region_id = $1
      and plain.position in (
        select distinct position
        from vault_plain
        where region_id = $1
        order by position
        limit $3
    )
    order by plain.position, plain.member";

const PLAIN_GONE: &str = "
    delete from vault_plain
    where region_id = $1
      and position <= $2";

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
        self.write_told(
            audit,
            |forgotten| *forgotten > 0,
            |connection| forget(connection, region, self.vault(), actors),
        )
    }

    pub(crate) fn forget_texts(
        &self,
        region: RegionId,
        member: &str,
        span: Range<u64>,
        limit: usize,
    ) -> Result<u64, StoreError> {
        self.write(|connection| forget_texts(connection, region, member, span, limit))
    }

    pub(crate) fn wipe_quarantined(&self, region: RegionId, before: Instant, limit: usize) -> Result<u64, StoreError> {
        self.write(|connection| quarantine::wipe(connection, region, before, limit))
    }
}

/// Records taken at a time from what an earlier program left.
const RECORDS_AT_A_TIME: i64 = 500;

/// The master, proved; a region that has no proof is given one.
pub(crate) fn master<'a>(
    connection: &Connection,
    region: RegionId,
    vault: &'a Vault,
) -> Result<&'a Master, StoreError> {
    if let Some(master) = proved(connection, region, vault)? {
        return Ok(master);
    }
    let is_proved: bool = connection.query_one(IS_PROVED, &[&vault::proof_holder()])?.get(0);
    let proof = vault.first_proof(region, !is_proved)?;
    connection.execute(INSERT_KEY, &[&region.0, &vault::proof_holder(), &proof])?;
    vault.load()
}

/// The master, proved, where the region has a proof of it.
pub(crate) fn proved<'a>(
    connection: &Connection,
    region: RegionId,
    vault: &'a Vault,
) -> Result<Option<&'a Master>, StoreError> {
    if let Some(master) = vault.proved(region) {
        return Ok(Some(master));
    }
    let proof = keys(connection, region, &[vault::proof_holder()])?.into_values().next();
    proof.map(|proof| vault.prove(region, &proof)).transpose()
}

fn keys(
    connection: &Connection,
    region: RegionId,
    holders: &[Holder],
) -> Result<BTreeMap<Holder, Vec<u8>>, StoreError> {
    let rows = connection.query(KEYS, &[&region.0, &holders])?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Keeps the key of a refused event's body; a copy cut earlier may have one of an event that it no longer has.
pub(crate) fn replace_key(connection: &Connection, region: RegionId, body: &SealedBody) -> Result<(), StoreError> {
    destroy(connection, region, &body.holder)?;
    connection.execute(INSERT_KEY, &[&region.0, &body.holder, &body.wrapped]).map(drop)
}

/// Deletes a key; says whether it was there.
pub(crate) fn destroy(connection: &Connection, region: RegionId, holder: &[u8]) -> Result<bool, StoreError> {
    Ok(connection.execute(FORGET, &[&region.0, &holder])? > 0)
}

/// Bodies of refused events by their numbers and what is stored, as far as their keys are there.
pub(crate) fn bodies(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    sealed: &[(i64, &[u8])],
) -> Result<BTreeMap<i64, String>, StoreError> {
    let holders: Vec<Holder> = sealed.iter().map(|(number, _)| vault::body_holder(*number)).collect();
    let there = if holders.is_empty() { BTreeMap::new() } else { keys(connection, region, &holders)? };
    if there.is_empty() {
        return Ok(BTreeMap::new());
    }
    let master = proved(connection, region, vault)?.ok_or_else(vault::unproved)?;
    let kept = sealed.iter().zip(&holders).filter_map(|(of, holder)| Some((of, there.get(holder)?)));
    kept.map(|((number, sealed), wrapped)| Ok((*number, vault::open_body(master, region, *number, sealed, wrapped)?)))
        .collect()
}

/// Seals texts for the transaction that this is asked in.
pub(crate) fn sealed(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    personal: &[PersonalRow],
) -> Result<Sealed, StoreError> {
    if personal.is_empty() {
        return Ok(Sealed::default());
    }
    let master = master(connection, region, vault)?;
    let people: Vec<Holder> = vault::people(personal).into_iter().collect();
    let there = if people.is_empty() { BTreeMap::new() } else { keys(connection, region, &people)? };
    vault::seal(master, region, personal, &there)
}

/// Seals what an earlier program left as it was, some records a transaction. Cut short it goes on from there the next time.
pub(crate) fn seal_plain(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    for region in super::region::regions(connection)? {
        while connection.in_transaction(|connection| seal_some(connection, region.id, vault))? {}
    }
    Ok(())
}

/// Whether there were any.
fn seal_some(connection: &Connection, region: RegionId, vault: &Vault) -> Result<bool, StoreError> {
    let rows = connection.query(PLAIN, &[&region.0, &member::PERSON_NAME.spec().name, &RECORDS_AT_A_TIME])?;
    let parse = |row: &Row| {
        Ok(PersonalRow {
            position: code::parse_position(row.get(0))?,
            member: text::read(row.get(1)),
            salt: code::sixteen(row.get(2))?,
            text: text::read(row.get(3)),
            actor: row.get::<_, Option<&[u8]>>(4).map(code::actor).transpose()?,
        })
    };
    let rows: Vec<PersonalRow> = rows.iter().map(parse).collect::<Result<_, StoreError>>()?;
    let Some(last) = rows.last().map(|row| row.position) else { return Ok(false) };
    commit::keep(connection, region, &sealed(connection, region, vault, &rows)?)?;
    connection.execute(PLAIN_GONE, &[&region.0, &code::position(last)])?;
    Ok(true)
}

/// A stored text and its key, where that is still there, from this column on.
fn opened(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    row: &Row,
    at: usize,
) -> Result<Option<PersonalRow>, StoreError> {
    let Some(wrapped) = row.get::<_, Option<Vec<u8>>>(at + 5) else { return Ok(None) };
    let text = SealedText {
        position: row.get(at),
        member: text::read(row.get(at + 1)),
        actor: row.get::<_, Option<&[u8]>>(at + 2).map(code::actor).transpose()?,
        holder: row.get(at + 3),
        bytes: row.get(at + 4),
    };
    let master = proved(connection, region, vault)?.ok_or_else(vault::unproved)?;
    vault::open(master, region, &text, &wrapped)
}

/// All texts of a person that can still be read.
pub(crate) fn of_person(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    actor: ActorId,
) -> Result<Vec<PersonalRow>, StoreError> {
    let rows = connection.query(OF_PERSON, &[&region.0, &&actor.0[..]])?;
    rows.iter().filter_map(|row| opened(connection, region, vault, row, 0).transpose()).collect()
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
            for (beginning, position) in vault::names(master, region, &texts) {
                connection.execute(FORGET_NAME, &[&region.0, &&beginning[..], &position])?;
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
    let (from, to) = (vault::texts_from(span.start), vault::texts_from(span.end));
    let (at, limit) = (vault::MEMBER_AT, code::limit(limit));
    connection.execute(FORGET_TEXTS, &[&region.0, &from, &to, &at, &member.as_bytes(), &limit])
}

pub(crate) fn personal(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    position: u64,
) -> Result<Vec<PersonalRow>, StoreError> {
    let rows = connection.query(PERSONAL, &[&region.0, &code::position(position)])?;
    rows.iter().filter_map(|row| opened(connection, region, vault, row, 0).transpose()).collect()
}

pub(crate) fn actors(
    connection: &Connection,
    region: RegionId,
    vault: &Vault,
    ids: &[ActorId],
) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
    let wanted: Vec<&[u8]> = ids.iter().map(|id| &id.0[..]).collect();
    let rows = connection.query(ACTORS, &[&region.0, &wanted, &member::PERSON_NAME.spec().name])?;
    let parse = |row: &Row| {
        let name = opened(connection, region, vault, row, 3)?.map(|name| name.text);
        Ok((code::actor(row.get(0))?, ActorRow { source: text::read(row.get(1)), code: text::read(row.get(2)), name }))
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
    vault: &Vault,
    beginning: &str,
    limit: usize,
) -> Result<Vec<ActorRef>, StoreError> {
    let (from, limit) = (text::stored(beginning), code::limit(limit));
    // No character comes after the last one.
    let to = format!("{from}{}", char::MAX);
    let mut rows = connection.query(BY_CODE_BEGINNING, &[&region.0, &from, &to, &limit])?;
    if let Some(master) = proved(connection, region, vault)? {
        let (hash, name) = (master.beginning(region, beginning), member::PERSON_NAME.spec().name);
        rows.extend(connection.query(BY_NAME_BEGINNING, &[&region.0, &&hash[..], &name, &limit])?);
    }
    rows.iter().map(parse_reference).collect()
}

fn parse_reference(row: &Row) -> Result<ActorRef, StoreError> {
    Ok(ActorRef { sourced: code::actor(row.get(0))?, plain: code::actor(row.get(1))? })
}
