-- Roles that an account has beside its own: for a place, for a time. A row is never deleted; revoking writes when and by whom.
create table role_grant (
    region_id   integer not null,
    number      integer not null, -- from 1
    account     text not null,
    role        text not null,
    place_kind  text not null, -- `region`, `hall`, `department`, `window`, `person`
    place       text not null, -- its code; empty for the region and the person
    begins      integer not null, -- ms
    ends        integer, -- ms; null: until it is revoked
    reason      text not null,
    granted     integer not null, -- ms
    granted_by  text not null,
    revoked     integer, -- ms
    revoked_by  text,
    primary key (region_id, number),
    foreign key (region_id, account) references account
) strict, without rowid;

create index role_grant_by_account on role_grant (region_id, account);

create trigger role_grant_never_deleted before delete on role_grant
begin select raise(abort, 'grants are never deleted'); end;
