//! What goes into the store and comes out of it: flat rows, no behaviour.

mod announcement;

use jifen_core::{
    id::{ActorId, ActorRef, Digest, EventKey},
    ledger::{Entry, Subject},
    measure::Measures,
    points::Points,
    rollup::{BoardPart, Rollup, Rollups},
    rule::{Dimension, SubjectKind},
    state::Change,
    time::{Date, Grain, Instant},
};

pub use announcement::{AnnouncementFilter, AnnouncementRow, Withdrawal};

/// A region within this database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RegionId(pub i64);

/// A region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegionRow {
    /// Its number here.
    pub id: RegionId,
    /// Its code everywhere.
    pub code: String,
}

/// A process that serves the database beside others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeRow {
    /// Its name, its own for as long as it runs.
    pub name: String,
    /// Where the others reach it: `http://HOST:PORT`.
    pub address: String,
}

/// Who may write a region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// The node; `None` while it is just taking the region, or where no node has it.
    pub node: Option<NodeRow>,
    /// Whether it has been silent for too long: who claims the region takes it from there.
    pub hangs: bool,
}

/// Who writes a region, after asking for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// This process.
    Mine,
    /// Another; ask again later where no node is named.
    Theirs(Option<NodeRow>),
}

/// The last positions in use; 0 before the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// Of the journal.
    pub journal: u64,
    /// Of the ledger.
    pub ledger: u64,
}

/// How far a region's journal goes in a backup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reach {
    /// Its code.
    pub code: String,
    /// Last position.
    pub journal: u64,
    /// When the last record came; `None` where there is none.
    pub received: Option<Instant>,
}

/// An event that the journal already holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// Its record's position.
    pub position: u64,
    /// Keyed digest of its body.
    pub body: [u8; 16],
}

/// Everything one transaction writes.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The journal's head as the writer knows it; the commit fails if another is found.
    pub expected_head: u64,
    /// Records, positions dense from `expected_head + 1`.
    pub records: Vec<JournalRow>,
    /// State changes, at most one per key.
    pub changes: Vec<Change>,
    /// Entries, positions dense from the ledger's head + 1.
    pub entries: Vec<LedgerRow>,
    /// What to add to the sums.
    pub rollups: Rollups,
    /// What to add to the measures.
    pub measures: Measures,
    /// Personal texts.
    pub personal: Vec<PersonalRow>,
    /// Actors named by the records, with source and code; those already known are passed over.
    pub actors: Vec<(ActorRef, String, String)>,
    /// Events kept for mending.
    pub quarantine: Vec<QuarantineRow>,
    /// Kept events that records of this batch mend; those resolved already are passed over.
    pub mended: Vec<Mended>,
}

/// One record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalRow {
    /// Its position.
    pub position: u64,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// Its event's dedupe key.
    pub key: EventKey,
    /// Keyed digest of its event's body.
    pub body: [u8; 16],
}

/// One entry to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LedgerRow {
    /// The entry.
    pub entry: Entry,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of them.
    pub digest: Digest,
    /// State key of what it came from.
    pub locator: Vec<u8>,
}

/// One entry as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEntry {
    /// The entry, decoded from the stored bytes.
    pub entry: Entry,
    /// The stored digest; a reader that doubts compares it with [`Entry::digest`].
    pub digest: Digest,
    /// State key of what it came from.
    pub locator: Vec<u8>,
}

/// A personal text of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonalRow {
    /// The record's position.
    pub position: u64,
    /// The event's member.
    pub member: String,
    /// Whose text it is (plain id); `None`: of nobody whom the journal knows, a citizen's say.
    pub actor: Option<ActorId>,
    /// Salt of the journal's commitment.
    pub salt: [u8; 16],
    /// The text.
    pub text: String,
}

/// A good envelope whose values fail the schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuarantineRow {
    /// When it came.
    pub received: Instant,
    /// The key that sent it.
    pub by: String,
    /// CloudEvents `source`.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
    /// Code of what is wrong.
    pub reason: String,
    /// JSON pointer to where.
    pub pointer: String,
    /// The event as received, JSON.
    pub body: String,
}

/// A kept event, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quarantined {
    /// Its number in the quarantine.
    pub number: u64,
    /// The event.
    pub row: QuarantineRow,
    /// `None` while it is open.
    pub resolution: Option<Resolution>,
}

