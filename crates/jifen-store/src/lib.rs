//! Durable storage of jifen: what the engine decided goes in as one transaction, what people and the engine read comes out.
//!
//! The only crate that names a database driver; no business decision is taken here.
//!
//! **Invariants.** An `Ok` of [`Database::commit`] means the batch is on disk (WAL, `synchronous=FULL`). After any failed write,
//! sync or checkpoint that is not a full disk, nothing more is ever committed by this process. Reads never wait for the writer.

mod audit;
mod code;
mod copy;
mod database;
mod error;
mod lock;
mod named;
mod packed;
mod postgres;
mod row;
mod schema;
mod segment;
mod sqlite;
mod vault;

pub use audit::{AuditFilter, AuditKind, AuditRecord, AuditRow, AuditVerdict};
pub use copy::{CopiedRegion, Cut, copy};
pub use database::{Access, Audited, Bells, Database};
pub use error::StoreError;
pub use postgres::client_tls;
pub use row::{
    AccountRow, ActorRow, AnnouncementFilter, AnnouncementRow, ApprovalDecision, ApprovalRow, BoardRow, BoardRows,
    BoardSubjects, Claim, Commit, DayPoints, EntryFilter, FactorProof, FactorRow, GrantRow, Head, Holder, JobRow,
    JobState, JournalRow, KeyRow, Known, LedgerRow, Mended, NodeRow, PersonalRow, QuarantineRow, Quarantined, Reach,
    RegionId, RegionRow, Resolution, SecretRow, SessionRow, StoredEntry, WholeBoard, Withdrawal,
};
