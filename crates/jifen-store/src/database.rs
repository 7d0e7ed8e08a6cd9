//! The store as its callers see it: one database, one writer, many readers. Every method's comment is its contract.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use jifen_core::{
    id::{ActorId, ActorRef, Digest, EventKey, RegionSecret},
    journal::Record,
    ledger::Subject,
    measure::Measures,
    rollup::{BoardPart, Rollup},
    state::{Need, Rows},
    time::{Date, Instant},
};

use crate::{
    copy::{self, Cut},
    error::StoreError,
    postgres,
    row::{
        AccountRow, ActorRow, BoardRow, BoardRows, BoardSubjects, Claim, Commit, EntryFilter, FactorProof, Head,
        Holder, JobRow, JobState, KeyRow, Known, NodeRow, Quarantined, Reach, RegionId, RegionRow, SessionRow,
        StoredEntry, WholeBoard,
    },
    sqlite,
};

/// What a database is opened for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// To write and read. One process at a time; `holder` (the command, say) is shown to those refused.
    Write {
        /// Who writes.
        holder: String,
    },
    /// To serve: on a server beside others who do, each writing the regions it [claims](Database::claim); a file as [`Self::Write`].
    Serve {
        /// Who serves.
        holder: String,
    },
    /// To read, beside a writer or without.
    Read,
}

/// An open database. Clones share it; the last one closes it.
#[derive(Clone)]
pub struct Database(Arc<Backend>);

