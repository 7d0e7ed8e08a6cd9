//! Tallies after a record: what a period rule or a cap gives now, shown as provisional until the period ends, then posted.

use std::collections::BTreeSet;

use super::{
    reconcile::{Posting, TallyChange, TallyChanges, Wanted},
    tally::{Tally, TallyClass, TallyFact, TallyKey, tally_fact_prefix},
    transaction::{Pending, Step, Transaction},
    working_set::decode,
};
use crate::{
    fact::Place,
    id::{ActorId, Digest, EventKey},
    ledger::{Anchor, EntryKind, Subject},
    points::Points,
    rollup::Rollup,
    rule::{Dimension, Ordered, Sums},
    scoring::{Booked, cap_period},
    state::{Rows, StateKind, prefix_end},
    time::Period,
};

impl TallyChanges {
    /// Notes a period award in its cap's tally. The cap is settled even where nothing changed: its limits may have.
    fn replace_award(&mut self, key: &TallyKey, old: Option<(Period, Points)>, new: Option<(Period, Points)>) {
        let cap = |period| TallyKey { period, class: TallyClass::Cap, ..key.clone() };
        if let Some((period, points)) = old {
            let change = self.0.entry(cap(period)).or_default();
            change.facts -= 1;
            change.amount -= points.0;
            change.lines.insert(key.award_id(), None);
        }
        if let Some((period, points)) = new {
            let (change, locator) = (self.0.entry(cap(period)).or_default(), key.to_bytes());
            change.facts += 1;
            change.amount += points.0;
            let line = TallyFact { digest: Digest::of(&locator), locator, amount: points.0 };
            change.lines.insert(key.award_id(), Some(line));
        }
    }
}

/// What a tally's rule makes of it.
pub(super) struct Verdict {
    pub(super) points: Points,
    band: Option<u32>,
    version: Digest,
    dimension: Dimension,
}

