//! A directory people write, with every kind of fault in it.

use std::{fs, path::Path};

use jifen_core::time::Instant;
use tempfile::TempDir;

use super::{Plan, read};

const REGION: &str = "code = \"t\"\nname = \"测试区\"\nsince = \"2026-01-01\"\ncalendar = \"cn\"\n";

fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("directory");
        fs::write(path, text).expect("file");
    }
    directory
}

fn plan(files: &[(&str, &str)]) -> Result<Plan, Vec<String>> {
    let directory = directory(files);
    let now = Instant::parse("2026-11-23T00:00:00Z").expect("time");
    read(directory.path(), now).map_err(|faults| {
        let strip = |fault: String| fault.replace(&format!("{}/", directory.path().display()), "");
        faults.iter().map(|fault| strip(fault.to_string())).collect()
    })
}

fn types(plan: &Plan) -> Vec<&str> {
    plan.events.iter().filter_map(|event| event.envelope["type"].as_str()).map(|kind| &kind[6..]).collect()
}

#[test]
fn a_region_alone_is_enough() {
    let plan = plan(&[("region.toml", "code = \"510000\"\n")]).expect("plan");
    assert!(plan.starter);
    assert_eq!(types(&plan), ["organisation.region", "ruleset.published"]);
    assert_eq!(plan.events[0].envelope["data"]["name"], "四川省");
    assert_eq!(plan.events[0].envelope["data"]["time_zone"], "Asia/Shanghai");
    assert_eq!(plan.events[0].envelope["time"], "1999-12-31T16:00:00.000Z");
}

#[test]
fn every_table_becomes_events() {
    let plan = plan(&[
        ("region.toml", REGION),
        ("halls.csv", "hall,name\nH1,大厅\n"),
        ("departments.csv", "\u{feff}department,name,hall\nD1,税务局,H1\n"),
        ("windows.csv", "window,hall,department\nW1,H1,D1\n"),
        ("matters.csv", "matter,name,department,promised_days,standard_minutes\nM1,退税,D1,5,20\n"),
        ("people.csv", "person,kind,name,window\nP1,person,王岚,W1\nS1,system,,\n"),
        ("roster.csv", "person,window,from,to\nP1,W1,2026-11-23,2026-11-27\n"),
        ("posts.csv", "person,post,window,department,from,to\nP1,首席代表,W1,,2026-11-23,2026-11-27\nP1,首席代表,,D1,2026-11-23,\n"),
        ("leaves.csv", "人员编号,开始,结束,请假类别\nP1,2026-12-01,2026-12-03,病假\nP1,2026-12-08,2026-12-08,婚假\n"),
        ("calendar.csv", "calendar,year,off_days,hours\ncn,2027,2027-01-01..2027-01-03,08:30-12:00 14:00-18:00\n"),
    ])
    .expect("plan");
    let count = |kind: &str| types(&plan).iter().filter(|found| **found == kind).count();
    assert_eq!(count("organisation.calendar"), 2, "2026 from the table, 2027 from the file");
    let data = |kind: &str| {
        let found = plan.events.iter().find(|event| event.envelope["type"] == format!("jifen.{kind}"));
        found.expect(kind).envelope["data"].clone()
    };
    assert_eq!(data("organisation.matter")["standard_ms"], 1_200_000);
    assert_eq!(data("organisation.person")["person_name"], "王岚");
    assert_eq!(data("organisation.calendar")["off_days"].as_array().map(Vec::len), Some(3));
    // The last day is worked to its end.
    assert_eq!(data("roster.assigned")["to"], "2026-11-27T16:00:00.000Z");
    assert_eq!((count("post.assigned"), &data("post.assigned")["to"]), (2, &"2026-11-27T16:00:00.000Z".into()));
    let leave = data("leave.granted");
    assert_eq!((&leave["category"], &leave["to"]), (&"sick".into(), &"2026-12-03T16:00:00.000Z".into()));
    assert_eq!(count("leave.granted"), 2);
    assert_eq!(count("organisation.window") + count("organisation.hall") + count("organisation.department"), 3);
}

