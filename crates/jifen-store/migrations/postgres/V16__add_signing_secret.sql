-- Secrets by which systems sign what they send (HMAC-SM3). Two of a name may be alive, so that one is changed without a gap.
create table signing_secret (
    region_id   bigint not null references region,
    name        text collate "C" not null, -- of the system; no bearer key has it
    number      bigint not null, -- from 1, and never again
    types       text collate "C" not null, -- as of access_key
    secret      bytea not null check (length(secret) = 32),
    created     bigint not null, -- ms
    primary key (region_id, name, number)
);
