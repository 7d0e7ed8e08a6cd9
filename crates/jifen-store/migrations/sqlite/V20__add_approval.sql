-- Acts that take a second person: asked for by one, approved or refused by another. A row is never deleted; deciding writes when and by whom.
create table approval (
    region_id   integer not null,
    number      integer not null, -- from 1
    act         text not null, -- `role.grant`, `period.close`
    account     text not null, -- who asks
    asked       integer not null, -- ms
    expires     integer not null, -- ms
    body        text not null, -- what is asked for, as JSON
    reason      text not null,
    decided     integer, -- ms
    decided_by  text, -- the account of the second person
    approved    integer check (approved in (0, 1)),
    note        text,
    primary key (region_id, number),
    foreign key (region_id, account) references account,
    check (decided_by is null or decided_by <> account),
    check ((decided is null) = (decided_by is null) and (decided is null) = (approved is null))
) strict, without rowid;

create trigger approval_never_deleted before delete on approval
begin select raise(abort, 'approvals are never deleted'); end;
