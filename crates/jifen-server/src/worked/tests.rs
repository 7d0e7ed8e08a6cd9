//! Tests of worked cases: what they find, and what they refuse.

use super::*;

const RULES: &str = r#"
format = 1
ruleset = { id = "t", title = "t" }
[[rule]]
id = "late"
title = "迟到"
dimension = "quality"
sheet = "month"
item = "attend"
on = "attendance"
subject = "person"
when = "fact.category == 'late'"
points = -1
[[rule]]
id = "served"
title = "件数"
dimension = "efficiency"
on = "service"
subject = "window"
period = "quarter"
measure = "count"
times = "count"
points = "0.5"
[[sheet]]
id = "month"
title = "月度"
dimension = "quality"
subject = "person"
period = "month"
base = 10
floor = "none"
[[sheet.item]]
id = "attend"
title = "出勤"
base = 3
floor = 0
"#;

fn tried(cases: &str) -> Result<Vec<Verdict>, Faults> {
    run(RULES, &format!("format = 1\n{cases}"), Arrival::Written)
}

/// What is wrong with a file of cases.
fn refused(cases: &str) -> Vec<String> {
    match tried(cases) {
        Err(Faults::Cases(faults)) => faults.iter().map(ToString::to_string).collect(),
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn a_case_comes_out_as_written_in_either_order() {
    let cases = r#"
format = 1
setup = [{ type = "organisation.window", window = "w1", department = "d1" }]
[[case]]
title = "迟到四次，扣完为止"
period = "2026-11"
setup = [{ type = "organisation.person", person = "li", window = "w1" }]
events = [
  { at = 2026-11-03T09:05:00, type = "attendance.recorded", person = "li", category = "late", duration_ms = "5min", times = 4 },
  { at = 2026-12-01, type = "attendance.recorded", person = "li", category = "late" },
  { at = 2026-11-03T09:10:00, type = "service.started", service = "A1", window = "w1", person = "li" },
  { at = 2026-11-03T09:20:00+08:00, type = "service.ended", service = "A1" },
]
expect = [
  { person = "li", points = 7, rules = { late = -4, "month/attend/floor" = 1 }, sheets = { month = 7 }, items = { "month/attend" = 0 } },
  { person = "wang", sheets = { month = 10 } },
  { window = "w1", period = "2026-Q4", points = "0.5" },
  { window = "w1", points = 0 },
]
"#;
    for arrival in [Arrival::Written, Arrival::Backwards] {
        let verdicts = run(RULES, cases, arrival).expect("it runs");
        assert_eq!(verdicts.len(), 1);
        assert_eq!((&verdicts[0].differences, &verdicts[0].entries), (&Vec::new(), &Vec::new()), "{arrival:?}");
    }
}

#[test]
fn a_difference_is_told_with_its_place_and_the_entries() {
    let verdicts = tried(
        r#"[[case]]
title = "迟到一次"
period = "2026-11"
events = [{ at = 2026-11-03, type = "attendance.recorded", person = "li", category = "late" }]
[[case.expect]]
person = "li"
sheets = { month = 8 }
rules = { late = -1, early = -1 }
"#,
    );
    let verdict = verdicts.expect("it runs").remove(0);
    let told: Vec<_> = verdict.differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["line 9, column 30: no rule `early`", "line 8, column 20: li sheet `month`: expected 8, came 9"]);
    assert_eq!(
        verdict.entries,
        ["person li 2026-11:", "  2026-11-03  -1  late  迟到", "  2026-11-30  +10  month/base  月度：基础分"]
    );
}

#[test]
fn files_that_cannot_be_run_say_where() {
    let case = |rest: &str| format!("[[case]]\ntitle = \"t\"\nperiod = \"2026-11\"\n{rest}");
    let one = "expect = [{ person = \"li\", points = 1 }]";
    let event = |event: &str| case(&format!("events = [{event}]\n{one}"));
    for (cases, wanted) in [
        ("".to_owned(), "line 1, column 1: the file has no cases"),
        (case(""), "line 3, column 9: the case expects nothing"),
        (case(one).replace("2026-11", "Nov"), "line 4, column 10: `Nov` is no period"),
        (case("expect = [{ points = 1 }]"), "line 5, column 11: whose points?"),
        (case("expect = [{ person = \"a\", points = 0.5 }]"), "points are exact; put the decimal in quotes: \"0.5\""),
        (case("expect = [{ person = \"a\" }]"), "expects nothing; add `points`"),
        (event("{ at = 2026-11-03 }"), "line 5, column 13: an event needs `type`"),
        (event("{ at = 2026-11-03, type = \"late\" }"), "there is no event type \"late\"; types begin with `actor.…`"),
        (event("{ at = 2026-11-03, type = \"rating.recorded\" }"), "; there are `rating.submitted`"),
        (event("{ type = \"attendance.recorded\" }"), "when? add `at"),
        (event("{ at = \"noon\", type = \"attendance.recorded\" }"), "`at` is a time without quotes"),
        (event("{ at = 2026-11-03, type = \"attendance.recorded\", colour = 1 }"), "has no `colour`; it has `person`"),
        (event("{ at = 2026-11-03, type = \"attendance.recorded\", person = \"li\" }"), "`category` is required"),
        (
            event("{ at = 2026-11-03, type = \"finding.recorded\", category = \"a\", quantity = 1.5 }"),
            "numbers are whole",
        ),
        (event("{ at = 2026-11-03, times = 0, type = \"finding.recorded\", category = \"a\" }"), "`times` is a whole"),
        (format!("{}zone = \"Mars\"\n", case(one).replace(one, "")) + one, "no IANA time zone"),
        (case(&format!("{one}\nnote = 1")), "unknown field `note`"),
    ] {
        let told = refused(&cases);
        assert!(told.iter().any(|fault| fault.contains(wanted)), "{cases}\n{told:?}\n{wanted}");
    }
    assert!(matches!(run("format = 2", "", Arrival::Written), Err(Faults::Rules(_))));
}

#[test]
fn what_cannot_be_evaluated_must_be_expected() {
    let rules = RULES.replace("points = -1", "points = -1\ntimes = \"fact.duration_ms / fact.half_days\"");
    let case = |unclear: &str| {
        format!(
            "format = 1\n[[case]]\ntitle = \"t\"\nperiod = \"2026-11\"\n{unclear}\nevents = [{{ at = 2026-11-03, \
             type = \"attendance.recorded\", person = \"li\", category = \"late\", duration_ms = 5, half_days = 0 }}]\n\
             expect = [{{ person = \"li\", points = 10 }}]"
        )
    };
    let verdict = |unclear: &str| run(&rules, &case(unclear), Arrival::Written).expect("it runs").remove(0).differences;
    assert_eq!(verdict("unclear = { late = \"division_by_zero\" }"), []);
    assert!(verdict("").iter().any(|told| told.message.en.contains("cannot be evaluated: division_by_zero")));
    let other = verdict("unclear = { late = \"overflow\" }");
    assert!(other.iter().any(|told| told.message.en.contains("came division_by_zero")), "{other:?}");
}

/// Books of real halls, in our own words: each comes out as its cases say, in whatever order the events arrive.
#[test]
fn the_corpus_comes_out() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/rules/corpus");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("a file");
    let mut books = 0;
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if !path.to_string_lossy().ends_with(".cases.toml") {
            continue;
        }
        let rules = path.with_extension("").with_extension("toml");
        for arrival in [Arrival::Written, Arrival::Backwards] {
            let verdicts = run(&read(&rules), &read(&path), arrival).expect("it runs");
            let wrong: Vec<_> = verdicts.iter().filter(|verdict| !verdict.differences.is_empty()).collect();
            assert!(wrong.is_empty(), "{}, {arrival:?}: {wrong:#?}", path.display());
        }
        books += 1;
    }
    assert!(books >= 2, "{books} books only");
}

