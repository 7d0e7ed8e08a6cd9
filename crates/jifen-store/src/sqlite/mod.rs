//! The store on SQLite: how rows lie in the file, and every statement that touches them.

pub(crate) mod account;
mod announcement;
mod approval;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod checkpoint;
pub(crate) mod commit;
pub(crate) mod connection;
pub(crate) mod factor;
pub(crate) mod grant;
pub(crate) mod job;
pub(crate) mod journal;
pub(crate) mod key;
pub(crate) mod ledger;
pub(crate) mod measure;
pub(crate) mod pool;
pub(crate) mod projection;
pub(crate) mod quarantine;
pub(crate) mod region;
pub(crate) mod rollup;
pub(crate) mod signing;
pub(crate) mod state;
mod store;
pub(crate) mod vault;

pub(crate) use store::Store;
