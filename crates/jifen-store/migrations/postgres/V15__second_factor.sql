-- A second step of signing in (RFC 6238), and when a session's account last proved who it is.
create table second_factor (
    region_id   bigint not null,
    account     text collate "C" not null,
    secret      bytea not null check (length(secret) = 20),
    confirmed   bigint, -- ms; null: shown, and no code of it was typed yet
    step        bigint not null, -- the last step of 30 s whose code counted
    primary key (region_id, account),
    foreign key (region_id, account) references account
);

-- Codes for when the device is lost, by their SHA-256. A row goes when its code is used.
create table recovery_code (
    region_id   bigint not null,
    account     text collate "C" not null,
    digest      bytea not null check (length(digest) = 32),
    primary key (region_id, account, digest),
    foreign key (region_id, account) references account
);

alter table session add column proved bigint not null default 0; -- ms; 0: must prove it again
