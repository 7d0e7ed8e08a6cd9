//! What the office decides, as events: periods end, months close, and the region's name says while older days still fill in.

use jifen_core::time::{Date, Grain, Period};
use serde_json::{Value, json};

use crate::{city::City, sent::Moment};

const SOURCE: &str = "demo:office";
const REGION: &str = "demo";
/// The region's name, on every page.
pub(crate) const NAME: &str = "示范区（模拟数据）";
const NAME_FILLING: &str = "示范区（模拟数据，较早的日子还在补入）";

pub(super) fn filling(city: &City, at: Moment) -> Vec<String> {
    vec![named(city, "filling", NAME_FILLING, at)]
}

pub(super) fn filled(city: &City, at: Moment) -> Vec<String> {
    vec![named(city, "filled", NAME, at)]
}

fn named(city: &City, what: &str, name: &str, at: Moment) -> String {
    // The second makes it another event when a feed begins anew.
    let id = format!("{what}/{}/{}", city.seed.anchor, at.0);
    event(&id, "organisation.region", at, json!({"region": REGION, "name": name}))
}

/// The ends of all periods that end in `from..=through`, earlier first, at one end the shorter first; then the closings of the months
/// that were over when the demo was made.
pub(super) fn ends(city: &City, from: Date, through: Date) -> Vec<String> {
    let mut periods = Vec::new();
    for grain in Grain::ENDING {
        let mut period = Period::holding(grain, from);
        while period.last() <= through {
            periods.push(period);
            period = period.next();
        }
    }
    periods.sort_by_key(|period| (period.last(), period.grain));
    let this_month = Period::holding(Grain::Month, city.seed.anchor);
    let closed = periods.iter().filter(|period| period.grain == Grain::Month && **period < this_month);
    let closed: Vec<_> = closed.map(|period| decided("closed", *period)).collect();
    periods.into_iter().map(|period| decided("ended", period)).chain(closed).collect()
}

fn decided(what: &str, period: Period) -> String {
    let at = Moment::at(period.last().plus(1), 0);
    event(&format!("period.{what}/{period}"), &format!("period.{what}"), at, json!({"period": period.to_string()}))
}

fn event(id: &str, kind: &str, at: Moment, data: Value) -> String {
    let time = at.to_rfc3339();
    json!({"specversion": "1.0", "source": SOURCE, "id": id, "type": format!("jifen.{kind}"), "time": time, "data": data})
        .to_string()
}
