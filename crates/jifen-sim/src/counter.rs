//! The queue of one department in one session: take a number, wait, be called, be served, perhaps rate.
//!
//! Arrivals are Poisson by the hour, service times lognormal; one line per department, the first free window calls.

use jifen_core::time::Date;
use serde_json::{Value, json};

use crate::{
    application::{self, Counter, Origin},
    city::City,
    day::{AFTERNOON, CLOSE, LAST_CALL, NOON, OPEN},
    plan::{CONTROL_HALL, Matter, PILOT_HALL, Presence, Scale},
    random::Random,
    rating,
    sent::{DAY, Message, Moment, Sent},
    tally::Mark,
};

/// Visitors by hour of the open day, relative: two humps, 10 h and 13–16 h.
const HOURS: [(i64, f64); 7] = [(9, 6.8), (10, 7.9), (11, 7.2), (13, 8.4), (14, 7.2), (15, 7.0), (16, 6.2)];
/// Numbers are given out until ten minutes before closing.
const LAST_NUMBER: i64 = CLOSE - 600;
/// Visitors of an hour outside the office hours, of an hour within.
const EXTRA: f64 = 0.8;
/// Load of the windows at the mean service time of the days before any pilot: visitors do not change when service does.
pub(crate) const LOAD: f64 = 0.88;
/// Sigma of the logarithm of service times within one matter.
pub(crate) const SERVICE_SIGMA: f64 = 0.8;
/// Sigma of the logarithm of a day's visitors.
const DAY_SIGMA: f64 = 0.12;
/// Visitors by weekday from Monday, relative; more on the day after a closure, and in a tax hall until the 15th.
const WEEKDAYS: [f64; 7] = [1.12, 1.03, 0.97, 0.94, 0.94, 1.0, 1.0];
const AFTER_CLOSURE: f64 = 1.15;
const FILING: f64 = 1.12;
const FILING_DAYS: i8 = 15;
/// Share of visitors who leave when the wait gets long; shares that need a second call, are put on hold.
pub(crate) const IMPATIENT: f64 = 0.2;
const PATIENCE: (i64, i64) = (240, 1800);
const RECALLED: f64 = 0.05;
const HELD: f64 = 0.04;
/// Share of services on matters with a limit that become a case; the others ask, bring papers, fetch results.
const CASES: f64 = 0.55;
/// What the early closer does: the share ended within a minute, and of those the share ended at once.
const EARLY: f64 = 0.25;
const AT_ONCE: f64 = 0.25;

/// Mean minutes at the counter: of the tax halls, of all others, of the pilot's hall from its first day on.
pub(crate) const TAX_MINUTES: f64 = 35.0;
pub(crate) const MINUTES: f64 = 18.0;
pub(crate) const SMALL_MINUTES: f64 = 28.0;
pub(crate) const PILOT_MINUTES: f64 = 18.0;

/// When numbers are given out and called.
pub(crate) struct Session {
    /// Part of the numbers' codes.
    mark: &'static str,
    /// Hours with visitors, relative.
    hours: Vec<(i64, f64)>,
    opens: i64,
    noon: bool,
    last_number: i64,
    last_call: i64,
    /// Only who comes from then on exists.
    since: Option<Moment>,
}

impl Session {
    pub(crate) fn regular() -> Self {
        let hours = HOURS.to_vec();
        Self { mark: "", hours, opens: OPEN, noon: true, last_number: LAST_NUMBER, last_call: LAST_CALL, since: None }
    }

    /// The hours in which a real hall is closed, so that the demo has something to show then.
    pub(crate) fn extra(working: bool, since: Moment) -> Self {
        let share = EXTRA * HOURS.iter().map(|(_, share)| share).sum::<f64>() / HOURS.len() as f64;
        let closed = |hour: &i64| !working || *hour < 8 || *hour >= 18;
        let hours = (0..24).filter(closed).map(|hour| (hour, share)).collect();
        let last = DAY - 1200;
        Self { mark: "X", hours, opens: 0, noon: false, last_number: last, last_call: last, since: Some(since) }
    }

    /// Nobody is called over noon.
    fn open_from(&self, second: i64) -> i64 {
        if self.noon && (NOON..AFTERNOON).contains(&second) { AFTERNOON } else { second.max(self.opens) }
    }
}

/// One visitor's service.
pub(crate) struct Visit<'a> {
    pub(crate) service: String,
    pub(crate) department: usize,
    pub(crate) matter: &'a Matter,
    pub(crate) window: usize,
    pub(crate) person: usize,
    pub(crate) taken: Moment,
    /// By the clock on the wall; the window's own may be fast.
    pub(crate) started: Moment,
    pub(crate) ended: Moment,
    case: Option<String>,
}

