//! Numbers of subjects: scores of sheets, points of rules, composites; means over people, roll-ups over settled periods.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use minicbor::{Decode, Encode};

use super::{Member, Scores, Settling};
use crate::{
    ledger::Subject,
    points::{Points, divide_half_away},
    rule::{
        Sheet, SubjectKind,
        settlement::{Basis, By, Composite, Figure, Missing, Over, Part, Source, WHOLE_WEIGHT, periods_within},
    },
    time::Period,
};

/// A number of a subject, and what it was made of.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Reading {
    /// The number.
    #[n(0)]
    pub points: Points,
    /// The shorter periods that it sums up; empty where it is of one period.
    #[n(1)]
    pub periods: Vec<(Period, Points)>,
    /// Over how many people or windows the mean was taken; 0 where it is the subject's own.
    #[n(2)]
    pub heads: u64,
}

/// A part of a composite.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct PartValue {
    /// The number; `None`: there is none.
    #[n(0)]
    pub value: Option<Reading>,
    /// What it adds to the score, rounded by itself for people to read; the score is rounded once, from all parts.
    #[n(1)]
    pub adds: Points,
}

/// A composite of one subject.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Composed {
    /// The composite's id.
    #[n(0)]
    pub id: String,
    /// Whose.
    #[n(1)]
    pub subject: Subject,
    /// The score; `None`: a part is missing.
    #[n(2)]
    pub score: Option<Points>,
    /// The parts, in the order of the file.
    #[n(3)]
    pub parts: Vec<PartValue>,
}

impl<'a> Settling<'a> {
    /// A number of everybody of a kind who has it.
    pub(super) fn figure(&mut self, figure: &Figure, kind: SubjectKind, period: Period) -> BTreeMap<Subject, Reading> {
        let Some(gather) = figure.gather else { return self.figure_of_one(figure, kind, period) };
        let mut series: BTreeMap<Subject, Vec<(Period, Points)>> = BTreeMap::new();
        let mut heads: BTreeMap<Subject, u64> = BTreeMap::new();
        for each in periods_within(period, gather.each).filter(|each| (self.input.ended)(*each)) {
            for (subject, reading) in self.figure_of_one(figure, kind, each) {
                heads.insert(subject.clone(), reading.heads);
                series.entry(subject).or_default().push((each, reading.points));
            }
        }
        series.retain(|_, periods| periods.len() >= gather.at_least as usize);
        let gathered = series.into_iter().map(|(subject, periods)| {
            let points = gathered(gather.by, &periods);
            let heads = heads.get(&subject).copied().unwrap_or_default();
            (subject, Reading { points, periods, heads })
        });
        gathered.collect()
    }

    /// The same within one period: the subject's own, or the mean of those that belong to it.
    fn figure_of_one(&mut self, figure: &Figure, kind: SubjectKind, period: Period) -> BTreeMap<Subject, Reading> {
        let plain = |points| Reading { points, periods: Vec::new(), heads: 0 };
        let Some(over) = &figure.over else {
            let scores = self.scores(&figure.source, kind, period);
            return scores.iter().map(|(subject, points)| (subject.clone(), plain(*points))).collect();
        };
        let scores = self.scores(&figure.source, over.subject(), period);
        let mut groups: BTreeMap<Subject, (i128, u64)> = BTreeMap::new();
        for (of, subject) in self.counted_over(over, kind, period) {
            if let Some(points) = scores.get(&subject) {
                let (sum, count) = groups.entry(of).or_default();
                *sum += i128::from(points.0);
                *count += 1;
            }
        }
        let mean = |(subject, (sum, heads)): (Subject, (i128, u64))| {
            (subject, Reading { points: mean(sum, heads), periods: Vec::new(), heads })
        };
        groups.into_iter().map(mean).collect()
    }

