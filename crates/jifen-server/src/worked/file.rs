//! The file of cases: TOML with places, each event of a case as the CloudEvent that a source would send.

use std::collections::{BTreeMap, BTreeSet};

use jifen_core::{
    both,
    event::{EventType, MemberKind, TYPES, catalogue::TypeSpec},
    points::Points,
    rule::{self, Diagnostic, SubjectKind, Words, parse_duration},
    time::{Date, Instant, Period, Zone},
};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use toml::{Spanned, Value, value::Datetime};

use super::{
    CASES_BYTES_MAX, CASES_MAX, EVENTS_MAX,
    outcome::{self, Outcome},
};

/// The number of the format this program reads.
const FORMAT: i64 = 1;
/// The zone of a case that names none.
const ZONE: &str = "Asia/Shanghai";
/// The CloudEvents source of all events of a case.
pub(super) const SOURCE: &str = "worked-case";

/// Something wrong with the file, at a byte offset.
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) message: Words,
}

impl Fault {
    pub(super) fn new(offset: usize, message: impl Into<Words>) -> Self {
        Self { offset, message: message.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Spanned<i64>,
    #[serde(default)]
    setup: Vec<EventTable>,
    #[serde(default)]
    case: Vec<CaseTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTable {
    title: Spanned<String>,
    period: Spanned<String>,
    zone: Option<Spanned<String>>,
    #[serde(default)]
    setup: Vec<EventTable>,
    #[serde(default)]
    events: Vec<EventTable>,
    #[serde(default)]
    unclear: BTreeMap<String, Reasons>,
    #[serde(default)]
    expect: Vec<Spanned<ExpectTable>>,
}

/// `"exempt:x1"`, or several of them.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "请写原因，如 `\"missing:window\"`，几个就写成列表\u{1e}write the reason, such as `\"missing:window\"`, or a list of them"
)]
enum Reasons {
    One(String),
    Several(Vec<String>),
}

impl Reasons {
    fn all(&self) -> BTreeSet<String> {
        match self {
            Self::One(reason) => BTreeSet::from([reason.clone()]),
            Self::Several(reasons) => reasons.iter().cloned().collect(),
        }
    }
}

/// An event as written: `type`, `at`, `times`, and members of the catalogue.
type EventTable = BTreeMap<Spanned<String>, Spanned<Value>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectTable {
    person: Option<String>,
    window: Option<String>,
    department: Option<String>,
    hall: Option<String>,
    period: Option<Spanned<String>>,
    points: Option<Spanned<Value>>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Spanned<Value>>,
    #[serde(default)]
    sheets: BTreeMap<Spanned<String>, Spanned<Value>>,
    #[serde(default)]
    items: BTreeMap<Spanned<String>, Spanned<Value>>,
    #[serde(default)]
    pub(super) composites: BTreeMap<Spanned<String>, Spanned<Value>>,
    #[serde(default)]
    pub(super) grades: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub(super) cards: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub(super) ranks: BTreeMap<Spanned<String>, Spanned<i64>>,
    #[serde(default)]
    pub(super) payouts: BTreeMap<Spanned<String>, Spanned<Value>>,
    pub(super) titles: Option<Spanned<Vec<String>>>,
    pub(super) vetoes: Option<Spanned<Vec<String>>>,
    pub(super) proposals: Option<Spanned<Vec<String>>>,
}

/// One case, ready to run.
pub(super) struct Case {
    pub(super) title: String,
    /// Where its title stands.
    pub(super) offset: usize,
    pub(super) period: Period,
    pub(super) zone: Zone,
    pub(super) setup: Vec<Event>,
    pub(super) events: Vec<Event>,
    /// Rules that cannot tell, and why.
    pub(super) unclear: BTreeMap<String, BTreeSet<String>>,
    pub(super) expected: Vec<Expected>,
}

/// An event and where it is written.
pub(super) struct Event {
    pub(super) offset: usize,
    pub(super) envelope: Map<String, Json>,
}

/// What one subject must come to.
pub(super) struct Expected {
    pub(super) offset: usize,
    pub(super) kind: SubjectKind,
    pub(super) code: String,
    pub(super) period: Period,
    pub(super) values: Vec<(What, Points, usize)>,
    /// What the points must lead to, and where that is written.
    pub(super) outcomes: Vec<(Outcome, usize)>,
}

/// A value of a subject and period.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum What {
    /// All entries.
    Points,
    /// The entries of one rule, or of one line of a sheet.
    Rule(String),
    /// A sheet's score.
    Sheet(String),
    /// `SHEET/ITEM`: what an item comes to, its base and limits included.
    Item(String),
}

