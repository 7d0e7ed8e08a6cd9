//! The store on PostgreSQL: how rows lie there, and every statement that touches them.

mod account;
mod address;
mod bell;
mod commit;
mod connection;
mod drive;
mod job;
mod journal;
mod ledger;
mod measure;
mod migrate;
mod node;
mod pool;
mod projection;
mod quarantine;
mod region;
mod rollup;
mod session;
mod state;
mod store;
mod text;
mod vault;

pub(crate) use address::Address;
pub(crate) use bell::{Listener, OnBell};
pub(crate) use migrate::migrate;
pub(crate) use store::Store;
