//! The simulated city through the real binary over HTTP: the ledger must equal the simulator's own tally.

use std::path::{Path, PathBuf};

use jifen_core::time::Date;
use jifen_sim::{
    City, Hundred, Moment, Scale, Seed, check,
    feed::{Client, Feed, Outcome, Progress, SecondHall, feed, now},
};

use crate::harness::Scratch;

fn date(text: &str) -> Date {
    Date::parse(text).expect("date")
}

/// Some days of a city in a region of its own, `demo`, with the keys that feeding and comparing take.
pub(crate) struct Days {
    city: City,
    seed: Seed,
    source: String,
    staff: String,
    administrator: String,
    /// Where the feeding remembers how far it came.
    progress: PathBuf,
    from: Moment,
    until: Moment,
}

impl Days {
    /// Sets the region up; `folder` is for the simulator's own files.
    pub(crate) fn found(scratch: &Scratch, folder: &Path, scale: Scale, anchor: &str, from: &str, until: &str) -> Self {
        let seed = Seed { number: 7, anchor: date(anchor), scale };
        let city = City::new(seed).expect("city");
        let plan = folder.join("plan");
        jifen_sim::write_plan(&city, &plan).expect("plan");
        scratch.good(&["init", "--db", &scratch.db(), plan.to_str().expect("UTF-8")]);
        let key = |role: &str| {
            let db = scratch.db();
            let add = ["key", "add", "--db", &db, "--region", "demo", "--name", role, "--role", role];
            scratch.good(&add).stdout.trim().to_owned()
        };
        let (source, staff, administrator) = (key("source"), key("staff"), key("administrator"));
        let (from, until) = (Moment::at(date(from), 0), Moment::at(date(until), 0));
        Self { city, seed, source, staff, administrator, progress: folder.join("progress.json"), from, until }
    }

    /// Feeds them, over `seconds` where that is given; it waits for a server that is away, or has no room, and sends again.
    pub(crate) fn feed(&self, address: &str, seconds: Option<f64>) -> Outcome {
        let simulated = (self.until.0 - self.from.0) as f64;
        let wanted = Feed {
            url: format!("http://{address}"),
            key: self.source.clone(),
            administrator: Some(self.administrator.clone()),
            progress: self.progress.clone(),
            from: Some(self.from),
            until: Some(self.until),
            lasting: None,
            speed: seconds.map(|seconds| simulated / seconds),
            office_hours: true,
            second: None,
        };
        let mut newest = 0;
        let outcome = feed(&self.city, &wanted, |outcome| newest = outcome.accepted).expect("fed");
        assert!(outcome.accepted > 1_000 && newest <= outcome.accepted && outcome.refused == 0, "{outcome:?}");
        outcome
    }

    /// Holds the ledger against the simulator's own tally, and sends everything once more: all of it must be there, and once.
    pub(crate) fn compare(&self, address: &str, outcome: Outcome) {
        let url = format!("http://{address}");
        let progress = Progress::load(&self.progress, self.seed).expect("progress").expect("it was written");
        let span = progress.span().expect("all was sent");
        let mut reader = Client::new(&url, &self.staff, 3).expect("client");
        let mut sender = Client::new(&url, &self.source, 3).expect("client");
        let checked = check(&self.city, &mut reader, Some(&mut sender), span, None).expect("checked");
        assert_eq!(checked.differences, Vec::<String>::new());
        assert!(checked.services > 300 && checked.sums > 50, "{} services, {} sums", checked.services, checked.sums);
        let resent = checked.resent.expect("resent");
        assert_eq!((resent.repeated, resent.accepted, resent.refused), (checked.events, 0, 0));
        assert_eq!(outcome.accepted + outcome.repeated, checked.events);

        // Another seed's tally does not fit: the comparison can fail.
        let other = City::new(Seed { number: 8, ..self.seed }).expect("city");
        let checked = check(&other, &mut reader, None, span, None).expect("checked");
        assert!(!checked.differences.is_empty());
    }
}

/// Feeds `from..until` of a city to a server of its own, compares, sends everything once more and compares again.
fn live_through(scale: Scale, anchor: &str, from: &str, until: &str) {
    let scratch = Scratch::new();
    let days = Days::found(&scratch, &scratch.path("simulator"), scale, anchor, from, until);
    let server = scratch.serve();
    let outcome = days.feed(&server.address, None);
    days.compare(&server.address, outcome);
}

#[test]
fn a_day_of_the_city_gives_the_points_that_the_simulator_counted() {
    live_through(Scale::City, "2025-12-31", "2025-11-03", "2025-11-04");
}

/// With cases decided, months' rates, the outage, the day that is delivered twice.
#[test]
fn weeks_of_the_small_city_give_the_points_that_the_simulator_counted() {
    live_through(Scale::Small, "2025-12-31", "2025-12-04", "2025-12-31");
}

