//! Tests of rule files: the shipped ones, the refused ones under `testdata/rules/`, and what checked rules answer.

use std::{fs, path::Path};

use super::*;
use crate::fact::{Fact, FactKind, Field, fields_of};

const DAILY_MEAN: &str = include_str!("../../rules/variants/service-time-daily-mean-times-cases.toml");
const ONCE_PER_DAY: &str = include_str!("../../rules/variants/service-time-once-per-day.toml");
const EVERY_KEY: &str = include_str!("../../../../testdata/rules/every-key.toml");
const PER_MONTH: &str = include_str!("../../rules/variants/satisfaction-per-month.toml");

fn checked(text: &str) -> RuleSet {
    parse(text).map_err(|faults| listed(&faults)).expect("a good file")
}

fn listed(faults: &[Diagnostic]) -> String {
    told(faults, Language::English)
}

fn told(faults: &[Diagnostic], language: Language) -> String {
    faults.iter().map(|fault| fault.told_with_place(language) + "\n").collect()
}

/// Chinese faults are Chinese: words in Latin letters are the file's and stand in backticks, or the reader's and stand last.
fn check_chinese(faults: &[Diagnostic]) {
    for fault in faults {
        let zh = &fault.message.zh;
        let own = ["TOML 语法有误：", "不是 CEL 表达式："].iter().find_map(|said| zh.split(said).nth(1).map(|_| *said));
        let plain: String = own.unwrap_or(zh).split('`').step_by(2).collect();
        let plain = plain.replace("TOML", "").replace("CEL", "");
        assert!(plain.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{zh}");
        assert!(!plain.chars().any(|c| c.is_ascii_alphabetic()), "{zh}");
        assert!(zh.matches('`').count() % 2 == 0 || own.is_some(), "{zh}");
        assert_ne!(*zh, fault.message.en);
    }
}

/// A one-rule file: a case rule unless `body` says more.
fn one(body: &str) -> String {
    format!(
        "format = 1\nruleset = {{ id = \"t\", title = \"t\" }}\n[[rule]]\nid = \"r\"\ntitle = \"规则\"\ndimension = \"quality\"\nsubject = \"person\"\n{body}"
    )
}

#[test]
fn shipped_rules_pass_their_examples() {
    let starter = checked(STARTER);
    assert_eq!(starter.rules.len(), 9);
    assert_eq!(starter.version, Digest::of(STARTER.as_bytes()));
    assert_eq!(checked(EVERY_KEY).effective_to.map(|date| date.to_string()).as_deref(), Some("2026-12-31"));
    for text in [DAILY_MEAN, ONCE_PER_DAY, PER_MONTH] {
        assert_eq!(checked(text).rules.len(), 1);
    }
}

#[test]
fn all_three_readings_make_fifteen_of_the_requested_example() {
    for reading in [STARTER, DAILY_MEAN, ONCE_PER_DAY] {
        for (minutes, satisfied, total) in [(18, 96, "15"), (31, 96, "7"), (25, 80, "-5")] {
            let service = format!("[[rule.example]]\nfacts = [{{ service_ms = \"{minutes}min\" }}]\n");
            let ratings = format!(
                "[[rule.example]]\nfacts = [{{ active = true, satisfied = true, repeat = {satisfied} }}, \
                 {{ active = true, satisfied = false, repeat = {} }}]\n",
                100 - satisfied
            );
            let sum =
                example_points(reading, "service-time", &service) + example_points(STARTER, "satisfaction", &ratings);
            assert_eq!(sum.to_string(), total);
        }
    }
}

#[test]
fn the_document_is_true() {
    let document = include_str!("../../../../docs/rules.md");
    let (_, rest) = document.split_once("```toml\n").expect("a sample");
    let (sample, _) = rest.split_once("```").expect("its end");
    let sentence = checked(sample).rules[0].sentence(Language::Chinese);
    assert!(document.contains(&sentence), "{sentence}");
    for kind in FactKind::ALL {
        let own = fields_of(kind).iter().map(|spec| spec.name.as_ref());
        for name in own.chain(facts::COMMON_NAMES) {
            assert!(document.contains(&format!("`{name}`")), "{name}");
        }
    }
}

/// The points that `rule` gives for an example, found by asking for an impossible number.
fn example_points(text: &str, rule: &str, example: &str) -> Points {
    let head = text.find(&format!("id = \"{rule}\"\ntitle")).expect("the rule");
    let next = text[head..].find("[[rule]]").map_or(text.len(), |at| head + at);
    let tried = format!("{}\n{example}points = \"123.456\"\n{}", &text[..next], &text[next..]);
    let faults = parse(&tried).expect_err("an impossible number");
    assert_eq!(faults.len(), 1, "{}", listed(&faults));
    let found = faults[0].message.en.rsplit(' ').next().expect("a last word");
    Points::parse(found).expect("points")
}

/// Every file of `testdata/rules/refused` is refused with exactly the lines of the `.txt` beside it, in Chinese those of the `.zh.txt`.
#[test]
fn broken_files_say_where_and_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/rules/refused");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let faults = parse(&fs::read_to_string(&path).expect("text")).expect_err("a broken file");
        for (language, extension) in [(Language::Chinese, "zh.txt"), (Language::English, "txt")] {
            let expected = fs::read_to_string(path.with_extension(extension)).unwrap_or_default();
            assert_eq!(told(&faults, language), expected, "{}", path.display());
        }
        check_chinese(&faults);
        seen += 1;
    }
    assert!(seen >= 8, "{seen} files only");
}

