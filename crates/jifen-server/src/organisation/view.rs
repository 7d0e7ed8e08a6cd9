//! The organisation of a day as lists: places under places, people, their assignments and posts, matters.

use jifen_core::{
    engine::Region,
    ledger::Subject,
    roster::{Assignment, Role},
    time::{Date, Instant},
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use crate::{
    auth::{Reach, reach::place_of_subject},
    board::{ActorKindWord, CodeName, Names, ReadError, names::SubjectKindWord, resident},
};

/// The organisation as it was on a day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Organisation)]
pub(crate) struct OrganisationView {
    /// The day.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// Halls.
    pub(crate) halls: Vec<CodeName>,
    /// Departments.
    pub(crate) departments: Vec<DepartmentView>,
    /// Windows.
    pub(crate) windows: Vec<WindowView>,
    /// People and system accounts, where they belong.
    pub(crate) people: Vec<MemberView>,
    /// Who is assigned to which window on that day.
    pub(crate) assignments: Vec<AssignmentView>,
    /// Who is on leave on that day.
    pub(crate) leaves: Vec<LeaveView>,
    /// Matters.
    pub(crate) matters: Vec<MatterView>,
}

/// A department.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OrganisationDepartment)]
pub(crate) struct DepartmentView {
    /// Code.
    pub(crate) code: String,
    /// Name; the code where nobody gave one.
    pub(crate) name: String,
    /// Its hall.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
}

/// A window.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OrganisationWindow)]
pub(crate) struct WindowView {
    /// Code.
    pub(crate) code: String,
    /// Name; the code where nobody gave one.
    pub(crate) name: String,
    /// Its hall: its own, its department's, or the only one there is.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
    /// The department it serves for.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// Zone inside the hall.
    #[schema(required = true)]
    pub(crate) zone: Option<String>,
}

/// A person or system account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OrganisationMember)]
pub(crate) struct MemberView {
    /// Code.
    pub(crate) code: String,
    /// Name; the code where there is none.
    pub(crate) name: String,
    /// `person` or `system`.
    pub(crate) kind: ActorKindWord,
    /// Window they belong to.
    #[schema(required = true)]
    pub(crate) window: Option<String>,
    /// Department they belong to.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// Hall they belong to.
    #[schema(required = true)]
    pub(crate) hall: Option<String>,
}

/// An assignment to a window.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WindowAssignment)]
pub(crate) struct AssignmentView {
    /// The window.
    pub(crate) window: String,
    /// The person's code.
    pub(crate) person: String,
    /// Their name; the code where there is none.
    pub(crate) name: String,
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Until when, that moment not included; `null`: until it is ended.
    #[schema(required = true, format = DateTime)]
    pub(crate) to: Option<String>,
    /// As what.
    pub(crate) role: RoleWord,
    /// Whether what names nobody goes to them, at noon of the day.
    pub(crate) stands: bool,
}

/// As what somebody is assigned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WindowRole)]
pub(crate) enum RoleWord {
    /// The window is theirs.
    A,
    /// They stand in while no A is there.
    B,
    /// They are being trained.
    Trainee,
}

impl From<Role> for RoleWord {
    fn from(role: Role) -> Self {
        match role {
            Role::A => Self::A,
            Role::B => Self::B,
            Role::Trainee => Self::Trainee,
        }
    }
}

/// A leave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = LeaveOfPerson)]
pub(crate) struct LeaveView {
    /// Its code.
    pub(crate) leave: String,
    /// The person's code.
    pub(crate) person: String,
    /// Their name; the code where there is none.
    pub(crate) name: String,
    /// What kind of leave; `null` for who does not roster, since it may be about somebody's health.
    #[schema(required = true)]
    pub(crate) category: Option<String>,
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Until when, that moment not included.
    #[schema(format = DateTime)]
    pub(crate) to: String,
}

/// A matter with its limits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OrganisationMatter)]
pub(crate) struct MatterView {
    /// Code.
    pub(crate) code: String,
    /// Name; the code where nobody gave one.
    pub(crate) name: String,
    /// Department in charge.
    #[schema(required = true)]
    pub(crate) department: Option<String>,
    /// Promised limit in working days.
    #[schema(required = true)]
    pub(crate) promised_days: Option<i64>,
    /// Promised limit in milliseconds of working time.
    #[schema(required = true)]
    pub(crate) promised_ms: Option<i64>,
    /// Statutory limit in working days.
    #[schema(required = true)]
    pub(crate) statutory_days: Option<i64>,
    /// Standard service time in milliseconds.
    #[schema(required = true)]
    pub(crate) standard_ms: Option<i64>,
    /// Calendar of its limits, where it has one of its own.
    #[schema(required = true)]
    pub(crate) calendar: Option<String>,
}

/// Who held a post, from when to when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct PostHolder {
    /// The post.
    pub(crate) post: String,
    /// Of what kind of place.
    #[schema(value_type = SubjectKindWord)]
    pub(crate) place_kind: String,
    /// Code of the place.
    pub(crate) place: String,
    /// Its name; the code where there is none.
    pub(crate) place_name: String,
    /// The person's code.
    pub(crate) person: String,
    /// Their name; the code where there is none.
    pub(crate) name: String,
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Until when, that moment not included; `null`: until it is ended.
    #[schema(required = true, format = DateTime)]
    pub(crate) to: Option<String>,
    /// Whether they are the holder on the day that was asked about: of several the one named last.
    pub(crate) holds: bool,
}