/// Mean minutes at the counter in a hall on a day.
pub(crate) fn minutes_mean(city: &City, hall: &str, date: Date) -> f64 {
    if city.is_changed(hall, date) { PILOT_MINUTES } else { minutes_before(city, hall) }
}

/// The standard time of a matter: what it took before any pilot.
pub(crate) fn standard_minutes(city: &City, matter: &Matter) -> i64 {
    let own = city.plan.departments.iter().position(|department| department.code == matter.department);
    let minutes = |own: usize| minutes_before(city, &city.plan.department(own).hall) / factor_mean(city, own);
    (own.map_or(0.0, minutes) * matter.factor).round() as i64
}

fn minutes_before(city: &City, hall: &str) -> f64 {
    match (hall == PILOT_HALL || hall == CONTROL_HALL, city.seed.scale) {
        (true, _) => TAX_MINUTES,
        (false, Scale::City) => MINUTES,
        (false, Scale::Small) => SMALL_MINUTES,
    }
}

pub(crate) fn run(city: &City, sent: &mut Sent, department: usize, date: Date, session: &Session) {
    let own = city.plan.department(department);
    let mut random = Random::of(city.seed.number, &format!("counter{}/{}/{date}", session.mark, own.code));
    let windows = city.plan.windows.iter().enumerate().filter(|(_, window)| window.department == department);
    let windows: Vec<usize> = windows.map(|(index, _)| index).collect();
    let back = city.back_office(department, date);
    let mut free_at: Vec<i64> = vec![session.opens; windows.len()];
    // The hall's mean is that of its visitors, whatever they come for.
    let mean = minutes_mean(city, &own.hall, date) / factor_mean(city, department);
    for (number, (arrived, matter)) in arrivals(city, department, date, session, &mut random).into_iter().enumerate() {
        let taken = Moment::at(date, arrived);
        let exists = session.since.is_none_or(|since| since <= taken);
        let service = format!("{date}/{}{}{:03}", own.code, session.mark, number + 1);
        let patience = if random.chance(IMPATIENT) { random.between(PATIENCE.0, PATIENCE.1) } else { i64::MAX - DAY };
        let (index, free) = free_at.iter().copied().enumerate().min_by_key(|(_, at)| *at).unwrap_or_default();
        let called = session.open_from(free.max(arrived + random.between(5, 40)));
        let mut queue = |kind: &str, at: Moment, zone: Option<&str>| {
            let data = json!({"service": service, "hall": own.hall, "department": own.code, "matter": matter.code,
                "channel": zone.map(|_| "window"), "zone": zone});
            if exists {
                let id = format!("{service}/{kind}");
                let arrival = sent.queue_arrival(at);
                sent.send_at(arrival, Message { source: "demo:queue", id, kind, time: at, data });
            }
        };
        queue("queue.taken", taken, Some(&own.code));
        if called > session.last_call || called > arrived + patience {
            let left = (arrived + patience).min(session.last_call);
            queue("queue.abandoned", Moment::at(date, left.max(arrived + 60)), None);
            continue;
        }
        let window = windows[index];
        let person = city.sitting(window, date);
        let seconds = random.lognormal(mean * 60.0 * matter.factor * city.manners[person].pace, SERVICE_SIGMA);
        let seconds = closed_early(city, person, &mut random).unwrap_or((seconds as i64).clamp(90, 3 * 3600));
        let started = called + random.between(10, 60);
        free_at[index] = started + seconds + random.between(15, 45);
        let has_case = matter.limit.is_some() && random.chance(CASES);
        let visit = Visit {
            service,
            department,
            matter,
            window,
            person,
            taken,
            started: Moment::at(date, started),
            ended: Moment::at(date, started + seconds),
            case: has_case.then(|| application::code(date, department, extra_number(session) + number)),
        };
        if exists {
            serve(city, sent, &mut random, &visit, Moment::at(date, called), &back);
        }
    }
}

/// Case numbers of one day and department: up to 499 at the counter, then online, then outside the office hours.
fn extra_number(session: &Session) -> usize {
    if session.since.is_some() { 1000 } else { 0 }
}

/// How long a service of the early closer takes when it is ended early.
fn closed_early(city: &City, person: usize, random: &mut Random) -> Option<i64> {
    if person != city.planted.early_closer || !random.chance(EARLY) {
        return None;
    }
    Some(if random.chance(AT_ONCE) { 10 } else { random.between(36, 58) })
}

