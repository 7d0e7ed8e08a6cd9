//! `period.ended`: a day, week, month, quarter or year ends a grace after its last moment.

use jifen_core::time::{Date, Grain, Instant, Period, Zone};
use jifen_store::{JobRow, RegionRow};

use super::{Ending, store};
use crate::{
    app::App,
    import::ended,
    problem::Problem,
    writer::{Arrival, Outcome, Purpose, queue::SubmitError},
};

/// The jobs' kind; their id is the period.
pub(super) const KIND: &str = "period.ended";

/// Sources deliver late in the evening: what comes within this time counts before the period's awards are posted, what comes
/// later is posted as a difference.
const GRACE_MS: i64 = 6 * 3_600_000;

/// Enqueues the periods that are over and have not ended yet, from the first day with facts on.
pub(super) async fn plan(app: &App, row: &RegionRow) -> Result<(), Problem> {
    let Some(region) = app.resident(row.id) else { return Ok(()) };
    let (database, id, now) = (app.database().clone(), row.id, app.now());
    store(move || {
        let Some((first, _)) = database.dates(id)? else { return Ok(()) };
        let zone = region.organisation().zone();
        for period in over(first, now, zone).into_iter().filter(|period| !region.has_ended(*period)) {
            database.enqueue_job(id, KIND, &period.to_string(), due(period, zone))?;
        }
        Ok(())
    })
    .await
}

/// Periods since `first` whose grace is over, in the order they end; of those that end together the shorter first.
fn over(first: Date, now: Instant, zone: &Zone) -> Vec<Period> {
    let mut periods = Vec::new();
    for grain in Grain::ENDING {
        let all = std::iter::successors(Some(Period::holding(grain, first)), |period| Some(period.next()));
        periods.extend(all.take_while(|period| due(*period, zone) <= now));
    }
    periods.sort_by_key(|period| (period.last(), period.grain));
    periods
}

fn due(period: Period, zone: &Zone) -> Instant {
    // A millisecond per grain keeps the order of `over` among jobs of one due time.
    Instant(zone.day_start(period.last().plus(1)).0 + GRACE_MS + period.grain as i64)
}

/// Appends the end under the id that an import gives it, so that both together end it once.
pub(super) async fn end(app: &App, row: &RegionRow, job: &JobRow) -> Ending {
    let (Some(period), Some(region)) = (Period::parse(&job.id), app.resident(row.id)) else {
        return Ending::Refused(format!("`{}` is no period of a region served here", job.id));
    };
    let envelope = ended(period, region.organisation().zone());
    let arrival = Arrival { envelope, by: "job:period.ended".to_owned(), received: app.now(), purpose: Purpose::Feed };
    let Some(writer) = app.writer_of(row.id) else { return Ending::Failed("the region is not served here".to_owned()) };
    match writer.submit(vec![arrival], 256).await {
        Ok(outcomes) => match outcomes.into_iter().next() {
            Some(Outcome::Rejected { reason, .. } | Outcome::Quarantined { reason, .. }) => Ending::Refused(reason.en),
            // A conflict: the period was ended by somebody else under the same id.
            Some(Outcome::Accepted { .. } | Outcome::Repeated { .. } | Outcome::Conflicting { .. }) | None => {
                Ending::Done
            }
        },
        Err(
            error @ (SubmitError::Busy
            | SubmitError::StorageFull
            | SubmitError::Stopped
            | SubmitError::TooLarge
            | SubmitError::Unknown
            | SubmitError::Elsewhere),
        ) => Ending::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_over_a_grace_after_its_last_moment() {
        let zone = Zone::parse("Asia/Shanghai").expect("zone");
        let names = |now: &str| {
            let first = Date::parse("2026-11-28").expect("date");
            let periods = over(first, Instant::parse(now).expect("time"), &zone);
            periods.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(names("2026-11-29T05:59:59+08:00").is_empty());
        assert_eq!(names("2026-11-29T06:00:01+08:00"), ["2026-11-28"]);
        let all = ["2026-11-28", "2026-11-29", "2026-W48", "2026-11-30", "2026-11"];
        assert_eq!(names("2026-12-01T07:00:00+08:00"), all);
    }
}
