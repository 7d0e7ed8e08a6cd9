//! What a row says, against what holds: the changes that make it so.

use jifen_core::{
    both,
    id::RegionSecret,
    roster::{ActorKind, Assignment, PostKey, Role},
    rule::SubjectKind,
    time::{Instant, Zone},
};

use super::{super::change::Change, present::Present};
use crate::{
    board::Names,
    setup::{
        self, Faults, Form, HOUR_MS, MINUTE_MS, moment,
        table::{Row, Table},
    },
};

/// A column that a row would change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Differs {
    pub(super) column: &'static str,
    pub(super) was: Option<String>,
    pub(super) becomes: Option<String>,
}

/// What a row comes to.
pub(super) struct Said {
    /// What it is about, as people call it.
    pub(super) about: String,
    /// Whether there was nothing of the kind.
    pub(super) is_new: bool,
    /// What is otherwise than it was.
    pub(super) differs: Vec<Differs>,
    /// What makes it so; nothing where it is so.
    pub(super) change: Option<Change>,
}

/// What rows are read against.
pub(super) struct Reading<'a> {
    pub(super) present: Present<'a>,
    pub(super) names: Names<'a>,
    pub(super) secret: RegionSecret,
    pub(super) zone: Zone,
    /// From which day records hold.
    pub(super) on: String,
}

/// A cell that is filled.
fn cell(table: &Table, row: &Row, column: &str) -> Option<String> {
    table.text(row, column).map(str::to_owned)
}

