//! Spreadsheets: the guide as it stands, workbooks and CSV people really have, and very long ones.

use std::{fs, path::Path, process::Command};

use rust_xlsxwriter::{Format, Formula, Workbook};

use crate::harness::{HALL, Scratch};

#[test]
fn the_commands_of_the_guide_lead_to_a_board() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spreadsheet.md");
    let guide = fs::read_to_string(guide).expect("guide");
    let (scratch, mut last, mut count) = (Scratch::new(), String::new(), 0);
    for block in guide.split("```sh\n").skip(1) {
        let block = block.split("```").next().expect("its end");
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(words[0], "jifen", "{line}");
            let ran = scratch.good(&words[1..]);
            count += 1;
            if words[1] == "leaderboard" {
                last = ran.stdout;
            }
        }
    }
    assert_eq!(count, 7);
    assert!(last.contains("王岚") && last.contains("李文博"), "{last}");
    let again = scratch.jifen(&["template", "我的大厅.xlsx"]);
    assert_eq!(again.code, 2, "what somebody may have filled in is not overwritten");
    let empty = scratch.jifen(&["init", "--db", "sqlite:own.db", "--dry-run", "我的大厅.xlsx"]);
    assert_eq!(empty.code, 3);
    assert!(empty.stderr.contains("我的大厅.xlsx[区划]"), "{}", empty.stderr);
    assert!(!scratch.path("own.db").exists());
}

#[test]
fn faults_of_a_workbook_name_sheet_row_and_column() {
    let scratch = Scratch::new();
    let mut workbook = Workbook::new();
    let mut sheet = |name: &str, rows: &[&[&str]]| {
        let sheet = workbook.add_worksheet().set_name(name).expect("sheet");
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                sheet.write(row as u32, column as u16, *cell).expect("cell");
            }
        }
    };
    sheet("区划", &[&["项目", "值"], &["区划代码*", "t"], &["起始日", "昨天"]]);
    sheet("部门", &[&["各部门一览"], &["部门编号*", "名称", "大厅编号"], &["D1", "税务局", "H9"]]);
    sheet("人员", &[&["工号", "姓名", "部门编号", "备注"], &["P1", "王岚", "D1", "x"], &["", "李文博", "D1"]]);
    sheet("别的", &[&["不", "看"]]);
    workbook.save(scratch.path("t.xlsx")).expect("saved");
    let refused = scratch.jifen(&["init", "--db", &scratch.db(), "t.xlsx"]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("t.xlsx[区划]!B3: "), "{}", refused.stderr);
    assert!(refused.stderr.contains("昨天"), "{}", refused.stderr);

    let mut workbook = Workbook::new();
    let mut sheet = |name: &str, rows: &[&[&str]]| {
        let sheet = workbook.add_worksheet().set_name(name).expect("sheet");
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                sheet.write(row as u32, column as u16, *cell).expect("cell");
            }
        }
    };
    sheet("region", &[&["code", "t"], &["since", "2026-01-01"]]);
    sheet("部门", &[&["各部门一览"], &["部门编号*", "名称", "大厅编号"], &["D1", "税务局", "H9"]]);
    sheet("人员", &[&["工号", "姓名", "部门编号", "备注"], &["P1", "王岚", "D1", "x"], &["", "李文博", "D1"]]);
    workbook.save(scratch.path("t2.xlsx")).expect("saved");
    let refused = scratch.jifen(&["init", "--db", &scratch.db(), "t2.xlsx"]);
    assert_eq!(refused.code, 3);
    for told in [
        "t2.xlsx[部门]!C3: 大厅编号：",
        "\n    hall: `H9`",
        "t2.xlsx[人员]!A3: “人员编号”是空的；请填写\n    `person` is empty; fill it",
    ] {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
    assert!(!scratch.path("jifen.db").exists(), "nothing was written");
}

