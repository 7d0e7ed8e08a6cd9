//! Our own tables of facts against files that others made from the same official sources.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{calendar::Calendar, calendar::holidays, division, time::Date};

use crate::data;

#[test]
fn holidays_agree_with_the_data_directory() {
    let Some(text) = data::read("cn-holidays/days.csv") else { return };
    let mut calendar = Calendar::default();
    holidays::china_years().for_each(|year| calendar.insert(holidays::china(year).expect("a known year")));
    let mut named = BTreeSet::new();
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        let date = Date::parse(columns[0]).expect(line);
        if !holidays::china_years().contains(&date.civil().year()) {
            continue;
        }
        assert_eq!(calendar.is_working(date), Ok(columns[1] == "班"), "{line}");
        named.insert((date, columns[1] == "班"));
    }
    assert!(named.len() > 600);
    for notice in calendar.notices() {
        let ours = notice.off_days.iter().map(|date| (*date, false));
        for day in ours.chain(notice.work_days.iter().map(|date| (*date, true))) {
            assert!(named.contains(&day), "not in the data: {day:?}");
        }
        let off = named.iter().filter(|(date, worked)| !worked && date.civil().year() == notice.year).count();
        assert_eq!(notice.off_days.len(), off, "{}", notice.year);
    }
}

#[test]
fn divisions_agree_with_the_data_directory() {
    let Some(text) = data::read("cn-divisions/divisions.csv") else { return };
    let table = include_str!("../../tables/divisions-cn.csv");
    let rows = |text: &'static str| text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let ours: BTreeMap<&str, &str> = rows(table).map(|line| line.split_once(',').expect(line)).collect();
    let theirs: BTreeMap<&str, &str> = text
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split(',').collect();
            (columns[0], columns[1])
        })
        .collect();
    let upper: BTreeMap<&str, &str> =
        theirs.iter().filter(|(code, _)| code.len() <= 4).map(|(c, n)| (*c, *n)).collect();
    assert!(upper.len() > 370);
    // That list has the mainland only.
    let beyond = [("71", "台湾省"), ("81", "香港特别行政区"), ("82", "澳门特别行政区")];
    let expected: BTreeMap<&str, &str> = upper.iter().map(|(c, n)| (*c, *n)).chain(beyond).collect();
    assert_eq!(ours, expected);
    for code in theirs.keys().filter(|code| code.len() == 6) {
        let name = division::name_of(code).expect(code);
        assert!(name.starts_with(theirs[&code[..2]]), "{code} {name}");
    }
}
