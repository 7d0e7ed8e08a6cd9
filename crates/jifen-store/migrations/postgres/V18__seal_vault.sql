-- Personal texts as they were until now; the program seals them, some at a time, and takes them away.
drop index vault_by_actor;
drop index vault_by_name;
alter table vault rename to vault_plain;
alter index vault_pkey rename to vault_plain_pkey;

-- Personal texts, each sealed with its salt under the key of its holder; the journal holds only a salted commitment to each.
create table vault (
    region_id   bigint not null,
    position    bigint not null,
    member      text collate "C" not null,
    actor       bytea, -- whose text it is; null: of nobody whom the journal knows
    holder      bytea not null, -- of its key
    sealed      bytea not null,
    primary key (region_id, position, member)
);

create index vault_by_actor on vault (region_id, actor, member, position) where actor is not null;

-- Keys, under the master key, which is in no database. Without its key a text is lost.
create table vault_key (
    region_id   bigint not null,
    holder      bytea not null, -- 0: the proof of the master; 1 and a person; 2, a position and a member
    wrapped     bytea not null,
    primary key (region_id, holder)
);

-- Finding people by the beginning of their name: keyed hashes of all beginnings, and the records with the names.
create table vault_name (
    region_id   bigint not null,
    beginning   bytea not null check (length(beginning) = 8),
    position    bigint not null,
    primary key (region_id, beginning, position)
);
