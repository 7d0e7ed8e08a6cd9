//! One case from its acceptance to its decision, at a window or online, with the detours that real cases take.

use jifen_core::time::{Date, Instant};
use serde_json::{Value, json};

use crate::{
    city::City,
    plan::{CONTROL_HALL, Matter, PILOT_HALL, STRANGER, SYSTEM_ACCOUNT},
    random::Random,
    rating,
    sent::{Message, Moment, Sent},
    tally::{Decided, Mark},
};

/// Shares of cases that need more papers, end without success, use shared data, go through a second department.
const SUPPLEMENTED: f64 = 0.03;
const SUPPLEMENT_BY_CLERK: f64 = 0.3;
const DECLINED: f64 = 0.02;
const WITHDRAWN: f64 = 0.02;
const SHARED: f64 = 0.25;
const CROSSED: f64 = 0.15;
/// Shares returned: in the tax halls, in the pilot's once it runs, elsewhere.
pub(crate) const RETURNED_TAX: f64 = 0.116;
pub(crate) const RETURNED_PILOT: f64 = 0.05;
pub(crate) const RETURNED: f64 = 0.04;
/// Working time used of what was promised: mean, sigma, and the most there is (about 6 % late).
pub(crate) const USED: f64 = 0.45;
const USED_SIGMA: f64 = 0.65;
const USED_MAX: f64 = 1.6;
/// Factor on it in the pilot's hall once it runs: departments see one another's steps.
pub(crate) const USED_PILOT: f64 = 0.7;
/// Nothing is decided faster than in half an hour.
const USED_MS_MIN: f64 = 1_800_000.0;
/// Share of steps that a code nobody registered takes.
const STRANGER_STEPS: f64 = 0.002;
/// Working milliseconds of a day: 9–12 and 13–17.
const WORKDAY_MS: f64 = 7.0 * 3_600_000.0;

/// Where a case was handed in, unless online.
pub(crate) struct Counter {
    pub(crate) service: String,
    /// Index.
    pub(crate) window: usize,
    /// Index.
    pub(crate) person: usize,
}

/// How a case begins.
pub(crate) struct Origin<'a> {
    pub(crate) code: String,
    pub(crate) department: usize,
    pub(crate) matter: &'a Matter,
    pub(crate) accepted: Moment,
    pub(crate) counter: Option<Counter>,
}

/// The code of a day's case.
pub(crate) fn code(date: Date, department: usize, number: usize) -> String {
    let day = date.to_string().replace('-', "");
    format!("BJ{}{department:02}{number:04}", day.get(2..).unwrap_or_default())
}

/// A case in hand.
struct Application<'a> {
    origin: &'a Origin<'a>,
    department: &'a str,
    hall: &'a str,
    sent: usize,
    /// Who was named last, and how often a clerk was to blame.
    last: String,
    clerk_errors: i64,
    returned: bool,
    supplemented: Option<(Moment, Moment)>,
}