#[test]
fn faults_say_where_and_all_at_once() {
    let faults = plan(&[
        ("region.toml", REGION),
        ("halls.csv", "hall,name\nH1,大厅\nH1,again\n,empty\n"),
        ("windows.csv", "window,hall,floor\nW1,H1,2\n"),
        ("departments.csv", "department,hall\nD1,H9\nD2,H1,more\n"),
        ("matters.csv", "matter,promised_days,promised_hours\nM1,many,\nM2,1,2\n"),
        ("people.csv", "person,kind\nP1,robot\n"),
        ("posts.csv", "person,post,window,department,from\nP1,首席代表,W1,D2,2026-11-23\nP1,首席代表,,,2026-11-23\n"),
        ("leaves.csv", "person,from,to,category\nP1,2026-11-23,,annual\nP1,2026-11-25,2026-11-24,annual\nP1,2026-11-25,2026-11-26,sick\n"),
        ("calendar.csv", "calendar,year,off_days,week\ncn,2026,soon,\nx,2026,,11\n"),
        ("rules/a.toml", "format = 1\n[ruleset]\nid = 5\n"),
    ])
    .expect_err("faults");
    let expected = [
        "calendar.csv:2:3: off_days: `soon` is no day",
        "halls.csv:3:1: `H1` is on line 2 already",
        "halls.csv:4:1: `hall` is empty",
        "departments.csv:3:1: 3 values where the header has 2",
        "windows.csv:1:3: column `floor` is not known",
        "departments.csv:2:2: hall: `H9` is not in halls.csv",
        "matters.csv:2:2: promised_days: `many` is no whole number",
        "matters.csv:3:3: promised_hours: give the limit in days or in hours",
        "people.csv:2:2: kind: `robot` is neither",
        "posts.csv:2:1: a post is one of a window",
        "posts.csv:3:1: a post is one of a window",
        "leaves.csv:2:3: `to` is empty",
        "leaves.csv:3:3: to: must not lie before",
        "leaves.csv:4:1: `P1`, `2026-11-25` is on line 3 already",
        "rules/a.toml:3:",
        "calendar.csv:3:1: `week` must be seven digits",
    ];
    for (index, start) in expected.iter().enumerate() {
        assert!(faults.iter().any(|fault| fault.starts_with(start)), "{index} {start}: {faults:#?}");
    }
}

#[test]
fn region_files_are_held_to_their_form() {
    for (text, start) in [
        ("code = \"a b\"\n", "region.toml:1:8: a region code"),
        ("name = \"x\"\n", "region.toml:1:1: the region's code `code` is missing"),
        ("code = \"a\"\nzone = \"x\"\n", "region.toml:2:1: unknown field `zone`"),
        ("code = \"a\"\ntime_zone = \"Mars\"\n", "region.toml:2:13: `Mars` is no time zone"),
        ("code = \"a\"\nsince = 5\n", "region.toml:2:9: 5 is no date"),
        ("code = \"a\"\ncalendar = \"x\"\n", "region.toml:2:12: calendar `x` is not in calendar.csv"),
        ("code = \"a\"\n[settings]\nsatisfied_level = 9\n", "region.toml:1:1: `satisfied_level` must be"),
        ("code = \"a\n", "region.toml:1:"),
    ] {
        let faults = plan(&[("region.toml", text)]).expect_err(text);
        assert!(faults[0].starts_with(start), "{faults:#?}");
    }
    let faults = plan(&[]).expect_err("no file");
    assert!(faults[0].starts_with("region.toml:1:1: cannot be read"), "{faults:#?}");
}

#[test]
fn gb18030_is_read_and_other_encodings_are_named() {
    let directory = directory(&[("region.toml", REGION)]);
    let read = |halls: &[u8]| {
        fs::write(directory.path().join("halls.csv"), halls).expect("file");
        read(directory.path(), Instant(1_800_000_000_000))
    };
    let plan = read(b"hall,name\nH1,\xb4\xf3\xcc\xfc\n").expect("plan");
    let hall = plan.events.iter().find(|event| event.envelope["type"] == "jifen.organisation.hall").expect("hall");
    assert_eq!(hall.envelope["data"]["name"], "大厅");
    let faults = read(b"hall,name\nH1,\xff\xff\n").expect_err("faults");
    assert!(faults[0].to_string().contains("halls.csv:2:1: neither UTF-8 nor GB18030"), "{faults:?}");
}

#[test]
fn columns_may_have_chinese_names_and_notes() {
    let plan = plan(&[
        ("region.toml", REGION),
        ("departments.csv", "部门编号*,名称,备注\nD1,税务局,随便写\n"),
        ("people.csv", "工号,类别,姓名,部门编号\nP1,人员,王岚,D1\nS1,系统,,\n"),
    ])
    .expect("plan");
    let kinds: Vec<&serde_json::Value> = plan.events.iter().map(|event| &event.envelope["data"]["kind"]).collect();
    assert!(kinds.contains(&&"person".into()) && kinds.contains(&&"system".into()), "{kinds:?}");
}