/// The sample of docs/rules.md, as somebody who has only that page would type it.
#[test]
fn the_document_is_true() {
    let document = include_str!("../../../../docs/rules.md");
    let blocks: Vec<&str> = document.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let sheet = blocks.iter().find(|block| block.starts_with("[[sheet]]")).expect("the sheet");
    let cases = blocks.iter().find(|block| block.contains("[[case]]")).expect("the cases");
    let head = blocks[0].split("[[rule]]").next().expect("a head");
    let verdicts = run(&format!("{head}{sheet}"), cases, Arrival::Written).expect("it runs");
    assert_eq!(verdicts.iter().flat_map(|verdict| &verdict.differences).collect::<Vec<_>>(), Vec::<&Diagnostic>::new());
}

#[test]
fn who_acts_is_there_and_who_is_spared_is_no_fault() {
    let rules = RULES.replace("points = -1\n", "points = -1\nexempt = [\"outage\", \"leave\"]\n")
        + "[[honour]]\nid = \"star\"\ntitle = \"s\"\nsheet = \"month\"\nequal = \"share\"\nquota = { share = \"50%\", of = \"all\", round = \"floor\" }\n";
    let late = |person: &str, day: u32| {
        format!(
            "{{ at = 2026-11-{day:02}T09:05:00, type = \"attendance.recorded\", person = \"{person}\", category = \"late\" }},\n"
        )
    };
    let people: String = ["li", "wang", "zhao", "qian"].map(|person| late(person, 3)).concat();
    let case = |unclear: &str, score: i64| {
        let text = format!(
            "format = 1\n[[case]]\ntitle = \"t\"\nperiod = \"2026-11\"\n{unclear}setup = [\n\
             {{ type = \"exemption.granted\", exemption = \"x1\", category = \"outage\", from = 2026-11-05, to = 2026-11-05 }},\n\
             {{ type = \"leave.granted\", leave = \"y1\", person = \"li\", category = \"sick\", from = 2026-11-09, to = 2026-11-09 }},\n]\n\
             events = [\n{people}{}{}]\nexpect = [{{ person = \"li\", sheets = {{ month = {score} }} }}, {{ person = \"sun\", titles = [\"star\"] }}]\n",
            late("li", 5),
            late("li", 9)
        );
        let verdict = run(&rules, &text, Arrival::Written).expect("it runs").remove(0);
        verdict.differences.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // Of five, four of whom are only named by events, half have a title; two of three latenesses are spared, for two reasons.
    assert_eq!(case("", 9), Vec::<String>::new());
    assert_eq!(case("unclear = { late = [\"exempt:x1\", \"leave:y1\"] }\n", 9), Vec::<String>::new());
    let told = case("unclear = { late = \"exempt:x1\" }\n", 8);
    assert!(
        told.iter().any(|told| told.contains("expected not evaluable or spared, exempt:x1; came exempt:x1, leave:y1")),
        "{told:?}"
    );
}
