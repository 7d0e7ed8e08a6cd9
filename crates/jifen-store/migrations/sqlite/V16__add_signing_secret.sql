-- Secrets by which systems sign what they send (HMAC-SM3). Two of a name may be alive, so that one is changed without a gap.
create table signing_secret (
    region_id   integer not null references region,
    name        text not null, -- of the system; no bearer key has it
    number      integer not null, -- from 1, and never again
    types       text not null, -- as of access_key
    secret      blob not null check (length(secret) = 32),
    created     integer not null, -- ms
    primary key (region_id, name, number)
) strict, without rowid;
