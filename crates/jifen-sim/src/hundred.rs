//! A second hall, in a region of its own, that scores by a book of a hundred points a month: attendance, inspections, complaints, ratings.
//!
//! In: a seed and a day. Out: the files that `jifen init` and `jifen import` read, and what every score sheet of a month must come to, by
//! the simulator's own count: it knows the book by heart.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use jifen_core::time::{Date, Grain, Period};
use serde_json::{Value, json};

use crate::{
    city::{City, ZONE},
    output::table,
    plan,
    random::Random,
    sent::Moment,
};

/// The region's code.
pub const REGION: &str = "hundred";
const NAME: &str = "示范二厅（百分制，模拟数据）";
const HALL: &str = "BZ";
const DEPARTMENTS: [(&str, &str); 3] = [("market", "市场监管"), ("fund", "住房公积金"), ("civil", "民政")];
/// Windows of each department; two people each.
const WINDOWS: usize = 4;
const BOOK: &str = include_str!("../tables/hundred.toml");

/// What happens a working day: chances per person, per window, and ratings per window.
const LATE: f64 = 0.035;
const EXCUSED: f64 = 0.2;
const ABSENT: f64 = 0.002;
const LEFT_POST: f64 = 0.008;
const MANNER: f64 = 0.015;
const ERROR: f64 = 0.02;
const PRAISE: f64 = 0.01;
const COMPLAINT: f64 = 0.006;
const CONFIRMED: f64 = 0.5;
const UNTIDY: f64 = 0.01;
const EMPTY: f64 = 0.006;
const RATINGS: f64 = 3.0;
const BAD: f64 = 0.05;
/// Planted in every month: a person who is often late and complained of, windows with overdue cases.
const WEAK_PERSON: usize = 5;
const WEAK_FACTOR: f64 = 9.0;
const YELLOW_WINDOW: usize = 3;
const RED_WINDOW: usize = 8;

/// What counts of one person in a month.
#[derive(Clone, Copy, Default)]
struct Month {
    late: i64,
    absent: i64,
    left_post: i64,
    manner: i64,
    errors: i64,
    complaints: i64,
    praise: i64,
    ratings: i64,
    satisfied: i64,
}

impl Month {
    /// The score by the book.
    fn score(self) -> i64 {
        let left = |base: i64, taken: i64| (base - taken).max(0);
        // Four times late make half a day.
        let attend = left(20, self.late + 3 * (self.absent + self.late / 4));
        // From the second time on it counts twice.
        let conduct = left(30, 3 * self.left_post + 2 * self.manner + 2 * (self.manner - 1).max(0));
        let rate = match (self.ratings, 100 * self.satisfied) {
            (all, _) if all < 10 => 0,
            (all, good) if good < 90 * all => 5,
            (all, good) if good < 95 * all => 2,
            _ => 0,
        };
        attend + conduct + left(30, 2 * self.errors) + left(20, 4 * self.complaints + rate) + (2 * self.praise).min(5)
    }
}