/// Arrival times (seconds of the day) and what each comes for.
fn arrivals<'a>(
    city: &'a City,
    department: usize,
    date: Date,
    session: &Session,
    random: &mut Random,
) -> Vec<(i64, &'a Matter)> {
    let own = city.plan.department(department);
    let matters = city.plan.matters_of(department);
    let visitors = LOAD * own.windows as f64 * 420.0 / minutes_before(city, &own.hall);
    let visitors = visitors * day_factor(city, department, date) * random.lognormal(1.0, DAY_SIGMA);
    let all: f64 = HOURS.iter().map(|(_, share)| share).sum();
    let mut arrivals = Vec::new();
    for (hour, share) in &session.hours {
        for _ in 0..random.poisson(visitors * share / all) {
            let index = random.weighted(matters.iter().map(|matter| matter.weight));
            let second = hour * 3600 + random.between(0, 3600);
            if let Some(matter) = matters.get(index).filter(|_| second < session.last_number) {
                arrivals.push((second, *matter));
            }
        }
    }
    arrivals.sort_by(|a, b| (a.0, &a.1.code).cmp(&(b.0, &b.1.code)));
    arrivals
}

/// Mean factor of the department's visitors.
fn factor_mean(city: &City, department: usize) -> f64 {
    let matters = city.plan.matters_of(department);
    let weight: f64 = matters.iter().map(|matter| matter.weight).sum();
    matters.iter().map(|matter| matter.weight * matter.factor).sum::<f64>() / weight
}

/// Weekday, the day after a closure, the days in which taxes are filed.
fn day_factor(city: &City, department: usize, date: Date) -> f64 {
    let own = city.plan.department(department);
    let closed = (1..4).all(|days| !city.is_working(date.plus(-days)));
    let after_closure = if closed { AFTER_CLOSURE } else { 1.0 };
    let tax = own.hall == PILOT_HALL || own.hall == CONTROL_HALL;
    let filing = if tax && date.civil().day() <= FILING_DAYS { FILING } else { 1.0 };
    WEEKDAYS[usize::from(date.weekday()) % 7] * after_closure * filing
}

fn serve(city: &City, sent: &mut Sent, random: &mut Random, visit: &Visit<'_>, called: Moment, back: &[usize]) {
    let own = city.plan.department(visit.department);
    let window = &city.plan.windows[visit.window].code;
    let (person, skew) = (&city.person(visit.person).code, city.skew(visit.window));
    // What the queue system knows of the person depends on the department; the rest is found by sign-in or roster.
    let named = (own.presence == Presence::Named).then_some(person);
    let mut known = called;
    let mut send = |sent: &mut Sent, kind: &str, real: Moment, more: Value| {
        let mut data = json!({"service": visit.service, "window": window});
        if !matches!(kind, "queue.recalled" | "service.held" | "service.resumed") {
            data["hall"] = own.hall.clone().into();
            data["department"] = own.code.clone().into();
            data["matter"] = visit.matter.code.clone().into();
        }
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
        let at = sent.queue_arrival(real);
        known = known.max(at);
        let id = format!("{}/{kind}", visit.service);
        sent.send_at(at, Message { source: "demo:queue", id, kind, time: real.plus(skew), data });
    };
    send(sent, "queue.called", called, json!({"person": named}));
    if random.chance(RECALLED) {
        send(sent, "queue.recalled", called.plus(8), json!({"person": named}));
    }
    send(sent, "service.started", visit.started, json!({"person": named, "case": visit.case}));
    let seconds = visit.ended.0 - visit.started.0;
    let mut held = 0;
    if seconds > 600 && random.chance(HELD) {
        held = random.between(60, seconds / 3);
        let from = visit.started.plus(seconds / 3);
        send(sent, "service.held", from, json!({"reason": "申请人补充材料"}));
        send(sent, "service.resumed", from.plus(held), json!({}));
    }
    send(sent, "service.ended", visit.ended, json!({"person": named}));
    let date = visit.started.plus(skew).date();
    let mark = Mark::Service { person: person.clone(), hall: own.hall.clone(), date, ms: (seconds - held) * 1000 };
    sent.mark(known, mark);
    rating::of_visit(city, sent, random, visit);
    if let Some(case) = &visit.case {
        let counter = Counter { service: visit.service.clone(), window: visit.window, person: visit.person };
        let origin = Origin {
            code: case.clone(),
            department: visit.department,
            matter: visit.matter,
            accepted: visit.ended.plus(-5),
            counter: Some(counter),
        };
        application::run(city, sent, random, &origin, back);
    }
}
