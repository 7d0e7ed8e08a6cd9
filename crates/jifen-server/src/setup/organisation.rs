//! Halls, departments, windows, matters, people, the roster, posts and leave: one event a row.

use std::collections::BTreeSet;

use jifen_core::{
    both,
    id::Digest,
    roster::Role,
    time::{Date, Instant, Zone},
};
use serde_json::json;

use super::{
    Draft,
    fault::Faults,
    source::Source,
    table::{Form, Row, Table, read as read_table},
};
use crate::organisation::KINDS_OF_LEAVE;

pub(crate) const HALLS: Form =
    Form { file: "halls.csv", sheet: "大厅", key: &["hall"], filled: &[], place: &[], optional: &["name"] };
pub(crate) const DEPARTMENTS: Form = Form {
    file: "departments.csv",
    sheet: "部门",
    key: &["department"],
    filled: &[],
    place: &[],
    optional: &["name", "hall"],
};
pub(crate) const WINDOWS: Form = Form {
    file: "windows.csv",
    sheet: "窗口",
    key: &["window"],
    filled: &[],
    place: &[],
    optional: &["name", "hall", "department", "zone"],
};
pub(crate) const MATTERS: Form = Form {
    file: "matters.csv",
    sheet: "事项",
    key: &["matter"],
    filled: &[],
    place: &[],
    optional: &[
        "name",
        "department",
        "promised_days",
        "promised_hours",
        "statutory_days",
        "standard_minutes",
        "calendar",
    ],
};
pub(crate) const PEOPLE: Form = Form {
    file: "people.csv",
    sheet: "人员",
    key: &["person"],
    filled: &[],
    place: &[],
    optional: &["kind", "name", "phone", "department", "window", "hall", "role"],
};
pub(crate) const ROSTER: Form = Form {
    file: "roster.csv",
    sheet: "排班",
    key: &["person", "window", "from"],
    filled: &[],
    place: &[],
    optional: &["to", "role", "hall"],
};
pub(crate) const POSTS: Form = Form {
    file: "posts.csv",
    sheet: "职务",
    key: &["person", "post", "from"],
    filled: &[],
    place: &["window", "department", "hall"],
    optional: &["window", "department", "hall", "to"],
};
pub(crate) const LEAVES: Form = Form {
    file: "leaves.csv",
    sheet: "请假",
    key: &["person", "from"],
    filled: &["to", "category"],
    place: &[],
    optional: &[],
};
/// Limits are kept in milliseconds, and written in hours …
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// … or in minutes.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// Codes that other tables name.
struct Codes {
    halls: BTreeSet<String>,
    departments: BTreeSet<String>,
    windows: BTreeSet<String>,
    people: BTreeSet<String>,
}

pub(super) fn read(source: &Source, calendars: &BTreeSet<String>, draft: &mut Draft, faults: &mut Faults) {
    let [halls, departments, windows, matters, people, roster, posts, leaves] =
        [HALLS, DEPARTMENTS, WINDOWS, MATTERS, PEOPLE, ROSTER, POSTS, LEAVES]
            .map(|form| read_table(source, &form, faults));
    let codes = Codes {
        halls: halls.codes("hall"),
        departments: departments.codes("department"),
        windows: windows.codes("window"),
        people: people.codes("person"),
    };
    for row in &halls.rows {
        let data = json!({"hall": halls.json(row, "hall"), "name": halls.json(row, "name")});
        push(draft, &halls, row, "organisation.hall", "hall", data);
    }
    for row in &departments.rows {
        departments.reference(row, "hall", ("halls.csv", &codes.halls), faults);
        let data = members(&departments, row, &["department", "name", "hall"]);
        push(draft, &departments, row, "organisation.department", "department", data);
    }
    for row in &windows.rows {
        windows.reference(row, "hall", ("halls.csv", &codes.halls), faults);
        windows.reference(row, "department", ("departments.csv", &codes.departments), faults);
        let data = members(&windows, row, &["window", "name", "hall", "department", "zone"]);
        push(draft, &windows, row, "organisation.window", "window", data);
    }
    for row in &matters.rows {
        read_matter(&matters, row, (&codes, calendars), draft, faults);
    }
    for row in &people.rows {
        read_person(&people, row, &codes, draft, faults);
    }
    for row in &roster.rows {
        read_shift(&roster, row, &codes, draft, faults);
    }
    for row in &posts.rows {
        read_post(&posts, row, &codes, draft, faults);
    }
    for row in &leaves.rows {
        read_leave(&leaves, row, &codes, draft, faults);
    }
}

