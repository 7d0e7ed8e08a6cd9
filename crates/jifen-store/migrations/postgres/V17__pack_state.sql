-- Nothing to change but what is said: a row may be packed from here on (see packed.rs). Not named `add_…`, because the program
-- before cannot read such a row.
comment on table state is 'The engine''s keyed state. A value that begins with 0xff is packed: four bytes of length, then an lz4 block.';
