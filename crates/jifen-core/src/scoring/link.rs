//! Links: verdicts that follow the awards of another rule for the same fact, for whoever a link names.
//!
//! In: the awards of single facts. Out: one verdict for each link and bearer; its points are a part of what the awards it follows
//! come to in the end, after exemptions, repeats and exclusive awards, before caps.

use std::collections::BTreeMap;

use super::{
    Evaluation, Linked, Outcome, RuleVersion, Scoring, Versions,
    desired::{cap_period, sheet_part},
};
use crate::{
    fact::Fact,
    id::ActorId,
    ledger::Subject,
    points::Points,
    roster::{ActorKind, Organisation},
    rule::{LinkTo, Rule, SubjectKind},
};

impl Scoring {
    /// Adds the verdicts of links, of no points yet.
    pub(super) fn link(&mut self, fact: &Fact, versions: &Versions, organisation: &Organisation) {
        if !versions.has_links() {
            return;
        }
        for version in versions.in_force(fact.date) {
            for rule in version.set.rules.iter().filter(|rule| rule.on.holds(fact) && rule.link.is_some()) {
                self.link_one(fact, (version, rule), versions, organisation);
            }
        }
    }

    fn link_one(
        &mut self,
        fact: &Fact,
        (version, rule): (&RuleVersion, &Rule),
        versions: &Versions,
        organisation: &Organisation,
    ) {
        let Some(link) = &rule.link else { return };
        let mut found: BTreeMap<Subject, Evaluation> = BTreeMap::new();
        let followed =
            self.evaluations.iter().filter(|source| source.rule == link.of && source.version == version.set.version);
        for source in followed.filter(|source| matches!(source.outcome, Outcome::Award { .. })) {
            for (subject, person) in bearers(&link.to, (fact, rule), source, organisation, &mut self.waits) {
                // Who has the award itself does not bear it a second time.
                if subject == source.subject {
                    continue;
                }
                let linked = || Evaluation {
                    rule: rule.id.clone(),
                    version: version.set.version,
                    dimension: rule.dimension,
                    subject: subject.clone(),
                    person,
                    place: source.place.clone(),
                    date: fact.date,
                    repeated: None,
                    contested: None,
                    linked: Some(Box::new(Linked { sources: Vec::new() })),
                    outcome: Outcome::Award {
                        points: Points::ZERO,
                        band: None,
                        booked: None,
                        cap: cap_period(fact.date, &rule.id, versions),
                        part: sheet_part(fact.date, rule, versions),
                    },
                };
                let evaluation = found.entry(subject.clone()).or_insert_with(linked);
                evaluation.linked.iter_mut().for_each(|linked| linked.sources.push(source.subject.clone()));
            }
        }
        self.evaluations.extend(found.into_values());
        self.evaluations.sort_by(|a, b| a.key().cmp(&b.key()));
    }

    /// Gives links their points, once those they follow are known.
    pub fn follow(&mut self, versions: &Versions) {
        if self.evaluations.iter().all(|evaluation| evaluation.linked.is_none()) {
            return;
        }
        let given: BTreeMap<(String, Subject), Points> = self
            .evaluations
            .iter()
            .filter(|evaluation| !evaluation.is_left_out())
            .filter_map(|evaluation| match evaluation.outcome {
                Outcome::Award { points, .. } => Some(((evaluation.rule.clone(), evaluation.subject.clone()), points)),
                Outcome::Part { .. } => None,
            })
            .collect();
        for evaluation in &mut self.evaluations {
            let (Some(linked), Outcome::Award { points, .. }) = (&evaluation.linked, &mut evaluation.outcome) else {
                continue;
            };
            let rule = versions.rule(evaluation.version, &evaluation.rule).map(|(_, rule)| rule);
            let Some(link) = rule.and_then(|rule| rule.link.as_ref()) else { continue };
            let of = |subject: &Subject| given.get(&(link.of.clone(), subject.clone())).copied().unwrap_or_default();
            *points = link.factor.of(linked.sources.iter().map(of));
        }
    }
}

/// The subjects that a link names, seen from an award, each with the person of its entry.
fn bearers(
    to: &LinkTo,
    (fact, rule): (&Fact, &Rule),
    source: &Evaluation,
    organisation: &Organisation,
    waits: &mut Vec<ActorId>,
) -> Vec<(Subject, ActorId)> {
    let place = &source.place;
    let code = |kind: SubjectKind| match kind {
        SubjectKind::Window => place.window.as_deref(),
        SubjectKind::Department => place.department.as_deref(),
        SubjectKind::Hall => place.hall.as_deref(),
        SubjectKind::Person => None,
    };
    match to {
        LinkTo::Own => {
            let subject = match rule.subject {
                SubjectKind::Person => Some(Subject::Person(source.person)),
                SubjectKind::Window => place.window.clone().map(Subject::Window),
                SubjectKind::Department => place.department.clone().map(Subject::Department),
                SubjectKind::Hall => place.hall.clone().map(Subject::Hall),
            };
            subject.into_iter().map(|subject| (subject, source.person)).collect()
        }
        LinkTo::Staff(of) => {
            let Some(code) = code(*of) else { return Vec::new() };
            let staff = organisation.staff_of(*of, code, fact.occurred);
            staff.map(|person| (Subject::Person(person), person)).collect()
        }
        LinkTo::Post(post, of) => {
            let holder = code(*of).and_then(|code| organisation.post_holder(post, (*of, code), fact.occurred));
            let Some(holder) = holder else { return Vec::new() };
            let person = organisation.canonical(holder);
            if organisation.actor_kind(person) == ActorKind::Unknown {
                waits.push(holder.plain);
            }
            vec![(Subject::Person(person), person)]
        }
    }
}