/// Bells are heard as long as this is kept.
pub struct Bells(#[allow(dead_code, reason = "kept to be dropped")] Option<postgres::Listener>);

/// Where the rows lie. Two closed cases rather than a trait: nobody else brings a third, and every method's contract stands once.
enum Backend {
    Sqlite(Box<sqlite::Store>),
    Postgres(Box<postgres::Store>),
}

/// Asks the store behind the database.
macro_rules! on {
    ($database:expr, $store:ident => $ask:expr) => {
        match &*$database.0 {
            Backend::Sqlite($store) => $ask,
            Backend::Postgres($store) => $ask,
        }
    };
}

mod access;
mod announcement;
mod personal;

pub use access::Audited;

impl Database {
    /// Opens the database at `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. To write: makes the file where it is absent and upgrades
    /// its schema; refuses a second writing process.
    pub fn open(url: &str, access: Access) -> Result<Self, StoreError> {
        let backend = match postgres::Address::parse(url) {
            Some(address) => Backend::Postgres(Box::new(postgres::Store::open(&address?, access)?)),
            None => Backend::Sqlite(Box::new(sqlite::Store::open(path_of(url)?, access)?)),
        };
        Ok(Self(Arc::new(backend)))
    }

    /// Makes or upgrades the schema at `url` under the role that owns it, and lets the role `app` use it. A file needs none of it: it
    /// is upgraded when it is opened.
    pub fn migrate(url: &str, app: Option<&str>) -> Result<(), StoreError> {
        match postgres::Address::parse(url) {
            Some(address) => postgres::migrate(&address?, app),
            None => Self::open(url, Access::Write { holder: "jifen migrate".to_owned() })?.close(),
        }
    }

    /// Spreads the tables at `url` over the servers of a Citus cluster by region, under the role that owns them; gives what was said to
    /// the database. What is spread already stays as it is.
    pub fn distribute(url: &str) -> Result<Vec<String>, StoreError> {
        postgres::distribute(&on_a_server(url)?)
    }

    /// What [`Database::distribute`] would say, with or without the extension.
    pub fn distribution(url: &str) -> Result<Vec<String>, StoreError> {
        postgres::plan(&on_a_server(url)?)
    }

    /// Copies the whole database as of now to the new file `target`, while a writer goes on. When this returns `Ok`, the copy is on
    /// disk and is a database of its own; on an error no file has that name.
    pub fn backup(&self, target: &Path) -> Result<(), StoreError> {
        match &*self.0 {
            Backend::Sqlite(store) => sqlite::backup::copy(store.path(), target),
            Backend::Postgres(store) => copy::to_file(store.address(), target),
        }
    }

    /// Puts the copy `from` at `url`: where there is no file yet, or into an empty migrated database of a server. When this returns `Ok`,
    /// it is on disk.
    pub fn restore(from: &Path, url: &str) -> Result<(), StoreError> {
        match postgres::Address::parse(url) {
            Some(address) => copy::from_file(from, &address?),
            None => sqlite::backup::restore(from, &path_of(url)?),
        }
    }

    /// How far each region's journal goes in the copy `from`, which may be of an older schema.
    pub fn reach(from: &Path) -> Result<Vec<Reach>, StoreError> {
        sqlite::backup::reach(from)
    }

    /// Puts into the new file `target` what of the copy `from` does not follow from its journals, as it was at these ends of theirs: the
    /// records up to there are to be applied anew.
    pub fn frame(from: &Path, target: &Path, cuts: &[Cut]) -> Result<(), StoreError> {
        copy::frame(from, target, cuts)
    }

    /// Bytes that may still be written where the database's file lies; `None` on a server, whose disk is its own affair.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file system does not say.
    pub fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let Some(path) = self.path() else { return Ok(None) };
        let of = rustix::fs::statvfs(path)
            .map_err(|error| StoreError::Io { path: path.to_owned(), source: error.into() })?;
        Ok(Some(of.f_bavail.saturating_mul(of.f_frsize)))
    }

    /// The file's path; `None` on a server.
    pub fn path(&self) -> Option<&Path> {
        match &*self.0 {
            Backend::Sqlite(store) => Some(store.path()),
            Backend::Postgres(_) => None,
        }
    }

    /// Whether others may serve this database at the same time.
    pub fn is_shared(&self) -> bool {
        match &*self.0 {
            Backend::Sqlite(_) => false,
            Backend::Postgres(store) => store.is_shared(),
        }
    }

    /// Says that this node lives, and gives the others that do. To be repeated: who is silent for six seconds hangs.
    pub fn renew_node(&self, node: &NodeRow) -> Result<Vec<NodeRow>, StoreError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(Vec::new()),
            Backend::Postgres(store) => store.renew_node(node),
        }
    }

    /// Enters this node in the list, and gives what keys messages between nodes: the first node's `candidate`, for all of them.
    pub fn enter_node(&self, node: &NodeRow, candidate: [u8; 32]) -> Result<[u8; 32], StoreError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(candidate),
            Backend::Postgres(store) => store.enter_node(node, candidate),
        }
    }

    /// The network address from which the database's server sees this process; `None` on the same machine.
    pub fn seen_address(&self) -> Result<Option<String>, StoreError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(None),
            Backend::Postgres(store) => store.seen_address(),
        }
    }

    /// Who holds which region now; a region that is not there is free.
    pub fn holders(&self) -> Result<Vec<(RegionId, Holder)>, StoreError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(Vec::new()),
            Backend::Postgres(store) => store.holders(),
        }
    }

    /// The heads of these regions.
    pub fn heads(&self, regions: &[RegionId]) -> Result<Vec<(RegionId, Head)>, StoreError> {
        match &*self.0 {
            Backend::Sqlite(store) => regions.iter().map(|region| Ok((*region, store.head(*region)?))).collect(),
            Backend::Postgres(store) => store.heads(regions),
        }
    }

    /// Asks to write the region, under the name of this node. It is taken from a node that hangs; whatever that one had sent and was
    /// not committed then never will be.
    pub fn claim(&self, region: RegionId, node: &str) -> Result<Claim, StoreError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(Claim::Mine),
            Backend::Postgres(store) => store.claim(region, node),
        }
    }

    /// Whether this process, as far as it knows without asking, may still write the region.
    pub fn holds(&self, region: RegionId) -> bool {
        match &*self.0 {
            Backend::Sqlite(_) => true,
            Backend::Postgres(store) => store.holds(region),
        }
    }

    /// Lets another node write the region.
    pub fn release(&self, region: RegionId) {
        match &*self.0 {
            Backend::Sqlite(_) => {}
            Backend::Postgres(store) => store.release(region),
        }
    }

    /// Tells all nodes that something changed in these regions.
    pub fn ring(&self, regions: &[RegionId]) -> Result<(), StoreError> {
        match &*self.0 {
            Backend::Sqlite(_) => Ok(()),
            Backend::Postgres(store) => store.ring(regions),
        }
    }

    /// Calls `on_bell` with every region that another node, or this one, rings for, and with `None` when bells may have been missed,
    /// as long as the answer is kept. It must not block.
    pub fn listen(&self, on_bell: Arc<dyn Fn(Option<RegionId>) + Send + Sync>) -> Result<Bells, StoreError> {
        Ok(match &*self.0 {
            Backend::Sqlite(_) => Bells(None),
            Backend::Postgres(store) => Bells(Some(store.listen(on_bell)?)),
        })
    }

    /// All regions, by code.
    pub fn regions(&self) -> Result<Vec<RegionRow>, StoreError> {
        on!(self, store => store.regions())
    }

    /// The region with this code.
    pub fn region(&self, code: &str) -> Result<Option<RegionRow>, StoreError> {
        on!(self, store => store.region(code))
    }

    /// Makes a region, durably.
    pub fn create_region(&self, code: &str, secret: [u8; 32]) -> Result<RegionRow, StoreError> {
        on!(self, store => store.create_region(code, secret))
    }

    /// The secret that keys the region's hashes.
    pub fn secret(&self, region: RegionId) -> Result<RegionSecret, StoreError> {
        on!(self, store => store.secret(region))
    }

    /// The last positions in use.
    pub fn head(&self, region: RegionId) -> Result<Head, StoreError> {
        on!(self, store => store.head(region))
    }

    /// Answers needs with committed rows, answer i to need i. Uses the write connection, whose cache holds what a commit changes.
    pub fn load(&self, region: RegionId, needs: &[Need]) -> Result<Vec<Rows>, StoreError> {
        on!(self, store => store.load(region, needs))
    }

    /// Which of these events the journal holds, answer i to key i.
    pub fn known(&self, region: RegionId, keys: &[EventKey]) -> Result<Vec<Option<Known>>, StoreError> {
        on!(self, store => store.known(region, keys))
    }

    /// Writes a batch in one transaction. When this returns `Ok`, the batch is on disk and will be found after a power loss.
    ///
    /// On an error nothing of it is there, and after [`StoreError::Full`] a later try may succeed. After an error that
    /// [is fatal](StoreError::is_fatal) every later one fails, and whether the batch is there shows at the next start.
    pub fn commit(&self, region: RegionId, batch: &Commit) -> Result<(), StoreError> {
        on!(self, store => store.commit(region, batch))
    }

    /// Sums of the rows in `parts`, by (subject, rule, dimension) and in that order.
    pub fn board(
        &self,
        region: RegionId,
        subjects: BoardSubjects,
        parts: &[BoardPart],
    ) -> Result<Vec<BoardRow>, StoreError> {
        on!(self, store => store.board(region, subjects, parts))
    }

    /// A subject's days in `from..=to` that have rows: sums over the rules with a dimension, of what counts on a day's board.
    pub fn trend(
        &self,
        region: RegionId,
        subject: &Subject,
        from: Date,
        to: Date,
    ) -> Result<Vec<(Date, Rollup)>, StoreError> {
        on!(self, store => store.trend(region, subject, from, to))
    }

    /// What was measured in a hall in `from..=to`, per day.
    pub fn measures(&self, region: RegionId, hall: &str, from: Date, to: Date) -> Result<Measures, StoreError> {
        on!(self, store => store.measures(region, hall, from, to))
    }

    /// The first and last day on which anything was measured, of every hall that has one.
    pub fn measured_halls(&self, region: RegionId) -> Result<Vec<(String, Date, Date)>, StoreError> {
        on!(self, store => store.measured_halls(region))
    }

    /// All that a board of a kind is made of, as of one position.
    pub fn whole_board(&self, region: RegionId, wanted: &WholeBoard<'_>) -> Result<BoardRows, StoreError> {
        on!(self, store => store.whole_board(region, wanted))
    }

    /// First and last business date that any board has day rows for.
    pub fn dates(&self, region: RegionId) -> Result<Option<(Date, Date)>, StoreError> {
        on!(self, store => store.dates(region))
    }

    /// Entries from new to old: by business date, then by position.
    pub fn entries(&self, region: RegionId, filter: &EntryFilter) -> Result<Vec<StoredEntry>, StoreError> {
        on!(self, store => store.entries(region, filter))
    }

    /// The entry at `position`.
    pub fn entry(&self, region: RegionId, position: u64) -> Result<Option<StoredEntry>, StoreError> {
        on!(self, store => store.entry(region, position))
    }

    /// The first `limit` entries after `position`, ascending.
    pub fn entries_after(&self, region: RegionId, position: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        on!(self, store => store.entries_after(region, position, limit))
    }

    /// The records at these positions, in the order asked; an absent one is an error.
    pub fn records(&self, region: RegionId, positions: &[u64]) -> Result<Vec<Record>, StoreError> {
        on!(self, store => store.records(region, positions))
    }

    /// The first `limit` records after `position`, ascending.
    pub fn records_after(&self, region: RegionId, position: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        on!(self, store => store.records_after(region, position, limit))
    }

    /// What the sources call these actors, found by sourced or plain id; unknown ids are left out.
    pub fn actors(&self, region: RegionId, ids: &[ActorId]) -> Result<BTreeMap<ActorId, ActorRow>, StoreError> {
        on!(self, store => store.actors(region, ids))
    }

    /// The actors that some source calls `code`, by source.
    pub fn actors_by_code(&self, region: RegionId, code: &str) -> Result<Vec<ActorRef>, StoreError> {
        on!(self, store => store.actors_by_code(region, code))
    }

    /// Actors whose code or name begins so, at most `limit` by each; those found by code first. One may be there several times.
    pub fn actors_beginning(
        &self,
        region: RegionId,
        beginning: &str,
        limit: usize,
    ) -> Result<Vec<ActorRef>, StoreError> {
        on!(self, store => store.actors_beginning(region, beginning, limit))
    }

    /// The first `limit` quarantined events after number `after`, ascending; with `open` those nobody has resolved.
    pub fn quarantine(
        &self,
        region: RegionId,
        open: bool,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Quarantined>, StoreError> {
        on!(self, store => store.quarantine(region, open, after, limit))
    }

    /// The quarantined event of this number.
    pub fn quarantined(&self, region: RegionId, number: u64) -> Result<Option<Quarantined>, StoreError> {
        on!(self, store => store.quarantined(region, number))
    }

    /// How many quarantined events nobody has resolved, by source.
    pub fn quarantined_by_source(&self, region: RegionId) -> Result<BTreeMap<String, u64>, StoreError> {
        on!(self, store => store.quarantined_by_source(region))
    }

    /// Marks a quarantined event as not to be mended, durably; `false` when it was resolved before.
    pub fn set_aside(
        &self,
        region: RegionId,
        number: u64,
        at: Instant,
        by: &str,
        note: &str,
    ) -> Result<bool, StoreError> {
        on!(self, store => store.set_aside(region, number, at, by, note, None))
    }

    /// What a reader has folded from the journal under `name`, and up to which position.
    pub fn projection(&self, region: RegionId, name: &str) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        on!(self, store => store.projection(region, name))
    }

    /// Keeps what a reader has folded up to `position`, unless something later is kept already.
    pub fn keep_projection(&self, region: RegionId, name: &str, position: u64, bytes: &[u8]) -> Result<(), StoreError> {
        on!(self, store => store.keep_projection(region, name, position, bytes))
    }

    /// Adds a bearer key, durably.
    pub fn add_key(&self, row: &KeyRow) -> Result<(), StoreError> {
        on!(self, store => store.add_key(row, None))
    }

    /// Removes the region's bearer key of this name, durably; says whether there was one.
    pub fn remove_key(&self, region: RegionId, name: &str) -> Result<bool, StoreError> {
        on!(self, store => store.remove_key(region, name, None))
    }

    /// The bearer key with this digest.
    pub fn key(&self, digest: &Digest) -> Result<Option<KeyRow>, StoreError> {
        on!(self, store => store.key(digest))
    }

    /// The same, where it is known within microseconds: from a file, while a connection is idle. `None`: it must be waited for.
    pub fn key_at_once(&self, digest: &Digest) -> Option<Result<Option<KeyRow>, StoreError>> {
        match &*self.0 {
            Backend::Sqlite(store) => store.key_at_once(digest),
            Backend::Postgres(_) => None,
        }
    }

    /// The region's bearer keys, by name.
    pub fn keys(&self, region: RegionId) -> Result<Vec<KeyRow>, StoreError> {
        on!(self, store => store.keys(region))
    }

    /// Adds a job, durably; `false` when it is there already, in whatever state.
    pub fn enqueue_job(&self, region: RegionId, kind: &str, id: &str, due: Instant) -> Result<bool, StoreError> {
        on!(self, store => store.enqueue_job(region, kind, id, due))
    }

    /// Leases the region's job that has been due longest to `holder` until `until`; nobody else gets it before then.
    pub fn lease_job(
        &self,
        region: RegionId,
        holder: &str,
        now: Instant,
        until: Instant,
    ) -> Result<Option<JobRow>, StoreError> {
        on!(self, store => store.lease_job(region, holder, now, until))
    }

    /// Ends `holder`'s lease: the job is done, given up, or waits until `next`. `false`: the lease had gone to another.
    pub fn settle_job(
        &self,
        region: RegionId,
        job: &JobRow,
        holder: &str,
        state: JobState,
        next: Option<Instant>,
        failure: Option<&str>,
    ) -> Result<bool, StoreError> {
        on!(self, store => store.settle_job(region, job, holder, state, next, failure))
    }

    /// One job.
    pub fn job(&self, region: RegionId, kind: &str, id: &str) -> Result<Option<JobRow>, StoreError> {
        on!(self, store => store.job(region, kind, id))
    }

    /// Adds an account, durably.
    pub fn add_account(&self, row: &AccountRow) -> Result<(), StoreError> {
        on!(self, store => store.add_account(row, &[], None))
    }

    /// The region's account of this name.
    pub fn account(&self, region: RegionId, name: &str) -> Result<Option<AccountRow>, StoreError> {
        on!(self, store => store.account(region, name))
    }

    /// The region's accounts, by name.
    pub fn accounts(&self, region: RegionId) -> Result<Vec<AccountRow>, StoreError> {
        on!(self, store => store.accounts(region))
    }

    /// Opens a session and gives its number; `None` when the account is disabled, its password hash no longer `checked`,
    /// or `proof` not what its second factor asks for. A `better` hash of the same password takes the place of the one that was checked.
    pub fn open_session(
        &self,
        row: &SessionRow,
        checked: &str,
        better: Option<&str>,
        proof: Option<&FactorProof>,
    ) -> Result<Option<u64>, StoreError> {
        on!(self, store => store.open_session(row, checked, better, proof, None))
    }

    /// Gives an account a password to be changed and lets it in again; its sessions end. Says whether there is such an account.
    pub fn give_password(&self, region: RegionId, name: &str, password: &str) -> Result<bool, StoreError> {
        on!(self, store => store.give_password(region, name, password, None))
    }

    /// Lets nobody sign in with an account any more; its sessions end. Says whether there is such an account.
    pub fn disable_account(&self, region: RegionId, name: &str) -> Result<bool, StoreError> {
        on!(self, store => store.disable_account(region, name, None))
    }

    /// Changes an account's password hash from `checked`, ends its sessions and opens this one, in one transaction; `None`
    /// when the hash is no longer `checked`.
    pub fn set_password(&self, row: &SessionRow, checked: &str, password: &str) -> Result<Option<u64>, StoreError> {
        on!(self, store => store.set_password(row, checked, password, None))
    }

    /// The session with this digest and its account.
    pub fn session(&self, digest: &Digest) -> Result<Option<(SessionRow, AccountRow)>, StoreError> {
        on!(self, store => store.session(digest))
    }

    /// The region's sessions, newest first.
    pub fn sessions(&self, region: RegionId) -> Result<Vec<SessionRow>, StoreError> {
        on!(self, store => store.sessions(region))
    }

    /// Notes that a session was used.
    pub fn session_seen(&self, digest: &Digest, now: Instant) -> Result<(), StoreError> {
        on!(self, store => store.session_seen(digest, now))
    }

    /// Ends a session; says whether there was one.
    pub fn end_session(&self, region: RegionId, number: u64) -> Result<bool, StoreError> {
        on!(self, store => store.end_session(region, number, None))
    }

    /// Ends the region's sessions opened, or last used, by then.
    pub fn end_old_sessions(&self, region: RegionId, created: Instant, last_seen: Instant) -> Result<(), StoreError> {
        on!(self, store => store.end_old_sessions(region, created, last_seen))
    }

    /// Starts the thread that copies the write-ahead log into the database file while commits go on; once, for a long-lived writer.
    ///
    /// `on_failure` is called at most once, from that thread, with a fatal error: no commit succeeds any more and the process
    /// should stop. It must not hold a clone of this database. A full disk is no failure: the thread waits for space.
    pub fn start_checkpoints(&self, on_failure: Box<dyn Fn(StoreError) + Send + Sync>) {
        match &*self.0 {
            Backend::Sqlite(store) => store.start_checkpoints(on_failure),
            // The server sees to its own.
            Backend::Postgres(_) => {}
        }
    }

    /// Closes a database of which this is the last clone, and says what went wrong, which merely dropping it cannot.
    /// With other clones alive it only empties the write-ahead log.
    pub fn close(self) -> Result<(), StoreError> {
        match &*self.0 {
            Backend::Sqlite(store) => store.close(),
            // Every write is on disk when it returns.
            Backend::Postgres(_) => Ok(()),
        }
    }
}

pub(crate) fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        Some(_) | None => Err(StoreError::Address(url.to_owned())),
    }
}

/// The address of a database on a server.
fn on_a_server(url: &str) -> Result<postgres::Address, StoreError> {
    postgres::Address::parse(url).unwrap_or_else(|| {
        let why = "a file lies on one machine; move the hall to PostgreSQL with `jifen copy` first".to_owned();
        Err(StoreError::Unfit { place: url.to_owned(), why })
    })
}
