-- A second step of signing in (RFC 6238), and when a session's account last proved who it is.
create table second_factor (
    region_id   integer not null,
    account     text not null,
    secret      blob not null check (length(secret) = 20),
    confirmed   integer, -- ms; null: shown, and no code of it was typed yet
    step        integer not null, -- the last step of 30 s whose code counted
    primary key (region_id, account),
    foreign key (region_id, account) references account
) strict, without rowid;

-- Codes for when the device is lost, by their SHA-256. A row goes when its code is used.
create table recovery_code (
    region_id   integer not null,
    account     text not null,
    digest      blob not null check (length(digest) = 32),
    primary key (region_id, account, digest),
    foreign key (region_id, account) references account
) strict, without rowid;

alter table session add column proved integer not null default 0; -- ms; 0: must prove it again
