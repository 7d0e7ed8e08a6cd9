//! The five real logs through the binary: every subject's points as the reference tables say, replay identical, a second import
//! changes nothing. The logs lie in `JIFEN_DATA` or `../shared/data` beside the workspace; an absent one is announced.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::harness::Scratch;

/// One region: a log under a rule, and the table its ledger must equal.
struct Case {
    region: &'static str,
    zone: &'static str,
    rules: &'static str,
    mapping: &'static str,
    log: &'static str,
    through: Option<&'static str>,
    table: Table,
}

/// A reference table: file, columns of period and subject, and the zone's rows where it has several.
struct Table {
    file: &'static str,
    period: Option<&'static str>,
    subject: Option<&'static str>,
    zone: Option<&'static str>,
}

const BY_MONTH: &str = "month";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("JIFEN_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("not run: no log `{}`; set JIFEN_DATA to the folder that holds it", path.display());
    None
}

/// Points in thousandths by (period, subject), without zeros: the ledger posts none.
type Points = BTreeMap<(String, String), i64>;

fn expected(table: &Table, region: &str) -> Option<Points> {
    let mut points = Points::new();
    let mut reader = csv::Reader::from_path(data(table.file)?).expect("table");
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("row");
        if table.zone.is_some_and(|zone| row["tz"] != zone) {
            continue;
        }
        let period = table.period.map_or_else(String::new, |column| row[column].clone());
        let subject = table.subject.map_or_else(|| region.to_owned(), |column| row[column].clone());
        *points.entry((period, subject)).or_default() += milli(&row["points"]);
    }
    points.retain(|_, points| *points != 0);
    Some(points)
}

fn milli(text: &str) -> i64 {
    jifen_core::points::Points::parse(text).expect("points").0
}

fn ledger(scratch: &Scratch, case: &Case) -> Points {
    let db = scratch.db();
    let csv = scratch.good(&["export", "ledger", "--db", &db, "--region", case.region, "--format", "csv"]).stdout;
    let mut points = Points::new();
    for row in csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes()).deserialize() {
        let row: BTreeMap<String, String> = row.expect("row");
        let date = &row["business_date"];
        let period = match case.table.period {
            None => "",
            Some(BY_MONTH) => &date[..7],
            Some(_) => date,
        };
        *points.entry((period.to_owned(), row["subject"].clone())).or_default() += milli(&row["points"]);
    }
    points.retain(|_, points| *points != 0);
    points
}

fn import(scratch: &Scratch, case: &Case, log: &Path) -> String {
    let file = |folder: &str, name: &str| workspace().join(folder).join(format!("{name}.toml")).display().to_string();
    let (db, rules, mapping) = (scratch.db(), file("rules/reference", case.rules), file("mappings", case.mapping));
    let log = log.display().to_string();
    let mut arguments = vec!["import", "--db", &db, "--region", case.region, "--timezone", case.zone];
    arguments.extend(["--rules", &rules, "--mapping", &mapping]);
    arguments.extend(case.through.iter().flat_map(|month| ["--close-through", *month]));
    arguments.push(&log);
    scratch.good(&arguments);
    scratch.good(&["export", "ledger", "--db", &db, "--region", case.region, "--format", "jsonl"]).stdout
}

fn check(case: &Case) {
    let (Some(log), Some(expected)) = (data(case.log), expected(&case.table, case.region)) else { return };
    let scratch = Scratch::new();
    let first = import(&scratch, case, &log);
    let mut found = ledger(&scratch, case);
    // Calls that no server took have no one in the table; the rule passes them by.
    found.retain(|(_, subject), _| subject != "UNKNOWN" || expected.keys().any(|(_, other)| other == "UNKNOWN"));
    assert_eq!(found, expected, "{}", case.region);
    assert_eq!(import(&scratch, case, &log), first, "{}: a second import changes nothing", case.region);
    scratch.good(&["replay", "--db", &scratch.db(), "--region", case.region]);
}

fn months(file: &'static str, zone: Option<&'static str>) -> Table {
    Table { file, period: Some(BY_MONTH), subject: Some("resource"), zone }
}

const SHANGHAI: &str = "Asia/Shanghai";
const AMSTERDAM: &str = "Europe/Amsterdam";

