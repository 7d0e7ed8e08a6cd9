-- People's accounts and their sessions. With the third global table: region, access_key, session.

create table account (
    region_id   integer not null references region,
    name        text not null,
    role        text not null,
    password    text not null, -- Argon2id in PHC form, never the password
    must_change integer not null check (must_change in (0, 1)), -- the password was given, not chosen
    disabled    integer not null check (disabled in (0, 1)),
    person      text, -- code of the person whose account it is
    created     integer not null, -- ms
    primary key (region_id, name)
) strict, without rowid;

-- Global, because a request carries the session's id and not yet its region. Only the SHA-256 of an id is kept; the number,
-- the ms of its opening or the next free one, names the session to people.
create table session (
    digest      blob primary key check (length(digest) = 32),
    region_id   integer not null,
    number      integer not null,
    account     text not null,
    created     integer not null, -- ms
    last_seen   integer not null, -- ms
    agent       text not null, -- `Chrome · Windows`
    unique (region_id, number),
    foreign key (region_id, account) references account
) strict, without rowid;
