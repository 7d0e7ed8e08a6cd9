//! Our own small logs, with the dirt of the real ones.

use super::*;
use jifen_server::intake::file::{Progress, dry_run};

fn mapped(log: &str, mapping: &str) -> (Vec<CloudEvent>, Vec<String>) {
    let mapping = load(&sample(mapping));
    let (events, errors) = read(Some(&mapping), &[sample(log)], Actors::ByForm);
    assert_admitted(&events);
    let (again, _) = read(Some(&mapping), &[sample(log)], Actors::ByForm);
    assert_eq!(events, again, "a second reading gives the same events");
    (events, errors.iter().map(|error| error.to_string().split("feeds/").last().expect("a tail").to_owned()).collect())
}

fn by_id<'e>(events: &'e [CloudEvent], id: &str) -> &'e CloudEvent {
    events.iter().find(|event| event.id == id).unwrap_or_else(|| panic!("no event {id}"))
}

#[test]
fn steps_in_csv() {
    let (events, errors) = mapped("steps.csv", "steps.toml");
    assert_eq!(counts(&events), "actor.identified 4, case.completed 6, case.step 10");
    assert_eq!(
        errors,
        [
            "steps.csv`:10: row 9: `due_at`: `2026-13-01` is not a time in the format the mapping names (column `期限`)",
            "steps.csv`:11: row 10: `channel`: `传真` is not listed in [codes.channel]; add it there, or say `unlisted = \"keep\"` or `\"omit\"`",
            "steps.csv`:13: row 12: 5 values where the header has 9 columns; look for a stray separator or an open quote",
        ]
    );
    assert_eq!(
        by_id(&events, "A-1/4/case.step").to_json().to_string(),
        r#"{"data":{"activity":"办结","case":"A-1","channel":"window","due_at":"2026-03-05T09:00:00.000Z","hall":"H1","office":"back","person":"auto-seal"},"id":"A-1/4/case.step","sequence":"4","source":"/feeds/steps","specversion":"1.0","time":"2026-03-04T02:00:00.000Z","type":"jifen.case.step"}"#,
        "no department behind the code EMPTY"
    );
    assert!(!by_id(&events, "A-2/6/case.step").data.contains_key("person"), "a missing actor is left out");
    assert_eq!(by_id(&events, "/7/case.step").data["case"], "", "the empty case is a case");
}

#[test]
fn cases_are_completed_by_their_last_event() {
    let (events, _) = mapped("steps.csv", "steps.toml");
    let completed: Vec<_> = events.iter().filter(|event| event.kind == "jifen.case.completed").collect();
    let ids: Vec<_> = completed.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "A-2/6/case.step/case.completed/A-2",
            "/7/case.step/case.completed/",
            "A-3/8/case.step/case.completed/A-3",
            "A-5/11/case.step/case.completed/A-5",
            "A-6/12/case.step/case.completed/A-6",
            "A-1/4/case.step/case.completed/A-1",
        ]
    );
    assert!(completed.iter().all(|event| event.sequence.as_deref() == Some("9999999999999999999")));
    assert!(oracle::cases(&events).values().all(|case| case.completed_last));
}

#[test]
fn actors_are_introduced_before_they_act() {
    let (events, _) = mapped("steps.csv", "steps.toml");
    let introduced = by_id(&events, "actor/auto-seal");
    assert_eq!(
        introduced.to_json().to_string(),
        r#"{"data":{"actor":{"code":"auto-seal","source":"/feeds/steps"},"kind":"system","person":"auto-seal"},"id":"actor/auto-seal","source":"/feeds/steps","specversion":"1.0","time":"1990-01-01T00:00:00Z","type":"jifen.actor.identified"}"#
    );
    assert_eq!(by_id(&events, "actor/ZhangWei").data["kind"], "person");
    assert_eq!(events[0].id, "actor/ZhangWei");
    assert_eq!(events[1].id, "A-1/1/case.step");
    let (held, _) = read(Some(&load(&sample("steps.toml"))), &[sample("steps.csv")], Actors::Hold);
    assert_eq!(counts(&held), "case.completed 6, case.step 10");
}

#[test]
fn queue_numbers() {
    let (events, errors) = mapped("queue.csv", "queue.toml");
    assert_eq!(errors, [""; 0]);
    assert_eq!(
        counts(&events),
        "actor.identified 2, queue.abandoned 1, queue.called 5, queue.taken 7, service.ended 5, service.started 5"
    );
    assert_eq!(by_id(&events, "Q007/service.ended").time, "2026-03-02T16:10:00.000Z", "naive times are the region's");
    let durations: Vec<_> = oracle::services(&events).iter().map(|service| service.duration_ms / 1_000).collect();
    // Q006 ends before it starts, so that its end finds no start yet.
    assert_eq!(durations, [0, 1_200, 900]);
}

#[test]
fn rows_without_ids() {
    let (events, errors) = mapped("ratings.csv", "ratings.toml");
    assert_eq!(errors, [""; 0]);
    assert_eq!(counts(&events), "rating.submitted 4");
    let first = events[0].id.strip_suffix("/1/rating.submitted").expect("the first occurrence");
    assert_eq!(events[1].id, format!("{first}/2/rating.submitted"));
    assert_eq!((&events[2].data["level"], &events[2].data["mode"]), (&2.into(), &"active".into()));
    assert_eq!(events[2].time, "2026-03-02T01:41:00.000Z");
}

