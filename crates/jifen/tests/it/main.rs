//! The built binary from outside: what people and scripts see, and what survives when it is killed.

mod backup;
mod canary;
mod city;
mod copying;
mod disk;
mod documents;
mod feeder;
mod harness;
mod import;
mod init;
mod keys;
mod kill;
mod nodes;
mod outage;
mod powerloss;
mod privacy;
mod proxy;
mod reading;
mod real_logs;
mod replay;
mod serving;
mod signing;
mod space;
mod spreadsheet;
mod upgrade;
mod whatif;
