//! One day: windows open, visitors come, cases move on; suggestions and complaints now and then.

use jifen_core::time::Date;
use serde_json::json;

use crate::{
    application::{self, Origin},
    city::{CASE_DAYS_MAX, City},
    counter::{self, Session},
    plan::{PILOT_HALL, Presence, STRANGER, SYSTEM_ACCOUNT, Scale},
    random::Random,
    sent::{DAY, Message, Moment, Sent},
    tally::Mark,
};

/// Morning opening, seconds of the day.
pub(crate) const OPEN: i64 = 9 * 3600;
/// Noon closing.
pub(crate) const NOON: i64 = 12 * 3600;
/// Afternoon opening.
pub(crate) const AFTERNOON: i64 = 13 * 3600;
/// Evening closing.
pub(crate) const CLOSE: i64 = 17 * 3600;
/// Who is called by then is still served; windows close after it.
pub(crate) const LAST_CALL: i64 = CLOSE + 2700;
/// Sign-outs.
const SIGN_OUT: i64 = CLOSE + 3300;

/// Adopted suggestions per person and working day; in the pilot hall, once it runs, this many times more.
const SUGGESTIONS: f64 = 0.002;
const SUGGESTIONS_PILOT_FACTOR: f64 = 4.0;
/// Complaints per window and working day: in general, in the tax halls, in the pilot's once it runs; and the share found true.
const COMPLAINTS: f64 = 0.008;
const COMPLAINTS_TAX: f64 = 0.03;
const COMPLAINTS_PILOT: f64 = 0.012;
const COMPLAINTS_TRUE: f64 = 0.4;
/// Online applications per window and working day.
const ONLINE: f64 = 4.5;
const ONLINE_SMALL: f64 = 0.7;

const SUGGESTION_TITLES: [&str; 8] = [
    "把常用表格放到取号机旁",
    "增设老年人优先座位",
    "退税材料清单合并为一页",
    "午间错峰开放一个综合窗口",
    "把补正通知改为短信加电话",
    "同一事项的复印改由窗口代办",
    "高峰前半小时增开一个简易窗口",
    "证照到期前主动提醒换领",
];
const COMPLAINT_TEXTS: [&str; 6] = [
    "等了很久没有人解释原因",
    "同一份材料让我交了两次",
    "窗口工作人员语气生硬",
    "网上写的材料和窗口要的不一样",
    "电话一直没有人接",
    "下班前二十分钟就不再叫号",
];

/// What one day gives rise to. With `live`, the demo plays on outside the office hours, for visitors who come from then on.
pub(crate) fn run(city: &City, date: Date, live: Option<Moment>) -> Sent {
    let mut sent = Sent::new(date, city.outage(date));
    if city.is_working(date) {
        office_day(city, &mut sent, date);
    }
    if let Some(since) = live.filter(|since| since.date() <= date) {
        for department in 0..city.plan.departments.len() {
            counter::run(city, &mut sent, department, date, &Session::extra(city.is_working(date), since));
        }
        sign_in_for_extra(city, &mut sent, date, since);
    }
    if city.planted.repeated == Some(date) {
        // A connector is restarted and delivers the whole day again the next noon.
        sent.repeat(Moment::at(date, DAY + DAY / 2));
    }
    sent
}

fn office_day(city: &City, sent: &mut Sent, date: Date) {
    open_windows(city, sent, date);
    for department in 0..city.plan.departments.len() {
        if city.is_simulated(department, date) {
            counter::run(city, sent, department, date, &Session::regular());
            apply_online(city, sent, department, date);
            now_and_then(city, sent, department, date);
        }
    }
    if let Some((from, to, _)) = city.outage(date) {
        sent.send(Message {
            source: "demo:office",
            id: format!("outage/{date}"),
            kind: "system.outage",
            time: to,
            data: json!({"from": from.to_rfc3339(), "to": to.to_rfc3339(), "system": "queue", "reason": "叫号系统网络中断"}),
        });
    }
}

fn open_windows(city: &City, sent: &mut Sent, date: Date) {
    let mut random = Random::of(city.seed.number, &format!("windows/{date}"));
    for (index, window) in city.plan.windows.iter().enumerate() {
        let lag = random.between(-600, 0);
        if !city.is_simulated(window.department, date) {
            continue;
        }
        let department = city.plan.department(window.department);
        let person = &city.person(city.sitting(index, date)).code;
        let person = (department.presence != Presence::Roster).then_some(person);
        let mut send = |kind: &str, second: i64| {
            let real = Moment::at(date, second);
            let id = format!("{kind}/{}/{date}", window.code);
            let data = json!({"window": window.code, "person": person, "hall": department.hall});
            let time = real.plus(city.skew(index));
            sent.send_at(real, Message { source: "demo:queue", id, kind, time, data });
        };
        if department.presence == Presence::SignedIn {
            send("operator.login", OPEN + lag - 60);
            send("operator.logout", SIGN_OUT);
        }
        send("window.opened", OPEN + lag);
        send("window.closed", SIGN_OUT - 60);
    }
}

