//! What the file's tables look like to somebody with a shell.

use super::{file, shell};
use crate::sample::records;

#[test]
fn readers_do_not_wait_for_a_writer() {
    let fixture = file();
    fixture.commit(&records(0, 1));
    let mut shell = shell(&fixture);
    let writing = shell.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    writing.execute("delete from state", []).unwrap();
    let started = std::time::Instant::now();
    assert_eq!(fixture.database.head(fixture.region).unwrap().journal, 1);
    assert!(started.elapsed().as_secs() < 2, "a read waited {:?}", started.elapsed());
}

#[test]
fn a_damaged_segment_is_told_as_damage() {
    let fixture = file();
    fixture.commit(&records(0, 5));
    let shell = shell(&fixture);
    shell.execute_batch("drop trigger journal_segment_never_updated").unwrap();
    for damage in ["x''", "x'ffffffff00'", "substr(bytes, 1, length(bytes) - 9)", "x'0100000010a0'"] {
        shell.execute_batch("savepoint s").unwrap();
        shell.execute(&format!("update journal_segment set bytes = {damage}"), []).unwrap();
        shell.execute_batch("release s").unwrap();
        let error = fixture.database.records_after(fixture.region, 0, 9).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{damage}: {error}");
    }
}
#[test]
fn a_board_is_one_contiguous_range() {
    let fixture = file();
    let shell = shell(&fixture);
    let plan = "explain query plan select subject, rule, dimension, sum(facts) from rollup
        where region_id = 1 and bucket = 1 and subject_kind = 0 and grain = 2 and date between 5 and 5
        group by subject, rule, dimension";
    let steps: Vec<String> =
        shell.prepare(plan).unwrap().query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    assert!(
        steps[0]
            .contains("PRIMARY KEY (region_id=? AND bucket=? AND subject_kind=? AND grain=? AND date>? AND date<?)"),
        "{steps:?}"
    );
}

#[test]
fn long_commits_make_several_segments_and_short_runs_are_merged() {
    let fixture = file();
    let mut head = 0;
    for count in [1, 20_000, 7].into_iter().chain([16_384; 9]) {
        fixture.commit(&records(head, count));
        head += count;
    }
    let shell = shell(&fixture);
    let number = |query: &str| -> i64 { shell.query_row(query, [], |row| row.get(0)).unwrap() };
    assert!(number("select count(*) from journal_segment where last_position <= 20008") > 4);
    assert!(number("select max(last_position - first_position) from journal_key_run") > 8 * 16 * 1024, "none merged");
    assert!(number("select count(*) from journal_key_run") < 9);
    assert_eq!(number("select count(*) from journal_key_block where run not in (select run from journal_key_run)"), 0);
}
