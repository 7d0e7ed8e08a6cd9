-- Acts that take a second person: asked for by one, approved or refused by another. A row is never deleted; deciding writes when and by whom.
create table approval (
    region_id   bigint not null,
    number      bigint not null, -- from 1
    act         text collate "C" not null, -- `role.grant`, `period.close`
    account     text collate "C" not null, -- who asks
    asked       bigint not null, -- ms
    expires     bigint not null, -- ms
    body        text collate "C" not null, -- what is asked for, as JSON
    reason      text collate "C" not null,
    decided     bigint, -- ms
    decided_by  text collate "C", -- the account of the second person
    approved    boolean,
    note        text collate "C",
    primary key (region_id, number),
    foreign key (region_id, account) references account,
    check (decided_by is null or decided_by <> account),
    check ((decided is null) = (decided_by is null) and (decided is null) = (approved is null))
);
