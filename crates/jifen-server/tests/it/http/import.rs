//! The organisation from a file on the page: a template, a dry run that tells everything, one batch, and the batch taken back.

use std::io::Cursor;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use calamine::{Reader, Xlsx};
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::{Value, json};

use super::{
    organisation::{CHANGES, REHEARSALS, opened, points, post},
    session::{Hall, PASSWORD},
};
use crate::city::Answer;

const IMPORTS: &str = "/api/v1/organisation/imports";
const TEMPLATE: &str = "/api/v1/organisation/template";

async fn upload(hall: &Hall, cookie: &str, path: &str, bytes: Vec<u8>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, "hall.example")
        .header(header::ORIGIN, "http://hall.example")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/octet-stream");
    hall.send(request.body(Body::from(bytes)).expect("request")).await
}

/// What a file would do.
async fn tried(hall: &Hall, cookie: &str, bytes: impl Into<Vec<u8>>) -> Value {
    let answer = upload(hall, cookie, IMPORTS, bytes.into()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// A workbook of sheets, their rows and cells.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).expect("a name");
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells) {
                match cell.strip_prefix('=') {
                    Some(formula) => {
                        let failed = Formula::new(formula).set_result("#DIV/0!");
                        sheet.write_formula(row, column, failed).expect("a formula")
                    }
                    None => sheet.write_string(row, column, *cell).expect("a cell"),
                };
            }
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

async fn confirm(hall: &Hall, cookie: &str, key: &str, changes: &Value) -> Answer {
    let body = json!({"changes": changes, "batch": "十一月.xlsx", "reason": "文件 7 号"});
    let request = Request::builder()
        .method(Method::POST)
        .uri(CHANGES)
        .header(header::HOST, "hall.example")
        .header(header::ORIGIN, "http://hall.example")
        .header(header::COOKIE, cookie)
        .header("idempotency-key", key)
        .header(header::CONTENT_TYPE, "application/json");
    hall.send(request.body(Body::from(body.to_string())).expect("request")).await
}

/// Sheet, cell and Chinese of each fault.
fn faults(import: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = import["faults"].as_array().expect("faults").iter();
    all.map(|one| (text(&one["sheet"]), text(&one["cell"]), text(&one["zh"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_holds_what_there_is_and_changes_nothing_when_it_comes_back() {
    let (hall, cookie) = opened().await;
    let answer = hall.get(&cookie, &format!("{TEMPLATE}?format=xlsx")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.header("content-disposition").contains("organisation-2026-11-23.xlsx"), "{answer:?}");
    let mut book = Xlsx::new(Cursor::new(answer.bytes.clone())).expect("a workbook");
    assert_eq!(book.sheet_names(), ["说明", "大厅", "部门", "窗口", "事项", "人员", "排班", "职务", "请假"]);
    let sheet = book.worksheet_range("职务").expect("a sheet");
    let cells: Vec<String> = sheet.rows().nth(1).expect("a row").iter().map(ToString::to_string).collect();
    assert_eq!(cells[..5], ["P2", "首席代表", "2026-03-01", "", "D2"]);
    let back = tried(&hall, &cookie, answer.bytes).await;
    assert_eq!(
        (&back["faults"], &back["changes"], &back["rehearsal"]),
        (&json!([]), &json!([]), &Value::Null),
        "{back}"
    );
    let table = |sheet: &str| {
        let all = back["tables"].as_array().expect("tables").iter();
        all.clone().find(|one| one["sheet"] == sheet).expect(sheet).clone()
    };
    for sheet in ["大厅", "部门", "窗口", "事项", "人员", "排班", "职务"] {
        let counts = table(sheet);
        assert_eq!((&counts["added"], &counts["changed"]), (&json!(0), &json!(0)), "{counts}");
        assert!(counts["unchanged"].as_u64().is_some_and(|rows| rows > 0), "{counts}");
    }
    // One table as CSV comes back the same way.
    let csv = hall.get(&cookie, &format!("{TEMPLATE}?format=csv&table=matters")).await;
    assert!(
        String::from_utf8_lossy(&csv.bytes).contains("M1,缴存,D2,3,,,10,"),
        "{:?}",
        String::from_utf8_lossy(&csv.bytes)
    );
    let back = tried(&hall, &cookie, csv.bytes).await;
    assert_eq!((&back["faults"], &back["tables"][0]["unchanged"]), (&json!([]), &json!(1)), "{back}");
    assert_eq!(hall.get(&cookie, TEMPLATE).await.problem().0, 400, "the trail tells a file by its format");
    assert_eq!(hall.get(&cookie, &format!("{TEMPLATE}?format=csv")).await.problem().0, 400);
    assert_eq!(hall.get(&cookie, &format!("{TEMPLATE}?format=csv&table=x")).await.problem().0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_row_is_told_by_its_cell_and_nothing_is_made_of_it() {
    let (hall, cookie) = opened().await;
    let head = hall.city.database.head(hall.city.row.id).expect("head");
    let file = workbook(&[
        (
            "窗口",
            &[
                &["窗口编号*", "部门编号", "大厅编号"],
                &["9", "D9", ""],
                &["", "D1", ""],
                &["8", "", ""],
                &["8", "", ""],
            ],
        ),
        (
            "事项",
            &[&["事项编号", "承诺工作日", "承诺工作小时"], &["M2", "五天", ""], &["M3", "1", "4"], &["M4", "=1/0", ""]],
        ),
        (
            "排班",
            &[
                &["人员编号", "窗口编号", "开始", "结束"],
                &["P9", "8", "2026-11-01", ""],
                &["P2", "8", "下周", ""],
                &["P2", "8", "2026-11-20", "2026-11-10"],
            ],
        ),
        ("职务", &[&["人员编号", "职务", "开始", "窗口编号", "部门编号"], &["P2", "组长", "2026-11-01", "8", "D2"]]),
        ("别的", &[&["随便"]]),
    ]);
    let import = tried(&hall, &cookie, file).await;
    let found = faults(&import);
    let places: Vec<(&str, &str)> = found.iter().map(|(sheet, cell, _)| (sheet.as_str(), cell.as_str())).collect();
    let wanted = [
        ("窗口", "A3"),
        ("窗口", "A5"),
        ("事项", "B4"),
        ("窗口", "B2"),
        ("事项", "B2"),
        ("事项", "C3"),
        ("排班", "A2"),
        ("排班", "C3"),
        ("排班", "D4"),
        ("职务", "E2"),
    ];
    for place in wanted {
        assert!(places.contains(&place), "{place:?} in {found:?}");
    }
    assert!(found.iter().any(|(.., zh)| zh.contains("没有登记过编号“D9”")), "{found:?}");
    assert_eq!((&import["changes"], &import["rehearsal"]), (&json!([]), &Value::Null));
    assert_eq!(import["unread"], json!(["别的"]));
    // Files that are no such file: each is told what it is.
    let bomb = {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).expect("part");
        std::io::Write::write_all(&mut archive, &vec![b' '; 65 << 20]).expect("spaces");
        archive.finish().expect("archive").into_inner()
    };
    assert!(bomb.len() < 1 << 20);
    for (bytes, told) in [
        (Vec::new(), "空的"),
        (b"\xd0\xcf\x11\xe0".to_vec(), "旧的 .xls"),
        (b"PK\x03\x04 no archive".to_vec(), "不是能读的工作簿"),
        (vec![0; 64], "既不是"),
        ("姓名,年龄\n王岚,30\n".as_bytes().to_vec(), "哪一张表"),
        (workbook(&[("别的", &[&["随便"]])]), "没有要读的工作表"),
        (bomb, "解开后超过"),
    ] {
        let import = tried(&hall, &cookie, bytes).await;
        let found = faults(&import);
        assert!(found.len() == 1 && found[0].2.contains(told), "{told}: {found:?}");
        assert_eq!(import["faults"][0]["row"], Value::Null);
    }
    assert_eq!(upload(&hall, &cookie, &format!("{IMPORTS}?on=2027-01-01"), b"x".to_vec()).await.problem().0, 400);
    assert_eq!(hall.city.database.head(hall.city.row.id).expect("head"), head, "nothing was appended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_becomes_one_batch_once_and_is_taken_back_as_one() {
    let (hall, cookie) = opened().await;
    let (before, lan) = (points(&hall, &cookie, "P2").await, points(&hall, &cookie, "王岚").await);
    // A new department and a window in it, a matter that changes, and window 8 somebody else's all along.
    let file = workbook(&[
        ("部门", &[&["部门编号", "名称", "大厅编号"], &["D7", "不动产", "H1"], &["D2", "公积金", "H1"]]),
        (
            "窗口",
            &[&["窗口编号", "名称", "大厅编号", "部门编号"], &["9", "9 号窗口", "H1", "D7"], &["8", "", "", "D7"]],
        ),
        ("事项", &[&["事项编号", "承诺工作小时"], &["M1", "4"]]),
        (
            "排班",
            &[
                &["人员编号", "窗口编号", "开始", "结束"],
                &["P2", "8", "2026-11-01", "2026-11-02"],
                &["王岚", "8", "2026-11-03", ""],
            ],
        ),
    ]);
    let import = tried(&hall, &cookie, file.clone()).await;
    assert_eq!(import["faults"], json!([]), "{import}");
    let counts: Vec<(i64, i64, i64)> = import["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .map(|one| {
            let of = |name: &str| one[name].as_i64().expect("count");
            (of("added"), of("changed"), of("unchanged"))
        })
        .collect();
    assert_eq!(counts, [(1, 0, 1), (1, 1, 0), (0, 1, 0), (1, 1, 0)], "{import}");
    let rehearsal = &import["rehearsal"];
    assert_eq!(rehearsal["events"], 6, "{rehearsal}");
    let of = |person: &str| {
        let subjects = rehearsal["subjects"].as_array().expect("subjects");
        subjects.iter().find(|one| one["code"] == person).map(|one| one["points"].clone())
    };
    assert_eq!(of("P2"), Some(json!(format!("-{before}"))), "{rehearsal}");
    let window = import["rows"].as_array().expect("rows").iter().find(|one| one["about"] == "8").expect("window 8");
    assert_eq!(window["differs"], json!([{"column": "department", "was": "D2", "becomes": "D7"}]));
    assert_eq!(points(&hall, &cookie, "P2").await, before, "nothing was done");

    let made = confirm(&hall, &cookie, "k1", &import["changes"]).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    let made = made.json();
    assert_eq!(made["items"].as_array().map(Vec::len), Some(6), "{made}");
    hall.settled().await;
    assert_eq!(points(&hall, &cookie, "P2").await, "0");
    assert_ne!(points(&hall, &cookie, "王岚").await, lan);
    // The same request again is done once, and the file has nothing left to do.
    let head = hall.city.database.head(hall.city.row.id).expect("head");
    hall.pass(60_000);
    let again = confirm(&hall, &cookie, "k1", &import["changes"]).await.json();
    assert!(again["items"].as_array().expect("items").iter().all(|one| one["status"] == "repeated"), "{again}");
    assert_eq!(hall.city.database.head(hall.city.row.id).expect("head"), head);
    let back = tried(&hall, &cookie, file).await;
    assert_eq!((&back["changes"], &back["faults"]), (&json!([]), &json!([])), "{back}");

    // It is one line of the list, by the name its events bear.
    let listed = hall.get(&cookie, CHANGES).await.json();
    assert_eq!(listed["items"], json!([]), "{listed}");
    let batch = &listed["batches"][0];
    assert_eq!((&batch["events"], &batch["taken_back_at"]), (&json!(6), &Value::Null), "{listed}");
    let position = made["items"][0]["position"].as_u64().expect("position");
    let record = hall.city.database.records(hall.city.row.id, &[position]).expect("records").pop().expect("a record");
    assert_eq!(record.event.id, format!("organisation/batch/{}/0", batch["batch"].as_str().expect("batch")));

    // Taken back as one: what was there is there again, what was new stays.
    let back = json!([{"kind": "take_back_batch", "batch": batch["batch"]}]);
    let rehearsed = post(&hall, &cookie, REHEARSALS, back.clone()).await.json();
    assert_eq!((&rehearsed["kept"], &rehearsed["events"]), (&json!(2), &json!(4)), "{rehearsed}");
    let with =
        json!([{"kind": "take_back_batch", "batch": batch["batch"]}, {"kind": "hall", "code": "H1", "name": "x"}]);
    assert_eq!(post(&hall, &cookie, CHANGES, with).await.problem().0, 422, "it stands alone");
    let done = post(&hall, &cookie, CHANGES, back.clone()).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    hall.settled().await;
    assert_eq!(points(&hall, &cookie, "P2").await, before);
    assert_eq!(points(&hall, &cookie, "王岚").await, lan);
    let now = hall.get(&cookie, "/api/v1/organisation").await.json();
    let found = |list: &str, code: &str| {
        now[list].as_array().expect("list").iter().find(|one| one["code"] == code).expect(code).clone()
    };
    assert_eq!(found("windows", "8")["department"], "D2");
    assert_eq!(found("matters", "M1")["promised_days"], 3);
    assert_eq!(found("windows", "9")["department"], "D7");
    let listed = hall.get(&cookie, CHANGES).await.json();
    assert_eq!(listed["batches"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_ne!(listed["batches"][0]["taken_back_at"], Value::Null, "{listed}");
    assert_eq!(post(&hall, &cookie, REHEARSALS, back).await.problem().0, 422, "once");
    let none = json!([{"kind": "take_back_batch", "batch": "nothing"}]);
    assert_eq!(post(&hall, &cookie, CHANGES, none).await.problem().0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_leave_come_from_a_file_and_go_back_with_it() {
    let (hall, cookie) = opened().await;
    let file = |role: &str, to: &str, kind: &str| {
        workbook(&[
            (
                "排班",
                &[&["人员编号", "窗口编号", "开始", "结束", "岗位"], &["P2", "8", "2026-11-02", "2026-11-30", role]],
            ),
            ("请假", &[&["人员编号", "开始", "结束", "请假类别"], &["P2", "2026-11-09", to, kind]]),
        ])
    };
    let first = tried(&hall, &cookie, file("B 岗", "2026-11-10", "病假")).await;
    assert_eq!((&first["faults"], &first["rehearsal"]["events"]), (&json!([]), &json!(2)), "{first}");
    assert_eq!((&first["tables"][0]["added"], &first["tables"][1]["added"]), (&json!(1), &json!(1)), "{first}");
    let made = confirm(&hall, &cookie, "k1", &first["changes"]).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    hall.settled().await;
    let day = || async { hall.get(&cookie, "/api/v1/organisation?on=2026-11-10").await.json() };
    let before = day().await;
    assert_eq!((&before["leaves"][0]["person"], &before["leaves"][0]["category"]), (&json!("P2"), &json!("sick")));
    // The template says the same, and nothing changes when it comes back.
    let template = hall.get(&cookie, &format!("{TEMPLATE}?format=csv&table=leaves&on=2026-11-01")).await;
    assert!(String::from_utf8_lossy(&template.bytes).contains("P2,2026-11-09,2026-11-10,病假"), "{template:?}");
    assert_eq!(tried(&hall, &cookie, template.bytes).await["changes"], json!([]));
    assert_eq!(tried(&hall, &cookie, file("b", "2026-11-10", "sick")).await["changes"], json!([]));

    // The same assignment in another role, the same leave longer and of another kind.
    let second = tried(&hall, &cookie, file("实习", "2026-11-12", "年休假")).await;
    let differs = |row: usize| second["rows"][row]["differs"].clone();
    assert_eq!(differs(0), json!([{"column": "role", "was": "B 岗", "becomes": "实习"}]), "{second}");
    let ends = json!({"column": "to", "was": "2026-11-10T16:00:00.000Z", "becomes": "2026-11-12"});
    assert_eq!(differs(1), json!([ends, {"column": "category", "was": "病假", "becomes": "年休假"}]), "{second}");
    let made = confirm(&hall, &cookie, "k2", &second["changes"]).await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    hall.settled().await;
    let after = day().await;
    assert_eq!(after["leaves"].as_array().map(Vec::len), Some(1), "no second leave: {after}");
    assert_eq!(
        (&after["leaves"][0]["category"], &after["leaves"][0]["leave"]),
        (&json!("annual"), &before["leaves"][0]["leave"])
    );
    let role = |organisation: &Value| {
        let all = organisation["assignments"].as_array().expect("assignments").iter();
        let own = all
            .filter(|one| one["person"] == "P2" && one["window"] == "8" && one["from"] == "2026-11-01T16:00:00.000Z");
        own.map(|one| one["role"].clone()).next_back()
    };
    assert_eq!((role(&before), role(&after)), (Some(json!("b")), Some(json!("trainee"))), "{after}");
    // Bad cells are told by their place; taken back, what stood before stands again.
    let bad = tried(&hall, &cookie, file("组长", "2026-11-01", "")).await;
    let places: Vec<_> = faults(&bad).into_iter().map(|(sheet, cell, _)| sheet + &cell).collect();
    assert_eq!(places, ["请假D2", "排班E2"], "{bad}");
    let listed = hall.get(&cookie, CHANGES).await.json();
    let back = json!([{"kind": "take_back_batch", "batch": listed["batches"][0]["batch"]}]);
    assert_eq!(post(&hall, &cookie, CHANGES, back).await.status, StatusCode::OK);
    hall.settled().await;
    let back = day().await;
    assert_eq!((&back["leaves"], role(&back)), (&before["leaves"], role(&before)), "{back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_changes_only_what_whoever_sends_it_may_change() {
    let (hall, _) = opened().await;
    hall.account("boss", "manager", false);
    let (boss, _) = hall.sign_in("boss", PASSWORD).await;
    let roster = "人员编号,窗口编号,开始\n王岚,8,2026-11-20\n";
    let import = tried(&hall, &boss, roster).await;
    assert_eq!(import["rehearsal"]["events"], 1, "{import}");
    let window = "窗口编号,名称\n8,x\n";
    assert_eq!(upload(&hall, &boss, IMPORTS, window.into()).await.problem().0, 403);
    hall.account("clerk", "staff", false);
    let (clerk, _) = hall.sign_in("clerk", PASSWORD).await;
    assert_eq!(upload(&hall, &clerk, IMPORTS, roster.into()).await.problem().0, 403);
    assert_eq!(hall.get(&clerk, &format!("{TEMPLATE}?format=xlsx")).await.problem().0, 403);
    // GB18030, as Excel writes it in China, says the same.
    let (bytes, ..) = encoding_rs::GB18030.encode(roster);
    let again = tried(&hall, &boss, bytes.into_owned()).await;
    assert_eq!(again["changes"], import["changes"]);
    // A thousand changes make a batch, more do not.
    let many: String = (0..1_001)
        .map(|day| format!("王岚,8,20{:02}-{:02}-{:02}\n", 10 + day / 336, 1 + day / 28 % 12, 1 + day % 28))
        .collect();
    let told = tried(&hall, &boss, format!("人员编号,窗口编号,开始\n{many}")).await;
    assert!(told["faults"][0]["zh"].as_str().is_some_and(|zh| zh.contains("1001")), "{}", told["faults"]);
}