    /// Whose mean takes which subjects in: the subject of a kind, and one that is counted for it.
    fn counted_over(&mut self, over: &Over, kind: SubjectKind, period: Period) -> Vec<(Subject, Subject)> {
        let members = |settling: &mut Self, kind| settling.members(kind, period);
        let Over::Post { name, of } = over else {
            let home = |member: &Member| match (kind, over) {
                (SubjectKind::Window, Over::Staff) => member.place.window.clone().map(Subject::Window),
                (SubjectKind::Department, _) => member.place.department.clone().map(Subject::Department),
                (SubjectKind::Hall, _) => member.place.hall.clone().map(Subject::Hall),
                (SubjectKind::Window | SubjectKind::Person, _) => None,
            };
            let all = members(self, over.subject());
            return all.iter().filter_map(|member| Some((home(member)?, member.subject.clone()))).collect();
        };
        let place = if *of == SubjectKind::Person { kind } else { *of };
        let (organisation, time) = (self.input.organisation, self.input.organisation.zone().day_start(period.last()));
        let holder = |subject: &Subject| {
            let code = match subject {
                Subject::Window(code) | Subject::Department(code) | Subject::Hall(code) => code,
                Subject::Person(_) => return None,
            };
            let holder = organisation.post_holder(name, (place, code), time)?;
            Some(Subject::Person(organisation.canonical(holder)))
        };
        let places = members(self, place);
        let pairs = places.iter().filter_map(|member| Some((member.subject.clone(), holder(&member.subject)?)));
        match of {
            SubjectKind::Person => pairs.collect(),
            _ => pairs.map(|(place, person)| (person, place)).collect(),
        }
    }

    /// Scores by one source.
    pub(super) fn scores(&mut self, source: &Source, kind: SubjectKind, period: Period) -> Scores {
        match source {
            Source::Sheet(id) => Rc::new(self.sheet_scores(id, kind, period)),
            Source::Rules { rules, min_facts } => Rc::new(self.rule_points(rules, *min_facts, kind, period)),
            Source::Composite(id) => {
                let composite = self.composite_named(id, period).filter(|composite| composite.subject == kind);
                let composed = composite.map(|composite| self.composite(composite, period)).unwrap_or_default();
                let scores = composed.iter().filter_map(|one| Some((one.subject.clone(), one.score?)));
                Rc::new(scores.collect())
            }
        }
    }

    /// The scores that a grade, honour, proposal or payout goes by.
    pub(super) fn basis(&mut self, basis: &Basis, period: Period) -> Scores {
        self.scores(&basis.source, basis.subject, period)
    }

    /// The score of everybody who has the sheet: its own entries and those of rules that point at it.
    fn sheet_scores(&mut self, id: &str, kind: SubjectKind, period: Period) -> BTreeMap<Subject, Points> {
        let is_it = |sheet: &Sheet| sheet.id == id && sheet.subject == kind;
        let found = self.input.versions.sheets_of(period).map(|(_, sheet)| sheet).find(|sheet| is_it(sheet));
        // While nobody can say which days were due, nobody has a score.
        let found = found.filter(|sheet| self.unknown_days(sheet, period).is_none());
        let (Some(sheet), Some(sums)) = (found, self.sums(kind, period)) else { return BTreeMap::new() };
        let rules = self.rules_of_sheet(id, period);
        let own = format!("{id}/");
        let counts = |rule: &str| rule.starts_with(&own) || rules.contains(rule);
        let members = self.members(kind, period);
        // Who was there too little has no base, and so no score.
        let base = sheet.base_line();
        let asks = sheet.presence.as_ref().is_some_and(|presence| presence.min_days.is_some());
        let has_it = |subject: &Subject| {
            let row = sums.get(subject).and_then(|rows| rows.get(&base));
            !asks || row.is_some_and(|row| row.points != Points::ZERO)
        };
        let within = members.iter().filter(|member| sheet.scope.holds(&member.place, None) && has_it(&member.subject));
        let score = |subject: &Subject| {
            let rows = sums.get(subject).into_iter().flatten();
            rows.filter(|(rule, _)| counts(rule)).map(|(_, sum)| sum.points).sum::<Points>()
        };
        within.map(|member| (member.subject.clone(), score(&member.subject))).collect()
    }

