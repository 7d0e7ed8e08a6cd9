-- Work that waits for a clock: leased to one worker at a time, done at least once, so every kind must bear being done twice.
create table job (
    region_id       integer not null references region,
    kind            text not null,
    id              text not null,
    due             integer not null, -- ms; after a failure, of the next try
    state           integer not null default 0 check (state in (0, 1, 2)), -- 0 waiting, 1 done, 2 given up
    attempts        integer not null default 0,
    holder          text,             -- who has the lease …
    leased_until    integer,          -- … and until when, ms
    failure         text,             -- of the last try
    primary key (region_id, kind, id)
) strict, without rowid;

create index job_by_due on job (region_id, state, due);