/// Posts and who holds them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Posts {
    /// The day.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// By post and place, the newest holder first.
    pub(crate) items: Vec<PostHolder>,
    /// Always `null`: there is one page.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A day as a span of time.
#[derive(Clone, Copy)]
struct Day {
    start: Instant,
    /// The last moment of it.
    end: Instant,
}

impl Day {
    fn of(region: &Region, date: Date) -> Self {
        let zone = region.organisation().zone();
        Self { start: zone.day_start(date), end: Instant(zone.day_start(date.plus(1)).0 - 1) }
    }

    fn meets(self, one: &Assignment<'_>) -> bool {
        self.holds(one.from, one.to)
    }

    fn holds(self, from: Instant, to: Option<Instant>) -> bool {
        from <= self.end && to.is_none_or(|to| self.start < to)
    }

    fn noon(self) -> Instant {
        Instant(self.start.0.midpoint(self.end.0))
    }
}

/// The organisation on a day, as far as `reach` sees; what kind of leave somebody is on only where `sees_kinds`.
///
/// # Errors
/// Store faults.
pub(crate) fn organisation(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    (reach, date): (&Reach, Date),
    sees_kinds: bool,
) -> Result<OrganisationView, ReadError> {
    let (held, day) = (region.organisation(), Day::of(region, date));
    let named = |name: Option<&str>, code: &str| name.unwrap_or(code).to_owned();
    let place_of_window = |code: &str| place_of_subject(region, &Subject::Window(code.to_owned()), day.end);
    let place_of_department = |code: &str| place_of_subject(region, &Subject::Department(code.to_owned()), day.end);
    let people: Vec<_> = held
        .people_at(day.end)
        .filter(|(actor, _)| reach.has_subject(region, &Subject::Person(*actor)))
        .map(|(actor, _)| (actor, held.home(actor, day.end)))
        .collect();
    let assignments: Vec<_> = held
        .assignments()
        .filter(|(window, one)| day.meets(one) && reach.has_place(&place_of_window(window)))
        .map(|(window, one)| (window, held.canonical(one.person), one))
        .collect();
    let leaves: Vec<_> = held
        .leaves()
        .map(|(code, leave)| (code, held.canonical(leave.person), leave))
        .filter(|(_, actor, leave)| {
            day.holds(leave.from, Some(leave.to)) && reach.has_subject(region, &Subject::Person(*actor))
        })
        .collect();
    let actors = people.iter().map(|(actor, _)| *actor).chain(assignments.iter().map(|(_, actor, _)| *actor));
    let actors = actors.chain(leaves.iter().map(|(_, actor, _)| *actor));
    let stands =
        |window: &str, actor| held.rostered(window, day.noon()).is_some_and(|person| held.canonical(person) == actor);
    let names = Names::load(database, row, region, actors)?;
    Ok(OrganisationView {
        day: date.to_string(),
        halls: held
            .halls_at(day.end)
            .filter(|(code, _)| reach.has_hall(code))
            .map(|(code, name)| CodeName { code: code.to_owned(), name: named(name, code) })
            .collect(),
        departments: held
            .departments_at(day.end)
            .filter(|(code, _)| reach.has_place(&place_of_department(code)))
            .map(|(code, department)| DepartmentView {
                code: code.to_owned(),
                name: named(department.name.as_deref(), code),
                hall: place_of_department(code).hall,
            })
            .collect(),
        windows: held
            .windows_at(day.end)
            .filter(|(code, _)| reach.has_place(&place_of_window(code)))
            .map(|(code, window)| {
                let place = place_of_window(code);
                let (hall, department) = (place.hall, place.department);
                let name = named(window.name.as_deref(), code);
                WindowView { code: code.to_owned(), name, hall, department, zone: window.zone.clone() }
            })
            .collect(),
        people: people
            .iter()
            .map(|(actor, home)| MemberView {
                code: names.actor(*actor),
                name: names.name(&Subject::Person(*actor)),
                kind: resident::actor_kind(region, *actor),
                window: home.window.clone(),
                department: home.department.clone(),
                hall: home.hall.clone(),
            })
            .collect(),
        assignments: assignments
            .iter()
            .map(|(window, actor, one)| AssignmentView {
                window: (*window).to_owned(),
                person: names.actor(*actor),
                name: names.name(&Subject::Person(*actor)),
                from: one.from.to_rfc3339(),
                to: one.to.map(Instant::to_rfc3339),
                role: one.role.into(),
                stands: one.from <= day.noon() && one.to.is_none_or(|to| day.noon() < to) && stands(window, *actor),
            })
            .collect(),
        leaves: leaves
            .iter()
            .map(|(code, actor, leave)| LeaveView {
                leave: (*code).to_owned(),
                person: names.actor(*actor),
                name: names.name(&Subject::Person(*actor)),
                category: sees_kinds.then(|| leave.category.clone()),
                from: leave.from.to_rfc3339(),
                to: leave.to.to_rfc3339(),
            })
            .collect(),
        matters: held
            .matters_at(day.end)
            .filter(|(_, matter)| {
                matter
                    .department
                    .as_deref()
                    .map_or(reach.is_whole(), |code| reach.has_place(&place_of_department(code)))
            })
            .map(|(code, matter)| MatterView {
                code: code.to_owned(),
                name: named(matter.name.as_deref(), code),
                department: matter.department.clone(),
                promised_days: matter.promised_days,
                promised_ms: matter.promised_ms,
                statutory_days: matter.statutory_days,
                standard_ms: matter.standard_ms,
                calendar: matter.calendar.clone(),
            })
            .collect(),
    })
}