/// Outside the office hours somebody must be signed in too.
fn sign_in_for_extra(city: &City, sent: &mut Sent, date: Date, since: Moment) {
    let evening = city.is_working(date).then_some(SIGN_OUT + 600);
    for (index, window) in city.plan.windows.iter().enumerate() {
        let department = city.plan.department(window.department);
        if department.presence != Presence::SignedIn {
            continue;
        }
        for second in [Some(30), evening].into_iter().flatten() {
            let real = Moment::at(date, second);
            let data = json!({"window": window.code, "person": city.person(city.sitting(index, date)).code,
                "hall": department.hall});
            let id = format!("operator.login/{}/{date}/{second}", window.code);
            let time = real.plus(city.skew(index));
            // Known by the time the first visitor comes, at the latest.
            let at = real.max(since);
            sent.send_at(at, Message { source: "demo:queue", id, kind: "operator.login", time, data });
        }
    }
}

fn apply_online(city: &City, sent: &mut Sent, department: usize, date: Date) {
    let plan = &city.plan;
    let matters: Vec<_> = plan.matters_of(department).into_iter().filter(|matter| matter.limit.is_some()).collect();
    if matters.is_empty() {
        return;
    }
    let own = plan.department(department);
    let mut random = Random::of(city.seed.number, &format!("online/{}/{date}", own.code));
    let rate = if city.seed.scale == Scale::Small { ONLINE_SMALL } else { ONLINE };
    let back = city.back_office(department, date);
    for number in 0..random.poisson(rate * own.windows as f64) {
        let second = random.between(OPEN, CLOSE);
        let index = random.weighted(matters.iter().map(|matter| matter.weight));
        let origin = Origin {
            code: application::code(date, department, 500 + number),
            department,
            matter: matters[index],
            accepted: Moment::at(date, second),
            counter: None,
        };
        application::run(city, sent, &mut random, &origin, &back);
    }
}

fn now_and_then(city: &City, sent: &mut Sent, department: usize, date: Date) {
    let own = city.plan.department(department);
    let mut random = Random::of(city.seed.number, &format!("office/{}/{date}", own.code));
    let people: Vec<_> = city.plan.people.iter().filter(|person| person.department == department).collect();
    let people: Vec<_> = people.into_iter().filter(|person| person.code != SYSTEM_ACCOUNT).collect();
    let changed = city.is_changed(&own.hall, date);
    let factor = if changed { SUGGESTIONS_PILOT_FACTOR } else { 1.0 };
    for number in 0..random.poisson(SUGGESTIONS * factor * people.len() as f64) {
        let title = random.choose(&SUGGESTION_TITLES).copied();
        let adoption = if random.chance(0.2) { "district" } else { "hall" };
        let Some(person) = random.choose(&people) else { continue };
        let data = json!({"person": person.code, "department": own.code, "hall": own.hall, "adoption": adoption,
            "title": title});
        let time = Moment::at(date, 16 * 3600 + number as i64);
        let id = format!("suggestion/{}/{date}/{number}", own.code);
        sent.mark(time, Mark::Suggestion { person: person.code.clone(), hall: own.hall.clone(), date });
        sent.send(Message { source: "demo:office", id, kind: "suggestion.adopted", time, data });
    }
    let tax = own.hall == PILOT_HALL || own.matters_of() != own.code;
    let rate = match (tax, changed) {
        (true, true) => COMPLAINTS_PILOT,
        (true, false) => COMPLAINTS_TAX,
        (false, _) => COMPLAINTS,
    };
    let windows = city.plan.windows.iter().enumerate().filter(|(_, window)| window.department == department);
    let windows: Vec<_> = windows.collect();
    for number in 0..random.poisson(rate * own.windows as f64) {
        let comment = random.choose(&COMPLAINT_TEXTS).copied();
        let confirmed = random.chance(COMPLAINTS_TRUE);
        let Some((index, window)) = random.choose(&windows) else { continue };
        let data = json!({"window": window.code, "person": city.person(city.sitting(*index, date)).code,
            "hall": own.hall, "department": own.code, "channel": "hotline", "category": "service",
            "confirmed": confirmed, "comment": comment});
        let time = Moment::at(date, 15 * 3600 + number as i64);
        let id = format!("complaint/{}/{date}/{number}", own.code);
        sent.mark(time, Mark::Complaint { hall: own.hall.clone(), date });
        sent.send(Message { source: "demo:office", id, kind: "complaint.filed", time, data });
    }
}

/// Whether points can be booked for a code: the stranger's wait until somebody says who that is.
pub(crate) fn is_known(code: &str) -> bool {
    code != STRANGER
}

const _: () = assert!(CASE_DAYS_MAX > 45, "the longest case must fit");