#[test]
fn wabo_receipt_case_times_in_both_zones() {
    for (region, zone) in [("wabo-r1-shanghai", SHANGHAI), ("wabo-r1-amsterdam", AMSTERDAM)] {
        let table = months("wabo-receipt/expected_points_by_resource_month.csv", Some(zone));
        let (rules, mapping, log) = ("wabo-r1", "wabo-receipt", "wabo-receipt/events.csv.gz");
        check(&Case { region, zone, rules, mapping, log, through: None, table });
    }
}

#[test]
fn wabo_receipt_as_xes() {
    let table = months("wabo-receipt/expected_points_by_resource_month.csv", Some(AMSTERDAM));
    let (rules, mapping, log) = ("wabo-r1", "wabo-receipt-xes", "wabo-receipt/receipt.xes.gz");
    check(&Case { region: "wabo-r1-xes", zone: AMSTERDAM, rules, mapping, log, through: None, table });
}

#[test]
fn wabo_receipt_on_time_rates_closed() {
    let table = months("wabo-receipt/expected_R2_ontime_by_resource_month.csv", None);
    let (rules, mapping, log) = ("wabo-r2", "wabo-receipt", "wabo-receipt/events.csv.gz");
    check(&Case { region: "wabo-r2", zone: SHANGHAI, rules, mapping, log, through: Some("2012-01"), table });
}

#[test]
fn bpi2020_case_times_in_both_zones() {
    for (region, zone) in [("bpi2020-r1-shanghai", SHANGHAI), ("bpi2020-r1-amsterdam", AMSTERDAM)] {
        let table = months("bpi2020-domestic/expected_points_by_resource_month.csv", Some(zone));
        let (rules, mapping, log) = ("bpi2020-r1", "bpi2020-domestic", "bpi2020-domestic/events.csv.gz");
        check(&Case { region, zone, rules, mapping, log, through: None, table });
    }
}

#[test]
fn bpi2020_first_pass_rates_closed() {
    let file = "bpi2020-domestic/expected_R3_first_pass_by_month.csv";
    let table = Table { file, period: Some(BY_MONTH), subject: None, zone: None };
    let (rules, mapping, log) = ("bpi2020-r3", "bpi2020-domestic", "bpi2020-domestic/events.csv.gz");
    check(&Case { region: "bpi2020-r3", zone: SHANGHAI, rules, mapping, log, through: Some("2019-01"), table });
}

#[test]
fn hospital_case_times_in_both_zones() {
    for (region, zone) in [("hospital-r1-shanghai", SHANGHAI), ("hospital-r1-amsterdam", AMSTERDAM)] {
        let table = months("hospital-billing-10k/expected_points_by_resource_month.csv", Some(zone));
        let (rules, mapping, log) = ("hospital-r1", "hospital-billing-10k", "hospital-billing-10k/events.csv.gz");
        check(&Case { region, zone, rules, mapping, log, through: None, table });
    }
}

#[test]
fn bank_calls_by_server_and_day() {
    let file = "bank-calls-1999-02a/expected_R5_by_server_day.csv";
    let table = Table { file, period: Some("date"), subject: Some("server"), zone: None };
    let (rules, mapping, log) = ("bank-r5", "bank-calls-1999-02a", "bank-calls-1999-02a/calls.csv.gz");
    check(&Case { region: "bank-r5", zone: SHANGHAI, rules, mapping, log, through: None, table });
}

#[test]
fn bpi2012_case_times_in_both_zones() {
    for (region, zone) in [("bpi2012-r1-shanghai", SHANGHAI), ("bpi2012-r1-amsterdam", AMSTERDAM)] {
        let table = months("bpi2012-loan/expected_points_by_resource_month.csv", Some(zone));
        let (rules, mapping, log) = ("bpi2012-r1", "bpi2012-loan", "bpi2012-loan/events.csv.gz");
        check(&Case { region, zone, rules, mapping, log, through: None, table });
    }
}

#[test]
fn bpi2012_manual_work() {
    let file = "bpi2012-loan/expected_R4_by_resource.csv";
    let table = Table { file, period: None, subject: Some("resource"), zone: None };
    let (rules, mapping, log) = ("bpi2012-r4", "bpi2012-loan-r4", "bpi2012-loan/events.csv.gz");
    check(&Case { region: "bpi2012-r4", zone: SHANGHAI, rules, mapping, log, through: None, table });
}