/// Parses and checks a file of cases; every fault found is reported.
pub(super) fn parse(text: &str) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let told = |faults: Vec<Fault>| -> Vec<Diagnostic> {
        let mut told: Vec<_> =
            faults.into_iter().map(|fault| Diagnostic::at(text, fault.offset, fault.message)).collect();
        told.sort_by_key(|fault| (fault.line, fault.column));
        told
    };
    if text.len() > CASES_BYTES_MAX {
        return Err(told(vec![Fault::new(
            0,
            both!(
                "文件超过 {CASES_BYTES_MAX} 字节；请分成几份",
                "the file is longer than {CASES_BYTES_MAX} bytes; split it"
            ),
        )]));
    }
    let file: File = toml::from_str(text).map_err(|error| {
        told(vec![Fault::new(error.span().map_or(0, |span| span.start), rule::syntax_fault(&error))])
    })?;
    let mut faults = Vec::new();
    if *file.format.get_ref() != FORMAT {
        faults.push(Fault::new(
            file.format.span().start,
            both!("本程序只读格式 {FORMAT}", "this program reads format {FORMAT} only"),
        ));
    }
    if file.case.is_empty() {
        faults.push(Fault::new(0, both!("没有算例；请加 `[[case]]`", "the file has no cases; add `[[case]]`")));
    }
    if file.case.len() > CASES_MAX {
        faults.push(Fault::new(
            0,
            both!("算例超过 {CASES_MAX} 个；请分成几份", "more than {CASES_MAX} cases; split the file"),
        ));
        return Err(told(faults));
    }
    let mut cases = Vec::new();
    for table in &file.case {
        cases.extend(case(&file.setup, table, &mut faults));
    }
    if faults.is_empty() { Ok(cases) } else { Err(told(faults)) }
}

fn case(shared: &[EventTable], table: &CaseTable, faults: &mut Vec<Fault>) -> Option<Case> {
    let offset = table.title.span().start;
    let before = faults.len();
    let period = period(&table.period, faults);
    let zone = table.zone.as_ref().map_or(ZONE, |zone| zone.get_ref().as_str());
    let Some(zone) = Zone::parse(zone) else {
        let at = table.zone.as_ref().map_or(offset, |zone| zone.span().start);
        faults.push(Fault::new(
            at,
            both!("`{zone}` 不是 IANA 时区，如 `{ZONE}`", "`{zone}` is no IANA time zone, such as `{ZONE}`"),
        ));
        return None;
    };
    let period = period?;
    let start = zone.day_start(period.first);
    let reader = Reader { zone: &zone, start };
    let setup: Vec<_> = shared.iter().chain(&table.setup).collect();
    let mut read = |tables: &[&EventTable], of: &str| {
        let mut events = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            match reader.events(table, &format!("{of}-{}", index + 1), of == "event") {
                Ok(found) => events.extend(found),
                Err(fault) => faults.push(fault),
            }
        }
        events
    };
    let setup = read(&setup, "setup");
    let events = read(&table.events.iter().collect::<Vec<_>>(), "event");
    if events.len() > EVENTS_MAX {
        faults.push(Fault::new(
            offset,
            both!("事件超过 {EVENTS_MAX} 件；请分成几个算例", "more than {EVENTS_MAX} events; split the case"),
        ));
    }
    if table.expect.is_empty() && table.unclear.is_empty() {
        faults.push(Fault::new(
            offset,
            both!("这个算例什么也没有要求；请加 `[[case.expect]]`", "the case expects nothing; add `[[case.expect]]`"),
        ));
    }
    let expected: Vec<_> = table.expect.iter().filter_map(|table| expected(table, period, faults)).collect();
    (faults.len() == before).then(|| Case {
        title: table.title.get_ref().clone(),
        offset,
        period,
        zone: zone.clone(),
        setup,
        events,
        unclear: table.unclear.iter().map(|(rule, reasons)| (rule.clone(), reasons.all())).collect(),
        expected,
    })
}

fn period(written: &Spanned<String>, faults: &mut Vec<Fault>) -> Option<Period> {
    let found = Period::parse(written.get_ref()).filter(|period| *period != Period::ALL);
    if found.is_none() {
        let message = both!(
            "`{0}` 不是一期；请写 `2026-11`、`2026-Q4`、`2026` 或某一天",
            "`{0}` is no period; write `2026-11`, `2026-Q4`, `2026` or a day",
            written.get_ref()
        );
        faults.push(Fault::new(written.span().start, message));
    }
    found
}