    /// The rules that point at a sheet by any version in force on some of the period's days.
    fn rules_of_sheet(&self, sheet: &str, period: Period) -> BTreeSet<&'a str> {
        let versions = self.input.versions;
        let meets =
            |(first, last): (_, Option<_>)| first <= period.last() && last.is_none_or(|last| last >= period.first);
        let in_force = versions.all().filter(|version| versions.days(version).is_some_and(meets));
        let rules = in_force.flat_map(|version| &version.set.rules);
        rules
            .filter(|rule| rule.item.as_ref().is_some_and(|item| item.sheet == sheet))
            .map(|rule| rule.id.as_str())
            .collect()
    }

    /// The points of rules together, of everybody with facts enough.
    fn rule_points(
        &mut self,
        rules: &[String],
        least: u64,
        kind: SubjectKind,
        period: Period,
    ) -> BTreeMap<Subject, Points> {
        let Some(sums) = self.sums(kind, period) else { return BTreeMap::new() };
        let found = |subject: &Subject| {
            let rows = sums.get(subject);
            let rows: Vec<_> = rules.iter().filter_map(|rule| rows?.get(rule)).collect();
            let facts: u64 = rows.iter().map(|sum| sum.facts).sum();
            (facts >= least).then(|| rows.iter().map(|sum| sum.points).sum::<Points>())
        };
        let members = self.members(kind, period);
        members.iter().filter_map(|member| Some((member.subject.clone(), found(&member.subject)?))).collect()
    }

    /// What a subject lost: the rules that came to less than nothing.
    pub(super) fn deductions(&mut self, subject: &Subject, period: Period) -> Points {
        let sums = self.sums(subject.kind(), period);
        let own_lines =
            self.input.versions.sheets_of(period).map(|(_, sheet)| format!("{}/", sheet.id)).collect::<Vec<_>>();
        let rows = sums.and_then(|sums| sums.get(subject)).into_iter().flatten();
        let of_rules = rows.filter(|(rule, _)| !own_lines.iter().any(|own| rule.starts_with(own)));
        of_rules.map(|(_, sum)| sum.points.min(Points::ZERO)).sum()
    }

    /// A composite of everybody in its scope.
    pub(super) fn composite(&mut self, composite: &Composite, period: Period) -> Rc<Vec<Composed>> {
        let key = (composite.face.id.clone(), period);
        if let Some(known) = self.composed.get(&key) {
            return Rc::clone(known);
        }
        let columns: Vec<_> =
            composite.parts.iter().map(|part| self.figure(&part.figure, composite.subject, period)).collect();
        let members = self.members(composite.subject, period);
        let within = members.iter().filter(|member| composite.scope.holds(&member.place, None));
        let composed = within.map(|member| {
            let values: Vec<_> = columns.iter().map(|column| column.get(&member.subject).cloned()).collect();
            compose(composite, &member.subject, values)
        });
        let composed = Rc::new(composed.collect());
        self.composed.insert(key, Rc::clone(&composed));
        composed
    }
}

/// One subject's composite: everything over one denominator, rounded once.
pub(super) fn compose(composite: &Composite, subject: &Subject, values: Vec<Option<Reading>>) -> Composed {
    let present: i64 =
        composite.parts.iter().zip(&values).filter(|(_, value)| value.is_some()).map(|(part, _)| part.weight).sum();
    let scored = match composite.missing {
        Missing::Exclude => present == WHOLE_WEIGHT,
        Missing::Reweight => present > 0,
    };
    // With every part there both factors are the same.
    let (up, down) = if present > 0 { (i128::from(WHOLE_WEIGHT), i128::from(present)) } else { (1, 1) };
    let (up, down) = if scored { (up, down) } else { (1, 1) };
    let term = |part: &Part, value: &Option<Reading>| {
        value.as_ref().map_or(0, |value| i128::from(value.points.0).saturating_mul(part.coefficient))
    };
    let rounded = |numerator: i128, step: i64| {
        let common = gcd(up, down);
        let scaled = numerator.saturating_mul(up / common);
        let divisor = composite.denominator.saturating_mul(down / common).saturating_mul(i128::from(step));
        // Half of the range is kept free for the rounding.
        let half = i128::MAX / 4;
        let points = divide_half_away(scaled.clamp(-half, half), divisor.min(half)).saturating_mul(i128::from(step));
        Points(i64::try_from(points).unwrap_or(if points < 0 { i64::MIN } else { i64::MAX }))
    };
    let terms: Vec<i128> = composite.parts.iter().zip(&values).map(|(part, value)| term(part, value)).collect();
    let sum = terms.iter().fold(0_i128, |sum, term| sum.saturating_add(*term));
    let parts = values.into_iter().zip(&terms).map(|(value, term)| PartValue { value, adds: rounded(*term, 1) });
    Composed {
        id: composite.face.id.clone(),
        subject: subject.clone(),
        score: scored.then(|| rounded(sum, composite.step.0)),
        parts: parts.collect(),
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// A mean, rounded once to thousandths.
fn mean(sum: i128, count: u64) -> Points {
    let points = divide_half_away(sum, i128::from(count.max(1)));
    Points(i64::try_from(points).unwrap_or(i64::MAX))
}

fn gathered(by: By, periods: &[(Period, Points)]) -> Points {
    let sum: i128 = periods.iter().map(|(_, points)| i128::from(points.0)).sum();
    match by {
        By::Mean => mean(sum, periods.len() as u64),
        By::Sum => Points(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })),
        By::Last => periods.last().map_or(Points::ZERO, |(_, points)| *points),
    }
}
