//! From a fact to the awards that should stand, by every rule in force.

use super::{Contested, Evaluation, Outcome, Pooled, Repeated, RuleVersion, SheetPart, Versions};
use crate::{
    fact::{Credited, Fact, Place, Side},
    id::ActorId,
    ledger::Subject,
    points::Points,
    roster::Organisation,
    rule::{Credit, Keep, Party, Plan, Rule, Selection, SubjectKind, Unscored},
    time::{Date, Grain, Period},
};

/// The verdicts on a fact.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scoring {
    /// Verdicts sorted by (rule, subject).
    pub evaluations: Vec<Evaluation>,
    /// Rules that cannot tell, and why.
    pub not_evaluable: Vec<(String, String)>,
    /// The pools it lies in, one for each set, period and subject.
    pub pooled: Vec<Pooled>,
    /// Plain names of unidentified holders of posts whom links name.
    pub waits: Vec<ActorId>,
}

/// Judges a fact by the versions in force: a per-fact rule on the fact's day, a period rule on its period's first day. What links
/// give follows later ([`Scoring::follow`]).
pub fn desired(fact: &Fact, versions: &Versions, organisation: &Organisation) -> Scoring {
    let mut scoring = Scoring::default();
    for version in versions.in_force(fact.date) {
        let is_own = |rule: &&Rule| rule.on.holds(fact) && rule.plan == Plan::PerFact && rule.link.is_none();
        for rule in version.set.rules.iter().filter(is_own) {
            scoring.judge(fact, version, rule, None, versions);
        }
    }
    for grain in versions.grains() {
        let period = Period::holding(grain, fact.date);
        for version in versions.in_force(period.first) {
            for rule in version.set.rules.iter().filter(|rule| rule.on.holds(fact) && is_per(rule, grain)) {
                scoring.judge(fact, version, rule, Some(period), versions);
            }
            scoring.pool(fact, version, period);
        }
    }
    scoring.evaluations.sort_by(|a, b| a.key().cmp(&b.key()));
    // Where a rule came to count by another period, its versions may both judge a fact; the longer period's verdict stands.
    scoring.evaluations.dedup_by(|later, earlier| {
        let same = later.key() == earlier.key();
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    scoring.link(fact, versions, organisation);
    scoring
}

fn is_per(rule: &Rule, of: Grain) -> bool {
    match rule.plan {
        Plan::PerFact => false,
        Plan::PerPeriod { grain, .. } => grain == of,
    }
}

/// Who gets how much of an award, at which place.
#[derive(Clone, Copy)]
struct Receiver<'a> {
    person: ActorId,
    place: &'a Place,
    weight: u32,
}

impl Scoring {
    fn judge(&mut self, fact: &Fact, version: &RuleVersion, rule: &Rule, period: Option<Period>, versions: &Versions) {
        for side in sides(fact, rule) {
            if let [alone] = side[..] {
                self.judge_one(fact, version, rule, period, versions, alone, &|points| points);
                continue;
            }
            let weights: Vec<u32> = side.iter().map(|receiver| receiver.weight).collect();
            for (index, receiver) in side.into_iter().enumerate() {
                let share = |points| split(points, &weights)[index];
                self.judge_one(fact, version, rule, period, versions, receiver, &share);
            }
        }
    }

    /// Notes which re-classifications of a version count the fact; one made by re-classification counts for later ones of its set.
    fn pool(&mut self, fact: &Fact, version: &RuleVersion, period: Period) {
        let set = &version.set;
        let first = match &fact.derived {
            None => 0,
            Some(derived) if derived.set != set.id => return,
            Some(derived) => match set.reclasses.iter().position(|reclass| reclass.id == derived.reclass) {
                Some(index) => index + 1,
                None => return,
            },
        };
        for reclass in set.reclasses.iter().skip(first).filter(|reclass| reclass.period == period.grain) {
            for receiver in credited(fact, reclass.credit, reclass.subject) {
                match reclass.select(fact, receiver.place, !receiver.person.is_unknown()) {
                    Selection::Selected => {}
                    Selection::PassedBy => continue,
                    Selection::NotEvaluable(reason) => {
                        self.not_evaluable.push((reclass.id.clone(), reason));
                        continue;
                    }
                }
                let Some(subject) = subject_of(reclass.subject, receiver) else { continue };
                let known = self
                    .pooled
                    .iter_mut()
                    .find(|pooled| pooled.set == set.id && pooled.period == period && pooled.subject == subject);
                match known {
                    Some(pooled) if pooled.by.contains(&reclass.id) => {}
                    Some(pooled) => pooled.by.push(reclass.id.clone()),
                    None => self.pooled.push(Pooled {
                        set: set.id.clone(),
                        period,
                        subject,
                        person: receiver.person,
                        by: vec![reclass.id.clone()],
                    }),
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one verdict needs them all, and a struct would be used once")]
    fn judge_one(
        &mut self,
        fact: &Fact,
        version: &RuleVersion,
        rule: &Rule,
        period: Option<Period>,
        versions: &Versions,
        receiver: Receiver<'_>,
        share: &dyn Fn(Points) -> Points,
    ) {
        let known = !receiver.person.is_unknown();
        match rule.select(fact, receiver.place, known) {
            Selection::Selected => {}
            Selection::PassedBy => return,
            Selection::NotEvaluable(reason) => return self.not_evaluable.push((rule.id.clone(), reason)),
        }
        let Some(subject) = subject_of(rule.subject, receiver) else { return };
        let outcome = match period {
            Some(period) => {
                rule.contribution(fact, known).map(|contribution| Outcome::Part { period, amount: contribution.amount })
            }
            None => rule.score_fact(fact, known).map(|scored| Outcome::Award {
                points: share(scored.points),
                band: scored.band,
                booked: None,
                cap: cap_period(fact.date, &rule.id, versions),
                part: sheet_part(fact.date, rule, versions),
            }),
        };
        let judged = outcome.and_then(|outcome| Ok((contested(fact, (version, rule), &outcome, known)?, outcome)));
        match judged {
            Ok((contested, outcome)) => self.evaluations.push(Evaluation {
                rule: rule.id.clone(),
                version: version.set.version,
                dimension: rule.dimension,
                subject,
                person: receiver.person,
                place: receiver.place.clone(),
                date: fact.date,
                repeated: repeated(fact.date, version, rule, &outcome),
                contested,
                linked: None,
                outcome,
            }),
            Err(Unscored::Absent) => {}
            Err(Unscored::NotEvaluable(reason)) => self.not_evaluable.push((rule.id.clone(), reason)),
        }
    }
}

/// What an award stands against, as if it stood alone.
fn contested(
    fact: &Fact,
    (version, rule): (&RuleVersion, &Rule),
    outcome: &Outcome,
    known: bool,
) -> Result<Option<Box<Contested>>, Unscored> {
    let Some(exclusive) = rule.exclusive.as_ref().filter(|exclusive| exclusive.keep != Keep::Both) else {
        return Ok(None);
    };
    match outcome {
        Outcome::Award { points, .. } if *points != Points::ZERO => {}
        Outcome::Award { .. } | Outcome::Part { .. } => return Ok(None),
    }
    let matter = match exclusive.per() {
        None => None,
        Some(per) => match rule.matter_key(fact, known)? {
            None => return Ok(None),
            Some(key) => Some((Period::holding(per, fact.date), key)),
        },
    };
    Ok(Some(Box::new(Contested {
        name: exclusive.name(&version.set.id, &rule.id),
        matter,
        keep: exclusive.keep,
        kept: None,
        clamp: None,
    })))
}

/// What is known of repetition from the fact alone: as if it were the first time.
fn repeated(date: Date, version: &RuleVersion, rule: &Rule, outcome: &Outcome) -> Option<Box<Repeated>> {
    let repeat = rule.repeat.as_ref()?;
    match outcome {
        Outcome::Award { points, .. } if *points != Points::ZERO => Some(Box::new(Repeated {
            period: Period::holding(repeat.per, date),
            name: repeat.name(&version.set.id, &rule.id),
            nominal: *points,
            from: 1,
        })),
        Outcome::Award { .. } | Outcome::Part { .. } => None,
    }
}

/// The period whose cap holds for an award of the rule on `date`: the cap in force on that period's first day.
pub fn cap_period(date: Date, rule: &str, versions: &Versions) -> Option<Period> {
    // PERF: asked for every award; most rules are never capped.
    if !versions.may_cap(rule) {
        return None;
    }
    Grain::ENDING.into_iter().map(|grain| Period::holding(grain, date)).find(|period| {
        let in_force = versions.rule_on(period.first, rule);
        in_force.and_then(|(_, rule)| rule.cap.as_ref()).is_some_and(|cap| cap.per == period.grain)
    })
}

/// The item of the sheet that points of the rule, of the business date `date`, count in.
pub fn sheet_part(date: Date, rule: &Rule, versions: &Versions) -> Option<SheetPart> {
    let item = rule.item.as_ref()?;
    let period = versions.sheet_period(date, item, rule.subject)?;
    Some(SheetPart { period, sheet: item.sheet.clone(), item: item.item.clone() })
}

fn subject_of(kind: SubjectKind, receiver: Receiver<'_>) -> Option<Subject> {
    match kind {
        SubjectKind::Person => Some(Subject::Person(receiver.person)),
        SubjectKind::Window => receiver.place.window.clone().map(Subject::Window),
        SubjectKind::Department => receiver.place.department.clone().map(Subject::Department),
        SubjectKind::Hall => receiver.place.hall.clone().map(Subject::Hall),
    }
}

/// The receivers of each side that the rule's party names.
fn sides<'a>(fact: &'a Fact, rule: &Rule) -> Vec<Vec<Receiver<'a>>> {
    let side = |side: &'a Option<Box<Side>>| {
        side.as_ref().map(|side| {
            let person = side.person.unwrap_or(ActorId::UNKNOWN);
            vec![Receiver { person, place: &side.place, weight: 1 }]
        })
    };
    match rule.party {
        Party::Own => vec![credited(fact, rule.credit, rule.subject)],
        Party::Provider => side(&fact.provider).into_iter().collect(),
        Party::Receiver => side(&fact.receiver).into_iter().collect(),
        // A department that shares with itself is one subject, not two.
        Party::Both if same_side(fact, rule) => side(&fact.provider).into_iter().collect(),
        Party::Both => side(&fact.provider).into_iter().chain(side(&fact.receiver)).collect(),
    }
}

fn same_side(fact: &Fact, rule: &Rule) -> bool {
    let subject = |side: &Option<Box<Side>>| {
        let side = side.as_ref()?;
        let person = side.person.unwrap_or(ActorId::UNKNOWN);
        subject_of(rule.subject, Receiver { person, place: &side.place, weight: 1 })
    };
    subject(&fact.provider) == subject(&fact.receiver)
}

fn credited(fact: &Fact, credit: Credit, subject: SubjectKind) -> Vec<Receiver<'_>> {
    let Credited { served, first, last, owner, ender, shares } = &fact.credited;
    let one = |person: ActorId| vec![Receiver { person, place: &fact.place, weight: 1 }];
    match credit {
        Credit::Served => one(*served),
        Credit::First => one(*first),
        Credit::Last => one(*last),
        Credit::Owner => one(*owner),
        Credit::Ender => one(*ender),
        // A window's, department's or hall's award is not split among its people.
        Credit::Shares if shares.is_empty() || subject != SubjectKind::Person => one(*served),
        Credit::Shares => shares
            .iter()
            .map(|share| Receiver { person: share.actor, place: &fact.place, weight: share.weight })
            .collect(),
    }
}

/// Splits points by weights so that the parts sum exactly: largest remainder, ties to the first.
pub(super) fn split(points: Points, weights: &[u32]) -> Vec<Points> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        return vec![points; weights.len()];
    }
    let exact = |weight: &u32| i128::from(points.0) * i128::from(*weight);
    let mut parts: Vec<i128> = weights.iter().map(|weight| exact(weight) / total).collect();
    let mut left = i128::from(points.0) - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| (-(exact(&weights[*index]) % total).abs(), *index));
    for index in order {
        if left == 0 {
            break;
        }
        parts[index] += left.signum();
        left -= left.signum();
    }
    parts.into_iter().map(|part| Points(part as i64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_exactly() {
        for (points, weights) in [(5000, vec![1, 1, 1]), (-3000, vec![2, 1]), (1, vec![1, 1, 1]), (7, vec![3, 5, 9])] {
            let parts = split(Points(points), &weights);
            assert_eq!(parts.iter().map(|part| part.0).sum::<i64>(), points);
        }
        assert_eq!(split(Points(5000), &[1, 1, 1]), [Points(1667), Points(1667), Points(1666)]);
        assert_eq!(split(Points(-5000), &[1, 1, 1]), [Points(-1667), Points(-1667), Points(-1666)]);
    }
}
