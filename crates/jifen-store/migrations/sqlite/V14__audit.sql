-- The audit trail: who did or read what, when, from where, why. Append-only; each digest covers the one before it.
create table audit (
    region_id   integer not null references region,
    position    integer not null, -- from 1 without gaps
    at          integer not null, -- ms
    kind        integer not null check (kind in (1, 2, 3)), -- 1 change, 2 reading of personal data, 3 signing in
    actor       text not null, -- as the journal names them
    address     text not null, -- where from; empty on the server itself
    act         text not null, -- `account.make`, `quarantine.read` …
    object      text not null, -- of what
    reason      text not null,
    request     text not null, -- id of the request
    digest      blob not null check (length(digest) = 32),
    primary key (region_id, position)
) strict, without rowid;

create index audit_by_actor on audit (region_id, actor, position);

create trigger audit_never_updated before update on audit
begin select raise(abort, 'the audit trail is append-only'); end;
create trigger audit_never_deleted before delete on audit
begin select raise(abort, 'the audit trail is append-only'); end;
