//! The simulated city through the real binary over HTTP: the ledger must equal the simulator's own tally.

use jifen_core::time::Date;
use jifen_sim::{
    City, Moment, Scale, Seed, check,
    feed::{Client, Feed, Progress, feed},
};

use crate::harness::Scratch;

fn date(text: &str) -> Date {
    Date::parse(text).expect("date")
}

/// Feeds `from..until` of a city to a server of its own, compares, sends everything once more and compares again.
fn live_through(scale: Scale, anchor: &str, from: &str, until: &str) {
    let seed = Seed { number: 7, anchor: date(anchor), scale };
    let city = City::new(seed).expect("city");
    let scratch = Scratch::new();
    jifen_sim::write_plan(&city, &scratch.path("plan")).expect("plan");
    scratch.good(&["init", "--db", &scratch.db(), "plan"]);
    let key = |role: &str| {
        let db = scratch.db();
        let add = ["key", "add", "--db", &db, "--region", "demo", "--name", role, "--role", role];
        scratch.good(&add).stdout.trim().to_owned()
    };
    let (source, staff, administrator) = (key("source"), key("staff"), key("administrator"));
    let server = scratch.serve();
    let url = format!("http://{}", server.address);
    let wanted = Feed {
        url: url.clone(),
        key: source.clone(),
        administrator: Some(administrator),
        progress: scratch.path("progress.json"),
        from: Some(Moment::at(date(from), 0)),
        until: Some(Moment::at(date(until), 0)),
        lasting: None,
        speed: None,
        office_hours: true,
    };
    let mut newest = 0;
    let outcome = feed(&city, &wanted, |outcome| newest = outcome.accepted).expect("fed");
    assert!(outcome.accepted > 1_000 && newest == outcome.accepted && outcome.refused == 0, "{outcome:?}");

    let progress = Progress::load(&wanted.progress, seed).expect("progress").expect("it was written");
    let span = progress.span().expect("all was sent");
    let mut reader = Client::new(&url, &staff, 3).expect("client");
    let mut sender = Client::new(&url, &source, 3).expect("client");
    let checked = check(&city, &mut reader, Some(&mut sender), span, None).expect("checked");
    assert_eq!(checked.differences, Vec::<String>::new());
    assert!(checked.services > 300 && checked.sums > 50, "{} services, {} sums", checked.services, checked.sums);
    let resent = checked.resent.expect("resent");
    assert_eq!((resent.repeated, resent.accepted, resent.refused), (checked.events, 0, 0));
    assert_eq!(outcome.accepted + outcome.repeated, checked.events);

    // Another seed's tally does not fit: the comparison can fail.
    let other = City::new(Seed { number: 8, ..seed }).expect("city");
    let checked = check(&other, &mut reader, None, span, None).expect("checked");
    assert!(!checked.differences.is_empty());
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
