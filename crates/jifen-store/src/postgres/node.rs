//! Nodes: which processes serve this database, which of them writes a region, and the bell they ring.

use tokio_postgres::Row;

use super::{
    connection::Connection,
    session::{REGION_LOCK, lock_number},
};
use crate::{
    code,
    error::StoreError,
    row::{Head, Holder, NodeRow, RegionId},
};

/// A node that has said nothing for so long hangs: what it holds is taken from it.
const SILENCE_MS: i64 = 6_000;

/// Rows older than this are of nodes that are gone.
const GONE_MS: i64 = 3_600_000;

/// Says that this node lives. What is lost of it at a crash is said again half a second later: it need not wait for the disk.
const RENEW: &str = "
    insert into node (name, address, renewed)
    values ($1, $2, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    on conflict (name) do update
    set address = excluded.address, renewed = excluded.renewed";

const UNSYNCED: &str = "set local synchronous_commit = off";

const FORGET: &str = "
    delete from node
    where renewed < (extract(epoch from clock_timestamp()) * 1000)::bigint - $1";

/// Nodes that live, but this one.
const OTHERS: &str = "
    select name, address
    from node
    where name <> $1
      and renewed >= (extract(epoch from clock_timestamp()) * 1000)::bigint - $2
    order by name";

/// Who has which region's lock. A session that has just taken it has no name here yet, and counts from its beginning.
const HOLDERS: &str = "
    select
        lock.objid::bigint,
        node.name,
        node.address,
        coalesce(node.renewed, (extract(epoch from activity.backend_start) * 1000)::bigint)
            < (extract(epoch from clock_timestamp()) * 1000)::bigint - $2
    from pg_locks as lock
    join pg_stat_activity as activity on activity.pid = lock.pid
    left join region_writer on region_writer.region_id = lock.objid::bigint and region_writer.backend = lock.pid
    left join node on node.name = region_writer.node
    where lock.locktype = 'advisory'
      and lock.database = (select oid from pg_database where datname = current_database())
      and lock.classid = $1::bigint::oid
      and lock.objsubid = 2
      and lock.granted";

/// Ends of both logs of some regions.
const HEADS: &str = "
    select region_id, journal, ledger
    from region_head
    where region_id = any($1)
    order by region_id";

/// Ends the session that holds a region's lock if its node hangs; the lock goes with it.
const END: &str = "
    select pg_terminate_backend(lock.pid)
    from pg_locks as lock
    join pg_stat_activity as activity on activity.pid = lock.pid
    left join region_writer on region_writer.region_id = $2 and region_writer.backend = lock.pid
    left join node on node.name = region_writer.node
    where lock.locktype = 'advisory'
      and lock.database = (select oid from pg_database where datname = current_database())
      and lock.classid = $1::bigint::oid
      and lock.objid = $3::bigint::oid
      and lock.objsubid = 2
      and lock.granted
      and coalesce(node.renewed, (extract(epoch from activity.backend_start) * 1000)::bigint)
          < (extract(epoch from clock_timestamp()) * 1000)::bigint - $4";

/// Run on the session that holds the region's lock.
const ENTER_WRITER: &str = "
    insert into region_writer (region_id, node, backend)
    values ($1, $2, pg_backend_pid())
    on conflict (region_id) do update
    set node = excluded.node, backend = excluded.backend";

const KEEP_SECRET: &str = "
    insert into node_secret (secret)
    values ($1)
    on conflict do nothing";

const SECRET: &str = "
    select secret
    from node_secret";

/// This node's address as the server sees it; null over a socket of its own machine.
const SEEN: &str = "select host(inet_client_addr())";

const RING: &str = "select pg_notify($1, $2)";

/// The bell's channel, within this database.
pub(super) const CHANNEL: &str = "jifen";

pub(crate) fn renew(connection: &Connection, name: &str, address: &str) -> Result<(), StoreError> {
    connection.in_transaction(|connection| {
        connection.batch(UNSYNCED)?;
        connection.execute(RENEW, &[&name, &address]).map(drop)
    })
}

pub(crate) fn forget(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(FORGET, &[&GONE_MS]).map(drop)
}

pub(crate) fn others(connection: &Connection, name: &str) -> Result<Vec<NodeRow>, StoreError> {
    let rows = connection.query(OTHERS, &[&name, &SILENCE_MS])?;
    Ok(rows.iter().map(|row| NodeRow { name: row.get(0), address: row.get(1) }).collect())
}

pub(crate) fn heads(connection: &Connection, regions: &[RegionId]) -> Result<Vec<(RegionId, Head)>, StoreError> {
    let numbers: Vec<i64> = regions.iter().map(|region| region.0).collect();
    let rows = connection.query(HEADS, &[&numbers])?;
    let parse = |row: &Row| {
        let (journal, ledger) = (code::parse_position(row.get(1))?, code::parse_position(row.get(2))?);
        Ok((RegionId(row.get(0)), Head { journal, ledger }))
    };
    rows.iter().map(parse).collect()
}

pub(crate) fn holders(connection: &Connection) -> Result<Vec<(RegionId, Holder)>, StoreError> {
    let rows = connection.query(HOLDERS, &[&i64::from(REGION_LOCK), &SILENCE_MS])?;
    Ok(rows.iter().map(|row| (RegionId(row.get(0)), parse_holder(row))).collect())
}

fn parse_holder(row: &Row) -> Holder {
    let (name, address): (Option<String>, Option<String>) = (row.get(1), row.get(2));
    let node = name.zip(address).map(|(name, address)| NodeRow { name, address });
    Holder { node, hangs: row.get::<_, Option<bool>>(3).unwrap_or(false) }
}

pub(crate) fn end_hanging(connection: &Connection, region: RegionId) -> Result<(), StoreError> {
    let number = i64::from(lock_number(region)?);
    connection.query(END, &[&i64::from(REGION_LOCK), &region.0, &number, &SILENCE_MS]).map(drop)
}

pub(crate) fn enter_writer(connection: &Connection, region: RegionId, node: &str) -> Result<(), StoreError> {
    connection.execute(ENTER_WRITER, &[&region.0, &node]).map(drop)
}

pub(crate) fn secret(connection: &Connection, candidate: [u8; 32]) -> Result<[u8; 32], StoreError> {
    connection.execute(KEEP_SECRET, &[&&candidate[..]])?;
    let row = connection.query_one(SECRET, &[])?;
    let secret: &[u8] = row.get(0);
    secret.try_into().map_err(|_| StoreError::Corrupt("the nodes' secret has not 32 bytes".to_owned()))
}

pub(crate) fn seen_address(connection: &Connection) -> Result<Option<String>, StoreError> {
    Ok(connection.query_one(SEEN, &[])?.get(0))
}

pub(crate) fn ring(connection: &Connection, regions: &[RegionId]) -> Result<(), StoreError> {
    let numbers: Vec<String> = regions.iter().map(|region| region.0.to_string()).collect();
    connection.query_one(RING, &[&CHANNEL, &numbers.join(" ")]).map(drop)
}

/// The regions a bell names.
pub(super) fn rung(payload: &str) -> impl Iterator<Item = RegionId> {
    payload.split(' ').filter_map(|number| number.parse().ok().map(RegionId))
}
