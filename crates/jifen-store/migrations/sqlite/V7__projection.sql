-- What readers fold from the journal for themselves, as far as they have come. Nothing depends on it: a row that is missing or old
-- costs its reader the folding of the records since, and no decision is ever taken from it.
-- `name` carries the form's number (`hall/1`), so that another form begins anew.
create table projection (
    region_id   integer not null references region,
    name        text not null,
    position    integer not null, -- of the last record folded in
    bytes       blob not null, -- lz4
    primary key (region_id, name)
) strict;