/// What the second hall's history leaves off at goes on, up to this moment, while the first is fed.
#[test]
fn the_second_hall_goes_on_live_after_its_history() {
    let today = now().date();
    let (anchor, scratch) = (today.plus(-15), Scratch::new());
    let days = Days::found(
        &scratch,
        &scratch.path("simulator"),
        Scale::Small,
        &anchor.to_string(),
        &today.to_string(),
        &today.plus(1).to_string(),
    );
    Hundred::of(&days.city).write(&days.city, &scratch.path("hundred")).expect("written");
    scratch.good(&["init", "--db", &scratch.db(), "hundred"]);
    let key = |role: &str| {
        let of = ["--db", &scratch.db(), "--region", jifen_sim::hundred::REGION, "--name", role, "--role", role];
        scratch.good(&[&["key", "add"], &of[..]].concat()).stdout.trim().to_owned()
    };
    let second = SecondHall { key: key("source"), administrator: key("administrator") };
    let server = scratch.serve();
    let url = format!("http://{}", server.address);
    let mut source = Client::new(&url, &second.key, 3).expect("client");
    let wanted = Feed {
        url,
        key: days.source.clone(),
        administrator: None,
        progress: days.progress.clone(),
        from: Some(days.from),
        until: None,
        lasting: Some(std::time::Duration::from_secs(1)),
        speed: None,
        office_hours: true,
        second: Some(second),
    };
    let begun = now();
    let outcome = feed(&days.city, &wanted, |_| ()).expect("fed");
    assert_eq!(outcome.refused, 0, "{outcome:?}");

    let all = Hundred::days(&days.city, anchor, today.plus(1));
    let happened: Vec<String> = all.into_iter().filter(|(at, _)| *at <= begun).map(|(_, event)| event).collect();
    let again = source.post(&happened).expect("posted");
    assert!(happened.len() > 20, "{} events in fifteen days", happened.len());
    assert_eq!(again, Outcome { accepted: 0, repeated: happened.len() as u64, refused: 0 });
}

/// The hall with a hundred points: every score sheet of a closed month is what the simulator counted, and months are settled by them.
#[test]
fn a_hundred_points_come_out_as_they_were_counted() {
    let city = City::new(Seed { number: 1, anchor: date("2026-11-23"), scale: Scale::Small }).expect("city");
    let hall = Hundred::of(&city);
    let scratch = Scratch::new();
    hall.write(&city, &scratch.path("hundred")).expect("written");
    let (db, region) = (scratch.db(), jifen_sim::hundred::REGION);
    scratch.good(&["init", "--db", &db, "hundred"]);
    let import = ["import", "--db", &db, "--region", region, "--mapping", "cloudevents", "--close-through", "2026-10"];
    scratch.good(&[&import[..], &["hundred/events.jsonl"]].concat());
    let mut compared = 0;
    for month in ["2026-09", "2026-10"] {
        for kind in ["person", "window"] {
            let of = ["leaderboard", "--db", &db, "--region", region, "--subject", kind, "--period", month, "--json"];
            let board = scratch.good(&[&of[..], &["--limit", "1000"]].concat()).json();
            for item in board["items"].as_array().expect("items") {
                let code = item["subject"].as_str().expect("code").to_owned();
                let counted = hall.scores[&(kind, code.clone(), month.to_owned())];
                assert_eq!(item["own_points"], counted.to_string(), "{kind} {code}, {month}");
                compared += 1;
            }
        }
        let settle = ["settle", "--db", &db, "--region", region, "--period", month, "--json"];
        let settled = scratch.good(&settle).json();
        let rows = |list: &str, index: usize| settled[list][index]["rows"].as_array().expect("rows").clone();
        let cards: Vec<_> = rows("cards", 0).iter().map(|row| row["card"].clone()).collect();
        assert_eq!(&cards[..2], ["红牌", "黄牌"], "{month}");
        let outcome = |honour: usize| settled["honours"][honour]["leagues"].to_string();
        assert!(outcome(0).contains("titled") && outcome(1).contains("否决：红牌窗口"), "{month}");
        let pool: i64 = rows("payouts", 0)
            .iter()
            .map(|row| row["amount"].as_str().expect("amount").parse::<i64>().expect("whole"))
            .sum();
        assert_eq!(pool, 12_000, "{month}");
        let grades: std::collections::BTreeSet<_> =
            rows("grades", 0).iter().map(|row| row["grade"].to_string()).collect();
        assert!(grades.len() >= 3, "{month}: {grades:?}");
    }
    assert_eq!(compared, hall.scores.len());
    assert!(hall.scores.values().any(|score| *score < 75) && hall.scores.values().any(|score| *score > 100));
}
