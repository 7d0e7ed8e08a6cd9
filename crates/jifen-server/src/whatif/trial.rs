//! The journal applied again with a draft in force.

use jifen_core::{
    event::{Event, EventType, Members, Value, member},
    journal::{Record, SEMANTICS},
    points::Points,
    rollup::{Bucket, Rollups, Sum},
    scoring::Versions,
    time::{Date, Instant, Zone},
};
use jifen_store::{Database, RegionRow};

use super::{Checked, Sums, WhatIfError, own};
use crate::{
    rerun::{PAGE, Rerun},
    writer::ENGINE_SOURCE,
};

pub(super) struct Trial {
    rerun: Rerun,
    /// Id of the draft's set.
    set: String,
    from: Date,
    to: Date,
    /// PERF: lines are summed by subject and day; a key per row and record cost a quarter of a trial.
    sum: Sum,
    /// Journal position reached.
    position: u64,
}

/// Sums of the days, by whose, rule and dimension.
pub(super) fn sums_of_days(rollups: &Rollups) -> Sums {
    let mut sums = Sums::new();
    for (key, change) in rollups {
        let (Bucket::Day { date, .. }, Some(dimension)) = (key.bucket, key.dimension) else { continue };
        let counted = sums.entry((key.subject.clone(), key.rule.clone(), dimension)).or_default();
        let own = own(change);
        if own != Points::ZERO {
            *counted.days.entry(date).or_default() += own;
        }
        counted.sum += *change;
    }
    sums
}

/// The event that would publish the draft.
pub(super) fn publication(checked: &Checked) -> Event {
    let mut data = Members::default();
    data.set(member::RULES, Value::Text(checked.question.text.clone()));
    data.set(member::EFFECTIVE_FROM, Value::Date(checked.question.from));
    event(EventType::RulesetPublished, "draft".to_owned(), Instant(0), data)
}

fn event(kind: EventType, id: String, time: Instant, data: Members) -> Event {
    Event { source: ENGINE_SOURCE.to_owned(), id, kind, time, sequence: None, data }
}

fn record(position: u64, received: Instant, event: Event) -> Record {
    Record { position, received, semantics: SEMANTICS, by: "what-if".to_owned(), event }
}

impl Trial {
    pub(super) fn new(checked: &Checked) -> Result<Self, WhatIfError> {
        let (from, to) = checked.span();
        let (rerun, set, sum) = (Rerun::default(), checked.set.id.clone(), Sum::default());
        let mut trial = Self { rerun, set, from, to, sum, position: 0 };
        // Before the first fact, so that nothing has to be recalculated.
        trial.apply(&record(0, Instant(0), publication(checked)))?;
        Ok(trial)
    }

    /// Ends it: the journal applied, and the rows of the span that its boards are read from.
    pub(super) fn end(self) -> (Rerun, Rollups) {
        let span = self.from..=self.to;
        let mut rollups = self.sum.rows();
        rollups.retain(|key, _| match key.bucket {
            Bucket::Day { date, .. } => span.contains(&date),
            // Periods that are settled lie in the span as a whole; longer ones are summed from months.
            Bucket::Month { first } => span.contains(&first),
        });
        (self.rerun, rollups)
    }

    /// Applies the journal up to `head`.
    pub(super) fn advance(
        &mut self,
        database: &Database,
        row: &RegionRow,
        head: u64,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(), WhatIfError> {
        while self.position < head {
            if !progress(self.position, head) {
                return Err(WhatIfError::Cancelled);
            }
            let records = database.records_after(row.id, self.position, PAGE)?;
            for record in records.iter().take_while(|record| record.position <= head) {
                self.take(record)?;
                self.position = record.position;
            }
            self.rerun.settle();
        }
        match progress(head, head) {
            true => Ok(()),
            false => Err(WhatIfError::Cancelled),
        }
    }

    fn take(&mut self, record: &Record) -> Result<(), WhatIfError> {
        let zone = self.rerun.region().organisation().zone();
        match record.event.kind {
            // What has to be recalculated is another matter here; the steps are made below.
            EventType::RecalculationStep => return Ok(()),
            EventType::RulesetPublished if self.gives_way(&record.event, zone) => return Ok(()),
            _ => self.apply(record)?,
        }
        self.recalculate(record)
    }

    /// Whether a publication is of the draft's set, for days on which the draft is in force.
    fn gives_way(&self, event: &Event, zone: &Zone) -> bool {
        let mut alone = Versions::default();
        alone.absorb(event, zone);
        alone.all().any(|version| version.set.id == self.set && self.from <= version.from)
    }

    /// Runs the recalculations that a record made necessary, as the writer does.
    fn recalculate(&mut self, cause: &Record) -> Result<(), WhatIfError> {
        while let Some(intent) = self.rerun.region().pending() {
            let mut data = Members::default();
            data.set(member::INTENT, Value::Integer(i64::try_from(intent).unwrap_or(i64::MAX)));
            let id = format!("recalculation/{intent}");
            let step = event(EventType::RecalculationStep, id, cause.event.time, data);
            self.apply(&record(cause.position, cause.received, step))?;
        }
        Ok(())
    }

    fn apply(&mut self, record: &Record) -> Result<(), WhatIfError> {
        let refused = |reason: String| WhatIfError::Record { position: record.position, reason };
        if record.semantics != SEMANTICS {
            return Err(refused(format!("it is of semantics {}, this program knows {SEMANTICS}", record.semantics)));
        }
        let applied = self.rerun.apply(record).map_err(|endless| refused(endless.to_string()))?;
        self.sum.add(applied.rollups);
        Ok(())
    }
}
