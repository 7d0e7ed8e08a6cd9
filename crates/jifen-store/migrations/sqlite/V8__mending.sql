-- What became of a quarantined event: null while it is open, else who mended it or set it aside, and when.
alter table quarantine add column resolved integer; -- ms
alter table quarantine add column resolved_by text;
-- Of the record that mended it; null where it was set aside.
alter table quarantine add column mended_position integer;
-- Why it was set aside.
alter table quarantine add column resolved_note text;

-- The open ones in the order they came, and how many there are of a source.
create index quarantine_open on quarantine (region_id, number, source) where resolved is null;

-- The same event sent again.
create index quarantine_by_event on quarantine (region_id, source, id);

-- Finding people by the beginning of their name.
create index vault_by_name on vault (region_id, text) where actor is not null;