fn expected(written: &Spanned<ExpectTable>, whole: Period, faults: &mut Vec<Fault>) -> Option<Expected> {
    let (table, offset) = (written.get_ref(), written.span().start);
    let named = [
        (SubjectKind::Person, &table.person),
        (SubjectKind::Window, &table.window),
        (SubjectKind::Department, &table.department),
        (SubjectKind::Hall, &table.hall),
    ];
    let mut named = named.into_iter().filter_map(|(kind, code)| Some((kind, code.clone()?)));
    let (Some((kind, code)), None) = (named.next(), named.next()) else {
        faults.push(Fault::new(
            offset,
            both!(
                "谁的分？`person`、`window`、`department`、`hall` 写一个",
                "whose points? one of `person`, `window`, `department`, `hall`"
            ),
        ));
        return None;
    };
    let period = match &table.period {
        None => whole,
        Some(written) => period(written, faults)?,
    };
    let mut values = Vec::new();
    let mut add = |what: What, value: &Spanned<Value>| match points(value.get_ref()) {
        Ok(points) => values.push((what, points, value.span().start)),
        Err(message) => faults.push(Fault::new(value.span().start, message)),
    };
    table.points.iter().for_each(|value| add(What::Points, value));
    table.rules.iter().for_each(|(id, value)| add(What::Rule(id.get_ref().clone()), value));
    table.sheets.iter().for_each(|(id, value)| add(What::Sheet(id.get_ref().clone()), value));
    table.items.iter().for_each(|(id, value)| add(What::Item(id.get_ref().clone()), value));
    let outcomes = outcome::read(table, faults);
    if values.is_empty() && outcomes.is_empty() {
        faults.push(Fault::new(
            offset,
            both!(
                "什么也没有要求；请加 `points`、`rules`、`sheets`、`items`、`grades` 等",
                "expects nothing; add `points`, `rules`, `sheets`, `items`, `grades` …"
            ),
        ));
    }
    Some(Expected { offset, kind, code, period, values, outcomes })
}

pub(super) fn points(value: &Value) -> Result<Points, Words> {
    let parsed = |text: &str| {
        Points::parse(text).map_err(|error| both!("`{text}` 不是分值：整数，或加引号的小数，至多三位", "{error}"))
    };
    match value {
        Value::Integer(number) => parsed(&number.to_string()),
        Value::String(text) => parsed(text),
        Value::Float(number) => Err(both!(
            "分数必须准确，小数请加引号：\"{number}\"",
            "points are exact; put the decimal in quotes: \"{number}\""
        )),
        Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            Err(both!("分值是整数，或加引号的小数", "points are an integer, or a decimal in quotes"))
        }
    }
}

/// Event types of the same family as one that is none, or all families: `rating.…` of `jifen.rating.recorded`.
fn types_like(name: &str) -> Words {
    fn family(name: &str) -> &str {
        name.trim_start_matches("jifen.").split('.').next().unwrap_or_default()
    }
    let own = TYPES.iter().filter(|spec| family(spec.name) == family(name));
    let names: Vec<&str> = own.map(|spec| spec.name.trim_start_matches("jifen.")).collect();
    if names.is_empty() {
        let families: BTreeSet<&str> = TYPES.iter().map(|spec| family(spec.name)).collect();
        let all = families.into_iter().map(|family| format!("{family}.…")).collect::<Vec<_>>().join("`, `");
        return both!("；事件以 `{all}` 开头，见 docs/events.md", "; types begin with `{all}`, see docs/events.md");
    }
    let names = names.join("`, `");
    both!("；有 `{names}`", "; there are `{names}`")
}

/// Reads events at the clock of a case.
struct Reader<'a> {
    zone: &'a Zone,
    /// When setup happens.
    start: Instant,
}

