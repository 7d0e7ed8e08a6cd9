-- The spine: journal, state, ledger, rollups and vault of every region in one file.
-- Every table's key begins with region_id. The global ones, all of them: region, access_key.

-- Global. `secret` keys every hash of the region and never leaves the store.
create table region (
    id      integer primary key,
    code    text not null unique,
    secret  blob not null check (length(secret) = 32)
) strict;

-- Global, because a request carries the key and not yet its region. Only the SHA-256 of a key is kept.
create table access_key (
    digest      blob primary key check (length(digest) = 32),
    region_id   integer not null references region,
    name        text not null,
    role        text not null,
    types       text not null, -- one a line
    created     integer not null, -- ms
    unique (region_id, name)
) strict, without rowid;

-- Records as committed: `bytes` is lz4 of a CBOR sequence of canonical bytes. `keys` and `bodies` hold 16 bytes per record: its
-- event's dedupe key and the keyed digest of its body. A rowid table, because its rows are large.
create table journal_segment (
    region_id       integer not null references region,
    first_position  integer not null check (first_position > 0),
    last_position   integer not null check (last_position >= first_position),
    keys            blob not null check (length(keys) = 16 * (last_position - first_position + 1)),
    bodies          blob not null check (length(bodies) = length(keys)),
    bytes           blob not null,
    primary key (region_id, first_position)
) strict;

-- The dedupe index: the segments' keys, sorted. A run holds every key of its span of positions; the spans follow one another
-- without gaps, and the segments after the last run are few. Keys are random: a row each in a B-tree costs a page each.
-- A rowid table, because its rows are large: without rowid every comparison on the way to a row would read a whole filter.
create table journal_key_run (
    region_id       integer not null references region,
    run             integer not null,
    first_position  integer not null,
    last_position   integer not null,
    blocks          integer not null check (blocks > 0),
    filter          blob not null,
    primary key (region_id, run)
) strict;

-- A run's sorted rows of 20 bytes (key, position - first_position big-endian) in blocks of a page by the key's leading bits.
create table journal_key_block (
    region_id   integer not null,
    run         integer not null,
    block       integer not null,
    bytes       blob not null,
    primary key (region_id, run, block)
) strict;

-- The engine's keyed state; only the engine looks into keys and values.
create table state (
    region_id   integer not null,
    kind        integer not null,
    key         blob not null,
    value       blob not null,
    primary key (region_id, kind, key)
) strict, without rowid;

-- Entries. The columns beside `bytes` repeat what filters need.
create table ledger (
    region_id       integer not null references region,
    position        integer not null check (position > 0),
    subject_kind    integer not null,
    subject         blob not null,
    rule            text not null,
    dimension       integer not null,
    grain           integer not null,
    business_date   integer not null,
    window          text,
    department      text,
    hall            text,
    bytes           blob not null,
    digest          blob not null check (length(digest) = 32),
    locator         blob not null,
    primary key (region_id, position)
) strict, without rowid;

-- A subject's own entries, newest first. Grows at one place per subject.
create index ledger_by_subject on ledger (region_id, subject_kind, subject, business_date, position);

-- Everybody's entries, newest first. Covers the filters by place, so that members' entries need no index each:
-- it grows at its end, where three more indexes would cost three more pages per batch and person.
create index ledger_by_date on ledger
    (region_id, business_date, position, subject_kind, grain, dimension, window, department, hall, subject, rule);

-- Sums. One month's board of a subject kind is one contiguous range.
create table rollup (
    region_id               integer not null references region,
    bucket                  integer not null, -- 0 day, 1 month
    subject_kind            integer not null,
    grain                   integer not null, -- month rows hold all grains up to the month, and say month
    date                    integer not null, -- days since 1970-01-01
    subject                 blob not null,
    rule                    text not null,
    dimension               integer not null, -- -1: none, a counting row
    own_posted              integer not null,
    members_posted          integer not null,
    own_provisional         integer not null,
    members_provisional     integer not null,
    facts                   integer not null,
    primary key (region_id, bucket, subject_kind, grain, date, subject, rule, dimension)
) strict, without rowid;

-- Personal texts; the journal holds only a salted commitment to each.
create table vault (
    region_id   integer not null references region,
    position    integer not null,
    member      text not null,
    actor       blob, -- whose name it is
    salt        blob not null check (length(salt) = 16),
    text        text not null,
    primary key (region_id, position, member)
) strict, without rowid;

create index vault_by_actor on vault (region_id, actor, position) where actor is not null;

-- The sources' own codes behind the journal's keyed hashes.
create table actor_code (
    region_id   integer not null references region,
    sourced     blob not null check (length(sourced) = 16),
    plain       blob not null check (length(plain) = 16),
    source      text not null,
    code        text not null,
    primary key (region_id, sourced)
) strict, without rowid;

create index actor_code_by_plain on actor_code (region_id, plain, source);
create index actor_code_by_code on actor_code (region_id, code, source);

-- Good envelopes whose values fail the schema, kept to be mended. A rowid table, because bodies may be large.
create table quarantine (
    region_id   integer not null references region,
    number      integer not null,
    received    integer not null, -- ms
    by          text not null,
    source      text not null,
    id          text not null,
    reason      text not null,
    pointer     text not null,
    body        text not null,
    primary key (region_id, number)
) strict;

-- The guards, the only triggers.
create trigger journal_segment_never_updated before update on journal_segment
begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_segment_never_deleted before delete on journal_segment
begin select raise(abort, 'the journal is append-only'); end;
-- Runs are merged: one may go when a wider one has come, its blocks after it.
create trigger journal_key_run_never_updated before update on journal_key_run
begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_key_run_never_lost before delete on journal_key_run
when not exists (
    select 1
    from journal_key_run as wider
    where wider.region_id = old.region_id
      and wider.run > old.run
      and wider.first_position <= old.first_position
      and wider.last_position >= old.last_position
)
begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_key_block_never_updated before update on journal_key_block
begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_key_block_never_lost before delete on journal_key_block
when exists (select 1 from journal_key_run as live where live.region_id = old.region_id and live.run = old.run)
begin select raise(abort, 'the journal is append-only'); end;
create trigger ledger_never_updated before update on ledger
begin select raise(abort, 'the ledger is append-only'); end;
create trigger ledger_never_deleted before delete on ledger
begin select raise(abort, 'the ledger is append-only'); end;