#[test]
fn a_sheet_in_words() {
    let sheet = &checked(EVERY_KEY).sheets[0];
    assert_eq!(
        [Language::Chinese, Language::English].map(|language| sheet.sentence(language)),
        [
            "部门月度评分：每部门每月基础分 100 分；纪律（30.5 分，扣完为止）；服务（20 分，扣分不封顶，最高 25 分，附加分）；附加分合计最多 10 分；总分最低 0 分；总分最高 110 分。",
            "A department's month: 100 points per department and month to begin with; Discipline (30.5 points, no more is taken); Service (20 points, deductions have no limit, at most 25, bonus); bonus items give at most 10 together; the score is at least 0; and at most 110.",
        ]
    );
    let person = &checked(EVERY_KEY).sheets[1];
    assert_eq!(
        [Language::Chinese, Language::English].map(|language| person.sentence(language)),
        [
            "个人月度评分：每人每月基础分 100 分；基础分按在岗天数与应在岗天数之比折算（不在岗：考勤类别 = 'leave'，按半天数；请假（annual、sick）的半天也算不在岗；登记以前算不在岗；按日历 office）；在岗不足 10 天的这一期没有这张表；总分最低 0 分。",
            "A person's month: 100 points per person and month to begin with; the base by the part of the working days somebody was there (away if category of attendance = 'leave', by half days; and during leave (annual, sick); away before being registered; by calendar office); nobody has it who was there for fewer than 10 days; the score is at least 0.",
        ]
    );
    assert_eq!(
        person.line_title("person-month/prorate", Language::English).as_deref(),
        Some("A person's month: by the days there")
    );
    let titles = ["base", "discipline/floor", "service/max", "bonus-cap", "floor", "cap", "other"];
    assert_eq!(
        titles.map(|line| sheet.line_title(&format!("department-month/{line}"), Language::Chinese)),
        [
            Some("部门月度评分：基础分"),
            Some("纪律：扣完为止"),
            Some("服务：该项最高分"),
            Some("部门月度评分：附加分封顶"),
            Some("部门月度评分：扣完为止"),
            Some("部门月度评分：总分封顶"),
            None
        ]
        .map(|title| title.map(str::to_owned))
    );
}

