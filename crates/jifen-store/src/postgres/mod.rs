//! The store on PostgreSQL: how rows lie there, and every statement that touches them.

mod account;
mod address;
mod audit;
mod bell;
mod commit;
mod connection;
mod distribute;
mod drive;
mod factor;
mod grant;
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
mod signing;
mod state;
mod store;
pub(crate) mod text;
mod tls;
mod vault;

pub(crate) use address::Address;
pub(crate) use bell::{Listener, OnBell};
pub(crate) use connection::Connection;
pub(crate) use distribute::{distribute, plan};
pub(crate) use drive::wait;
pub(crate) use migrate::{check_whole, migrate};
pub(crate) use session::{Lock, Session};
pub(crate) use store::Store;
