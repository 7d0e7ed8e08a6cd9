-- Bodies of refused events, each sealed under a key of its own (`vault_key`: 3 and the number). The program seals those that lie plain, some
-- at a time; the next migration takes the plain ones away.
alter table quarantine add column sealed blob; -- null once its key is destroyed
alter table quarantine add column mark blob; -- keyed hash of the body, by which one that is sent again is known
