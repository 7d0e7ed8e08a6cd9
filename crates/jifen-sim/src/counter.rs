//! The queue of one department on one day: take a number, wait, be called, be served, perhaps rate.
//!
//! Arrivals are Poisson by the hour, service times lognormal; one line per department, the first free window calls.

use jifen_core::time::Date;
use serde_json::{Value, json};

use crate::{
    application,
    day::{AFTERNOON, CLOSE, NOON, OPEN, service_minutes_mean},
    plan::{Department, MATTERS, Matter, Presence},
    sent::{Message, Moment},
    world::World,
};

/// Visitors by hour of the open day, relative: two humps.
const HOURS: [(i64, f64); 7] = [(9, 6.8), (10, 7.9), (11, 7.2), (13, 8.4), (14, 7.2), (15, 7.0), (16, 8.0)];
/// Load of the windows at their mean service time.
const LOAD: f64 = 0.8;
/// Sigma of the logarithm of service times within one matter.
const SERVICE_SIGMA: f64 = 0.8;
/// Sigma of the logarithm of a day's visitors.
const DAY_SIGMA: f64 = 0.15;
/// Shares of visitors who leave, who need a second call, of services put on hold, passed to another window.
const ABANDONED: f64 = 0.04;
const RECALLED: f64 = 0.05;
const HELD: f64 = 0.04;
/// Shares of services with an active rating and with one stored by default.
const RATED: f64 = 0.45;
const RATED_BY_DEFAULT: f64 = 0.25;
/// Share of services that the hasty colleague ends after ten seconds.
const HASTY: f64 = 0.06;

const TAGS_GOOD: [&str; 3] = ["一次办好", "态度热情", "讲解清楚"];
const TAGS_BAD: [&str; 3] = ["等待时间长", "一次性告知不清", "态度冷淡"];
const COMMENTS_GOOD: [&str; 4] = ["很快就办好了", "工作人员讲得很明白", "比上次来省事多了", "窗口主动帮我核对了材料"];
const COMMENTS_BAD: [&str; 4] = ["排了很久的队", "没有说清楚还缺哪份材料", "叫到号了窗口却没有人", "希望网上也能办"];

/// One visitor's service.
struct Visit<'a> {
    service: String,
    department: &'a Department,
    matter: &'static Matter,
    window: String,
    person: String,
    taken: Moment,
    started: Moment,
    ended: Moment,
    case: Option<String>,
}

pub(crate) fn run(world: &mut World, department: &Department, date: Date) {
    let windows: Vec<String> = world
        .windows
        .iter()
        .filter(|window| window.department.code == department.code)
        .map(|window| window.code.clone())
        .collect();
    let mut free_at: Vec<i64> = vec![OPEN; windows.len()];
    let mean = service_minutes_mean(world, department.hall, date);
    for (number, (arrived, matter)) in arrivals(world, department, windows.len(), mean).into_iter().enumerate() {
        let service = format!("{date}/{}{:03}", department.code, number + 1);
        let patience = if world.random.chance(ABANDONED) { world.random.between(300, 3600) } else { i64::MAX };
        let (index, free) = free_at.iter().copied().enumerate().min_by_key(|(_, at)| *at).unwrap_or((0, OPEN));
        let called = open_from(free.max(arrived + world.random.between(5, 40)));
        let taken = Moment::at(date, arrived);
        queue(world, department, &service, matter, "queue.taken", taken, Value::Null);
        if called >= CLOSE || called - arrived > patience {
            let left = Moment::at(date, (arrived + patience.min(7200)).min(CLOSE));
            queue(world, department, &service, matter, "queue.abandoned", left, Value::Null);
            continue;
        }
        let Some(person) = world.sitting(&windows[index], date).map(|person| person.code.clone()) else { continue };
        let pace = world.manners.get(&person).map_or(1.0, |manner| manner.pace);
        let hasty = person == world.hasty && world.random.chance(HASTY);
        let seconds = world.random.lognormal(mean * 60.0 * matter.factor * pace, SERVICE_SIGMA);
        let seconds = if hasty { 10 } else { (seconds as i64).clamp(45, 3 * 3600) };
        let started = called + world.random.between(10, 60);
        free_at[index] = started + seconds + world.random.between(15, 45);
        let visit = Visit {
            service,
            department,
            matter,
            window: windows[index].clone(),
            person,
            taken,
            started: Moment::at(date, started),
            ended: Moment::at(date, started + seconds),
            case: matter.limit.is_some().then(|| application::next_code(world)),
        };
        serve(world, &visit, Moment::at(date, called));
    }
}

