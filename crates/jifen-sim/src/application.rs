//! One case from its acceptance to its decision, at a window or online, with the detours that real cases take.

use jifen_core::time::Instant;
use serde_json::{Value, json};

use crate::{
    plan::{DEPARTMENTS, Matter, STRANGER, SYSTEM_ACCOUNT},
    sent::{Message, Moment},
    world::World,
};

/// Shares of cases that need more papers, are returned, end without success, use shared data.
const SUPPLEMENTED: f64 = 0.05;
const SUPPLEMENT_BY_CLERK: f64 = 0.3;
const RETURNED: f64 = 0.03;
const DECLINED: f64 = 0.02;
const WITHDRAWN: f64 = 0.02;
const SHARED: f64 = 0.25;
/// Working time used of what was promised: mean and sigma (about 6 % late).
const USED: f64 = 0.45;
const USED_SIGMA: f64 = 0.65;
/// Share of steps that a code nobody registered takes.
const STRANGER_STEPS: f64 = 0.004;
/// Working milliseconds of a day: 9–12 and 13–17.
const WORKDAY_MS: f64 = 7.0 * 3_600_000.0;
/// The zone's offset from UTC.
const OFFSET: i64 = 8 * 3600;

/// Where a case was handed in, unless online.
pub(crate) struct Counter {
    pub(crate) service: String,
    pub(crate) window: String,
    pub(crate) person: String,
    pub(crate) case: String,
}

pub(crate) fn next_code(world: &mut World) -> String {
    world.cases += 1;
    format!("BJ{:06}", world.cases)
}

/// A case in hand.
struct Application<'a> {
    code: String,
    matter: &'a Matter,
    hall: &'static str,
    sent: usize,
}

pub(crate) fn run(world: &mut World, matter: &Matter, accepted: Moment, counter: Option<Counter>) {
    let Some((promised_days, _)) = matter.limit else { return };
    let hall = DEPARTMENTS.iter().find(|department| department.code == matter.department).map_or("", |own| own.hall);
    let code = counter.as_ref().map_or_else(|| next_code(world), |counter| counter.case.clone());
    let mut case = Application { code, matter, hall, sent: 0 };
    let used_ms = f64::from(promised_days) * WORKDAY_MS * world.random.lognormal(USED, USED_SIGMA);
    let after = |world: &World, share: f64| working_after(world, accepted, (used_ms * share) as i64);
    let (reviewed, decided) = (after(world, 0.5), after(world, 1.0));
    let back = world.back_office(matter.department, accepted.date());
    let owner = world.random.choose(&back).cloned();

    accept(world, &mut case, accepted, counter.as_ref(), owner.as_deref());
    materials(world, &mut case, accepted, counter.as_ref());
    let assigned = working_after(world, accepted, (used_ms * 0.1) as i64);
    case.send(world, "case.assigned", assigned, json!({"person": owner, "office": "back", "activity": "分派"}));
    if world.random.chance(SUPPLEMENTED) {
        supplement(world, &mut case, after(world, 0.2), after(world, 0.35), owner.as_deref());
    }
    let reviewer = if world.random.chance(STRANGER_STEPS) { Some(STRANGER.to_owned()) } else { owner.clone() };
    case.send(world, "case.step", reviewed, json!({"person": reviewer, "office": "back", "activity": "审核"}));
    if world.random.chance(RETURNED) {
        let returned = json!({"person": owner, "fault": "applicant", "reason": "材料与申请事项不符"});
        case.send(world, "case.returned", after(world, 0.6), returned);
        let again = json!({"person": owner, "office": "back", "activity": "重新提交后审核"});
        case.send(world, "case.step", after(world, 0.8), again);
    }
    decide(world, &mut case, decided, owner.as_deref());
    if counter.is_none() && world.random.chance(0.3) {
        let level = if world.random.chance(0.95) { 5 } else { 2 };
        let data = json!({"case": case.code, "level": level, "mode": "active", "channel": "online"});
        let id = format!("{}/rating", case.code);
        world.sent.send(Message {
            source: "demo:rating",
            id,
            kind: "rating.submitted",
            time: decided.plus(3600),
            data,
        });
    }
}

