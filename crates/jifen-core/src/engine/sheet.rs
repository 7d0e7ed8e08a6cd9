//! Score sheets: what facts, period awards and caps add to their items, and the sheet's own entries for those sums.
//!
//! A sheet of one subject and period is a tally. Its base stands, provisionally, once the period before has ended, and is posted with
//! what its limits take when its own period ends; what comes later posts differences, as for every tally.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    RECALCULATION_FACTS,
    reconcile::{Moved, Posting, TallyChange, TallyChanges, Wanted},
    resident::{Intent, ResidentChange, Scope},
    tally::{TallyClass, TallyFact, TallyKey},
    transaction::{Step, Transaction},
};
use crate::{
    event::{Event, EventType, member},
    id::{ActorId, Digest, EventKey},
    ledger::{Anchor, EntryKind, Subject},
    points::Points,
    roster::{ActorKind, Reach},
    rule::{AWAY, ItemSums, Sheet},
    scoring::{SheetPart, half_days, sheet_part},
    time::{Date, Instant, Period},
};

/// Something that adds points to an item: a fact's award, a period award, a cap's clamp.
pub(super) struct Contribution<'a> {
    pub(super) subject: &'a Subject,
    pub(super) rule: &'a str,
    pub(super) id: EventKey,
    pub(super) digest: Digest,
    pub(super) locator: &'a [u8],
    /// How its points divide into gains and deductions.
    pub(super) parts: fn(Points) -> ItemSums,
}

/// Points given are gains, points taken deductions.
pub(super) fn signed(points: Points) -> ItemSums {
    ItemSums { gains: points.max(Points::ZERO), deductions: points.min(Points::ZERO) }
}

/// What a cap takes away were gains, what it gives back deductions.
fn clamped(points: Points) -> ItemSums {
    ItemSums { gains: points.min(Points::ZERO), deductions: points.max(Points::ZERO) }
}

impl TallyChanges {
    /// Notes what a contribution adds to an item now, in place of what it added before.
    pub(super) fn replace_part(
        &mut self,
        source: &Contribution<'_>,
        before: Option<(SheetPart, Points)>,
        after: Option<(SheetPart, Points)>,
        moved: Moved,
    ) {
        let key = |part: &SheetPart| TallyKey {
            period: part.period,
            rule: part.sheet.clone(),
            subject: source.subject.clone(),
            class: TallyClass::Sheet,
        };
        if before == after && moved != Moved::Changed {
            for (part, _) in before.iter().filter(|_| moved == Moved::Forced) {
                self.0.entry(key(part)).or_default();
            }
            return;
        }
        for (noted, sign) in [(before, -1), (after, 1)] {
            let Some((part, points)) = noted else { continue };
            let key = key(&part);
            let row = key.contribution_key(source.rule, source.id);
            let change = self.0.entry(key).or_default();
            let sums = change.items.entry(part.item).or_default();
            let ItemSums { gains, deductions } = (source.parts)(points);
            sums.gains += Points(gains.0 * sign);
            sums.deductions += Points(deductions.0 * sign);
            change.facts += sign;
            change.amount += points.0 * sign;
            let line = TallyFact { digest: source.digest, locator: source.locator.to_vec(), amount: points.0 };
            change.contributions.insert(row, (sign > 0).then_some(line));
        }
    }
}