impl Transaction<'_> {
    /// Lays all changes into their tallies and settles those, in the order of their keys. Period awards count in their caps' tallies.
    pub(super) fn settle_tallies(&mut self, changes: TallyChanges, ending: Option<Period>) -> Step<()> {
        let mut touched: BTreeSet<TallyKey> = changes.0.keys().cloned().collect();
        let mut caps = TallyChanges::default();
        self.want_tallies(&changes)?;
        self.want_values(&changes, ending)?;
        for (key, change) in changes.0 {
            self.lay(&key, change, &mut caps, ending)?;
        }
        touched.extend(caps.0.keys().cloned());
        self.want_tallies(&caps)?;
        for (key, change) in caps.0 {
            self.lay(&key, change, &mut TallyChanges::default(), ending)?;
        }
        // PERF: a region without score sheets looks for none.
        if self.resident.versions.has_sheets() {
            let sheets = self.parts_of(&touched)?;
            touched.extend(sheets.0.keys().cloned());
            self.want_tallies(&sheets)?;
            for (key, change) in sheets.0 {
                self.lay(&key, change, &mut TallyChanges::default(), ending)?;
            }
        }
        let mut touched: Vec<_> = touched.into_iter().map(|key| (key.to_bytes(), key)).collect();
        touched.sort_by(|a, b| a.0.cmp(&b.0));
        for (bytes, key) in touched {
            // Whatever is missing is asked for in one round.
            let (Ok(()) | Err(Pending)) = match key.class {
                TallyClass::Measure | TallyClass::Cap => self.settle_tally(bytes, &key, ending),
                TallyClass::Sheet => self.settle_sheet(bytes, &key, ending),
            };
        }
        self.complete()
    }

    pub(super) fn want_tallies(&mut self, changes: &TallyChanges) -> Step<()> {
        for key in changes.0.keys() {
            self.want(StateKind::Tally, &key.to_bytes());
        }
        self.complete()
    }

    /// Asks for the values of all tallies that need them now, in one round.
    fn want_values(&mut self, changes: &TallyChanges, ending: Option<Period>) -> Step<()> {
        for key in changes.0.keys() {
            if self.ordered_due(key, ending).is_some() {
                let (Ok(_) | Err(Pending)) = self.lines_of(&key.to_bytes());
            }
        }
        self.complete()
    }

    /// What a tally of an ended period takes of its facts' amounts in their order.
    fn ordered_due(&self, key: &TallyKey, ending: Option<Period>) -> Option<Ordered> {
        let ended = ending == Some(key.period) || self.resident.ended.contains(&key.period);
        let rule = || self.resident.versions.rule_on(key.period.first, &key.rule).map(|(_, rule)| rule);
        (key.class == TallyClass::Measure && ended).then(rule).flatten()?.ordered()
    }

    /// What that comes to.
    fn ordered(&mut self, ordered: Ordered, tally: &[u8]) -> Step<Option<i64>> {
        let rows = self.lines_of(tally)?;
        Ok(ordered.of(rows.iter().map(|(_, line)| (decode::<TallyFact>(line).amount, 1)).collect()))
    }

    /// Lays one change into its tally; where that changes a period award under a cap, notes what the cap's tally must count.
    fn lay(
        &mut self,
        key: &TallyKey,
        change: TallyChange,
        caps: &mut TallyChanges,
        ending: Option<Period>,
    ) -> Step<()> {
        let bytes = key.to_bytes();
        let mut tally = self.tally(&bytes)?;
        tally.facts += change.facts;
        tally.amount += change.amount;
        for (fact, line) in change.lines {
            self.put_row(StateKind::TallyFact, key.fact_key(fact), line.map(|line| crate::canonical(&line)));
        }
        for (row, line) in change.contributions {
            self.put_row(StateKind::TallyFact, row, line.map(|line| crate::canonical(&line)));
        }
        if !change.items.is_empty() {
            tally.add_items(change.items);
        }
        if key.class == TallyClass::Measure {
            let ordered = self.ordered_due(key, ending);
            tally.ordered = ordered.map(|ordered| self.ordered(ordered, &bytes)).transpose()?.flatten();
            let points = self.verdict(key, &tally).points;
            let cap = || cap_period(key.period.last(), &key.rule, &self.resident.versions);
            let next = (points != Points::ZERO).then(cap).flatten().map(|period| (period, points));
            let old = std::mem::replace(&mut tally.capped, next);
            caps.replace_award(key, old, next);
        }
        self.put_tally(bytes, tally);
        Ok(())
    }

    fn settle_tally(&mut self, bytes: Vec<u8>, key: &TallyKey, ending: Option<Period>) -> Step<()> {
        let mut tally = self.tally(&bytes)?;
        let ended = ending == Some(key.period) || self.resident.ended.contains(&key.period);
        let verdict = self.verdict(key, &tally);
        let (place, person) = self.home(&key.subject, key.period);
        let dimension = verdict.dimension;
        let date = key.period.last();
        let counts = key.class == TallyClass::Measure && tally.facts > 0 && self.is_postable(&key.subject);
        let counted = counts && self.resident.versions.is_counted(date, &key.rule);
        let wanted = Wanted { points: verdict.points, counted, date, place, person, dimension };
        if ended {
            self.show(key, &key.rule, &mut tally.provisional, None);
            if !wanted.stands_as(tally.booked.as_ref()) {
                tally.booked = self.post_tally(&bytes, key, &verdict, &tally, wanted)?;
            }
        } else {
            self.show(key, &key.rule, &mut tally.provisional, Some(wanted));
        }
        self.put_tally(bytes, tally);
        Ok(())
    }

    /// Changes what the boards show as provisional of a tally or a sheet's line.
    pub(super) fn show(&mut self, key: &TallyKey, rule: &str, shown: &mut Option<Booked>, wanted: Option<Wanted>) {
        let next = wanted.filter(|wanted| wanted.points != Points::ZERO).map(|wanted| Booked {
            points: wanted.points,
            position: 0,
            date: wanted.date,
            place: wanted.place,
            person: wanted.person,
            dimension: wanted.dimension,
        });
        if *shown == next {
            return;
        }
        let old = std::mem::replace(shown, next.clone());
        for (shown, sign) in [(old, -1), (next, 1)] {
            let Some(shown) = shown else { continue };
            let change = Rollup { own_provisional: Points(shown.points.0 * sign), ..Rollup::default() };
            self.add(&key.subject, rule, Some(shown.dimension), shown.date, key.period.grain, &shown.place, change);
        }
    }

    fn post_tally(
        &mut self,
        bytes: &[u8],
        key: &TallyKey,
        verdict: &Verdict,
        tally: &Tally,
        wanted: Wanted,
    ) -> Step<Option<Booked>> {
        let (facts_count, facts) = self.facts_behind(bytes)?;
        let posting = Posting {
            rule: &key.rule,
            version: verdict.version,
            band: verdict.band,
            subject: &key.subject,
            anchor: Anchor::Period(key.period),
            kind: match key.class {
                TallyClass::Measure => EntryKind::Award,
                TallyClass::Cap | TallyClass::Sheet => EntryKind::Clamp,
            },
            grain: key.period.grain,
            facts_count,
            facts,
            records: Digest([0; 32]),
            locator: bytes,
        };
        Ok(self.settle_difference(&posting, tally.booked.clone(), wanted))
    }

    /// The facts in a tally or sheet, a row each.
    fn lines_of(&mut self, tally: &[u8]) -> Step<Rows> {
        let prefix = tally_fact_prefix(tally);
        let (rows, _) = self.range(StateKind::TallyFact, &prefix, &prefix_end(&prefix), usize::MAX)?;
        Ok(rows)
    }

    /// How many facts lie behind a tally or sheet, and the digest over them.
    pub(super) fn facts_behind(&mut self, tally: &[u8]) -> Step<(u64, Digest)> {
        let rows = self.lines_of(tally)?;
        // The fact's id is what a row's key ends with.
        let id = |row: &Vec<u8>| row[row.len() - size_of::<EventKey>()..].to_vec();
        let digests = rows.iter().map(|(row, line)| (id(row), decode::<TallyFact>(line).digest));
        let digests: Vec<_> = digests.collect();
        let facts = Digest::of_parts(digests.iter().flat_map(|(fact, digest)| [&fact[..], &digest.0[..]]));
        Ok((digests.len() as u64, facts))
    }

    pub(super) fn verdict(&self, key: &TallyKey, tally: &Tally) -> Verdict {
        let none = |version, dimension| Verdict { points: Points::ZERO, band: None, version, dimension };
        let versions = &self.resident.versions;
        let Some((version, rule)) = versions.rule_on(key.period.first, &key.rule) else {
            // The rule is gone: what it gave goes back under the version that gave it.
            let last = versions.all().flat_map(|version| version.set.rules.iter().map(move |rule| (version, rule)));
            let cited = last.filter(|(_, rule)| rule.id == key.rule).last();
            return match cited {
                Some((version, rule)) => none(version.set.version, rule.dimension),
                None => none(Digest([0; 32]), Dimension::Efficiency),
            };
        };
        let (digest, dimension) = (version.set.version, rule.dimension);
        if tally.facts <= 0 || !self.is_postable(&key.subject) {
            return none(digest, dimension);
        }
        let (points, band) = match key.class {
            TallyClass::Measure => match tally.measured(rule) {
                None => (Points::ZERO, None),
                Some(amount) => {
                    let score = rule.score_period(&Sums { facts: tally.facts as u64, amount: amount.into() });
                    (score.points, score.band)
                }
            },
            TallyClass::Cap => (
                rule.cap.as_ref().map_or(Points::ZERO, |cap| cap.clamped(Points(tally.amount)) - Points(tally.amount)),
                None,
            ),
            // A sheet has several entries of its own: `settle_sheet`.
            TallyClass::Sheet => (Points::ZERO, None),
        };
        Verdict { points, band, version: digest, dimension }
    }

    /// Where a subject belongs at the end of a period.
    pub(super) fn home(&self, subject: &Subject, period: Period) -> (Place, Option<ActorId>) {
        let organisation = &self.resident.organisation;
        let time = organisation.zone().day_start(period.last());
        let of = |window: Option<String>, department: Option<String>| {
            organisation.complete_place(Place { window, department, hall: None }, time)
        };
        match subject {
            Subject::Person(actor) => (organisation.home(*actor, time), Some(*actor)),
            Subject::Window(code) => (of(Some(code.clone()), None), None),
            Subject::Department(code) => (of(None, Some(code.clone())), None),
            Subject::Hall(code) => (Place { hall: Some(code.clone()), ..Place::default() }, None),
        }
    }
}