pub(crate) fn run(city: &City, sent: &mut Sent, random: &mut Random, origin: &Origin<'_>, back: &[usize]) {
    let Some((promised_days, _)) = origin.matter.limit else { return };
    let own = city.plan.department(origin.department);
    let accepted = origin.accepted;
    let mut case = Application {
        origin,
        department: &own.code,
        hall: &own.hall,
        sent: 0,
        last: String::new(),
        clerk_errors: 0,
        returned: false,
        supplemented: None,
    };
    let changed = city.is_changed(&own.hall, accepted.date());
    let used = random.lognormal(USED, USED_SIGMA).min(USED_MAX) * if changed { USED_PILOT } else { 1.0 };
    let used_ms = (f64::from(promised_days) * WORKDAY_MS * used).max(USED_MS_MIN);
    let after = |share: f64| working_after(city, accepted, (used_ms * share) as i64);
    let owner = random.choose(back).copied().unwrap_or_default();
    let owner_code = city.person(owner).code.as_str();
    let careless = city.manners[origin.counter.as_ref().map_or(owner, |counter| counter.person)].carelessness;

    accept(city, sent, &mut case, owner_code);
    materials(city, sent, random, &mut case);
    case.send(sent, "case.assigned", after(0.1), json!({"person": owner_code, "office": "back", "activity": "分派"}));
    if random.chance(SUPPLEMENTED * careless) {
        supplement(sent, random, &mut case, (after(0.2), after(0.35)), owner_code);
    }
    let reviewer = if random.chance(STRANGER_STEPS) { STRANGER } else { owner_code };
    case.send(sent, "case.step", after(0.5), json!({"person": reviewer, "office": "back", "activity": "审核"}));
    if random.chance(CROSSED) {
        cross(city, sent, random, &mut case, (after(0.52), after(0.58)), owner_code);
    }
    let returned = match (own.hall == PILOT_HALL || own.hall == CONTROL_HALL, changed) {
        (true, false) => RETURNED_TAX,
        (true, true) => RETURNED_PILOT,
        (false, _) => RETURNED * careless,
    };
    if random.chance(returned) {
        case.returned = true;
        let data = json!({"person": owner_code, "fault": "applicant", "reason": "材料与申请事项不符"});
        case.send(sent, "case.returned", after(0.6), data);
        let again = json!({"person": owner_code, "office": "back", "activity": "重新提交后审核"});
        case.send(sent, "case.step", after(0.8), again);
    }
    let decided = after(1.0);
    let completed = decide(sent, random, &mut case, decided, owner_code);
    case.note(city, sent, decided, completed, promised_days);
    if origin.counter.is_none() {
        let by = (case.last.as_str(), owner, origin.department);
        rating::of_case(city, sent, random, (&origin.code, case.returned), by, decided.plus(3600));
    }
}

fn accept(city: &City, sent: &mut Sent, case: &mut Application<'_>, owner: &str) {
    let counter = case.origin.counter.as_ref();
    let mut data = json!({"owner": owner, "customer": "person", "visit": counter.is_some()});
    match counter {
        Some(counter) => {
            data["channel"] = "window".into();
            data["window"] = city.plan.windows[counter.window].code.clone().into();
            data["person"] = city.person(counter.person).code.clone().into();
            data["service"] = counter.service.clone().into();
        }
        None => {
            data["channel"] = "online".into();
            data["person"] = SYSTEM_ACCOUNT.into();
        }
    }
    let at = case.origin.accepted;
    sent.mark(at, Mark::Accepted { department: case.department.to_owned(), date: at.date() });
    case.send(sent, "case.accepted", at, data);
}

fn materials(city: &City, sent: &mut Sent, random: &mut Random, case: &mut Application<'_>) {
    let counter = case.origin.counter.as_ref();
    let person = counter.map_or(SYSTEM_ACCOUNT, |counter| city.person(counter.person).code.as_str());
    let window = counter.map(|counter| city.plan.windows[counter.window].code.as_str());
    for number in 1..=random.between(1, 3) {
        let shared = number > 1 && random.chance(SHARED);
        let at = case.origin.accepted.plus(number);
        let data = json!({"material": format!("M{number}"), "origin": if shared { "shared" } else { "applicant" },
            "person": person, "window": window});
        case.send(sent, "material.received", at, data);
        if shared {
            share(city, sent, random, case, (number, at), person);
        }
    }
}

fn share(
    city: &City,
    sent: &mut Sent,
    random: &mut Random,
    case: &Application<'_>,
    (number, at): (i64, Moment),
    person: &str,
) {
    let Some(provider) = other_department(city, random, case) else { return };
    let data = json!({"provider": provider, "receiver": case.department, "receiver_person": person,
        "item": format!("{provider}-{number}"), "case": case.origin.code, "material": format!("M{number}"),
        "matter": case.origin.matter.code});
    let id = format!("{}/share/{number}", case.origin.code);
    let receiver = case.department.to_owned();
    sent.mark(at, Mark::Shared { provider: provider.to_owned(), receiver, date: at.date() });
    sent.send(Message { source: "demo:sharing", id, kind: "data.shared", time: at, data });
}

fn other_department<'a>(city: &'a City, random: &mut Random, case: &Application<'_>) -> Option<&'a str> {
    let others = city.plan.departments.iter().filter(|other| other.code != case.department);
    random.choose(&others.collect::<Vec<_>>()).map(|other| other.code.as_str())
}