/// All holders of posts, as far as `reach` sees the place or the person.
///
/// # Errors
/// Store faults.
pub(crate) fn posts(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    (reach, date): (&Reach, Date),
) -> Result<Posts, ReadError> {
    let (held, day) = (region.organisation(), Day::of(region, date));
    let mut found: Vec<_> = held
        .posts()
        .filter_map(|((post, kind, place), one)| {
            let (place, person) = (Subject::from_key(*kind, place.as_bytes())?, held.canonical(one.person));
            let is_seen = reach.has_subject(region, &place) || reach.has_subject(region, &Subject::Person(person));
            is_seen.then_some((post, place, person, one))
        })
        .collect();
    found.sort_by(|(post, place, _, one), (other, at, _, another)| {
        (post, place, another.from, another.order).cmp(&(other, at, one.from, one.order))
    });
    let names = Names::load(database, row, region, found.iter().map(|(_, _, person, _)| *person))?;
    let item = |(post, place, person, one): (&String, Subject, _, Assignment<'_>)| {
        let code = names.code(&place);
        let holder = held.post_holder(post, (place.kind(), &code), day.end);
        PostHolder {
            post: post.clone(),
            place_kind: place.kind().name().to_owned(),
            place_name: names.name(&place),
            place: code,
            person: names.actor(person),
            name: names.name(&Subject::Person(person)),
            from: one.from.to_rfc3339(),
            to: one.to.map(Instant::to_rfc3339),
            holds: day.meets(&one) && holder.is_some_and(|holder| held.canonical(holder) == person),
        }
    };
    Ok(Posts { day: date.to_string(), items: found.into_iter().map(item).collect(), next: None })
}
