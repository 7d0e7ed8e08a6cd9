//! What only the store on files promises.

mod faults;
mod guards;
mod opening;
mod reading;

use jifen_scratch::Scratch;

use crate::sample::Fixture;

/// A fresh file with one region.
fn file() -> Fixture {
    Fixture::on(Scratch::sqlite())
}

/// A plain SQLite connection to the same file, as somebody with a shell has one.
fn shell(fixture: &Fixture) -> rusqlite::Connection {
    rusqlite::Connection::open(fixture.database.path().unwrap()).unwrap()
}