impl Transaction<'_> {
    /// What the period awards and clamps of tallies add to sheets now.
    pub(super) fn parts_of(&mut self, touched: &BTreeSet<TallyKey>) -> Step<TallyChanges> {
        let mut sheets = TallyChanges::default();
        for key in touched.iter().filter(|key| key.class != TallyClass::Sheet) {
            let bytes = key.to_bytes();
            let mut tally = self.tally(&bytes)?;
            let points = self.verdict(key, &tally).points;
            let versions = &self.resident.versions;
            let rule = versions.rule_on(key.period.first, &key.rule).map(|(_, rule)| rule);
            let away = self.away_part(key);
            let points = if away.is_some() { Points(tally.amount) } else { points };
            let part = away.or_else(|| sheet_part(key.period.last(), rule?, versions));
            let next = part.filter(|_| points != Points::ZERO).map(|part| (part, points));
            let source = Contribution {
                subject: &key.subject,
                rule: &key.rule,
                id: key.award_id(),
                digest: Digest::of(&bytes),
                locator: &bytes,
                parts: if key.class == TallyClass::Cap { clamped } else { signed },
            };
            let old = std::mem::replace(&mut tally.sheeted, next.clone());
            sheets.replace_part(&source, old, next, Moved::Forced);
            self.put_tally(bytes, tally);
        }
        Ok(sheets)
    }

    /// The sheet for which a tally counts half days away.
    fn away_part(&self, key: &TallyKey) -> Option<SheetPart> {
        let id = Sheet::of_away_rule(&key.rule)?;
        let mut sheets = self.resident.versions.sheets_of(key.period).map(|(_, sheet)| sheet);
        let sheet = sheets.find(|sheet| sheet.id == id && sheet.presence.is_some())?;
        Some(SheetPart { period: key.period, sheet: sheet.id.clone(), item: AWAY.to_owned() })
    }

    /// Shows a sheet's own entries as provisional, or posts what takes them to what should stand.
    pub(super) fn settle_sheet(&mut self, bytes: Vec<u8>, key: &TallyKey, ending: Option<Period>) -> Step<()> {
        let mut tally = self.tally(&bytes)?;
        let mut sheet = tally.sheet.take().unwrap_or_default();
        let ended = ending == Some(key.period) || self.resident.ended.contains(&key.period);
        let (version, mut wanted) = self.lines(key, tally.facts, &sheet.items, ended);
        let shown: BTreeSet<String> = match ended {
            true => sheet.provisional.keys().cloned().collect(),
            false => sheet.provisional.keys().chain(wanted.keys()).cloned().collect(),
        };
        for line in shown {
            let mut provisional = sheet.provisional.remove(&line);
            let next = if ended { None } else { wanted.remove(&line) };
            self.show(key, &line, &mut provisional, next);
            sheet.provisional.extend(provisional.map(|provisional| (line, provisional)));
        }
        if ended {
            let moved = |line: &String| match (wanted.get(line), sheet.booked.get(line)) {
                (Some(wanted), booked) => !wanted.stands_as(booked),
                (None, booked) => booked.is_some(),
            };
            let lines: BTreeSet<String> = sheet.booked.keys().chain(wanted.keys()).cloned().collect();
            for line in lines.into_iter().filter(moved).collect::<Vec<_>>() {
                let (facts_count, facts) = match Sheet::is_base(&line) {
                    true => (0, Digest::of_parts([])),
                    false => self.facts_behind(&bytes)?,
                };
                let posting = Posting {
                    rule: &line,
                    version,
                    band: None,
                    subject: &key.subject,
                    anchor: Anchor::Period(key.period),
                    kind: if Sheet::is_base(&line) { EntryKind::Award } else { EntryKind::Clamp },
                    grain: key.period.grain,
                    facts_count,
                    facts,
                    records: Digest([0; 32]),
                    locator: &bytes,
                };
                let booked = sheet.booked.remove(&line);
                let Some(next) = wanted.remove(&line).or_else(|| Wanted::nothing_of(booked.as_ref())) else { continue };
                let stands = self.settle_difference(&posting, booked, next);
                sheet.booked.extend(stands.map(|stands| (line.clone(), stands)));
            }
        }
        tally.sheet = (!sheet.is_empty()).then_some(sheet);
        self.put_tally(bytes, tally);
        Ok(())
    }

    /// The version that rules a sheet, and what should stand of its own entries.
    fn lines(
        &self,
        key: &TallyKey,
        facts: i64,
        items: &BTreeMap<String, ItemSums>,
        ended: bool,
    ) -> (Digest, BTreeMap<String, Wanted>) {
        let versions = &self.resident.versions;
        let in_force = versions.sheets_of(key.period).find(|(_, sheet)| sheet.id == key.rule);
        let Some((version, sheet)) = in_force else {
            // The sheet is gone: what it gave goes back under the last version that had it.
            let had = versions.all().filter(|version| version.set.sheets.iter().any(|sheet| sheet.id == key.rule));
            return (had.last().map_or(Digest([0; 32]), |version| version.set.version), BTreeMap::new());
        };
        if !self.has_sheet(sheet, key, facts) {
            return (version.set.version, BTreeMap::new());
        }
        let away = items.get(AWAY).map_or(0, |sums| sums.gains.0 + sums.deductions.0);
        let days = match &sheet.presence {
            None => None,
            Some(presence) => {
                match half_days(presence, &self.resident.organisation, (&key.subject, key.period), away) {
                    Ok(days) if days.is_none_or(|days| presence.suffices(days)) => days,
                    // Who was there too little, or nobody can say how long, has none of its entries, and so no score.
                    Ok(_) | Err(_) => return (version.set.version, BTreeMap::new()),
                }
            }
        };
        let (place, person) = self.home(&key.subject, key.period);
        let begun = ended || self.has_begun(key.period);
        let lines = sheet.settle(items, days).into_iter().filter(|line| begun || !Sheet::is_beginning(&line.id));
        let wanted = lines.map(|line| {
            let (points, dimension) = (line.points, line.dimension);
            (
                line.id,
                Wanted { points, counted: false, date: key.period.last(), place: place.clone(), person, dimension },
            )
        });
        (version.set.version, wanted.collect())
    }

    /// Whether a subject has the sheet: a place or person of the organisation by the period's end, or one with points in it, that
    /// belongs to the sheet's scope.
    fn has_sheet(&self, sheet: &Sheet, key: &TallyKey, facts: i64) -> bool {
        let organisation = &self.resident.organisation;
        let end = organisation.zone().day_start(key.period.next().first);
        let is_there = facts > 0 || organisation.known_since(&key.subject).is_some_and(|since| since < end);
        let is_scored = match &key.subject {
            Subject::Person(actor) => organisation.actor_kind(*actor) == ActorKind::Person,
            Subject::Window(_) | Subject::Department(_) | Subject::Hall(_) => true,
        };
        is_there && is_scored && sheet.subject == key.subject.kind() && {
            let (place, _) = self.home(&key.subject, key.period);
            sheet.scope.holds(&place, None)
        }
    }

    /// A period has begun when the one before it has ended: only an event tells the time.
    fn has_begun(&self, period: Period) -> bool {
        let before = Period::holding(period.grain, period.first.plus(-1));
        let ends_now = |change: &ResidentChange| matches!(change, ResidentChange::Ended(ended) if *ended == before);
        self.resident.ended.contains(&before) || self.changes.iter().any(ends_now)
    }

    /// The sheets of a period that ended are posted for everybody, those of the next begin.
    pub(super) fn open_sheets(&mut self, ended: Period) {
        let next = ended.next();
        let any = [ended, next].into_iter().any(|period| self.resident.versions.sheets_of(period).next().is_some());
        if any {
            self.intend(Intent { scope: Scope::Sheets(ended.first, next.first), cursor: Vec::new() });
        }
    }

    /// Who is there and where they belong decides who has a sheet.
    pub(super) fn organise_sheets(&mut self, event: &Event) {
        if !self.resident.versions.has_sheets() {
            return;
        }
        let from = match event.kind {
            // The zone moves the edges of periods; a second hall takes away what "the only hall" said.
            EventType::OrganisationRegion | EventType::OrganisationHall => Some(Instant::MIN),
            // Only people have sheets, and what kind of account somebody is holds for all time.
            EventType::OrganisationPerson | EventType::ActorIdentified if self.changes_kind(event) => {
                Some(Instant::MIN)
            }
            // Somebody is there for more or fewer days.
            EventType::LeaveGranted | EventType::LeaveWithdrawn => self.leave_reach(event),
            // It says which days are due.
            EventType::OrganisationCalendar => self.resident.organisation.reach(event).and_then(|reach| match reach {
                Reach::From(from) => Some(from),
                Reach::Span(..) | Reach::Actors(_) => None,
            }),
            EventType::OrganisationDepartment
            | EventType::OrganisationWindow
            | EventType::OrganisationPerson
            | EventType::ActorIdentified => {
                let homes = self.resident.organisation.home_reach(event).unwrap_or(Instant::MAX);
                Some(event.time.min(homes).min(self.leave_reach(event).unwrap_or(Instant::MAX)))
            }
            _ => None,
        };
        from.into_iter().for_each(|from| self.look_at_sheets(from));
    }

    /// From when sheets may count other days of leave, where any does.
    fn leave_reach(&self, event: &Event) -> Option<Instant> {
        if !self.resident.versions.counts_leave() {
            return None;
        }
        let organisation = &self.resident.organisation;
        match event.kind {
            EventType::LeaveGranted | EventType::LeaveWithdrawn => match organisation.reach(event)? {
                Reach::Span(from, _) => Some(from),
                Reach::From(_) | Reach::Actors(_) => None,
            },
            _ => organisation.naming_reach(event).map(|(from, _)| from),
        }
    }

    /// Whether an event makes a person of a system account, or the other way round.
    fn changes_kind(&self, event: &Event) -> bool {
        let named = [member::PERSON, member::ACTOR].into_iter().filter_map(|id| event.data.actor(id));
        let actors: Vec<_> = named.flat_map(|actor| [actor.plain, actor.sourced]).collect();
        let before = &self.resident.organisation;
        let mut after = before.clone();
        after.absorb(event);
        let changed = |actor: &ActorId| {
            let (before, after) = (before.actor_kind(*actor), after.actor_kind(*actor));
            before != after && before != ActorKind::Unknown
        };
        actors.iter().any(changed)
    }

    /// Notes that every sheet of periods that end after `from` is looked at: those there are, then those of everybody else.
    pub(super) fn look_at_sheets(&mut self, from: Instant) {
        self.intend(Intent { scope: Scope::Homes(from), cursor: Vec::new() });
        let first = match from {
            Instant::MIN => Date(i32::MIN),
            _ => self.resident.organisation.zone().date(from),
        };
        self.intend(Intent { scope: Scope::Sheets(first, Date(i32::MAX)), cursor: Vec::new() });
    }

    /// Settles the next sheets of those who have one in periods that began or ended.
    pub(super) fn sheets_step(&mut self, number: u64, intent: Intent, (from, to): (Date, Date)) -> Step<()> {
        let (resident, cursor) = (self.resident, intent.cursor.clone());
        let began: BTreeSet<Period> = resident.ended.iter().flat_map(|ended| [*ended, ended.next()]).collect();
        let mut keys: Vec<(Vec<u8>, TallyKey)> = Vec::new();
        // Keys rise with the periods, their sheets' ids and their subjects.
        let due = began.into_iter().filter(|period| period.last() >= from && period.first <= to);
        for period in due {
            let mut sheets: Vec<_> = resident.versions.sheets_of(period).map(|(_, sheet)| sheet).collect();
            sheets.sort_by(|a, b| a.id.cmp(&b.id));
            for sheet in sheets {
                let of = |subject| TallyKey { period, rule: sheet.id.clone(), subject, class: TallyClass::Sheet };
                let keyed = resident.organisation.subjects(sheet.subject).map(of).map(|key| (key.to_bytes(), key));
                let more = RECALCULATION_FACTS + 1 - keys.len();
                keys.extend(keyed.filter(|(bytes, _)| *bytes >= cursor).take(more));
            }
            if keys.len() > RECALCULATION_FACTS {
                break;
            }
        }
        let next = match keys.len() > RECALCULATION_FACTS {
            true => keys.pop().map(|(cursor, _)| Intent { cursor, ..intent }),
            false => None,
        };
        self.changes.push(ResidentChange::Intent { number, intent: next });
        let changes = keys.into_iter().map(|(_, key)| (key, TallyChange::default()));
        self.settle_tallies(TallyChanges(changes.collect()), None)
    }
}
