-- 公告: what is announced to everybody of the region, or of a hall, from when and until when. A row is never deleted; withdrawing writes when and by whom.
create table announcement (
    region_id       bigint not null,
    number          bigint not null, -- from 1
    title           text collate "C" not null,
    text            text collate "C" not null,
    hall            text collate "C", -- null: everybody
    public          boolean not null, -- whether citizens see it too
    begins          bigint not null, -- ms
    ends            bigint, -- ms; null: until it is withdrawn
    placed          bigint not null, -- ms
    placed_by       text collate "C" not null,
    withdrawn       bigint, -- ms
    withdrawn_by    text collate "C",
    primary key (region_id, number),
    check (ends is null or begins < ends),
    check ((withdrawn is null) = (withdrawn_by is null))
);