fn accept(world: &mut World, case: &mut Application<'_>, at: Moment, counter: Option<&Counter>, owner: Option<&str>) {
    let mut data = json!({"owner": owner, "customer": "person", "visit": counter.is_some()});
    match counter {
        Some(counter) => {
            data["channel"] = "window".into();
            data["window"] = counter.window.clone().into();
            data["person"] = counter.person.clone().into();
            data["service"] = counter.service.clone().into();
        }
        None => {
            data["channel"] = "online".into();
            data["person"] = SYSTEM_ACCOUNT.into();
        }
    }
    case.send(world, "case.accepted", at, data);
}

fn materials(world: &mut World, case: &mut Application<'_>, at: Moment, counter: Option<&Counter>) {
    let person = counter.map_or(SYSTEM_ACCOUNT, |counter| counter.person.as_str());
    for number in 1..=world.random.between(1, 4) {
        let shared = number > 1 && world.random.chance(SHARED);
        let data = json!({"material": format!("M{number}"), "origin": if shared { "shared" } else { "applicant" },
            "person": person, "window": counter.map(|counter| &counter.window)});
        case.send(world, "material.received", at.plus(number), data);
        if shared {
            share(world, case, number, at.plus(number), person);
        }
    }
}

fn share(world: &mut World, case: &Application<'_>, number: i64, at: Moment, person: &str) {
    let others: Vec<_> = DEPARTMENTS.iter().filter(|department| department.code != case.matter.department).collect();
    let Some(provider) = world.random.choose(&others).map(|department| department.code) else { return };
    let data = json!({"provider": provider, "receiver": case.matter.department, "receiver_person": person,
        "item": format!("{provider}-{number}"), "case": case.code, "material": format!("M{number}"),
        "matter": case.matter.code});
    let id = format!("{}/share/{number}", case.code);
    world.sent.send(Message { source: "demo:sharing", id, kind: "data.shared", time: at, data });
}

fn supplement(world: &mut World, case: &mut Application<'_>, asked: Moment, given: Moment, owner: Option<&str>) {
    let fault = if world.random.chance(SUPPLEMENT_BY_CLERK) { "clerk" } else { "applicant" };
    let data = json!({"person": owner, "fault": fault, "reason": "缺少证明材料", "office": "back"});
    case.send(world, "case.supplement_asked", asked, data);
    case.send(world, "case.suspended", asked.plus(1), json!({"person": owner, "reason": "等待补正"}));
    let data = json!({"material": "M1", "origin": "applicant", "person": owner, "fault": fault});
    case.send(world, "material.received", given, data);
    case.send(world, "case.resumed", given.plus(1), json!({"person": owner}));
}

fn decide(world: &mut World, case: &mut Application<'_>, at: Moment, owner: Option<&str>) {
    let draw = world.random.unit();
    if draw < DECLINED {
        case.send(world, "case.declined", at, json!({"person": owner, "reason": "不符合法定条件"}));
    } else if draw < DECLINED + WITHDRAWN {
        case.send(world, "case.withdrawn", at, json!({"reason": "申请人撤回"}));
    } else {
        case.send(world, "case.completed", at, json!({"person": owner, "owner": owner, "outcome": "completed"}));
    }
}

impl Application<'_> {
    fn send(&mut self, world: &mut World, kind: &str, time: Moment, data: Value) {
        let mut data = data;
        data["case"] = self.code.clone().into();
        if matches!(kind, "case.accepted" | "case.assigned" | "case.step" | "case.returned" | "case.completed") {
            data["matter"] = self.matter.code.into();
        }
        data["department"] = self.matter.department.into();
        data["hall"] = self.hall.into();
        self.sent += 1;
        let id = format!("{}/{}", self.code, self.sent);
        world.sent.send(Message { source: "demo:approval", id, kind, time, data });
    }
}

/// The moment at which `budget_ms` of working time have passed since `from`.
fn working_after(world: &World, from: Moment, budget_ms: i64) -> Moment {
    let start = Instant((from.0 - OFFSET) * 1000);
    let due = world.calendar.due(&world.zone, start, budget_ms, &[]);
    due.map_or(from, |instant| Moment(instant.0.div_euclid(1000) + OFFSET))
}
