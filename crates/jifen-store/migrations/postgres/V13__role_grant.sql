-- Roles that an account has beside its own: for a place, for a time. A row is never deleted; revoking writes when and by whom.
create table role_grant (
    region_id   bigint not null,
    number      bigint not null, -- from 1
    account     text collate "C" not null,
    role        text collate "C" not null,
    place_kind  text collate "C" not null, -- `region`, `hall`, `department`, `window`, `person`
    place       text collate "C" not null, -- its code; empty for the region and the person
    begins      bigint not null, -- ms
    ends        bigint, -- ms; null: until it is revoked
    reason      text collate "C" not null,
    granted     bigint not null, -- ms
    granted_by  text collate "C" not null,
    revoked     bigint, -- ms
    revoked_by  text collate "C",
    primary key (region_id, number),
    foreign key (region_id, account) references account
);

create index role_grant_by_account on role_grant (region_id, account);
