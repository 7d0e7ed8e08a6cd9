-- All of them have been sealed.
alter table quarantine drop column body;