#[test]
fn steps_in_xes() {
    let (events, errors) = mapped("steps.xes", "steps-xes.toml");
    assert_eq!(errors, [""; 0]);
    assert_eq!(counts(&events), "actor.identified 2, case.completed 2, case.step 3");
    assert_eq!(by_id(&events, "A-1/1/case.step").data["activity"], "收件 & 登记");
    assert_eq!(by_id(&events, "A-1/1/case.step").data["visit"], true);
    assert_eq!(by_id(&events, "A-1/2/case.step").data["activity"], "办结：身份证、申请表");
    assert_eq!(by_id(&events, "/3/case.step").data["visit"], false);
}

#[test]
fn lines_of_cloud_events_need_no_mapping() {
    let (events, errors) = read(None, &[sample("events.jsonl")], Actors::ByForm);
    assert_admitted(&events);
    assert_eq!(counts(&events), "case.accepted 1, rating.submitted 2");
    assert_eq!(events[1].sequence.as_deref(), Some("7"));
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert!(errors[0].ends_with("events.jsonl`:4: row 3: no CloudEvent: `id` is missing"), "{errors:?}");
    assert!(errors[1].contains("events.jsonl`:5: row 4: no CloudEvent: EOF while parsing"), "{errors:?}");
    let (registered, _) = read(None, &[sample("events.jsonl")], Actors::Register);
    assert_eq!(counts(&registered), "actor.identified 2, case.accepted 1, rating.submitted 2");
}

#[test]
fn dry_run_counts_and_shows() {
    let mapping = load(&sample("steps.toml"));
    let mut reports: Vec<Progress> = Vec::new();
    let mut feed_options = options(Actors::ByForm);
    feed_options.progress = Some(Box::new(|progress| reports.push(progress)));
    let found = dry_run(Feed::new(&[sample("steps.csv")], Some(&mapping), feed_options));
    assert_eq!(found.counts["jifen.case.step"], 10);
    assert_eq!(found.examples["jifen.case.step"].id, "A-1/1/case.step");
    assert_eq!((found.errors.len(), found.errors_count), (3, 3));
    let last = reports.last().expect("a report at the end");
    assert_eq!(last.read, last.total);
    assert_eq!(last.total, std::fs::metadata(sample("steps.csv")).expect("a file").len());
}

#[test]
fn xes_columns_that_never_come_are_reported() {
    let text =
        std::fs::read_to_string(sample("steps-xes.toml")).expect("a file").replace("org:resource", "org:resourse");
    let mapping = Mapping::parse("typo.toml", &text).expect("a mapping");
    let found = dry_run(Feed::new(&[sample("steps.xes")], Some(&mapping), options(Actors::ByForm)));
    assert_eq!(found.columns_never_seen, ["org:resourse"]);
}

#[test]
fn settings_are_handed_over() {
    let mapping = load(&sample("steps.toml"));
    let calendar = mapping.settings.calendar.as_ref().expect("a calendar");
    assert_eq!(mapping.settings.satisfied_level, Some(4));
    assert_eq!(mapping.settings.suspicion_min_ms, None);
    assert_eq!((calendar.week.as_str(), calendar.years.as_slice()), ("1111100", &[2026][..]));
    assert_eq!(calendar.hours, ["09:00-12:00", "13:00-17:00"]);
    assert_eq!(calendar.off_days[0].to_string(), "2026-05-01");
    assert_eq!(load(&sample("queue.toml")).settings.suspicion_min_ms, Some(0));
    assert!(mapping.is_system("auto-seal") && !mapping.is_system("ZhangWei"));
}

#[test]
fn shipped_mappings_are_good() {
    let mut count = 0;
    for entry in std::fs::read_dir(workspace().join("mappings")).expect("a folder") {
        load(&entry.expect("an entry").path());
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn the_mappings_of_the_documentation_are_good() {
    let text = std::fs::read_to_string(workspace().join("docs/mapping.md")).expect("a file");
    let blocks: Vec<_> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [whole, events, values, settings] = blocks[..] else { panic!("{} blocks of TOML", blocks.len()) };
    let step = "[[event]]\ntype = \"rating.submitted\"\ntime = \"t\"\nsource = \"s\"\n";
    let level_codes = "[codes.level]\n\"满意\" = \"4\"\n";
    let values = values.replace("[event.data]", &format!("{level_codes}{step}[event.data]"));
    // The members of that example are of several types.
    let values: String = values
        .lines()
        .filter(|line| !line.starts_with("due_at") && !line.starts_with("office"))
        .map(|line| format!("{line}\n"))
        .collect();
    for example in [
        whole.to_owned(),
        format!("format = 1\n{events}"),
        format!("format = 1\n{values}"),
        format!("format = 1\n{settings}"),
    ] {
        Mapping::parse("docs/mapping.md", &example).unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}

#[test]
fn a_log_gives_facts_of_a_declared_type() {
    let text = r#"
format = 1
source = { constant = "/feeds/lessons" }
id = "编号"
time = "日期"
[[event]]
type = "fact.recorded"
[event.data]
fact_type = { constant = "coaching" }
person = "工号"
fields.lessons = { column = "课时", type = "integer" }
fields.mark = "评分"
"#;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lessons.csv");
    std::fs::write(&file, "编号,日期,工号,课时,评分\n1,2026-11-02,li,3,8.5\n2,2026-11-03,wang,1,\n").expect("a file");
    let mapping = Mapping::parse("lessons.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let (events, errors) = read(Some(&mapping), &[file], Actors::ByForm);
    assert!(errors.is_empty(), "{errors:?}");
    assert_admitted(&events);
    let facts = events.iter().filter(|event| event.kind == "jifen.fact.recorded");
    let fields: Vec<_> = facts.map(|event| event.data["fields"].to_string()).collect();
    assert_eq!(fields, [r#"{"lessons":3,"mark":"8.5"}"#, r#"{"lessons":1}"#]);
}