/// A column: what the row says of it, what it was.
type Pair = (&'static str, Option<String>, Option<String>);

fn said(about: String, is_new: bool, pairs: Vec<Pair>, change: Change) -> Said {
    let differs = pairs.into_iter().filter(|(_, becomes, was)| becomes.is_some() && becomes != was);
    let differs: Vec<Differs> = differs.map(|(column, becomes, was)| Differs { column, was, becomes }).collect();
    let change = (is_new || !differs.is_empty()).then_some(change);
    Said { about, is_new, differs, change }
}

impl Reading<'_> {
    /// What a row says; `None` where it is faulty.
    pub(super) fn read(&self, form: &Form, table: &Table, row: &Row, faults: &mut Faults) -> Option<Said> {
        let before = faults.list.len();
        let said = match form.sheet {
            "大厅" => self.hall(table, row),
            "部门" => self.department(table, row),
            "窗口" => self.window(table, row),
            "事项" => self.matter(table, row, faults),
            "人员" => self.person(table, row, faults),
            "排班" => self.shift(table, row, faults)?,
            "请假" => self.leave(table, row, faults)?,
            _ => self.post(table, row, faults)?,
        };
        (faults.list.len() == before).then_some(said)
    }

    fn from(&self) -> Option<String> {
        Some(self.on.clone())
    }

    fn hall(&self, table: &Table, row: &Row) -> Said {
        let (code, name) = (cell(table, row, "hall").unwrap_or_default(), cell(table, row, "name"));
        let old = self.present.halls.get(code.as_str());
        let pairs = vec![("name", name.clone(), old.copied().flatten().map(str::to_owned))];
        said(code.clone(), old.is_none(), pairs, Change::Hall { code, name, from: self.from() })
    }

    fn department(&self, table: &Table, row: &Row) -> Said {
        let code = cell(table, row, "department").unwrap_or_default();
        let [name, hall] = ["name", "hall"].map(|column| cell(table, row, column));
        let old = self.present.departments.get(code.as_str());
        let pairs = vec![
            ("name", name.clone(), old.and_then(|old| old.name.clone())),
            ("hall", hall.clone(), old.and_then(|old| old.hall.clone())),
        ];
        said(code.clone(), old.is_none(), pairs, Change::Department { code, name, hall, from: self.from() })
    }

    fn window(&self, table: &Table, row: &Row) -> Said {
        let code = cell(table, row, "window").unwrap_or_default();
        let [name, hall, department, zone] =
            ["name", "hall", "department", "zone"].map(|column| cell(table, row, column));
        let old = self.present.windows.get(code.as_str());
        let pairs = vec![
            ("name", name.clone(), old.and_then(|old| old.name.clone())),
            ("hall", hall.clone(), old.and_then(|old| old.hall.clone())),
            ("department", department.clone(), old.and_then(|old| old.department.clone())),
            ("zone", zone.clone(), old.and_then(|old| old.zone.clone())),
        ];
        let change = Change::Window { code: code.clone(), name, hall, department, zone, from: self.from() };
        said(code, old.is_none(), pairs, change)
    }

    fn matter(&self, table: &Table, row: &Row, faults: &mut Faults) -> Said {
        let code = cell(table, row, "matter").unwrap_or_default();
        let [name, department, calendar] = ["name", "department", "calendar"].map(|column| cell(table, row, column));
        let mut number = |column| table.number(row, column, 1, faults);
        let (promised_days, promised_hours) = (number("promised_days"), number("promised_hours"));
        let (statutory_days, standard_minutes) = (number("statutory_days"), number("standard_minutes"));
        if promised_days.is_some() && promised_hours.is_some() {
            let told = both!("时限写工作日或工作小时，不要两样都写", "give the limit in days or in hours, not both");
            table.fault(row, "promised_hours", told, faults);
        }
        let old = self.present.matters.get(code.as_str());
        let text = |number: Option<i64>| number.map(|number| number.to_string());
        let pairs = vec![
            ("name", name.clone(), old.and_then(|old| old.name.clone())),
            ("department", department.clone(), old.and_then(|old| old.department.clone())),
            ("promised_days", text(promised_days), text(old.and_then(|old| old.promised_days))),
            ("promised_hours", text(promised_hours), old.and_then(|old| old.promised_ms).map(hours)),
            ("statutory_days", text(statutory_days), text(old.and_then(|old| old.statutory_days))),
            ("standard_minutes", text(standard_minutes), old.and_then(|old| old.standard_ms).map(minutes)),
            ("calendar", calendar.clone(), old.and_then(|old| old.calendar.clone())),
        ];
        let change = Change::Matter {
            code: code.clone(),
            name,
            department,
            promised_days,
            promised_hours,
            statutory_days,
            standard_minutes,
            calendar,
            from: self.from(),
        };
        said(code, old.is_none(), pairs, change)
    }

    fn person(&self, table: &Table, row: &Row, faults: &mut Faults) -> Said {
        let code = cell(table, row, "person").unwrap_or_default();
        let [name, window, department, hall] =
            ["name", "window", "department", "hall"].map(|column| cell(table, row, column));
        let actor = self.secret.plain_actor(&code);
        let old = self.present.people.get(&actor);
        let is_system = match table.text(row, "kind") {
            None => None,
            Some("人员" | "person") => Some(false),
            Some("系统" | "系统账号" | "system") => Some(true),
            Some(kind) => {
                let told = both!("“{kind}”既不是“人员”也不是“系统”", "`{kind}` is neither `person` nor `system`");
                table.fault(row, "kind", told, faults);
                None
            }
        };
        let was_system = old.is_some_and(|old| old.kind == ActorKind::System);
        if is_system.is_some_and(|is_system| is_system != was_system) {
            let told = both!(
                "类别不在这里改：系统账号在“编号”页认定，人员不能变成系统账号",
                "the kind is not changed here: system accounts are identified at “Codes”, and a person becomes none"
            );
            table.fault(row, "kind", told, faults);
        }
        let pairs = vec![
            ("name", name.clone(), self.names.actor_name(actor)),
            ("window", window.clone(), old.and_then(|old| old.window.clone())),
            ("department", department.clone(), old.and_then(|old| old.department.clone())),
            ("hall", hall.clone(), old.and_then(|old| old.hall.clone())),
        ];
        let change = Change::Person { code: code.clone(), name, window, department, hall, from: self.from() };
        said(code, old.is_none(), pairs, change)
    }

    fn shift(&self, table: &Table, row: &Row, faults: &mut Faults) -> Option<Said> {
        let [person, window, from] =
            ["person", "window", "from"].map(|column| cell(table, row, column).unwrap_or_default());
        let to = cell(table, row, "to");
        let span = self.span(table, row, faults)?;
        let held = self.present.roster.get(&(window.as_str(), self.secret.plain_actor(&person)));
        let about = format!("{person} · {window}");
        let ended = |from| Change::Unassign { person: person.clone(), window: window.clone(), from };
        let becomes = setup::role(table, row, faults);
        let assigned = |to| Change::Assign {
            person: person.clone(),
            window: window.clone(),
            from: from.clone(),
            to,
            role: becomes.map(|role| role.name().to_owned()),
        };
        let said =
            Self::spanned(about, held, (span, to.clone()), (assigned(to.clone()), &ended), (table, row, faults))?;
        let old = held.into_iter().flatten().filter(|one| one.from == span.0).max_by_key(|one| one.order);
        match old.zip(becomes).filter(|(old, becomes)| old.role != *becomes) {
            Some((old, becomes)) => Self::in_role(said, (old.role, becomes), &assigned(to), (table, row, faults)),
            None => Some(said),
        }
    }

    /// Somebody goes on in another role: assigned once more, for what is said last holds. Not where the row also ends it earlier.
    fn in_role(
        said: Said,
        (was, becomes): (Role, Role),
        assigned: &Change,
        (table, row, faults): (&Table, &Row, &mut Faults),
    ) -> Option<Said> {
        if matches!(said.change, Some(Change::Unassign { .. })) {
            let told = both!(
                "一行不能既提前结束又改岗位：请先提前结束，再改岗位",
                "a row cannot end an assignment earlier and change its role: end it first, then change the role"
            );
            table.fault(row, "role", told, faults);
            return None;
        }
        let mut differs = said.differs;
        differs.push(Differs {
            column: "role",
            was: Some(setup::role_words(was).to_owned()),
            becomes: Some(setup::role_words(becomes).to_owned()),
        });
        Some(Said { differs, change: Some(assigned.clone()), ..said })
    }

    fn post(&self, table: &Table, row: &Row, faults: &mut Faults) -> Option<Said> {
        let [person, post, from] =
            ["person", "post", "from"].map(|column| cell(table, row, column).unwrap_or_default());
        let kinds = [SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall];
        let places: Vec<_> =
            kinds.into_iter().filter_map(|kind| Some((kind, cell(table, row, kind.name())?))).collect();
        let [(kind, place)] = places.as_slice() else {
            let told = both!(
                "职务属于一个窗口、部门或大厅；请恰好填其中一个",
                "a post is one of a window, a department or a hall; fill exactly one of them"
            );
            table.fault(row, places.get(1).map_or("window", |(kind, _)| kind.name()), told, faults);
            return None;
        };
        let to = cell(table, row, "to");
        let span = self.span(table, row, faults)?;
        let key: PostKey = (post.clone(), *kind, place.clone());
        let held = self.present.posts.get(&(&key, self.secret.plain_actor(&person)));
        let about = format!("{person} · {post} · {place}");
        let of = |from| (person.clone(), post.clone(), kind.name().to_owned(), place.clone(), from);
        let ended = |from| {
            let (person, post, place_kind, place, from) = of(from);
            Change::Dismiss { person, post, place_kind, place, from }
        };
        let (person, post, place_kind, place, from) = of(from);
        let begun = Change::Appoint { person, post, place_kind, place, from, to: to.clone() };
        Self::spanned(about, held, (span, to), (begun, &ended), (table, row, faults))
    }

    /// A leave that begins when one of theirs does gets the row's end and kind.
    fn leave(&self, table: &Table, row: &Row, faults: &mut Faults) -> Option<Said> {
        let [person, from, to] = ["person", "from", "to"].map(|column| cell(table, row, column).unwrap_or_default());
        let category = setup::leave_kind(table, row);
        let (begins, ends) = self.span(table, row, faults)?;
        let old = self.present.leaves.get(&(self.secret.plain_actor(&person), begins));
        // The same end is the same however it is written.
        let ends_otherwise = old.map(|old| old.to) != ends;
        let pairs = vec![
            ("to", ends_otherwise.then(|| to.clone()), old.map(|old| old.to.to_rfc3339())),
            (
                "category",
                Some(setup::leave_words(&category).to_owned()),
                old.map(|old| setup::leave_words(&old.category).to_owned()),
            ),
        ];
        let about = format!("{person} · {from}");
        Some(said(about, old.is_none(), pairs, Change::Leave { person, category, from, to, leave: None }))
    }

    /// From when until when a row's assignment or leave holds.
    fn span(&self, table: &Table, row: &Row, faults: &mut Faults) -> Option<(Instant, Option<Instant>)> {
        let before = faults.list.len();
        let from = moment(table, row, ("from", 0), &self.zone, faults);
        let to = moment(table, row, ("to", 1), &self.zone, faults);
        if from.is_some_and(|from| to.is_some_and(|to| to <= from)) {
            table.fault(row, "to", both!("不能早于“开始”", "must not lie before `from`"), faults);
        }
        from.filter(|_| faults.list.len() == before).map(|from| (from, to))
    }

    /// An assignment that begins when one does that is held goes on until the day the row names: it is prolonged, or ended earlier.
    fn spanned(
        about: String,
        held: Option<&Vec<Assignment<'_>>>,
        ((from, to), text): ((Instant, Option<Instant>), Option<String>),
        (begun, ended): (Change, &dyn Fn(String) -> Change),
        (table, row, faults): (&Table, &Row, &mut Faults),
    ) -> Option<Said> {
        let all = || held.into_iter().flatten();
        let Some(old) = all().filter(|one| one.from == from).max_by_key(|one| one.to.unwrap_or(Instant::MAX)) else {
            return Some(Said { about, is_new: true, differs: Vec::new(), change: Some(begun) });
        };
        let end = |to: Option<Instant>| to.unwrap_or(Instant::MAX);
        if end(old.to) == end(to) {
            return Some(Said { about, is_new: false, differs: Vec::new(), change: None });
        }
        let differs = vec![Differs { column: "to", was: old.to.map(Instant::to_rfc3339), becomes: text }];
        let change = match to {
            Some(to) if to < end(old.to) => {
                if all().any(|one| one.from > from && end(one.to) > to) {
                    let told = both!(
                        "此后还有同样的安排，提前结束会连它一起结束；请在页面上逐条登记",
                        "there is another such assignment later, which ending this one earlier would end too; change it on the page"
                    );
                    table.fault(row, "to", told, faults);
                    return None;
                }
                ended(to.to_rfc3339())
            }
            _ => begun,
        };
        Some(Said { about, is_new: false, differs, change: Some(change) })
    }
}

/// Working hours of a limit; nothing where they are not whole, which no row can say.
pub(super) fn hours(ms: i64) -> String {
    whole(ms, HOUR_MS)
}

/// Minutes of a standard time.
pub(super) fn minutes(ms: i64) -> String {
    whole(ms, MINUTE_MS)
}

fn whole(ms: i64, unit: i64) -> String {
    if ms % unit == 0 { (ms / unit).to_string() } else { String::new() }
}