#[test]
fn tables_and_ranges_in_words_and_out_of_bounds() {
    let set = checked(EVERY_KEY);
    let rule = |id: &str| set.rules.iter().find(|rule| rule.id == id).expect("the rule");
    assert_eq!(
        ["adopted-by-level", "at-discretion"].map(|id| rule(id).sentence(Language::Chinese)),
        [
            "信息采用：每次检查记录级别“district”加 1 分，“city”加 2 分，“province”加 4.5 分，表中没有的待定（条件：类别 = 'article'）；与“articles”各规则一年内“所涉事项编号”相同的只计分值最大的一次，其余不重复计。",
            "酌情扣分：每次检查记录数量由填报的人酌定，扣 3 分至扣 5 分（条件：类别 = 'discretion'；免责期间（outage、不可抗力）不扣分）；每季度第 2 次起 1.5 倍、第 4 次起 2 倍（与“order”各规则合计次数）。",
        ]
    );
    let score = |id: &str, grade: &str, quantity| {
        let mut fact = example::blank(&FactKind::Finding.into());
        fact.fields[1] = Field::Text(grade.to_owned());
        fact.fields[2] = Field::Integer(quantity);
        rule(id).score_fact(&fact, true)
    };
    let waits = |reason: &str| Err(Unscored::NotEvaluable(reason.to_owned()));
    assert_eq!(
        score("adopted-by-level", "city", 0).map(|scored| (scored.points, scored.band)),
        Ok((Points(2000), Some(1)))
    );
    assert_eq!(score("adopted-by-level", "town", 0), waits("not_in_table:town"));
    assert_eq!(score("at-discretion", "", 4).map(|scored| scored.points), Ok(Points(-4000)));
    assert_eq!(score("at-discretion", "", 6), waits("out_of_range:6"));
    assert_eq!(score("at-discretion", "", 2), waits("out_of_range:2"));
}

#[test]
fn faults_of_tables_and_ranges() {
    for (body, words) in [
        ("table = { a = 1 }", "by which word is the table read?"),
        ("key = \"fact.grade\"\npoints = 1", "and there is none"),
        ("key = \"fact.grade\"\ntable = { a = 1 }\npoints = 1", "in two ways"),
        ("key = \"fact.grade\"\ntable = {}", "from 1 to"),
        ("key = \"fact.confirmed\"\ntable = { a = 1 }", "must be"),
        ("key = \"fact.quantity\"\ntable = { a = 1 }", "the key is a whole number"),
        ("range = { from = 1, to = 2, points = 1 }", "which number was chosen?"),
        ("value = \"fact.quantity\"\nrange = { from = 2, to = 2, points = 1 }", "nothing can be chosen"),
        ("value = \"fact.quantity\"\nrange = { from = -1, to = 2, points = 1 }", "never negative"),
        ("period = \"month\"\nmeasure = \"count\"\nrange = { from = 1, to = 2, points = 1 }", "reads one fact"),
    ] {
        let faults = parse(&one(&format!("on = \"finding\"\n{body}"))).expect_err(body);
        check_chinese(&faults);
        assert!(listed(&faults).contains(words), "{body}\n{}", listed(&faults));
    }
}

