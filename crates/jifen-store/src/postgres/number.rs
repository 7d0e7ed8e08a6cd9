//! Numbers within a region's list: two nodes that add to one list at once must not give both the same.

use super::connection::Connection;
use crate::{error::StoreError, row::RegionId};

/// Held until the transaction ends.
const ALONE: &str = "select pg_advisory_xact_lock($1, $2::bigint::integer)";

/// Lists that are numbered; the value is the first half of the lock's number.
#[derive(Clone, Copy)]
pub(super) enum List {
    /// `jifn`.
    Announcements = 0x6a69_666e,
    /// `jifa`.
    Approvals = 0x6a69_6661,
    /// `jifg`.
    Grants = 0x6a69_6667,
    /// `jifs`.
    Sessions = 0x6a69_6673,
}

/// Lets nobody else give a number in a region's list until this transaction ends.
pub(super) fn alone(connection: &Connection, list: List, region: RegionId) -> Result<(), StoreError> {
    connection.query_one(ALONE, &[&(list as i32), &region.0]).map(drop)
}
