//! The truth file: every parameter and planted fact, so that what-if, forecast and fraud detection can be judged.

use jifen_core::time::Date;
use serde_json::{Value, json};

use crate::{
    application,
    city::{CLOCK_FAST, City, OUTAGE_FROM, OUTAGE_TO},
    counter,
    plan::{CONTROL_HALL, PILOT_HALL, STRANGER, SYSTEM_ACCOUNT},
    rating,
    sent::Moment,
};

/// What only the simulator knows.
pub(crate) fn truth(city: &City) -> Value {
    let person = |index: usize| city.person(index).code.clone();
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let (phases, planted) = (&city.phases, &city.planted);
    let manners: serde_json::Map<String, Value> = city
        .plan
        .people
        .iter()
        .zip(&city.manners)
        .map(|(person, manner)| {
            let own =
                json!({"pace": manner.pace, "brusqueness": manner.brusqueness, "carelessness": manner.carelessness});
            (person.code.clone(), own)
        })
        .collect();
    json!({
        "simulated": true,
        "seed": city.seed.number,
        "anchor": city.seed.anchor.to_string(),
        "scale": city.seed.scale.name(),
        "halls": {"pilot": PILOT_HALL, "control": CONTROL_HALL},
        "phases": {
            "first": phases.first.to_string(),
            "elsewhere": phases.elsewhere.to_string(),
            "pilot": phases.pilot.to_string(),
            "after": date(phases.after),
        },
        "service": {
            "law": "lognormal", "sigma": counter::SERVICE_SIGMA, "load": counter::LOAD,
            "minutes_mean": {"tax": counter::TAX_MINUTES, "pilot": counter::PILOT_MINUTES, "elsewhere": counter::MINUTES,
                "elsewhere_small": counter::SMALL_MINUTES},
            "impatient_share": counter::IMPATIENT,
        },
        "rating": {
            "law": "logit(bad) = a + b ln(wait / 10 min) + c ln(service / 20 min) + officer + returned",
            "a": {"tax": rating::BAD_TAX, "pilot": rating::BAD_PILOT, "elsewhere": rating::BAD},
            "b": rating::BY_WAIT, "c": rating::BY_SERVICE, "returned": rating::BY_RETURN, "officer_sigma": 0.4,
            "active_share": rating::RATED, "default_share": rating::RATED_BY_DEFAULT, "online_share": rating::RATED_ONLINE,
        },
        "case": {
            "returned_share": {"tax": application::RETURNED_TAX, "pilot": application::RETURNED_PILOT, "elsewhere": application::RETURNED},
            "used_of_promised": application::USED, "used_factor_pilot": application::USED_PILOT,
        },
        "planted": {
            "buys_ratings": {"person": person(planted.buyer), "share": rating::BOUGHT, "device": rating::BOUGHT_DEVICE, "within_seconds": 29},
            "ends_early": {"person": person(planted.early_closer)},
            "clock_fast": {"window": city.plan.windows[planted.fast_window].code, "seconds": CLOCK_FAST},
            "outage": planted.outage.map(|day| json!({"system": "queue",
                "from": Moment::at(day, OUTAGE_FROM).to_rfc3339(), "to": Moment::at(day, OUTAGE_TO).to_rfc3339(), "delivered": "23:00"})),
            "day_delivered_twice": date(planted.repeated),
            "system_account": SYSTEM_ACCOUNT,
            "unregistered_code": STRANGER,
        },
        "officers": manners,
    })
}
