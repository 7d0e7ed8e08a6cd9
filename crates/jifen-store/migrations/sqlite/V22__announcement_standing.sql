-- Announcements to a department, and an index of those that stand: neither over nor withdrawn.
alter table announcement add column department text; -- null: a hall's people, or everybody

create index announcement_standing on announcement (region_id, coalesce(ends, 9223372036854775807)) where withdrawn is null;
