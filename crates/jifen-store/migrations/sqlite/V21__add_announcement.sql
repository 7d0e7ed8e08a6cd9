-- 公告: what is announced to everybody of the region, or of a hall, from when and until when. A row is never deleted; withdrawing writes when and by whom.
create table announcement (
    region_id       integer not null,
    number          integer not null, -- from 1
    title           text not null,
    text            text not null,
    hall            text, -- null: everybody
    public          integer not null check (public in (0, 1)), -- whether citizens see it too
    begins          integer not null, -- ms
    ends            integer, -- ms; null: until it is withdrawn
    placed          integer not null, -- ms
    placed_by       text not null,
    withdrawn       integer, -- ms
    withdrawn_by    text,
    primary key (region_id, number),
    check (ends is null or begins < ends),
    check ((withdrawn is null) = (withdrawn_by is null))
) strict, without rowid;

create trigger announcement_never_deleted before delete on announcement
begin select raise(abort, 'announcements are never deleted'); end;
