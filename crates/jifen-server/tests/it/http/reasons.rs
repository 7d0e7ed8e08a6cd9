//! Why one sees somebody, or why not: what is told agrees with what is answered, and tells nothing of what lies outside.

use serde_json::{Value, json};

use super::session::{Hall, PASSWORD};
use crate::city::City;

async fn asked(hall: &Hall, cookie: &str, kind: &str, code: &str) -> Value {
    let answer = hall.get(cookie, &format!("/api/v1/reasons?kind={kind}&code={code}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    answer.json()["items"].clone()
}

fn of<'a>(items: &'a Value, permission: &str) -> &'a Value {
    let items = items.as_array().expect("items");
    items.iter().find(|item| item["permission"] == permission).expect("the permission")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_what_is_answered() {
    let city = City::new();
    city.open_hall().await;
    let hall = Hall::of(city);
    for (name, role) in [("clerk", "clerk"), ("staff", "staff"), ("office", "system_administrator")] {
        hall.account(name, role, false);
    }
    let (wang, li) = ("%E7%8E%8B%E5%B2%9A", "%E6%9D%8E%E5%9B%9B");
    for (name, code, seen) in [
        ("clerk", wang, true),
        ("clerk", li, false),
        ("clerk", "nobody", false),
        ("staff", wang, true),
        ("staff", "nobody", false),
        ("office", wang, false),
    ] {
        let (cookie, _) = hall.sign_in(name, PASSWORD).await;
        let items = asked(&hall, &cookie, "person", code).await;
        let points = of(&items, "points.read");
        assert_eq!(points["seen"], seen, "{name} {code}: {points}");
        let page = hall.get(&cookie, &format!("/api/v1/subjects/person/{code}")).await.status.as_u16();
        assert_eq!(page == 200, seen, "{name} {code}: the page answers {page}");
    }
    let (clerk, _) = hall.sign_in("clerk", PASSWORD).await;
    let own = asked(&hall, &clerk, "person", wang).await;
    let grants =
        json!([{"role": "clerk", "scope": "own", "place_kind": "person", "place": "", "to": null, "reaches": true}]);
    assert_eq!(of(&own, "points.read")["grants"], grants);
    let board = of(&own, "board.read");
    assert_eq!((&board["seen"], &board["grants"]), (&json!(false), &json!([])), "no role of a clerk's reads boards");
    assert!(board["roles"].as_array().expect("roles").contains(&json!("hall_director")), "{board}");
    // Somebody of another place, and nobody at all, are told alike.
    assert_eq!(asked(&hall, &clerk, "person", li).await, asked(&hall, &clerk, "person", "nobody").await);
    let (staff, _) = hall.sign_in("staff", PASSWORD).await;
    assert_eq!(of(&asked(&hall, &staff, "window", "7").await, "sums.read")["seen"], true);
    assert_eq!(of(&asked(&hall, &staff, "window", "none").await, "sums.read")["seen"], false);
    for path in ["/api/v1/reasons", "/api/v1/reasons?kind=person", "/api/v1/reasons?kind=king&code=1"] {
        assert_eq!(hall.get(&staff, path).await.problem().0, 400, "{path}");
    }
}