fn members(table: &Table, row: &Row, columns: &[&str]) -> serde_json::Value {
    columns
        .iter()
        .map(|column| ((*column).to_owned(), table.json(row, column)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn push(draft: &mut Draft, table: &Table, row: &Row, kind: &str, key: &str, data: serde_json::Value) {
    let code = table.text(row, key).unwrap_or_default();
    draft.push(&table.path, row.line, kind, format!("{key}/{code}"), data);
}

fn read_matter(
    table: &Table,
    row: &Row,
    (codes, calendars): (&Codes, &BTreeSet<String>),
    draft: &mut Draft,
    faults: &mut Faults,
) {
    table.reference(row, "department", ("departments.csv", &codes.departments), faults);
    table.reference(row, "calendar", ("calendar.csv", calendars), faults);
    let promised_hours = table.number(row, "promised_hours", HOUR_MS, faults);
    if promised_hours.is_some() && table.text(row, "promised_days").is_some() {
        table.fault(
            row,
            "promised_hours",
            both!("时限写工作日或工作小时，不要两样都写", "give the limit in days or in hours, not both"),
            faults,
        );
    }
    let mut data = members(table, row, &["matter", "name", "department", "calendar"]);
    data["promised_days"] = table.number(row, "promised_days", 1, faults).into();
    data["promised_ms"] = promised_hours.into();
    data["statutory_days"] = table.number(row, "statutory_days", 1, faults).into();
    data["standard_ms"] = table.number(row, "standard_minutes", MINUTE_MS, faults).into();
    push(draft, table, row, "organisation.matter", "matter", data);
}

fn read_person(table: &Table, row: &Row, codes: &Codes, draft: &mut Draft, faults: &mut Faults) {
    table.reference(row, "department", ("departments.csv", &codes.departments), faults);
    table.reference(row, "window", ("windows.csv", &codes.windows), faults);
    table.reference(row, "hall", ("halls.csv", &codes.halls), faults);
    let kind = match table.text(row, "kind") {
        None | Some("人员") => "person",
        Some("系统" | "系统账号") => "system",
        Some(kind) => kind,
    };
    if !["person", "system"].contains(&kind) {
        table.fault(
            row,
            "kind",
            both!("“{kind}”既不是“人员”也不是“系统”", "`{kind}` is neither `person` nor `system`"),
            faults,
        );
    }
    let mut data = members(table, row, &["person", "phone", "department", "window", "hall", "role"]);
    data["kind"] = kind.into();
    data["person_name"] = table.json(row, "name");
    push(draft, table, row, "organisation.person", "person", data);
}

fn read_shift(table: &Table, row: &Row, codes: &Codes, draft: &mut Draft, faults: &mut Faults) {
    table.reference(row, "person", ("people.csv", &codes.people), faults);
    table.reference(row, "window", ("windows.csv", &codes.windows), faults);
    table.reference(row, "hall", ("halls.csv", &codes.halls), faults);
    let mut data = members(table, row, &["person", "window", "hall"]);
    data["role"] = role(table, row, faults).map(Role::name).into();
    read_span(table, row, &mut data, draft, faults);
    let text = |column| table.text(row, column).unwrap_or_default();
    let id = format!("roster/{}/{}/{}", text("person"), text("window"), text("from"));
    draft.push(&table.path, row.line, "roster.assigned", id, data);
}

/// The role of an assignment, as people write it or as events do.
pub(crate) fn role(table: &Table, row: &Row, faults: &mut Faults) -> Option<Role> {
    let text = table.text(row, "role")?;
    let role = match text.replace(' ', "").to_lowercase().as_str() {
        "a岗" => Some(Role::A),
        "b岗" => Some(Role::B),
        "实习" | "带教" | "实习带教" | "实习、带教" | "见习" => Some(Role::Trainee),
        word => Role::parse(word),
    };
    if role.is_none() {
        let told = both!(
            "“{text}”不是“A 岗”“B 岗”或“实习”；不填即 A 岗",
            "`{text}` is none of `a`, `b` and `trainee`; an empty cell is `a`"
        );
        table.fault(row, "role", told, faults);
    }
    role
}

/// A role as tables write it.
pub(crate) fn role_words(role: Role) -> &'static str {
    match role {
        Role::A => "A 岗",
        Role::B => "B 岗",
        Role::Trainee => "实习",
    }
}

fn read_post(table: &Table, row: &Row, codes: &Codes, draft: &mut Draft, faults: &mut Faults) {
    table.reference(row, "person", ("people.csv", &codes.people), faults);
    let places = [
        ("window", "windows.csv", &codes.windows),
        ("department", "departments.csv", &codes.departments),
        ("hall", "halls.csv", &codes.halls),
    ];
    let named: Vec<&str> = places.iter().filter_map(|(column, ..)| table.text(row, column)).collect();
    for (column, file, codes) in places {
        table.reference(row, column, (file, codes), faults);
    }
    let mut data = members(table, row, &["person", "post", "window", "department", "hall"]);
    read_span(table, row, &mut data, draft, faults);
    let text = |column| table.text(row, column).unwrap_or_default();
    let id = format!("post/{}/{}/{}/{}", text("person"), text("post"), named.join("/"), text("from"));
    draft.push(&table.path, row.line, "post.assigned", id, data);
}

fn read_leave(table: &Table, row: &Row, codes: &Codes, draft: &mut Draft, faults: &mut Faults) {
    table.reference(row, "person", ("people.csv", &codes.people), faults);
    let mut data = members(table, row, &["person"]);
    data["category"] = leave_kind(table, row).into();
    read_span(table, row, &mut data, draft, faults);
    let text = |column| table.text(row, column).unwrap_or_default();
    let id = format!("leave/{}/{}", text("person"), text("from"));
    data["leave"] = leave_code(&Digest::of(id.as_bytes()).0).into();
    draft.push(&table.path, row.line, "leave.granted", id, data);
}

/// The code of a leave that has none of its own; it stands in verdicts, so it tells of nobody.
pub(crate) fn leave_code(digest: &[u8]) -> String {
    let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("L-{hex}")
}

/// The kind of a leave, by its Chinese name or its code; others are taken as they come.
pub(crate) fn leave_kind(table: &Table, row: &Row) -> String {
    let text = table.text(row, "category").unwrap_or_default();
    KINDS_OF_LEAVE.iter().find(|(_, zh, _)| *zh == text).map_or(text, |(code, ..)| code).to_owned()
}

/// A kind of leave as tables write it.
pub(crate) fn leave_words(code: &str) -> &str {
    KINDS_OF_LEAVE.iter().find(|(known, ..)| *known == code).map_or(code, |(_, zh, _)| zh)
}

/// From when until when.
fn read_span(table: &Table, row: &Row, data: &mut serde_json::Value, draft: &Draft, faults: &mut Faults) {
    let from = moment(table, row, ("from", 0), &draft.zone, faults);
    // A day that ends a shift is worked to its end.
    let to = moment(table, row, ("to", 1), &draft.zone, faults);
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        table.fault(row, "to", both!("不能早于“开始”", "must not lie before `from`"), faults);
    }
    data["from"] = from.map(Instant::to_rfc3339).into();
    data["to"] = to.map(Instant::to_rfc3339).into();
}

/// A day, `days` later, in the region's zone; or a time with an offset as it is.
pub(crate) fn moment(
    table: &Table,
    row: &Row,
    (column, days): (&str, i32),
    zone: &Zone,
    faults: &mut Faults,
) -> Option<Instant> {
    let text = table.text(row, column)?;
    let day = Date::parse(text).map(|date| zone.day_start(date.plus(days)));
    let instant = day.or_else(|| Instant::parse(text));
    if instant.is_none() {
        let told = both!(
            "“{text}”不是日期或时间；请写成 2026-11-23，或 2026-11-23T13:00:00+08:00",
            "`{text}` is no day or time; write a day such as `2026-11-23`, or a time such as `2026-11-23T13:00:00+08:00`"
        );
        table.fault(row, column, told, faults);
    }
    instant
}
