//! One working day: windows open, visitors come, cases move on; suggestions and complaints now and then.

use jifen_core::time::Date;
use serde_json::json;

use crate::{
    application, counter,
    plan::{DEPARTMENTS, MATTERS, Presence, TAX_HALL},
    sent::{Message, Moment},
    world::World,
};

/// Morning opening, seconds of the day.
pub(crate) const OPEN: i64 = 9 * 3600;
/// Noon closing.
pub(crate) const NOON: i64 = 12 * 3600;
/// Afternoon opening.
pub(crate) const AFTERNOON: i64 = 13 * 3600;
/// Evening closing.
pub(crate) const CLOSE: i64 = 17 * 3600;

/// Adopted suggestions per working day.
const SUGGESTIONS: f64 = 0.25;
/// Complaints per working day, and the share found true.
const COMPLAINTS: f64 = 0.15;
const COMPLAINTS_TRUE: f64 = 0.4;
/// Online applications per working day.
const ONLINE: f64 = 14.0;

const SUGGESTION_TITLES: [&str; 5] = [
    "把常用表格放到取号机旁",
    "增设老年人优先座位",
    "退税材料清单合并为一页",
    "午间错峰开放一个综合窗口",
    "把补正通知改为短信加电话",
];
const COMPLAINT_TEXTS: [&str; 4] =
    ["等了很久没有人解释原因", "同一份材料让我交了两次", "窗口工作人员语气生硬", "网上写的材料和窗口要的不一样"];

pub(crate) fn run(world: &mut World, date: Date, outage: bool) {
    open_windows(world, date);
    for department in &DEPARTMENTS {
        counter::run(world, department, date);
    }
    apply_online(world, date);
    now_and_then(world, date);
    if outage {
        let (from, to) = (Moment::at(date, 10 * 3600 + 300), Moment::at(date, 10 * 3600 + 2700));
        world.sent.send(Message {
            source: "demo:office",
            id: format!("outage/{date}"),
            kind: "system.outage",
            time: to,
            data: json!({"from": from.to_rfc3339(), "to": to.to_rfc3339(), "system": "queue", "reason": "叫号系统网络中断"}),
        });
    }
}

fn open_windows(world: &mut World, date: Date) {
    for window in world.windows.clone() {
        let person = world.sitting(&window.code, date).map(|person| person.code.clone());
        let named = window.department.presence != Presence::Roster;
        let lag = world.random.between(-600, 0);
        let person = person.filter(|_| named);
        let mut send = |kind: &str, second: i64, person: Option<&String>| {
            world.sent.send(Message {
                source: "demo:queue",
                id: format!("{kind}/{}/{date}", window.code),
                kind,
                time: Moment::at(date, second),
                data: json!({"window": window.code, "person": person, "hall": window.department.hall}),
            });
        };
        if window.department.presence == Presence::SignedIn {
            send("operator.login", OPEN + lag - 60, person.as_ref());
            send("operator.logout", CLOSE + 1800, person.as_ref());
        }
        send("window.opened", OPEN + lag, person.as_ref());
        send("window.closed", CLOSE + 1740, person.as_ref());
    }
}

fn apply_online(world: &mut World, date: Date) {
    let matters: Vec<_> = MATTERS.iter().filter(|matter| matter.limit.is_some()).collect();
    for _ in 0..world.random.poisson(ONLINE) {
        let second = world.random.between(OPEN, CLOSE);
        let index = world.random.weighted(matters.iter().map(|matter| matter.weight));
        if let Some(matter) = matters.get(index) {
            application::run(world, matter, Moment::at(date, second), None);
        }
    }
}

fn now_and_then(world: &mut World, date: Date) {
    for number in 0..world.random.poisson(SUGGESTIONS) {
        let index = world.random.between(0, world.people.len() as i64 - 1) as usize;
        let title = world.random.choose(&SUGGESTION_TITLES).copied();
        let adoption = if world.random.chance(0.2) { "district" } else { "hall" };
        if let Some(person) = world.people.get(index) {
            let data =
                json!({"person": person.code, "department": person.department, "adoption": adoption, "title": title});
            let time = Moment::at(date, 16 * 3600 + number as i64);
            let id = format!("suggestion/{date}/{number}");
            world.sent.send(Message { source: "demo:office", id, kind: "suggestion.adopted", time, data });
        }
    }
    for number in 0..world.random.poisson(COMPLAINTS) {
        let index = world.random.between(0, world.windows.len() as i64) as usize;
        let comment = world.random.choose(&COMPLAINT_TEXTS).copied();
        let confirmed = world.random.chance(COMPLAINTS_TRUE);
        let Some(window) = world.windows.get(index).cloned() else { continue };
        let person = world.sitting(&window.code, date).map(|person| person.code.clone());
        let data = json!({"window": window.code, "person": person, "hall": window.department.hall,
            "department": window.department.code, "channel": "hotline", "category": "service",
            "confirmed": confirmed, "comment": comment});
        let time = Moment::at(date, 15 * 3600 + number as i64);
        let id = format!("complaint/{date}/{number}");
        world.sent.send(Message { source: "demo:office", id, kind: "complaint.filed", time, data });
    }
}

/// Mean minutes at the counter: 28 in general, 18 in the tax hall from the pilot's first day on.
pub(crate) fn service_minutes_mean(world: &World, hall: &str, date: Date) -> f64 {
    if hall == TAX_HALL && date >= world.pilot { 18.0 } else { 28.0 }
}
