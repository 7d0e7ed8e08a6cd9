//! Workbooks of what pages list: the same rows, in the same order, with no formula in them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::json;

use crate::city::{Answer, City, event, morning};

/// The sheet of an answer: its rows as texts, numbers as they are read.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status.as_u16(), 200, "{}", String::from_utf8_lossy(&answer.bytes));
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(answer.header("content-type"), kind);
    let mut workbook = Xlsx::new(Cursor::new(answer.bytes.clone())).expect("a workbook");
    let name = workbook.sheet_names()[0].clone();
    assert!(workbook.worksheet_formula(&name).expect("formulas").is_empty(), "no cell is a formula");
    let sheet = workbook.worksheet_range(&name).expect("a sheet");
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        Data::Float(number) => number.to_string(),
        other => other.to_string(),
    };
    sheet.rows().map(|row| row.iter().map(text).collect()).collect()
}

async fn busy_hall() -> (City, String) {
    let city = City::new();
    city.open_hall().await;
    let administrator = city.key("administrator", &[]);
    city.post_batch(&administrator, &morning()).await;
    let service = |id: &str, kind: &str, time: &str| {
        event(id, kind, time, json!({"service": "F", "person": "=1+1", "window": "7"}))
    };
    let events = [
        event("formula", "organisation.person", "2026-01-01T00:00:00+08:00", json!({"person": "=1+1"})),
        service("f1", "service.started", "2026-11-23T08:00:00+08:00"),
        service("f2", "service.ended", "2026-11-23T08:35:00+08:00"),
    ];
    city.post_batch(&administrator, &events).await;
    let key = city.key("staff", &[]);
    (city, key)
}

#[tokio::test]
async fn the_workbook_of_a_board_is_the_board() {
    let (city, key) = busy_hall().await;
    for subject in ["person", "window", "department", "hall"] {
        let board =
            city.get(&key, &format!("/api/v1/leaderboard?period=all&subject={subject}&limit=1000")).await.json();
        let path = format!("/api/v1/leaderboard?period=all&subject={subject}&format=xlsx");
        let answer = city.get(&key, &path).await;
        let name = format!("attachment; filename=\"leaderboard-{subject}-all.xlsx\"");
        assert_eq!(answer.header("content-disposition"), name);
        let rows = rows(&answer);
        let column = |title: &str| rows[0].iter().position(|found| found == title).unwrap_or_else(|| panic!("{title}"));
        let mut items = board["items"].as_array().expect("items").clone();
        // The page lists the ranked first.
        items.sort_by_key(|item| item["rank"].is_null());
        assert_eq!(rows.len(), items.len() + 1, "{subject}");
        for (row, item) in rows[1..].iter().zip(&items) {
            let rank = item["rank"].as_u64().map(|rank| rank.to_string()).unwrap_or_default();
            assert_eq!(
                (&row[column("名次")], row[column("编号")].as_str()),
                (&rank, item["subject"].as_str().expect("code"))
            );
            for (title, member) in [("积分", "points"), ("待定", "provisional")] {
                assert_eq!(row[column(title)], item[member].as_str().expect("points"), "{subject} {title}");
            }
            assert_eq!(row[column("效率")], item["dimensions"]["efficiency"].as_str().expect("points"));
            assert_eq!(row[column("说明")].is_empty(), !item["rank"].is_null());
        }
    }
    let person = city.get(&key, "/api/v1/leaderboard?period=all&format=xlsx&lang=en&limit=2").await;
    let person = rows(&person);
    assert_eq!((person.len(), person[0][0].as_str()), (3, "Rank"), "as many rows as the page has loaded");
    let refused = city.get(&key, "/api/v1/leaderboard?format=xls").await;
    assert_eq!(refused.problem(), (400, "bad_query".to_owned()));
    let refused = city.get(&key, "/api/v1/leaderboard?format=xlsx&lang=fr").await;
    assert_eq!(refused.problem(), (400, "bad_query".to_owned()));
    let source = city.key("source", &[]);
    let refused = city.get(&source, "/api/v1/leaderboard?format=xlsx").await;
    assert_eq!(refused.problem(), (403, "forbidden".to_owned()), "what may not be read may not be saved");
}

#[tokio::test]
async fn the_workbook_of_entries_has_every_entry_of_the_list() {
    let (city, key) = busy_hall().await;
    let list = city.get(&key, "/api/v1/entries?period=all&limit=1000").await.json();
    let items = list["items"].as_array().expect("items");
    assert!(items.len() > 3);
    let all = city.get(&key, "/api/v1/entries?period=all&format=xlsx").await;
    let all = rows(&all);
    assert_eq!(all.len(), items.len() + 1);
    for (row, item) in all[1..].iter().zip(items) {
        assert_eq!(row[12], item["position"].to_string());
        assert_eq!(
            (row[0].as_str(), row[4].as_str()),
            (item["business_date"].as_str().expect("date"), item["points"].as_str().expect("points"))
        );
        assert_eq!(row[3], item["rule_title"].as_str().expect("title"));
    }
    assert!(all.iter().any(|row| row[2] == "=1+1"), "the code as it is, and no formula");
    // As CSV the same cells, apart from what a spreadsheet would take for a formula.
    let csv = city.get(&key, "/api/v1/entries?period=all&format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("entries-all.csv"));
    let bytes = csv.bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let lines: Vec<Vec<String>> =
        reader.records().map(|line| line.expect("a line").iter().map(str::to_owned).collect()).collect();
    let shown = |cell: &String| if cell == "=1+1" { "'=1+1".to_owned() } else { cell.clone() };
    let expected: Vec<Vec<String>> = all.iter().map(|row| row.iter().map(shown).collect()).collect();
    assert_eq!(lines, expected);
    let three = city.get(&key, "/api/v1/entries?period=all&format=xlsx&limit=3").await;
    assert_eq!(rows(&three), all[..4]);
    let own =
        city.get(&key, "/api/v1/entries?period=all&subject_kind=person&subject=%3D1%2B1&format=xlsx&lang=en").await;
    let own = rows(&own);
    assert!(own.len() > 1 && own[1..].iter().all(|row| row[2] == "=1+1"), "{own:?}");
}
