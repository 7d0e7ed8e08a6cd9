//! How many half days of a period somebody was there, for a score sheet that asks.

use crate::{
    calendar::{Calendar, CalendarError},
    ledger::Subject,
    roster::Organisation,
    rule::{HalfDays, Joiners, Presence},
    time::{Date, Instant, Period, Zone},
};

/// Half days due and there; `None`: no day of the period is a working day, so none is missed.
///
/// # Errors
/// Why it cannot be known yet, as [`unknown_days`] says.
pub fn half_days(
    presence: &Presence,
    organisation: &Organisation,
    (subject, period): (&Subject, Period),
    away: i64,
) -> Result<Option<HalfDays>, String> {
    let joined = match presence.joiners {
        Joiners::Present => None,
        Joiners::Absent => organisation.known_since(subject).filter(|since| *since > Instant::MIN),
    };
    let joined = joined.map_or(period.first, |since| organisation.zone().date(since));
    let leave = leave_of(presence, organisation, subject);
    let (mut due, mut before) = (0, 0);
    each_working_day(presence, organisation, period, |calendar, date| {
        due += 2;
        before += if date < joined { 2 } else { covered(calendar, organisation.zone(), date, &leave)? };
        Ok(())
    })?;
    Ok(HalfDays::new(due, away.saturating_add(before)))
}

/// The spans of leave that a sheet counts.
fn leave_of(presence: &Presence, organisation: &Organisation, subject: &Subject) -> Vec<(Instant, Instant)> {
    match subject {
        Subject::Person(actor) if !presence.leave.is_empty() => {
            let counted = organisation.leaves_of(*actor).filter(|(_, leave)| presence.leave.contains(&leave.category));
            counted.map(|(_, leave)| (leave.from, leave.to)).collect()
        }
        _ => Vec::new(),
    }
}

/// How many halves of a working day leave covers: all the working time before noon, and after it. A half without working time goes with the other.
fn covered(calendar: &Calendar, zone: &Zone, date: Date, leave: &[(Instant, Instant)]) -> Result<i64, CalendarError> {
    let (start, end) = (zone.day_start(date), zone.day_start(date.plus(1)));
    if !leave.iter().any(|(from, to)| *from < end && start < *to) {
        return Ok(0);
    }
    let noon = zone.instant(date.civil().at(12, 0, 0, 0)).unwrap_or(start);
    let is_covered = |from, to| {
        let worked = calendar.working_ms(zone, from, to, &[])?;
        Ok(if worked == 0 { None } else { Some(calendar.working_ms(zone, from, to, leave)? == 0) })
    };
    let halves = [is_covered(start, noon)?, is_covered(noon, end)?];
    let of = |half: Option<bool>, other: Option<bool>| i64::from(half.or(other).unwrap_or(false));
    Ok(of(halves[0], halves[1]) + of(halves[1], halves[0]))
}

/// Why the days due in a period are not known: `calendar_year_unknown:2031`, `calendar_unknown:CODE`. Until they are, nobody has the sheet.
pub fn unknown_days(presence: &Presence, organisation: &Organisation, period: Period) -> Option<String> {
    each_working_day(presence, organisation, period, |_, _| Ok(())).err()
}

fn each_working_day(
    presence: &Presence,
    organisation: &Organisation,
    period: Period,
    mut each: impl FnMut(&Calendar, Date) -> Result<(), CalendarError>,
) -> Result<(), String> {
    let calendar = organisation.calendar_of(presence.calendar.as_deref(), period.last())?;
    for date in (period.first.0..=period.last().0).map(Date) {
        if calendar.is_working(date).map_err(|error| error.code())? {
            each(calendar, date).map_err(|error| error.code())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        event::admit,
        id::RegionSecret,
        rule::{RuleSet, parse},
    };

    const RULES: &str = r#"
format = 1
[ruleset]
id = "book"
title = "book"
[[sheet]]
id = "sheet"
title = "sheet"
dimension = "quality"
subject = "person"
period = "week"
base = 20
floor = 0
presence = { away = "fact.category == 'training'", leave = ["annual", "sick"], joiners = "present", base = "prorate", calendar = "office" }
[[sheet.item]]
id = "item"
title = "item"
"#;

    /// Half days there and due in the week from Monday 2 to Sunday 8 November, after leaves of a kind from a time to a time.
    fn counted(leaves: &[(&str, &str, &str)], away: i64) -> (i64, i64) {
        let (mut organisation, secret) = (Organisation::default(), RegionSecret::new([0; 32]));
        let now = Instant::parse("2026-11-27T00:00:00Z").expect("time");
        let mut tell = |id: &str, kind: &str, data: serde_json::Value| {
            let envelope = json!({"specversion": "1.0", "source": "test", "id": id, "type": format!("jifen.{kind}"),
                "time": "2026-01-01T00:00:00Z", "data": data});
            let admitted = admit(envelope.as_object().expect("object"), &secret, now, &mut || [0; 16]);
            organisation.absorb(&admitted.expect("admitted").event);
        };
        tell("zone", "organisation.region", json!({"time_zone": "Asia/Shanghai"}));
        let hours = ["09:00-12:00", "13:00-17:00", "sat/09:00-12:00"];
        let week = "1111110";
        tell(
            "year",
            "organisation.calendar",
            json!({"calendar": "office", "year": 2026, "hours": hours, "week": week}),
        );
        tell("person", "organisation.person", json!({"person": "P1"}));
        for (index, (category, from, to)) in leaves.iter().enumerate() {
            let [from, to] = [from, to].map(|time| format!("2026-11-{time}:00+08:00"));
            let data =
                json!({"leave": index.to_string(), "person": "P1", "category": category, "from": from, "to": to});
            tell(&format!("leave{index}"), "leave.granted", data);
        }
        let RuleSet { sheets, .. } = parse(RULES).expect("sound");
        let presence = sheets[0].presence.as_ref().expect("presence");
        let subject = Subject::Person(secret.plain_actor("P1"));
        let period = Period::parse("2026-W45").expect("a week");
        let days = half_days(presence, &organisation, (&subject, period), away).expect("known").expect("due");
        (days.there, days.due)
    }

    #[test]
    fn leave_of_the_kinds_a_sheet_names_is_time_away() {
        assert_eq!(counted(&[], 0), (12, 12));
        assert_eq!(counted(&[("annual", "03T00:00", "05T00:00")], 0), (8, 12), "two whole days");
        assert_eq!(counted(&[("sick", "03T09:00", "03T12:00")], 0), (11, 12), "a morning's hours");
        assert_eq!(counted(&[("sick", "03T10:00", "03T17:00")], 0), (11, 12), "part of a morning is none");
        assert_eq!(counted(&[("duty", "03T00:00", "05T00:00")], 0), (12, 12), "another kind");
        assert_eq!(counted(&[("annual", "03T00:00", "05T00:00")], 3), (5, 12), "beside what attendance says");
        assert_eq!(counted(&[("annual", "07T09:00", "07T12:00")], 0), (10, 12), "a Saturday has a morning only");
        assert_eq!(counted(&[("annual", "08T00:00", "09T00:00")], 0), (12, 12), "nobody is missed on a Sunday");
        let split = [("annual", "03T08:00", "03T10:30"), ("sick", "03T10:30", "03T13:00")];
        assert_eq!(counted(&split, 0), (11, 12), "two that make one");
        let twice = [("annual", "03T00:00", "04T00:00"), ("sick", "03T00:00", "04T00:00")];
        assert_eq!(counted(&twice, 0), (10, 12), "a day is missed once");
    }
}