impl Reader<'_> {
    /// The events a table stands for: as many as its `times` says, alike but for their ids.
    fn events(&self, table: &EventTable, id: &str, timed: bool) -> Result<Vec<Event>, Fault> {
        let offset = table.keys().map(|key| key.span().start).min().unwrap_or_default();
        let named = |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value);
        let kind = named("type").ok_or_else(|| {
            Fault::new(
                offset,
                both!("事件要写 `type`，见 docs/events.md", "an event needs `type`, as in docs/events.md"),
            )
        })?;
        let name = kind.get_ref().as_str().map(|name| format!("jifen.{}", name.trim_start_matches("jifen.")));
        let spec = name.as_deref().and_then(EventType::parse).map(EventType::spec);
        let spec = spec.ok_or_else(|| {
            let told = both!("没有 {0} 这种事件", "there is no event type {0}", kind.get_ref());
            Fault::new(kind.span().start, told.and(&types_like(name.as_deref().unwrap_or_default())))
        })?;
        let time = match named("at") {
            Some(at) => self.time(at.get_ref()).ok_or_else(|| {
                Fault::new(
                    at.span().start,
                    both!(
                        "`at` 是不加引号的时间，如 2026-11-03T09:05:00",
                        "`at` is a time without quotes, such as 2026-11-03T09:05:00"
                    ),
                )
            })?,
            None if timed => {
                return Err(Fault::new(
                    offset,
                    both!("什么时候？请加 `at = 2026-11-03T09:05:00`", "when? add `at = 2026-11-03T09:05:00`"),
                ));
            }
            None => self.start,
        };
        let times = match named("times") {
            None => 1,
            Some(times) => {
                let found = times.get_ref().as_integer().filter(|times| (1..=EVENTS_MAX as i64).contains(times));
                found.ok_or_else(|| {
                    Fault::new(
                        times.span().start,
                        both!("`times` 是不小于 1 的整数", "`times` is a whole number from 1"),
                    )
                })?
            }
        };
        let mut data = Map::new();
        for (key, value) in table {
            if !matches!(key.get_ref().as_str(), "type" | "at" | "times") {
                data.insert(key.get_ref().clone(), self.member(spec, key, value)?);
            }
        }
        let event = |number: i64| {
            let envelope = json!({"specversion": "1.0", "source": SOURCE, "id": format!("{id}/{number}"),
                "type": spec.name, "time": time.to_rfc3339(), "data": data});
            Event { offset, envelope: envelope.as_object().cloned().unwrap_or_default() }
        };
        Ok((1..=times).map(event).collect())
    }

    fn member(&self, spec: &TypeSpec, key: &Spanned<String>, value: &Spanned<Value>) -> Result<Json, Fault> {
        let name = key.get_ref();
        let Some(member) = spec.member(name) else {
            let members = spec.required.iter().chain(spec.optional).map(|id| id.spec().name);
            let known = members.collect::<Vec<_>>().join("`, `");
            return Err(Fault::new(
                key.span().start,
                both!("`{}` 没有成员 `{name}`；有 `{known}`", "`{}` has no `{name}`; it has `{known}`", spec.name),
            ));
        };
        let fault = |zh: &str, en: &str| Fault::new(value.span().start, both!("`{name}` {zh}", "`{name}` is {en}"));
        match (member.kind, value.get_ref()) {
            (MemberKind::Time, written) => {
                let time = self.edge(name, written).or_else(|| self.time(written)).ok_or_else(|| {
                    fault("是不加引号的时间：2026-11-03T09:05:00", "a time without quotes: 2026-11-03T09:05:00")
                })?;
                Ok(json!(time.to_rfc3339()))
            }
            (MemberKind::Integer(..), Value::String(text)) if name.ends_with("_ms") => parse_duration(text)
                .map(Json::from)
                .ok_or_else(|| fault("是时长，如 \"20min\"", "a duration such as \"20min\"")),
            (_, written) => json_of(written)
                .ok_or_else(|| fault("不能带小数点；数都是整数", "no number with a point; numbers are whole")),
        }
    }

    /// A date that begins or ends a span: spans hold whole days, the last of them too.
    fn edge(&self, name: &str, value: &Value) -> Option<Instant> {
        let Value::Datetime(Datetime { date: Some(date), time: None, offset: None }) = value else { return None };
        let date = Date::parse(&date.to_string())?;
        match name {
            "from" => Some(self.zone.day_start(date)),
            "to" => Some(self.zone.day_start(date.plus(1))),
            _ => None,
        }
    }

    /// A local time, a date (its noon), or a time with an offset.
    fn time(&self, value: &Value) -> Option<Instant> {
        let Value::Datetime(Datetime { date: Some(date), time, offset }) = value else { return None };
        let text = match (time, offset) {
            (Some(_), Some(_)) => return Instant::parse(&value.as_datetime()?.to_string()),
            (None, _) => format!("{date}T12:00:00"),
            (Some(time), None) => format!("{date}T{time}"),
        };
        self.zone.instant(text.parse().ok()?)
    }
}

/// A value of TOML as JSON; `None` for floats and times, which no such member takes.
fn json_of(value: &Value) -> Option<Json> {
    match value {
        Value::String(text) => Some(json!(text)),
        Value::Integer(number) => Some(json!(number)),
        Value::Boolean(yes) => Some(json!(yes)),
        Value::Array(items) => items.iter().map(json_of).collect(),
        Value::Table(table) => {
            let members = table.iter().map(|(name, value)| Some((name.clone(), json_of(value)?)));
            members.collect::<Option<Map<_, _>>>().map(Json::from)
        }
        Value::Datetime(Datetime { date: Some(date), time: None, offset: None }) => Some(json!(date.to_string())),
        Value::Float(_) | Value::Datetime(_) => None,
    }
}
