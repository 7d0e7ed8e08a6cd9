//! Which schemas a program may work on: its own, and a newer one that only adds to it.
//!
//! A migration whose name begins with `add_` promises that the program before it notices nothing: new tables with their indexes and
//! triggers, and columns that need no value. The promise lies in the database with the migration's name, so a program reads it of
//! migrations that it has never heard of ([why](../../../docs/decisions/0021-migrations-that-only-add.md)).

/// How the name of a migration begins that only adds.
const ADDS: &str = "add_";

/// The migration after which the program seals the vault's plain texts; the next takes their table away.
pub(crate) const SEALS_TEXTS: refinery::SchemaVersion = 18;

/// The migration after which it seals the bodies of refused events; the next takes the plain ones away.
pub(crate) const SEALS_BODIES: refinery::SchemaVersion = 23;

/// How a schema stands to a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fit {
    /// It lacks what the program needs.
    Older,
    /// It is the program's own.
    Same,
    /// It is newer and only adds: rows may be read and written, the schema is another's to change.
    Admits,
    /// It is newer, and what has changed is not known.
    Newer,
}

/// A migration: its number, and its name without it.
pub(crate) type Migration = (i64, String);

/// Whether all of these only add.
pub(crate) fn only_add<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    names.into_iter().all(|name| name.starts_with(ADDS))
}

/// How a schema of these migrations stands to a program that knows those up to `known`.
pub(crate) fn fit(applied: &[Migration], known: i64) -> Fit {
    let newest = newest(applied);
    let unknown = applied.iter().filter(|(number, _)| *number > known);
    match newest.cmp(&known) {
        std::cmp::Ordering::Less => Fit::Older,
        std::cmp::Ordering::Equal => Fit::Same,
        std::cmp::Ordering::Greater if only_add(unknown.map(|(_, name)| &**name)) => Fit::Admits,
        std::cmp::Ordering::Greater => Fit::Newer,
    }
}

/// The number of the schema; 0 where nothing was applied.
pub(crate) fn newest(applied: &[Migration]) -> i64 {
    applied.iter().map(|(number, _)| *number).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_admits_whom_all_of_its_migrations_admit() {
        let of = |newer: &[&str]| {
            let first = [(1, "spine".to_owned()), (2, "add_once".to_owned())];
            let later = newer.iter().zip(3..).map(|(name, number)| (number, (*name).to_owned()));
            fit(&first.into_iter().chain(later).collect::<Vec<_>>(), 2)
        };
        assert_eq!(of(&[]), Fit::Same);
        assert_eq!(of(&["add_notes"]), Fit::Admits);
        assert_eq!(of(&["add_notes", "add_more"]), Fit::Admits);
        assert_eq!(of(&["add_notes", "drop_notes"]), Fit::Newer);
        assert_eq!(of(&["drop_notes", "add_notes"]), Fit::Newer, "what was not admitted stays so");
        assert_eq!(of(&["adder"]), Fit::Newer);
        assert_eq!(fit(&[(1, "spine".to_owned())], 2), Fit::Older);
        assert_eq!(fit(&[], 2), Fit::Older);
    }
}
