//! Exemptions on verdicts: where one holds, or a leave or training that a rule spares, its deduction is not made, and the verdict says why.

use super::{Outcome, Scoring, Versions};
use crate::{
    fact::Fact,
    points::Points,
    roster::{Asked, Organisation},
};

impl Scoring {
    /// Takes out the deductions from which somebody is exempt.
    pub fn exempt(&mut self, fact: &Fact, versions: &Versions, organisation: &Organisation) {
        if !organisation.has_exemptions() {
            return;
        }
        for pooled in &mut self.pooled {
            let version = versions.in_force(pooled.period.first).find(|version| version.set.id == pooled.set);
            let reclasses = version.map_or(&[][..], |version| version.set.reclasses.as_slice());
            let (place, person) = (&fact.place, pooled.person);
            let asked = Asked { time: fact.occurred, place, matter: fact.matter.as_deref(), person };
            pooled.by.retain(|id| {
                let reclass = reclasses.iter().find(|reclass| reclass.id == *id);
                reclass.is_none_or(|reclass| organisation.exemption(&reclass.exempt, &asked).is_none())
            });
        }
        self.pooled.retain(|pooled| !pooled.by.is_empty());
        for evaluation in &mut self.evaluations {
            let Outcome::Award { points, .. } = &mut evaluation.outcome else { continue };
            let rule = versions.rule(evaluation.version, &evaluation.rule).map(|(_, rule)| rule);
            let Some(categories) = rule.map(|rule| &rule.exempt).filter(|_| *points < Points::ZERO) else { continue };
            let (place, person) = (&evaluation.place, evaluation.person);
            let asked = Asked { time: fact.occurred, place, matter: fact.matter.as_deref(), person };
            if let Some(exempt) = organisation.exemption(categories, &asked) {
                *points = Points::ZERO;
                // What is not taken is no time that counts, and takes nobody's place.
                (evaluation.repeated, evaluation.contested) = (None, None);
                let reason = (evaluation.rule.clone(), exempt.reason());
                if !self.not_evaluable.contains(&reason) {
                    self.not_evaluable.push(reason);
                }
            }
        }
    }
}