/// How a kept event was resolved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolution {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// The record that mended it; `None`: it was set aside.
    pub position: Option<u64>,
    /// Why it was set aside.
    pub note: Option<String>,
}

/// A kept event that a record mends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mended {
    /// Its number in the quarantine.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// The record.
    pub position: u64,
}

/// What the sources call an actor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActorRow {
    /// Source that uses the code.
    pub source: String,
    /// The code.
    pub code: String,
    /// The person's name, if the vault has one.
    pub name: Option<String>,
}

/// A bearer key; its secret is nowhere, only the SHA-256 of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRow {
    /// Region it belongs to.
    pub region: RegionId,
    /// Name, unique in the region.
    pub name: String,
    /// Role.
    pub role: String,
    /// Event types it may send; empty: all its role may.
    pub types: Vec<String>,
    /// SHA-256 of the secret key.
    pub digest: Digest,
    /// When it was made.
    pub created: Instant,
}

/// A secret by which a system signs what it sends.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// Region it belongs to.
    pub region: RegionId,
    /// Name of the system.
    pub name: String,
    /// Which of its secrets; given by the store.
    pub number: u64,
    /// Event types it may send; empty: all a source may.
    pub types: Vec<String>,
    /// The secret.
    pub secret: [u8; 32],
    /// When it was made.
    pub created: Instant,
}

/// A person's account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Region it belongs to.
    pub region: RegionId,
    /// Name, unique in the region.
    pub name: String,
    /// Role.
    pub role: String,
    /// Hash of the password in PHC form.
    pub password: String,
    /// Whether the password was given and not chosen.
    pub must_change: bool,
    /// Whether nobody may sign in with it.
    pub disabled: bool,
    /// Code of the person whose account it is.
    pub person: Option<String>,
    /// When it was made.
    pub created: Instant,
}

/// A role that an account has beside its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantRow {
    /// Region of the account.
    pub region: RegionId,
    /// What people call it; given by the store.
    pub number: u64,
    /// Account.
    pub account: String,
    /// Role.
    pub role: String,
    /// `region`, `hall`, `department`, `window` or `person`.
    pub place_kind: String,
    /// Code of the place; empty for the region and the person.
    pub place: String,
    /// From when.
    pub begins: Instant,
    /// Until when, exclusive; `None`: until it is revoked.
    pub ends: Option<Instant>,
    /// Why it was granted.
    pub reason: String,
    /// When it was granted.
    pub granted: Instant,
    /// By whom, as the journal names them.
    pub granted_by: String,
    /// When it was revoked.
    pub revoked: Option<Instant>,
    /// By whom.
    pub revoked_by: Option<String>,
}

impl GrantRow {
    /// Whether it holds at a time, or will.
    pub fn stands(&self, now: Instant) -> bool {
        self.revoked.is_none() && self.ends.is_none_or(|ends| now < ends)
    }

    /// Whether it holds at a time.
    pub fn is_active(&self, now: Instant) -> bool {
        self.stands(now) && self.begins <= now
    }
}

/// An act that takes a second person, as one asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApprovalRow {
    /// Region of the account.
    pub region: RegionId,
    /// What people call it; given by the store.
    pub number: u64,
    /// What is asked for.
    pub act: String,
    /// The account that asks.
    pub account: String,
    /// When it asked.
    pub asked: Instant,
    /// After this nobody decides any more.
    pub expires: Instant,
    /// What is to be done, as JSON.
    pub body: String,
    /// Why.
    pub reason: String,
    /// What the second person said.
    pub decided: Option<ApprovalDecision>,
}

/// What the second person said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApprovalDecision {
    /// When.
    pub at: Instant,
    /// The account that decided; never the one that asked.
    pub by: String,
    /// Whether it is approved.
    pub approved: bool,
    /// Why.
    pub note: String,
}

impl ApprovalRow {
    /// Whether it waits for the second person.
    pub fn is_open(&self, now: Instant) -> bool {
        self.decided.is_none() && now < self.expires
    }
}

/// An account that is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// SHA-256 of the session's id.
    pub digest: Digest,
    /// Region of the account.
    pub region: RegionId,
    /// What people call it; given by the store.
    pub number: u64,
    /// Account.
    pub account: String,
    /// When it was opened.
    pub created: Instant,
    /// When it was last used.
    pub last_seen: Instant,
    /// What it was opened with: `Chrome · Windows`.
    pub agent: String,
    /// When its account last proved who it is.
    pub proved: Instant,
}