/// Arrival times (seconds of the day) and what each comes for.
fn arrivals(world: &mut World, department: &Department, windows: usize, mean: f64) -> Vec<(i64, &'static Matter)> {
    let matters: Vec<&'static Matter> = MATTERS.iter().filter(|matter| matter.department == department.code).collect();
    let weight: f64 = matters.iter().map(|matter| matter.weight).sum();
    let factor = matters.iter().map(|matter| matter.weight * matter.factor).sum::<f64>() / weight;
    let visitors = LOAD * windows as f64 * 420.0 / (mean * factor) * world.random.lognormal(1.0, DAY_SIGMA);
    let all: f64 = HOURS.iter().map(|(_, share)| share).sum();
    let mut arrivals = Vec::new();
    for (hour, share) in HOURS {
        for _ in 0..world.random.poisson(visitors * share / all) {
            let index = world.random.weighted(matters.iter().map(|matter| matter.weight));
            if let Some(matter) = matters.get(index) {
                arrivals.push((hour * 3600 + world.random.between(0, 3600), *matter));
            }
        }
    }
    arrivals.sort_by_key(|(second, matter)| (*second, matter.code));
    arrivals
}

/// Nobody is called over noon.
fn open_from(second: i64) -> i64 {
    if (NOON..AFTERNOON).contains(&second) { AFTERNOON } else { second }
}

fn serve(world: &mut World, visit: &Visit<'_>, called: Moment) {
    // What the queue system knows of the person depends on the department; the rest is found by sign-in or roster.
    let named = (visit.department.presence == Presence::Named).then_some(&visit.person);
    let place = json!({"window": visit.window, "person": named});
    let send = |world: &mut World, kind: &str, time: Moment, data: Value| {
        queue(world, visit.department, &visit.service, visit.matter, kind, time, data);
    };
    send(world, "queue.called", called, place.clone());
    if world.random.chance(RECALLED) {
        send(world, "queue.recalled", called.plus(8), json!({"window": visit.window, "person": named}));
    }
    let opening = json!({"window": visit.window, "person": named, "case": visit.case});
    send(world, "service.started", visit.started, opening);
    let seconds = visit.ended.0 - visit.started.0;
    if seconds > 600 && world.random.chance(HELD) {
        let held = world.random.between(60, seconds / 3);
        let from = visit.started.plus(seconds / 3);
        send(world, "service.held", from, json!({"window": visit.window, "reason": "申请人补充材料"}));
        send(world, "service.resumed", from.plus(held), json!({"window": visit.window}));
    }
    send(world, "service.ended", visit.ended, place);
    rate(world, visit);
    if let Some(case) = &visit.case {
        let counter = application::Counter {
            service: visit.service.clone(),
            window: visit.window.clone(),
            person: visit.person.clone(),
            case: case.clone(),
        };
        application::run(world, visit.matter, visit.ended.plus(-5), Some(counter));
    }
}

fn rate(world: &mut World, visit: &Visit<'_>) {
    let device = format!("PJQ-{}", visit.window);
    let id = format!("{}/rating", visit.service);
    let time = visit.ended.plus(world.random.between(5, 50));
    let draw = world.random.unit();
    let mut data = json!({"service": visit.service, "window": visit.window, "channel": "device", "device": device});
    if draw < RATED {
        let level = level(world, visit);
        let (tags, comments) = if level >= 3 { (TAGS_GOOD, COMMENTS_GOOD) } else { (TAGS_BAD, COMMENTS_BAD) };
        let tag = world.random.choose(&tags).copied();
        let comment = if world.random.chance(0.15) { world.random.choose(&comments).copied() } else { None };
        data["level"] = level.into();
        data["mode"] = "active".into();
        data["tags"] = tag.into_iter().collect();
        data["comment"] = comment.into();
    } else if draw < RATED + RATED_BY_DEFAULT {
        data["level"] = 5.into();
        data["mode"] = "default".into();
    } else {
        return;
    }
    world.sent.send(Message { source: "demo:rating", id, kind: "rating.submitted", time, data });
}

/// Long waits, long services and brusque people are rated worse.
fn level(world: &mut World, visit: &Visit<'_>) -> i64 {
    let waited = (visit.started.0 - visit.taken.0) as f64 / 600.0;
    let served = (visit.ended.0 - visit.started.0) as f64 / 1800.0;
    let brusqueness = world.manners.get(&visit.person).map_or(0.0, |manner| manner.brusqueness);
    let odds = (-3.3 + 0.35 * (1.0 + waited).ln() + 0.4 * served.max(0.05).ln() + brusqueness).exp();
    let bad = world.random.chance(odds / (1.0 + odds));
    let index =
        world.random.weighted(if bad { [0.0, 0.0, 0.0, 0.6, 0.4] } else { [0.7, 0.22, 0.08, 0.0, 0.0] }.into_iter());
    5 - index as i64
}

fn queue(
    world: &mut World,
    department: &Department,
    service: &str,
    matter: &Matter,
    kind: &str,
    time: Moment,
    more: Value,
) {
    let mut data = json!({"service": service});
    if !matches!(kind, "queue.recalled" | "service.held" | "service.resumed") {
        data["hall"] = department.hall.into();
        data["department"] = department.code.into();
        data["matter"] = matter.code.into();
    }
    if kind == "queue.taken" {
        data["channel"] = "window".into();
        data["zone"] = department.code.into();
    }
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    let id = format!("{service}/{kind}");
    world.sent.send(Message { source: "demo:queue", id, kind, time, data });
}
