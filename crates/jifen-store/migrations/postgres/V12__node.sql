-- The processes that serve this database together (docs/decisions/0011). Times are ms by the server's own clock.

-- Global. A row says that a node was alive at `renewed`, and where the others reach it; rewritten twice a second.
create table node (
    name        text collate "C" primary key,
    address     text collate "C" not null,
    renewed     bigint not null
) with (fillfactor = 50);

-- Which node took the region's lock last, and the number of the server's process behind its session.
create table region_writer (
    region_id   bigint primary key references region,
    node        text collate "C" not null,
    backend     integer not null
);

-- Global, one row. Keys what nodes send each other.
create table node_secret (
    one         boolean primary key default true check (one),
    secret      bytea not null check (length(secret) = 32)
);
