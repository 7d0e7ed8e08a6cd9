//! What an import says before the first event: the region it makes, and the rules it was given.

use jifen_core::time::{Date, Instant, Zone};
use jifen_store::Database;
use serde_json::{Map, Value, json};

use super::{Import, ImportError, SOURCE};
use crate::{
    setup::{envelope, published},
    writer::{WriterError, restore_region},
};

/// Zone of a region for which nobody names one.
const ZONE: &str = "Asia/Shanghai";
/// Before any log: the first time the catalogue admits, 1980-01-01T00:00:00Z.
const BEFORE_ALL: Instant = Instant(315_532_800_000);
/// Code of the calendar a mapping sets.
const CALENDAR: &str = "import";

/// Makes the region if absent; gives its zone, and whether its organisation has still to be written.
pub(super) fn open_region(database: &Database, import: &Import<'_>) -> Result<(Zone, bool), ImportError> {
    match database.region(&import.region)? {
        // A region that an interrupted import left empty is still to be made.
        Some(row) if database.head(row.id)?.journal == 0 => {}
        Some(row) => return Ok((zone_of(restore_region(database, &row)?.organisation().zone(), import)?, false)),
        None => {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(WriterError::Random)?;
            database.create_region(&import.region, secret)?;
        }
    }
    let named = import.time_zone.clone().or_else(|| import.mapping.and_then(|mapping| mapping.zone.clone()));
    let zone = named.or_else(|| Zone::parse(ZONE));
    let zone = zone.ok_or_else(|| ImportError::Refused("the time zone database is missing".to_owned()))?;
    Ok((zone, true))
}

/// The zone of a region that is there; another one cannot be asked for.
fn zone_of(zone: &Zone, import: &Import<'_>) -> Result<Zone, ImportError> {
    match &import.time_zone {
        Some(asked) if asked.name() != zone.name() => {
            let advice = "leave `--timezone` out, or import into a new region";
            let (region, zone, asked) = (&import.region, zone.name(), asked.name());
            Err(ImportError::Refused(format!("region `{region}` has the time zone `{zone}`, not `{asked}`; {advice}")))
        }
        Some(_) | None => Ok(zone.clone()),
    }
}

/// The events that come first. A region that `jifen init` made keeps its own organisation.
pub(super) fn events(import: &Import<'_>, zone: &Zone, made_here: bool) -> Vec<Map<String, Value>> {
    let mut events = Vec::new();
    if made_here {
        organisation(import, zone, &mut events);
    }
    for (set, text) in &import.rules {
        let since = Date::new(1980, 1, 1).unwrap_or(Date(0));
        events.push(published(SOURCE, set, text, BEFORE_ALL, since));
    }
    events
}

fn organisation(import: &Import<'_>, zone: &Zone, events: &mut Vec<Map<String, Value>>) {
    let mut push = |kind: &str, id: String, data: Value| events.push(envelope(SOURCE, &id, kind, BEFORE_ALL, data));
    let settings = import.mapping.map(|mapping| mapping.settings.clone()).unwrap_or_default();
    let calendar = settings.calendar.as_ref().map_or("always", |_| CALENDAR);
    let region = json!({
        "region": import.region,
        "time_zone": zone.name(),
        "calendar": calendar,
        "suspicion_min_ms": settings.suspicion_min_ms,
        "suspicion_max_ms": settings.suspicion_max_ms,
        "satisfied_level": settings.satisfied_level,
    });
    push("organisation.region", "region".to_owned(), region);
    push("organisation.hall", format!("hall/{}", import.region), json!({"hall": import.region}));
    let Some(calendar) = settings.calendar else { return };
    for year in &calendar.years {
        let of_year = |days: &[Date]| -> Value {
            days.iter().filter(|day| day.civil().year() == *year).map(|day| Value::from(day.to_string())).collect()
        };
        let data = json!({"calendar": CALENDAR, "year": year, "week": calendar.week, "hours": calendar.hours,
            "off_days": of_year(&calendar.off_days), "work_days": of_year(&calendar.work_days)});
        push("organisation.calendar", format!("calendar/{CALENDAR}/{year}"), data);
    }
}
