//! Ratings: who rates, and how well, by a logit of waiting, service time, the officer and returns.
//!
//! `logit(bad) = a + b·ln(wait ÷ 10 min) + c·ln(service ÷ 20 min) + officer + returned`; the truth file names the numbers.

use serde_json::json;

use crate::{
    city::City,
    counter::Visit,
    plan::{CONTROL_HALL, PILOT_HALL},
    random::Random,
    sent::{Message, Moment, Sent},
    tally::Mark,
};

/// Share of services with an active rating and with one stored by default.
pub(crate) const RATED: f64 = 0.45;
pub(crate) const RATED_BY_DEFAULT: f64 = 0.2;
/// Share of decided online cases that are rated.
pub(crate) const RATED_ONLINE: f64 = 0.3;
/// `a`: in the tax halls, elsewhere, in the pilot's hall once it runs.
pub(crate) const BAD_TAX: f64 = -2.15;
pub(crate) const BAD: f64 = -2.6;
pub(crate) const BAD_PILOT: f64 = -3.05;
/// `b`, `c` and what a return adds.
pub(crate) const BY_WAIT: f64 = 0.35;
pub(crate) const BY_SERVICE: f64 = 0.4;
pub(crate) const BY_RETURN: f64 = 1.0;
/// The buyer's share of services with a bought rating: the best, within half a minute, always from one telephone.
pub(crate) const BOUGHT: f64 = 0.7;
pub(crate) const BOUGHT_DEVICE: &str = "PH-7731";

const TAGS_GOOD: [&str; 3] = ["一次办好", "态度热情", "讲解清楚"];
const TAGS_BAD: [&str; 3] = ["等待时间长", "一次性告知不清", "态度冷淡"];
const COMMENTS_GOOD: [&str; 8] = [
    "很快就办好了",
    "工作人员讲得很明白",
    "比上次来省事多了",
    "窗口主动帮我核对了材料",
    "没想到十几分钟就拿到了结果",
    "老人来办事也不用跑第二趟",
    "表格不会填，工作人员手把手教",
    "取号机旁边有人引导，很方便",
];
const COMMENTS_BAD: [&str; 8] = [
    "排了很久的队",
    "没有说清楚还缺哪份材料",
    "叫到号了窗口却没有人",
    "希望网上也能办",
    "同样的材料交了两遍",
    "中午没有人值班",
    "指示牌看不明白，走错了两个窗口",
    "系统一直卡，等了半个多小时",
];

/// The rating of a counter service, if any.
pub(crate) fn of_visit(city: &City, sent: &mut Sent, random: &mut Random, visit: &Visit<'_>) {
    let window = &city.plan.windows[visit.window].code;
    let mut device = format!("PJQ-{window}");
    let mut time = visit.ended.plus(random.between(5, 50));
    let (draw, bought) = (random.unit(), random.chance(BOUGHT));
    let mut data = json!({"service": visit.service, "window": window, "channel": "device"});
    let active = if visit.person == city.planted.buyer && bought {
        data["level"] = 5.into();
        (device, time) = (BOUGHT_DEVICE.to_owned(), visit.ended.plus(random.between(4, 29)));
        true
    } else if draw < RATED {
        let hall = &city.plan.department(visit.department).hall;
        let waited = (visit.started.0 - visit.taken.0) as f64 / 600.0;
        let served = (visit.ended.0 - visit.started.0) as f64 / 1200.0;
        let facts = BY_WAIT * waited.max(0.1).ln() + BY_SERVICE * served.max(0.05).ln();
        let level = level(random, base(city, hall, visit.ended) + facts + city.manners[visit.person].brusqueness);
        let (tags, comments) = if level >= 3 { (TAGS_GOOD, COMMENTS_GOOD) } else { (TAGS_BAD, COMMENTS_BAD) };
        let tag = random.choose(&tags).copied();
        let comment = if random.chance(0.15) { random.choose(&comments).copied() } else { None };
        data["level"] = level.into();
        data["tags"] = tag.into_iter().collect();
        data["comment"] = comment.into();
        true
    } else if draw < RATED + RATED_BY_DEFAULT {
        data["level"] = 5.into();
        false
    } else {
        return;
    };
    data["device"] = device.into();
    data["mode"] = if active { "active" } else { "default" }.into();
    let id = format!("{}/rating", visit.service);
    let person = &city.person(visit.person).code;
    note(city, sent, person, visit.department, time, (&data, active));
    sent.send(Message { source: "demo:rating", id, kind: "rating.submitted", time, data });
}

/// The rating of a case that was handed in online, if any: credited to who was named last, after the manner of its owner.
pub(crate) fn of_case(
    city: &City,
    sent: &mut Sent,
    random: &mut Random,
    (case, returned): (&str, bool),
    (person, owner, department): (&str, usize, usize),
    time: Moment,
) {
    if !random.chance(RATED_ONLINE) {
        return;
    }
    let hall = &city.plan.department(department).hall;
    let returned = if returned { BY_RETURN } else { 0.0 };
    let level = level(random, base(city, hall, time) + returned + city.manners[owner].brusqueness);
    let data = json!({"case": case, "level": level, "mode": "active", "channel": "online"});
    note(city, sent, person, department, time, (&data, true));
    let id = format!("{case}/rating");
    sent.send(Message { source: "demo:rating", id, kind: "rating.submitted", time, data });
}

fn note(
    city: &City,
    sent: &mut Sent,
    person: &str,
    department: usize,
    time: Moment,
    (data, active): (&serde_json::Value, bool),
) {
    let satisfied = data["level"].as_i64().unwrap_or_default() >= 3;
    let (person, hall) = (person.to_owned(), city.plan.department(department).hall.clone());
    sent.mark(time, Mark::Rating { person, hall, date: time.date(), active, satisfied });
}

fn base(city: &City, hall: &str, time: Moment) -> f64 {
    match (hall == PILOT_HALL || hall == CONTROL_HALL, city.is_changed(hall, time.date())) {
        (true, true) => BAD_PILOT,
        (true, false) => BAD_TAX,
        (false, _) => BAD,
    }
}

fn level(random: &mut Random, log_odds: f64) -> i64 {
    let odds = log_odds.exp();
    let bad = random.chance(odds / (1.0 + odds));
    let index = random.weighted(if bad { [0.0, 0.0, 0.0, 0.6, 0.4] } else { [0.7, 0.22, 0.08, 0.0, 0.0] }.into_iter());
    5 - index as i64
}