/// The second factor of an account: a secret that its owner's device has too.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorRow {
    /// Region of the account.
    pub region: RegionId,
    /// Account.
    pub account: String,
    /// The secret, as RFC 6238 uses it.
    pub secret: [u8; 20],
    /// When a code of it was first typed; `None`: it was shown and does not count yet.
    pub confirmed: Option<Instant>,
    /// The last step whose code counted.
    pub step: i64,
    /// Recovery codes that are left.
    pub codes_left: u64,
}

/// What proves that somebody has the second factor; each counts once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FactorProof {
    /// A code of this step, later than every one that counted.
    Step(i64),
    /// A recovery code, by its SHA-256.
    Code(Digest),
}

/// Whose rows a board sums.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BoardSubjects {
    /// All of a kind.
    Kind(SubjectKind),
    /// One.
    One(Subject),
}

/// One line of a board before ranks: a subject's sums for one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoardRow {
    /// Whose.
    pub subject: Subject,
    /// Rule id, or a counting row's name (see [`jifen_core::rollup::RollupKey::rule`]).
    pub rule: String,
    /// The rule's dimension; `None` for counting rows.
    pub dimension: Option<Dimension>,
    /// Sums.
    pub rollup: Rollup,
}

/// Which board is wanted whole.
#[derive(Clone, Copy, Debug)]
pub struct WholeBoard<'a> {
    /// Whose.
    pub kind: SubjectKind,
    /// The rows that make it.
    pub parts: &'a [BoardPart],
    /// The dates it spans.
    pub span: (Date, Date),
    /// Days of longer boards are not wanted.
    pub days_max: i64,
    /// Days of this rule only.
    pub rule: Option<&'a str>,
    /// Days of this dimension only.
    pub dimension: Option<Dimension>,
}

/// A subject's points of a day.
pub type DayPoints = (Subject, Date, Points);

/// A whole board, as of one position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoardRows {
    /// As of here.
    pub head: Head,
    /// By subject, rule and dimension, in that order.
    pub rows: Vec<BoardRow>,
    /// First and last business date that any board of the region has day rows for.
    pub dates: Option<(Date, Date)>,
    /// Points of every subject on every day that has rows, of what counts on a day's board, by date; `None`: too many days.
    pub days: Option<Vec<DayPoints>>,
}

/// Which entries to list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryFilter {
    /// A person: its own; a window, department or hall: its own and those of its people credited with that place.
    pub subject: Option<Subject>,
    /// First business date …
    pub from: Date,
    /// … and last.
    pub to: Date,
    /// Shortest grain (a per-fact entry is of a day, a period's of its period) …
    pub least: Grain,
    /// … and longest.
    pub most: Grain,
    /// Of one rule only.
    pub rule: Option<String>,
    /// Of one dimension only.
    pub dimension: Option<Dimension>,
    /// Entries that follow the one at this position in the list's order: the last of the page before.
    pub before: Option<u64>,
    /// Most entries to give.
    pub limit: usize,
}

impl EntryFilter {
    /// All entries, `limit` at a time.
    pub fn all(limit: usize) -> Self {
        Self {
            subject: None,
            from: Date(i32::MIN),
            to: Date(i32::MAX),
            least: Grain::Day,
            most: Grain::All,
            rule: None,
            dimension: None,
            before: None,
            limit,
        }
    }
}

/// Work that waits for a clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobRow {
    /// What is to be done.
    pub kind: String,
    /// To what; unique in the kind.
    pub id: String,
    /// From when on.
    pub due: Instant,
    /// How far it is.
    pub state: JobState,
    /// Leases so far.
    pub attempts: u32,
    /// What went wrong the last time.
    pub failure: Option<String>,
}

/// How far a job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobState {
    /// Waiting, or leased.
    Waiting,
    /// Done.
    Done,
    /// Given up.
    GivenUp,
}

impl JobState {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Done => 1,
            Self::GivenUp => 2,
        }
    }

    pub(crate) fn of(number: i64) -> Option<Self> {
        [Self::Waiting, Self::Done, Self::GivenUp].into_iter().find(|state| state.number() == number)
    }
}
