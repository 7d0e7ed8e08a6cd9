//! Boards kept in memory: after every commit they say what one read anew says.

use jifen_core::time::Period;
use jifen_server::board::{Leaderboard, LeaderboardQuery, Reader, leaderboard};
use serde_json::{Value, json};

use crate::city::{City, event};

const BOARDS: [&str; 6] = [
    "subject=person&period=2026-11",
    "subject=person&period=2026-11-23",
    "subject=person&period=all&dimension=quality",
    "subject=window&period=2026-W48",
    "subject=department&period=2026",
    "subject=person&period=2026-11&rule=service-time&min_facts=3",
];

fn anew(city: &City, board: &str) -> Leaderboard {
    let mut query = LeaderboardQuery {
        subject: jifen_core::rule::SubjectKind::Person,
        period: Period::ALL,
        rule: None,
        dimension: None,
        min_facts: None,
        after: None,
        limit: None,
    };
    for pair in board.split('&') {
        let (name, value) = pair.split_once('=').expect("name=value");
        match name {
            "subject" => query.subject = jifen_core::rule::SubjectKind::parse(value).expect("kind"),
            "period" => query.period = Period::parse(value).expect("period"),
            "rule" => query.rule = Some(value.to_owned()),
            "dimension" => query.dimension = jifen_core::rule::Dimension::parse(value),
            "min_facts" => query.min_facts = value.parse().ok(),
            other => panic!("{other}"),
        }
    }
    let (_, writer) = city.app.writers().find(|(code, _)| *code == city.row.code).expect("served");
    let region = writer.region();
    leaderboard(&Reader::new(&city.database, &city.row, &region), &query).expect("board")
}

/// The kept board, read in pages of three.
async fn kept(city: &City, staff: &str, board: &str) -> Leaderboard {
    let mut whole: Option<Leaderboard> = None;
    let mut cursor = String::new();
    loop {
        let answer = city.get(staff, &format!("/api/v1/leaderboard?{board}&limit=3{cursor}")).await;
        let page: Leaderboard =
            serde_json::from_value(answer.json()).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
        let next = page.next.clone();
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => whole.items.extend(page.items),
        }
        let Some(next) = next else { break };
        cursor = format!("&cursor={next}");
    }
    Leaderboard { next: None, ..whole.expect("a page") }
}

/// A service, its rating, now and then by a person nobody has seen, on another day or taken back by an earlier start.
fn step(number: u32) -> Vec<Value> {
    let person = format!("P{}", number * 7 % 11);
    let day = 16 + number % 8;
    let key = format!("s{number}");
    let data = json!({"service": key, "person": person, "window": if number.is_multiple_of(3) { "7" } else { "8" }});
    let at = |minute: u32| format!("2026-11-{day:02}T{:02}:{minute:02}:00+08:00", 9 + number % 8);
    let mut events = vec![
        event(&format!("{key}-a"), "service.started", &at(number % 5), data.clone()),
        event(&format!("{key}-b"), "service.ended", &at(12 + number * 13 % 40), data.clone()),
    ];
    if number.is_multiple_of(2) {
        let rated = json!({"service": key, "level": 1 + number % 5});
        events.push(event(&format!("{key}-r"), "rating.submitted", &at(58), rated));
    }
    events
}

#[tokio::test]
async fn kept_boards_are_what_boards_read_anew_are() {
    let city = City::new();
    city.open_hall().await;
    let (source, staff) = (city.key("source", &[]), city.key("staff", &[]));
    let administrator = city.key("administrator", &[]);
    let mut seen_ranks = 0;
    for round in 0..24 {
        let events: Vec<Value> = (round * 4..round * 4 + 4).flat_map(step).collect();
        let answer = city.post_batch(&source, &events).await;
        assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
        if round == 12 {
            // Who was nobody is somebody: kinds, names and ranks change for boards that are already kept.
            let people = ["P1", "P2", "P3", "P4"].map(|code| {
                let data = json!({"person": code, "kind": "person", "person_name": format!("姓名{code}")});
                event(&format!("person-{code}"), "organisation.person", "2026-01-01T00:00:00+08:00", data)
            });
            let answer = city.post_batch(&administrator, &people).await;
            assert!(answer.statuses().iter().all(|status| status == "accepted"), "{}", answer.json());
        }
        for board in BOARDS {
            let (kept, anew) = (kept(&city, &staff, board).await, anew(&city, board));
            seen_ranks += kept.items.iter().filter(|item| item.rank.is_some()).count();
            assert_eq!(kept, anew, "round {round}: {board}");
        }
        let own = city.get(&staff, "/api/v1/subjects/person/P1?period=2026-11").await.json();
        let line = anew(&city, BOARDS[0]).items.into_iter().find(|item| item.subject == "P1");
        if let Some(line) = line {
            assert_eq!((own["rank"].as_u64(), own["points"].as_str()), (line.rank, Some(line.points.as_str())));
        }
    }
    assert!(seen_ranks > 100, "{seen_ranks} lines with a rank");
}