#[test]
fn a_workbook_as_people_have_it_is_imported() {
    let scratch = Scratch::with_hall();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("封面").expect("sheet").write(0, 0, "某大厅").expect("cell");
    let sheet = workbook.add_worksheet().set_name("十月").expect("sheet");
    let (time, plain) = (Format::new().set_num_format("yyyy/m/d h:mm"), Format::new());
    sheet.merge_range(0, 0, 0, 4, "窗口业务统计", &plain).expect("title");
    for (column, name) in ["号", "人员", "窗口", "起", "止", "合计"].into_iter().enumerate() {
        sheet.write(1, column as u16, name).expect("name");
    }
    // 2026-10-12, 9:00 and on.
    let day = 46_307.0;
    for row in 2..5_u32 {
        sheet.write_formula(row, 0, Formula::new("=\"N\"&ROW()").set_result(format!("N{row}"))).expect("cell");
        sheet.write(row, 2, "W1").expect("cell");
        sheet.write_with_format(row, 3, day + f64::from(row) / 24.0 + 7.0 / 24.0, &time).expect("cell");
        sheet.write_with_format(row, 4, day + f64::from(row) / 24.0 + 7.2 / 24.0, &time).expect("cell");
        sheet.write_formula(row, 5, Formula::new("=1/0").set_result("#DIV/0!")).expect("cell");
    }
    sheet.merge_range(2, 1, 4, 1, "P1", &plain).expect("person");
    workbook.save(scratch.path("十月.xlsx")).expect("saved");
    scratch.write("m.toml", MAPPING.as_bytes());
    let db = scratch.db();
    let import = ["import", "--db", &db, "--region", "t", "--mapping", "m.toml", "十月.xlsx"];
    let ran = scratch.good(&import);
    assert!(ran.stdout.contains("7 accepted"), "three services and who did them: {}", ran.stdout);
    assert!(scratch.good(&import).stdout.contains("0 accepted, 7 repeated"));
    let board = ["leaderboard", "--db", &db, "--region", "t", "--subject", "person", "--period", "2026-10", "--json"];
    let board = scratch.good(&board).json();
    assert_eq!((&board["items"][0]["subject"], &board["items"][0]["services"]), (&"P1".into(), &3.into()));
}

#[test]
fn a_csv_that_excel_wrote_in_china_needs_no_conversion() {
    let scratch = Scratch::new();
    for (name, text) in HALL {
        let (bytes, _, _) = encoding_rs::GB18030.encode(text);
        scratch.write(&format!("hall/{name}"), if name.ends_with(".csv") { &bytes } else { text.as_bytes() });
    }
    let db = scratch.db();
    scratch.good(&["init", "--db", &db, "hall"]);
    scratch.write("m.toml", MAPPING.as_bytes());
    let text = "号,人员,窗口,起,止\nN1,P1,W1,2026-10-12 09:00,2026-10-12 09:12\nN2,P2,W2,昨天,2026-10-12 09:12\n";
    scratch.write("十月.csv", &encoding_rs::GB18030.encode(text).0);
    let ran = scratch.jifen(&["import", "--db", &db, "--region", "t", "--mapping", "m.toml", "十月.csv"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("3 accepted") && ran.stderr.contains("昨天"), "{}{}", ran.stdout, ran.stderr);
    let board = ["leaderboard", "--db", &db, "--region", "t", "--subject", "person", "--period", "2026-10"];
    assert!(scratch.good(&board).stdout.contains("王岚"), "names are read in both");
}

#[test]
fn a_sheet_of_200_000_rows_is_read_in_bounded_memory() {
    let scratch = Scratch::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory().expect("sheet");
    for (column, name) in ["号", "人员", "窗口", "起", "止"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).expect("name");
    }
    for row in 1..=200_000_u32 {
        sheet.write(row, 0, format!("N{row}")).expect("cell");
        sheet.write(row, 1, format!("P{}", row % 500)).expect("cell");
        sheet.write(row, 2, "W1").expect("cell");
        sheet.write(row, 3, "2026-10-12 09:00").expect("cell");
        sheet.write(row, 4, "2026-10-12 09:12").expect("cell");
    }
    workbook.save(scratch.path("long.xlsx")).expect("saved");
    scratch.write("m.toml", MAPPING.as_bytes());
    // Address space, not memory in use: it also holds what the allocator reserves.
    let limited = format!(
        "ulimit -v 1500000 && exec {} import --db sqlite:x.db --region t --mapping m.toml --dry-run --json long.xlsx",
        env!("CARGO_BIN_EXE_jifen")
    );
    let ran = Command::new("sh").args(["-c", &limited]).current_dir(scratch.directory.path()).output().expect("sh");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let found: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(found["counts"]["jifen.service.ended"], 200_000);
    assert_eq!(found["counts"]["jifen.actor.identified"], 500);
    assert_eq!(found["errors_count"], 0);
}

const MAPPING: &str = r#"
format = 1
source = { constant = "/hall/queue" }
id = "号"

[[event]]
type = "service.started"
time = "起"
sequence = { constant = 1 }
[event.data]
service = "号"
window = "窗口"
person = "人员"

[[event]]
type = "service.ended"
time = "止"
sequence = { constant = 2 }
[event.data]
service = "号"
window = "窗口"
person = "人员"
"#;
