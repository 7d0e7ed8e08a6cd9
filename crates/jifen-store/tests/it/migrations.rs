//! Both schemas have one number.

use std::{collections::BTreeSet, fs, path::Path};

/// PostgreSQL's schema began as SQLite's of this number.
const FIRST_TWIN: u32 = 11;

fn names(of: &str) -> BTreeSet<(u32, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(of);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let parse = |name: String| {
        let (number, what) = name.strip_prefix('V')?.strip_suffix(".sql")?.split_once("__")?;
        Some((number.parse().ok()?, what.to_owned()))
    };
    files.map(|name| parse(name.clone()).unwrap_or_else(|| unreachable!("`{name}` is no migration"))).collect()
}

#[test]
fn every_migration_has_a_twin_of_the_same_number_and_name() {
    let later =
        |of: &str| -> BTreeSet<_> { names(of).into_iter().filter(|(number, _)| *number > FIRST_TWIN).collect() };
    assert_eq!(later("sqlite"), later("postgres"));
    let last = |of: &str| names(of).last().map(|(number, _)| *number);
    assert_eq!(last("sqlite"), last("postgres"));
    assert!(names("sqlite").iter().any(|(number, _)| *number == FIRST_TWIN));
}
