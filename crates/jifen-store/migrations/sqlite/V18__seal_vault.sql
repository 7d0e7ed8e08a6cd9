-- Personal texts as they were until now; the program seals them, some at a time, and takes them away.
drop index vault_by_actor;
drop index vault_by_name;
alter table vault rename to vault_plain;

-- Personal texts, each sealed with its salt under the key of its holder; the journal holds only a salted commitment to each.
create table vault (
    region_id   integer not null references region,
    position    integer not null,
    member      text not null,
    actor       blob, -- whose text it is; null: of nobody whom the journal knows
    holder      blob not null, -- of its key
    sealed      blob not null,
    primary key (region_id, position, member)
) strict, without rowid;

create index vault_by_actor on vault (region_id, actor, member, position) where actor is not null;

-- Keys, under the master key, which is in no database. Without its key a text is lost.
create table vault_key (
    region_id   integer not null references region,
    holder      blob not null, -- 0: the proof of the master; 1 and a person; 2, a position and a member
    wrapped     blob not null,
    primary key (region_id, holder)
) strict, without rowid;

-- Finding people by the beginning of their name: keyed hashes of all beginnings, and the records with the names.
create table vault_name (
    region_id   integer not null references region,
    beginning   blob not null check (length(beginning) = 8),
    position    integer not null,
    primary key (region_id, beginning, position)
) strict, without rowid;
