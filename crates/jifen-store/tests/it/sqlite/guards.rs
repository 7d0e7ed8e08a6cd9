//! What the file itself refuses, and the settings of every connection.

use jifen_core::time::{Date, Instant};
use jifen_store::{AuditKind, AuditRow};

use super::{file, shell};
use crate::sample::{Fixture, entry, ledger_row, person, records};

fn filled() -> Fixture {
    let fixture = file();
    // Enough for the dedupe index to have a run.
    let mut batch = records(0, 20_000);
    batch.entries = vec![ledger_row(entry(1, person(1), Date(1)))];
    fixture.commit(&batch);
    fixture
}

#[test]
fn journal_ledger_and_trail_refuse_update_and_delete() {
    let fixture = filled();
    let read = AuditRow {
        region: fixture.region,
        at: Instant(1),
        kind: AuditKind::Reading,
        actor: "account:a".to_owned(),
        address: String::new(),
        act: "quarantine.read".to_owned(),
        object: "1".to_owned(),
        reason: String::new(),
        request: String::new(),
    };
    // A trigger fires for a row: without one there is nothing to refuse.
    fixture.database.audit(&read).expect("written down");
    let shell = shell(&fixture);
    for statement in [
        "update journal_segment set bytes = x''",
        "delete from journal_segment",
        "update journal_key_run set last_position = 9",
        "delete from journal_key_run",
        "update journal_key_block set bytes = x''",
        "delete from journal_key_block",
        "update ledger set bytes = x''",
        "update ledger set business_date = 0",
        "delete from ledger",
        "update audit set reason = 'none'",
        "delete from audit",
    ] {
        let refusal = shell.execute(statement, []).map_err(|error| error.to_string());
        assert!(refusal.as_ref().is_err_and(|text| text.contains("append-only")), "{statement}: {refusal:?}");
    }
}

#[test]
fn the_guards_are_the_only_triggers() {
    let fixture = file();
    let shell = shell(&fixture);
    let mut statement = shell.prepare("select name from sqlite_schema where type = 'trigger' order by name").unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    // Journal, ledger and the trail twice, the keys of the journal four times, role grants that are ended, approvals that are
    // decided and announcements that are withdrawn but never deleted.
    assert_eq!(names.len(), 13, "{names:?}");
    assert!(
        names
            .iter()
            .all(|name| ["_never_updated", "_never_deleted", "_never_lost"].iter().any(|end| name.ends_with(end))),
        "{names:?}"
    );
}

#[test]
fn every_table_is_strict_and_begins_with_its_region_but_for_three() {
    let fixture = file();
    let shell = shell(&fixture);
    let mut statement = shell
        .prepare(
            "select list.name, list.strict, (select name from pragma_table_info(list.name) where pk = 1)
             from pragma_table_list as list
             where list.schema = 'main' and list.name not like 'sqlite%' and list.name not like 'refinery%'
             order by list.name",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get(2)?)));
    let mut globals = Vec::new();
    for row in rows.unwrap() {
        let (table, strict, key): (_, _, String) = row.unwrap();
        assert!(strict, "{table}");
        if key != "region_id" {
            globals.push(table);
        }
    }
    assert_eq!(globals, ["access_key", "region", "session"]);
}

#[test]
fn the_log_is_write_ahead_and_the_mark_is_ours() {
    let fixture = file();
    let shell = shell(&fixture);
    let text = |pragma: &str| shell.query_row(&format!("pragma {pragma}"), [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("journal_mode"), "wal");
    let mark: i64 = shell.query_row("pragma application_id", [], |row| row.get(0)).unwrap();
    assert_eq!(mark, i64::from(u32::from_be_bytes(*b"jifn")));
}
