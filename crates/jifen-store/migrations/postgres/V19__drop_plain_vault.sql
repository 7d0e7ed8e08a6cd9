-- All of it has been sealed.
drop table vault_plain;
