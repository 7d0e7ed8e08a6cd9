-- Nothing to change: a row of `state` may be packed from here on (see packed.rs). Not named `add_…`, because the program before
-- cannot read such a row.
select 1;
