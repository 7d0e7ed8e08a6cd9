-- What facts say, summed per hall and day, for looking at a change before and after. Changed in the transaction of the ledger.
-- The key's order makes one hall's span of days one contiguous range.
create table measure (
    region_id   integer not null references region,
    hall        text not null,
    date        integer not null, -- days since 1970-01-01
    indicator   integer not null,
    facts       integer not null,
    sum         integer not null,
    primary key (region_id, hall, date, indicator)
) strict, without rowid;