#[test]
fn faults_of_one_rule() {
    let mut wrong = Vec::new();
    for (body, place, words) in [
        ("on = \"case\"", "4:6", "gives no points"),
        ("on = \"cases\"\npoints = 1", "8:6", "written `fact:ID`); did you mean `case`?"),
        ("on = \"case\"\npoints = 0.5", "9:10", "in quotes"),
        ("on = \"case\"\npoints = \"0.1234\"", "9:10", "at most three places"),
        ("on = \"case\"\npoints = 1\nnote = \"x\"", "10:1", "unknown field `note`"),
        ("on = \"case\"\npoints = 1\nwhen = \"fact.steps\"", "10:8", "must be boolean"),
        (
            "on = \"case\"\npoints = 1\nwhen = \"\"\"\n  fact.steps > 1 &&\n  fact.step > 2\"\"\"",
            "12:3",
            "did you mean `fact.steps`",
        ),
        ("on = \"case\"\npoints = 1\nvalue = \"fact.steps\"", "10:9", "compared with bands"),
        ("on = \"case\"\nvalue = \"fact.steps\"\nband = [{ upto = 1, points = 1 }]", "10:9", "single band"),
        ("on = \"case\"\nvalue = \"fact.steps\"\nband = [{ points = 1 }, { points = 1 }]", "10:9", "without an edge"),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nband = [{ upto = 1, points = 1 }, { upto = 2, points = 1 }]",
            "10:44",
            "must have no edge",
        ),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nband = [{ upto = 1, below = 2, points = 1 }, { points = 1 }]",
            "10:29",
            "one edge",
        ),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nband = [{ upto = 5, points = 1 }, { below = 6, points = 2 }, { points = 1 }]",
            "10:35",
            "edges must rise",
        ),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nband = [{ upto = \"1.5\", points = 1 }, { points = 1 }]",
            "10:18",
            "no edge of a whole number",
        ),
        ("on = \"case\"\npoints = 1\nband = [{ points = 1 }]", "9:10", "keep one"),
        ("on = \"case\"\nband = [{ upto = 1, points = 1 }, { points = 1 }]", "9:9", "need a value"),
        (
            "on = \"case\"\npoints = 1\nper_unit = { over = 1, unit = 1, points = 1, partial = \"ceil\" }",
            "10:12",
            "in two ways",
        ),
        (
            "on = \"case\"\nper_unit = { over = 1, unit = 1, points = 1, partial = \"ceil\" }",
            "9:12",
            "units need a value",
        ),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nper_unit = { over = 1, under = 1, unit = 1, points = 1, partial = \"ceil\" }",
            "10:32",
            "on one side",
        ),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nper_unit = { over = 1, unit = 0, points = 1, partial = \"ceil\" }",
            "10:31",
            "more than zero",
        ),
        (
            "on = \"case\"\nvalue = \"fact.steps\"\nper_unit = { over = 1, unit = 1, points = 1, partial = \"half\" }",
            "10:56",
            "what is a part of a unit worth?",
        ),
        ("on = \"case\"\npoints = 1\nmin_facts = 3", "10:13", "measures a period"),
        ("on = \"case\"\npoints = 1\nperiod = \"month\"", "10:10", "needs `measure`"),
        ("on = \"case\"\npoints = 1\nperiod = \"all\"\nmeasure = \"count\"", "10:10", "unknown period `all`"),
        ("on = \"case\"\npoints = 1\nperiod = \"month\"\nmeasure = \"median\"", "11:11", "unknown measure"),
        ("on = \"case\"\npoints = 1\nperiod = \"month\"\nmeasure = \"mean\"", "11:11", "needs `of"),
        (
            "on = \"case\"\npoints = 1\nperiod = \"month\"\nmeasure = \"count\"\nthat = \"true\"",
            "12:8",
            "has no `that`",
        ),
        (
            "on = \"case\"\npoints = 1\nperiod = \"month\"\nmeasure = \"count\"\ntimes = \"fact.steps\"",
            "12:9",
            "by `count`",
        ),
        ("on = \"case\"\npoints = 1\nperiod = \"month\"\nmeasure = \"count\"\nmin_facts = 0", "12:13", "1 or more"),
        (
            "on = \"case\"\nperiod = \"month\"\nmeasure = \"count\"\nmin_facts = 5\nband = [{ below = 5, points = 1 }, { points = 2 }]",
            "12:9",
            "no value can fall",
        ),
        (
            "on = \"case\"\nperiod = \"month\"\nmeasure = \"rate\"\nthat = \"fact.on_time\"\nband = [{ below = 95, points = 1 }, { points = 2 }]",
            "12:19",
            "\"95%\"",
        ),
        (
            "on = \"case\"\nperiod = \"month\"\nmeasure = \"rate\"\nthat = \"fact.on_time\"\nband = [{ upto = 1, points = 1 }, { points = 2 }]",
            "12:9",
            "above 100 %",
        ),
        (
            "on = \"case\"\nperiod = \"month\"\nmeasure = \"rate\"\nthat = \"fact.on_time\"\nband = [{ below = 0, points = 1 }, { points = 2 }]",
            "12:9",
            "no value can fall",
        ),
        ("on = \"case\"\npoints = 1\ncap = { per = \"day\" }", "10:7", "limits nothing"),
        ("on = \"case\"\npoints = 1\ncap = { per = \"day\", max = -1 }", "10:28", "not be negative"),
        (
            "on = \"case\"\npoints = 1\nperiod = \"month\"\nmeasure = \"count\"\ncap = { per = \"day\", max = 1 }",
            "12:15",
            "cannot be shorter",
        ),
        ("on = \"case\"\npoints = 1\nparty = \"both\"", "10:9", "kind `share`"),
        ("on = \"share\"\npoints = 1\nparty = \"both\"\ncredit = \"owner\"", "11:10", "drop `credit`"),
        (
            "on = \"case\"\npoints = 1\n[[rule.example]]\nfacts = [{ step = 1 }]\npoints = 1",
            "11:19",
            "did you mean `steps`",
        ),
        (
            "on = \"case\"\npoints = 1\n[[rule.example]]\nfacts = [{ steps = \"1\" }]\npoints = 1",
            "11:20",
            "whole number",
        ),
        (
            "on = \"case\"\npoints = 1\n[[rule.example]]\nfacts = [{ }, { }]\npoints = 1",
            "12:10",
            "expects 1 points, the rule gives 2",
        ),
        (
            "on = \"case\"\npoints = 9000000000000000\ntimes = \"fact.steps\"\n[[rule.example]]\nfacts = [{ steps = 2 }]\npoints = 1",
            "13:10",
            "overflow",
        ),
    ] {
        let faults = parse(&one(body)).expect_err(body);
        check_chinese(&faults);
        let found = format!("{}:{}", faults[0].line, faults[0].column);
        if found != place || !faults[0].message.en.contains(words) {
            wrong.push(format!("{body}\n=> expected {place} {words}\n{}", listed(&faults)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fact(kind: FactKind, fields: &[(&str, Field)]) -> Fact {
    let mut fact = example::blank(&kind.into());
    for (name, field) in fields {
        let index = fields_of(kind).iter().position(|spec| spec.name == *name).expect("a field");
        fact.fields[index] = field.clone();
    }
    fact
}

#[test]
fn selection_and_scores() {
    let set = checked(&one(
        "on = \"case\"\nscope = { windows = [\"7\", \"8\"], matters = [\"m\"] }\nwhen = \"fact.on_time && fact.person_known\"\npoints = \"0.5\"\ntimes = \"fact.steps\"",
    ));
    let rule = &set.rules[0];
    assert_eq!((rule.credit, rule.party, &rule.plan), (Credit::Last, Party::Own, &Plan::PerFact));
    let waiting = Field::NotEvaluable("calendar_year_unknown:2031".to_owned());
    for (on_time, steps, window, known, selected, scored) in [
        (Field::Boolean(true), Field::Integer(3), "7", true, "Selected", "1.5"),
        (Field::Boolean(true), Field::Integer(-3), "8", true, "Selected", "0"),
        (Field::Boolean(true), Field::Absent, "8", true, "Selected", "Absent"),
        (Field::Boolean(true), Field::Integer(i64::MAX), "8", true, "Selected", "NotEvaluable(\"overflow\")"),
        (Field::Boolean(true), Field::Integer(3), "9", true, "PassedBy", "1.5"),
        (Field::Boolean(true), Field::Integer(3), "7", false, "PassedBy", "1.5"),
        (Field::Absent, Field::Integer(3), "7", true, "PassedBy", "1.5"),
        (waiting.clone(), Field::Integer(3), "7", false, "PassedBy", "1.5"),
        (waiting, Field::Integer(3), "7", true, "NotEvaluable(\"calendar_year_unknown:2031\")", "1.5"),
    ] {
        let mut fact = fact(FactKind::Case, &[("on_time", on_time), ("steps", steps)]);
        fact.matter = Some("m".to_owned());
        let place = Place { window: Some(window.to_owned()), ..Place::default() };
        assert_eq!(format!("{:?}", rule.select(&fact, &place, known)), selected);
        let score = rule.score_fact(&fact, known);
        assert_eq!(score.map_or_else(|why| format!("{why:?}"), |scored| scored.points.to_string()), scored);
    }
    let other = fact(FactKind::Service, &[]);
    assert_eq!(rule.select(&other, &Place::default(), true), Selection::PassedBy);
}

#[test]
fn periods_are_compared_exactly() {
    let mean = &checked(DAILY_MEAN).rules[0];
    for (facts, amount, points, band) in [
        (1, 1_080_000, "5", 0),
        (3, 3_600_000, "15", 0),
        (3, 3_600_001, "0", 1),
        (2, 3_600_000, "0", 1),
        (2, 3_600_001, "-6", 2),
    ] {
        let score = mean.score_period(&Sums { facts, amount });
        assert_eq!((score.points.to_string().as_str(), score.band, score.sufficient), (points, Some(band), true));
    }
    let starter = checked(STARTER);
    let satisfaction = starter.rules.iter().find(|rule| rule.id == "satisfaction").expect("the rule");
    for (facts, amount, points) in [
        (4, 4, None),
        (5, 5, Some("10")),
        (20, 19, Some("10")),
        (21, 19, Some("0")),
        (10, 9, Some("0")),
        (11, 9, Some("-5")),
    ] {
        let score = satisfaction.score_period(&Sums { facts, amount });
        assert_eq!(score.sufficient.then(|| score.points.to_string()).as_deref(), points, "{amount}/{facts}");
    }
    let unsaid = fact(FactKind::Rating, &[("active", Field::Boolean(true))]);
    assert_eq!(satisfaction.contribution(&unsaid, true), Err(Unscored::Absent));
    assert_eq!(satisfaction.score_fact(&unsaid, true), Err(Unscored::Absent));
}

#[test]
fn rules_in_words() {
    let starter = checked(STARTER);
    let sentence = |id: &str, language| {
        starter.rules.iter().find(|rule| rule.id == id).map(|rule| rule.sentence(language)).unwrap_or_default()
    };
    for (id, chinese, english) in [
        (
            "service-time",
            "办理时长：每件不超过 20 分钟加 5 分，超过 30 分钟扣 3 分，其余不计分。",
            "Service time: per service, at most 20 min: +5 points; above 30 min: −3 points; otherwise no points.",
        ),
        (
            "satisfaction",
            "满意率：每人每日满意占比低于 90% 扣 5 分，不低于 95% 加 10 分，其余不计分（至少 5 次评价；条件：主动评价）。",
            "Satisfaction: per person and day, share of satisfied below 90%: −5 points; at least 95%: +10 points; otherwise no points (at least 5 ratings; if active rating).",
        ),
        (
            "material-error",
            "材料差错：每件按工作人员材料差错次数，每次扣 2 分。",
            "Material errors: per case, for each of clerk's material errors −2 points.",
        ),
        (
            "decided-early",
            "提前办结：每件加 1 分（条件：2 × 办理用时（工作时间） ≤ 承诺时限（工作时间））。",
            "Decided early: per case, +1 point (if 2 × working time used ≤ promised working time).",
        ),
        (
            "data-shared",
            "数据共享：提供方和接收方各计，每次共享加 2 分。",
            "Data shared: to provider and receiver each, per data share, +2 points.",
        ),
    ] {
        assert_eq!(sentence(id, Language::Chinese), chinese);
        assert_eq!(sentence(id, Language::English), english);
    }
    let capped = checked(&one("on = \"service\"\npoints = 1\ncap = { per = \"day\", max = 100, min = \"-50\" }"));
    assert_eq!(capped.rules[0].sentence(Language::Chinese), "规则：每件加 1 分；每人每日最多 100 分、最少 -50 分。");
    assert_eq!(
        checked(DAILY_MEAN).rules[0].sentence(Language::Chinese),
        "办理时长（日均 × 件数）：每人每日平均办理时长不超过 20 分钟按每件加 5 分，超过 30 分钟按每件扣 3 分，其余不计分。"
    );
}

#[test]
fn bands_in_words() {
    let set = checked(STARTER);
    let bands: Vec<_> = set.rules[0].bands(Language::Chinese).into_iter().map(|band| band.words).collect();
    assert_eq!(bands, ["不超过 20 分钟", "超过 20 分钟且不超过 30 分钟", "超过 30 分钟"]);
    let measured = set.rules[0].measured(Language::English).expect("bands");
    assert_eq!((measured.words.as_str(), measured.unit), ("service time", Unit::Duration));
    assert_eq!(measured.unit.words(1_080_000, 1, Language::Chinese), "18 分钟");
}

#[test]
fn every_key_in_words() {
    let reclass = &checked(EVERY_KEY).reclasses[0];
    assert_eq!(
        [Language::Chinese, Language::English].map(|language| reclass.sentence(language)),
        [
            "四次迟到算旷工一天：每人每季度每 4 次考勤（条件：考勤类别 = 'late' 且 非有正当事由；免责期间（outage）不计）折算 1 次考勤（考勤类别“absent”，半天数 2）；折算过的不再折算成别的。",
            "Four times late, one day absent: per person and quarter, every 4 records of attendance (if category of attendance = 'late' and not excused; none in exempt spans (outage)) make one record of attendance (category of attendance “absent”, half days 2); those that made one make nothing else.",
        ]
    );
    let sentences: Vec<_> = checked(EVERY_KEY).rules.iter().map(|rule| rule.sentence(Language::Chinese)).collect();
    assert_eq!(
        sentences,
        [
            "综合窗口时长：每件办理时长 + 暂停时长不低于 1 分钟 30 秒且不超过 20 分钟按（1 + 重呼次数）倍加 2.5 分，超过 20 分钟按（1 + 重呼次数）倍扣 0.125 分，其余不计分（条件：转号次数 = 0 且 (非已知(等候时长) 或 等候时长 < 3600000)）；每人每日最多 20 分、最少 -5 分。",
            "平均评价等级：每窗口每季度不低于 4.5 加 10 分，其余不计分（至少 3 次评价；条件：主动评价 且 人员可识别）。",
            "九成群众的等候：每大厅每月等候时长的 90% 分位数不超过 15 分钟加 2 分，超过 15 分钟扣 2 分（至少 10 件）。",
            "评委打分：每部门每年去掉最高、最低各 1 个的平均数量超过 0 的部分，每 1 加 1 分，不足的按比例计（至少 5 次检查记录；条件：类别 = 'jury'）。",
            "投诉：每大厅每月按每件投诉扣 1 分（条件：经查属实 且 投诉类别 in ['attitude', 'delay'] 且 渠道 ≠ 'test'）；每大厅每年最少 -50 分。",
            "免提交材料：每部门每周共享复用材料份数合计超过 9 加 1 分，其余不计分；计入“部门月度评分”的“服务”。",
            "按期办结不足：每部门每月按时办结占比低于 98% 的部分，每 1% 扣 0.5 分，不足的不计。",
            "超长服务：每件办理时长超过 1 小时的部分，每 30 分钟扣 1 分，不足的按一个计。",
            "信息采用：每次检查记录级别“district”加 1 分，“city”加 2 分，“province”加 4.5 分，表中没有的待定（条件：类别 = 'article'）；与“articles”各规则一年内“所涉事项编号”相同的只计分值最大的一次，其余不重复计。",
            "酌情扣分：每次检查记录数量由填报的人酌定，扣 3 分至扣 5 分（条件：类别 = 'discretion'；免责期间（outage、不可抗力）不扣分）；每季度第 2 次起 1.5 倍、第 4 次起 2 倍（与“order”各规则合计次数）。",
            "酌情扣分（首席代表扣一半）：部门的“首席代表”按规则“酌情扣分”计分的 1/2 计；每人每月最少 -10 分。",
            "酌情扣分（所在部门）：所在部门与规则“酌情扣分”同样计分；计入“部门月度评分”的“纪律”。",
            "酌情扣分（窗口全员）：窗口全体人员每人按规则“酌情扣分”计分的 2 倍计。",
            "折合办件量：每人每月折合件数不低于 4.5 加 3 分，其余不计分（按“事项折合系数”折算）。",
            "每件得分：每件加 0.333 分（按“事项折合系数”折算）。",
            "旷工，每半天：每次考勤按半天数，每计 1 扣 1 分（条件：考勤类别 = 'absent'）。",
            "个人月度评分（不在岗）：每人每月不计分（条件：考勤类别 = 'leave'）。",
        ]
    );
}

#[test]
fn caps_clamp_both_ways() {
    let cap = Cap { per: Grain::Day, max: Some(Points(5_000)), min: Some(Points(-3_000)) };
    assert_eq!(
        [6_000, 5_000, 0, -3_000, -4_000].map(|milli| cap.clamped(Points(milli)).0),
        [5_000, 5_000, 0, -3_000, -3_000]
    );
}

#[test]
fn coefficients_weigh_and_wait() {
    let set = checked(EVERY_KEY);
    let rule = set.rules.iter().find(|rule| rule.id == "case-points").expect("the rule");
    let clauses = rule.clauses(Language::Chinese, &|_, code| format!("事项 {code}"));
    let clause = clauses.iter().find(|clause| clause.part.name() == "coefficient").expect("the clause");
    assert_eq!(clause.words, "事项折合系数，按事项：事项 company 2、事项 stall 0.5；其余 1");
    let text = EVERY_KEY.replace("default = 1\n", "");
    let faults = parse(&text).expect_err("an example whose fact names no matter");
    assert!(listed(&faults).contains("no_coefficient:"), "{}", listed(&faults));
}

#[test]
fn coefficients_that_weigh_nothing_are_refused() {
    let faults = |from: &str, to: &str| {
        assert!(EVERY_KEY.contains(from), "{from}");
        parse(&EVERY_KEY.replacen(from, to, 1)).err().map(|faults| listed(&faults)).unwrap_or_default()
    };
    for (from, to, expected) in [
        (
            "coefficient = \"difficulty\"",
            "coefficient = \"dificulty\"",
            "no `[[coefficient]]` has the id `dificulty`; did you mean `difficulty`?",
        ),
        ("stall = \"0.5\"", "stall = \"-0.5\"", "a coefficient is never negative"),
        ("by = \"matter\"", "by = \"mater\"", "unknown code `mater`; did you mean `matter`?"),
        (
            "[[coefficient]]",
            "[[coefficient]]\nid = \"idle\"\ntitle = \"闲\"\nby = \"hall\"\ntable = { a = 1 }\n[[coefficient]]",
            "no rule has `coefficient = \"idle\"`",
        ),
        (
            "[[coefficient]]",
            "[[coefficient]]\nid = \"difficulty\"\ntitle = \"重\"\nby = \"hall\"\ntable = { a = 1 }\n[[coefficient]]",
            "there are two tables of coefficients `difficulty`",
        ),
        (
            "measure = \"rate\"",
            "coefficient = \"difficulty\"\nmeasure = \"rate\"",
            "a rate, mean or percentile weighs every fact alike",
        ),
        ("times = \"count\"", "coefficient = \"difficulty\"\ntimes = \"count\"", "counts every fact once"),
        (
            "on = \"service\"\nsubject = \"window\"\nvalue = \"fact.service_ms\"\nper_unit = { over = \"1h\", unit = \"30min\", points = -1, partial = \"ceil\" }",
            "on = \"service\"\nsubject = \"window\"\ncoefficient = \"difficulty\"\nvalue = \"fact.service_ms\"\nper_unit = { over = \"1h\", unit = \"30min\", points = -1, partial = \"exact\" }",
            "an entry rounds once",
        ),
    ] {
        let found = faults(from, to);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn what_follows_in_words() {
    let set = checked(EVERY_KEY);
    let sentences = |language| set.consequences(language).into_iter().map(|told| told.sentence).collect::<Vec<_>>();
    let expected = include_str!("../../../../testdata/rules/every-consequence.txt");
    let lines = sentences(Language::Chinese).into_iter().zip(sentences(Language::English));
    let found: String = lines.map(|(zh, en)| format!("{zh}\n{en}\n")).collect();
    assert_eq!(found, expected);
}