/// A score sheet: `person` or `window`, code, month.
pub type SheetOf = (&'static str, String, String);

/// What the hall sent, and what it must come to.
pub struct Hundred {
    /// CloudEvents, day after day.
    pub events: Vec<String>,
    /// When each of them happens.
    moments: Vec<Moment>,
    /// Scores of the months that are over, by sheet.
    pub scores: BTreeMap<SheetOf, i64>,
    first: Date,
}

impl Hundred {
    /// The two whole months before the seed's day, and what there is of its own.
    pub fn of(city: &City) -> Self {
        Self::until(city, city.seed.anchor)
    }

    /// What happens from one day until before another, and when: the later days of the same hall.
    pub fn days(city: &City, from: Date, until: Date) -> Vec<(Moment, String)> {
        let Hundred { events, moments, .. } = Self::until(city, until);
        moments.into_iter().zip(events).filter(|(at, _)| *at >= Moment::at(from, 0)).collect()
    }

    /// As [`Hundred::of`], but until before a later day: it begins with the same events.
    pub fn until(city: &City, end: Date) -> Self {
        let month = |date| Period::holding(Grain::Month, date).first;
        let first = month(month(month(city.seed.anchor).plus(-1)).plus(-1));
        let mut hall = Hundred { events: Vec::new(), moments: Vec::new(), scores: BTreeMap::new(), first };
        let mut start = first;
        while start < end {
            let period = Period::holding(Grain::Month, start);
            let days = city.working_days(period.first, period.last().min(end.plus(-1)));
            let (people, windows) = hall.live(city.seed.number, &days);
            if period.last() < end {
                let name = period.to_string();
                for (index, month) in people.iter().enumerate() {
                    hall.scores.insert(("person", person(index), name.clone()), month.score());
                }
                for (index, taken) in windows.iter().enumerate() {
                    let score = taken.iter().map(|taken| (50 - taken).max(0)).sum();
                    hall.scores.insert(("window", window(index), name.clone()), score);
                }
            }
            start = period.last().plus(1);
        }
        hall
    }

    /// The days of one month: what counts of each person, and what each window loses in its two items.
    fn live(&mut self, seed: u64, days: &[Date]) -> (Vec<Month>, Vec<[i64; 2]>) {
        let count = DEPARTMENTS.len() * WINDOWS;
        let (mut people, mut windows) = (vec![Month::default(); 2 * count], vec![[0, 0]; count]);
        for (number, date) in days.iter().enumerate() {
            let mut random = Random::of(seed, &format!("hundred/{date}"));
            for (index, month) in people.iter_mut().enumerate() {
                self.person_day(&mut random, *date, index, month);
            }
            for (index, taken) in windows.iter_mut().enumerate() {
                self.window_day(&mut random, (*date, number), index, taken);
                let sitting = 2 * index + number % 2;
                if let Some(month) = people.get_mut(sitting) {
                    self.ratings(&mut random, *date, (index, sitting), month);
                }
            }
        }
        (people, windows)
    }

    fn person_day(&mut self, random: &mut Random, date: Date, index: usize, month: &mut Month) {
        let factor = if index == WEAK_PERSON { WEAK_FACTOR } else { 1.0 };
        let mut happens = |chance: f64| random.chance(chance * factor);
        let [late, absent, left, manner, error, complaint] =
            [LATE, ABSENT, LEFT_POST, MANNER, ERROR, COMPLAINT].map(&mut happens);
        let (excused, confirmed, praised) = (random.chance(EXCUSED), random.chance(CONFIRMED), random.chance(PRAISE));
        let errors = random.between(1, 4);
        if late {
            let data = json!({"category": "late", "duration_ms": 600_000, "excused": excused});
            self.send("attendance.recorded", date, 9, (index / 2, Some(index)), data);
            month.late += i64::from(!excused);
        }
        if absent {
            self.send(
                "attendance.recorded",
                date,
                10,
                (index / 2, Some(index)),
                json!({"category": "absent", "half_days": 1}),
            );
            month.absent += 1;
        }
        let mut find = |hour: i64, category: &str, quantity: Option<i64>| {
            let data = json!({"category": category, "quantity": quantity});
            self.send("finding.recorded", date, hour, (index / 2, Some(index)), data);
        };
        if left {
            find(11, "left-post", None);
            month.left_post += 1;
        }
        if manner {
            find(12, "manner", None);
            month.manner += 1;
        }
        if error {
            find(14, "error", Some(errors));
            month.errors += errors;
        }
        if praised {
            find(15, "praise", None);
            month.praise += 1;
        }
        if complaint {
            let data = json!({"category": "service", "channel": "hotline", "confirmed": confirmed});
            self.send("complaint.filed", date, 16, (index / 2, Some(index)), data);
            month.complaints += i64::from(confirmed);
        }
    }

    fn window_day(&mut self, random: &mut Random, (date, number): (Date, usize), index: usize, taken: &mut [i64; 2]) {
        let overdue = match index {
            YELLOW_WINDOW => [2, 5, 8].contains(&number),
            RED_WINDOW => (2..8).contains(&number),
            _ => index % 5 == 1 && number == 4,
        };
        let happen = [(random.chance(UNTIDY), "untidy"), (random.chance(EMPTY), "empty-window"), (overdue, "overdue")];
        for (hour, (_, category)) in (8..).zip(happen).filter(|(_, (happens, _))| *happens) {
            self.send("finding.recorded", date, hour, (index, None), json!({"category": category}));
        }
        taken[0] += if happen[0].0 { 5 } else { 0 };
        taken[1] += if happen[1].0 { 10 } else { 0 } + if overdue { 2 } else { 0 };
    }

    fn ratings(&mut self, random: &mut Random, date: Date, (window, sitting): (usize, usize), month: &mut Month) {
        let factor = if sitting == WEAK_PERSON { 4.0 } else { 1.0 };
        for number in 0..random.poisson(RATINGS) {
            let (bad, active) = (random.chance(BAD * factor), random.chance(0.7));
            let level = if bad { 2 } else { 5 };
            let (service, mode) =
                (format!("{}-{date}-{number}", self::window(window)), if active { "active" } else { "default" });
            let data = json!({"service": service, "level": level, "mode": mode});
            self.send("rating.submitted", date, 13, (window, Some(sitting)), data);
            month.ratings += i64::from(active);
            month.satisfied += i64::from(active && !bad);
        }
    }

    fn send(&mut self, kind: &str, date: Date, hour: i64, (window, person): (usize, Option<usize>), mut data: Value) {
        let number = self.events.len();
        // Each second once, so that the order of repeats is that of the events.
        let at = Moment::at(date, hour * 3600 + number as i64 % 3600);
        let time = at.to_rfc3339();
        data["window"] = self::window(window).into();
        data["person"] = person.map(self::person).into();
        if let Value::Object(data) = &mut data {
            data.retain(|_, value| !value.is_null());
        }
        let (id, kind) = (format!("hundred/{date}/{number}"), format!("jifen.{kind}"));
        let event = json!({"specversion": "1.0", "source": "demo:inspection", "id": id, "type": kind, "time": time, "data": data});
        self.events.push(event.to_string());
        self.moments.push(at);
    }

    /// Writes the init directory and `events.jsonl`; gives the number of events.
    ///
    /// # Errors
    /// Of the file system.
    pub fn write(&self, city: &City, directory: &Path) -> io::Result<usize> {
        fs::create_dir_all(directory.join("rules"))?;
        let region = format!(
            "code = \"{REGION}\"\nname = \"{NAME}\"\ntime_zone = \"{ZONE}\"\nsince = \"{}\"\ncalendar = \"cn\"\n\n[settings]\nsimulated = true\n",
            self.first
        );
        fs::write(directory.join("region.toml"), region)?;
        let from = format!("id = \"hundred\"\neffective_from = {}", self.first);
        fs::write(directory.join("rules/hundred.toml"), BOOK.replacen("id = \"hundred\"", &from, 1))?;
        table(directory, "halls.csv", ["hall", "name"], [[HALL.to_owned(), "示范二厅".to_owned()]].into_iter())?;
        let departments = DEPARTMENTS.iter().map(|(code, name)| [*code, name, HALL].map(str::to_owned));
        table(directory, "departments.csv", ["department", "name", "hall"], departments)?;
        let all = 0..DEPARTMENTS.len() * WINDOWS;
        let windows = all.clone().map(|index| {
            let name = format!("{} {} 号窗口", DEPARTMENTS[index / WINDOWS].1, index % WINDOWS + 1);
            [window(index), name, HALL.to_owned(), department(index).to_owned()]
        });
        table(directory, "windows.csv", ["window", "name", "hall", "department"], windows)?;
        let people = (0..2 * all.end).map(|index| {
            let role = ["a", "b"][index % 2].to_owned();
            [
                person(index),
                "person".to_owned(),
                plan::name(index + 700),
                department(index / 2).to_owned(),
                window(index / 2),
                role,
            ]
        });
        table(directory, "people.csv", ["person", "kind", "name", "department", "window", "role"], people)?;
        let years = city.invented_years.iter().map(|year| ["cn".to_owned(), year.year.to_string()]);
        table(directory, "calendar.csv", ["calendar", "year"], years)?;
        let mut events = BufWriter::new(fs::File::create(directory.join("events.jsonl"))?);
        for event in &self.events {
            writeln!(events, "{event}")?;
        }
        events.flush()?;
        Ok(self.events.len())
    }
}

fn window(index: usize) -> String {
    format!("{HALL}{:02}", index + 1)
}

fn department(window: usize) -> &'static str {
    DEPARTMENTS[window / WINDOWS].0
}

fn person(index: usize) -> String {
    format!("H{}", 101 + index)
}