fn supplement(
    sent: &mut Sent,
    random: &mut Random,
    case: &mut Application<'_>,
    (asked, given): (Moment, Moment),
    owner: &str,
) {
    let by_clerk = random.chance(SUPPLEMENT_BY_CLERK);
    let fault = if by_clerk { "clerk" } else { "applicant" };
    let data = json!({"person": owner, "fault": fault, "reason": "缺少证明材料", "office": "back"});
    case.send(sent, "case.supplement_asked", asked, data);
    case.send(sent, "case.suspended", asked.plus(1), json!({"person": owner, "reason": "等待补正"}));
    let data = json!({"material": "M1", "origin": "applicant", "person": owner, "fault": fault});
    case.send(sent, "material.received", given, data);
    case.send(sent, "case.resumed", given.plus(1), json!({"person": owner}));
    case.supplemented = Some((asked.plus(1), given.plus(1)));
    case.clerk_errors += if by_clerk { 2 } else { 0 };
}

/// Another department gives its opinion.
fn cross(
    city: &City,
    sent: &mut Sent,
    random: &mut Random,
    case: &mut Application<'_>,
    (asked, answered): (Moment, Moment),
    owner: &str,
) {
    let Some(other) = other_department(city, random, case) else { return };
    case.send(sent, "case.assigned", asked, json!({"department": other, "activity": "会签"}));
    let data = json!({"person": owner, "office": "back", "activity": "会签完成"});
    case.send(sent, "case.assigned", answered, data);
}

/// Whether it ended as completed.
fn decide(sent: &mut Sent, random: &mut Random, case: &mut Application<'_>, at: Moment, owner: &str) -> bool {
    let draw = random.unit();
    if draw < DECLINED {
        case.send(sent, "case.declined", at, json!({"person": owner, "reason": "不符合法定条件"}));
    } else if draw < DECLINED + WITHDRAWN {
        case.send(sent, "case.withdrawn", at, json!({"reason": "申请人撤回"}));
    } else {
        case.send(sent, "case.completed", at, json!({"person": owner, "owner": owner, "outcome": "completed"}));
    }
    draw >= DECLINED + WITHDRAWN
}

impl Application<'_> {
    fn send(&mut self, sent: &mut Sent, kind: &str, time: Moment, data: Value) {
        let mut data = data;
        if let Some(person) = data["person"].as_str() {
            self.last = person.to_owned();
        }
        data["case"] = self.origin.code.clone().into();
        if matches!(kind, "case.accepted" | "case.assigned" | "case.step" | "case.returned" | "case.completed") {
            data["matter"] = self.origin.matter.code.clone().into();
        }
        if data.get("department").is_none() {
            data["department"] = self.department.into();
            data["hall"] = self.hall.into();
        }
        self.sent += 1;
        let id = format!("{}/{}", self.origin.code, self.sent);
        sent.send(Message { source: "demo:approval", id, kind, time, data });
    }

    /// What is true once the case is decided.
    fn note(&self, city: &City, sent: &mut Sent, decided: Moment, completed: bool, promised_days: u32) {
        let accepted = self.origin.accepted;
        let suspended: Vec<_> = self.supplemented.iter().map(|(from, to)| (from.instant(), to.instant())).collect();
        let working = city.calendar.working_ms(&city.zone, accepted.instant(), decided.instant(), &suspended);
        let first = self.origin.counter.as_ref().map_or(SYSTEM_ACCOUNT, |own| city.person(own.person).code.as_str());
        sent.mark(
            decided,
            Mark::Decided(Decided {
                person: self.last.clone(),
                first: first.to_owned(),
                department: self.department.to_owned(),
                accepted: accepted.date(),
                decided: decided.date(),
                working_ms: working.unwrap_or_default(),
                promised_ms: i64::from(promised_days) * WORKDAY_MS as i64,
                first_pass: !self.returned && self.supplemented.is_none(),
                clerk_errors: self.clerk_errors,
                completed,
            }),
        );
    }
}

/// The moment at which `budget_ms` of working time have passed since `from`.
fn working_after(city: &City, from: Moment, budget_ms: i64) -> Moment {
    let due = city.calendar.due(&city.zone, from.instant(), budget_ms, &[]);
    due.map_or(from, |instant: Instant| Moment::of(instant))
}
