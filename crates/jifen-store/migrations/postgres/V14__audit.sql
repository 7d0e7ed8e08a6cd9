-- The audit trail: who did or read what, when, from where, why. Append-only; each digest covers the one before it.
create table audit (
    region_id   bigint not null references region,
    position    bigint not null, -- from 1 without gaps
    at          bigint not null, -- ms
    kind        smallint not null check (kind in (1, 2, 3)), -- 1 change, 2 reading of personal data, 3 signing in
    actor       text collate "C" not null, -- as the journal names them
    address     text collate "C" not null, -- where from; empty on the server itself
    act         text collate "C" not null, -- `account.make`, `quarantine.read` …
    object      text collate "C" not null, -- of what
    reason      text collate "C" not null,
    request     text collate "C" not null, -- id of the request
    digest      bytea not null check (length(digest) = 32),
    primary key (region_id, position)
);

create index audit_by_actor on audit (region_id, actor, position);
