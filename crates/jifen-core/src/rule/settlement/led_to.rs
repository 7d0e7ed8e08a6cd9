//! What a rule's points and facts lead to: sheets, scores, grades, cards, honours, payouts, directly or by way of others.

use std::collections::BTreeSet;

use super::{Basis, Figure, Gate, Plan, Source, Way};

impl Plan {
    /// Ids of everything that what `from` gives leads to, `from` among them.
    pub fn led_to<'a>(&'a self, from: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let (mut reached, reads) = (from.into_iter().collect::<BTreeSet<_>>(), self.reads());
        loop {
            let further = reads
                .iter()
                .filter(|(id, reads)| !reached.contains(id) && reads.iter().any(|read| reached.contains(read)));
            let further: Vec<&str> = further.map(|(id, _)| *id).collect();
            if further.is_empty() {
                return reached;
            }
            reached.extend(further);
        }
    }

    /// Each definition and what it reads.
    fn reads(&self) -> Vec<(&str, Vec<&str>)> {
        let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
        for composite in &self.composites {
            all.push((&composite.face.id, composite.parts.iter().flat_map(|part| of_figure(&part.figure)).collect()));
        }
        all.extend(self.grades.iter().map(|grade| (grade.face.id.as_str(), of_basis(&grade.basis))));
        for veto in &self.vetoes {
            all.push((&veto.face.id, names(&veto.counted.rules)));
        }
        all.extend(self.cards.iter().map(|card| (card.face.id.as_str(), names(&card.counted.rules))));
        for honour in &self.honours {
            let mut reads = of_basis(&honour.basis);
            for gate in &honour.gates {
                match gate {
                    Gate::Score { figure, .. } => reads.extend(of_figure(figure)),
                    Gate::Grade { grade, .. } => reads.push(grade),
                    Gate::Facts { counted, .. } => reads.extend(names(&counted.rules)),
                    Gate::Titles { honour, .. } => reads.push(honour),
                }
            }
            all.push((&honour.face.id, reads));
        }
        for payout in &self.payouts {
            let reads = match &payout.way {
                Way::Pool { basis, .. } | Way::PerPoint { basis, .. } => of_basis(basis),
                Way::Grade { grade, .. } => vec![grade.as_str()],
                Way::Title { honour, .. } => vec![honour.as_str()],
                Way::Allowance { cuts, .. } => cuts.iter().flat_map(|cut| names(&cut.counted.rules)).collect(),
            };
            all.push((&payout.face.id, reads));
        }
        all
    }
}

fn names(rules: &[String]) -> Vec<&str> {
    rules.iter().map(String::as_str).collect()
}

fn of_basis(basis: &Basis) -> Vec<&str> {
    of_source(&basis.source)
}

fn of_figure(figure: &Figure) -> Vec<&str> {
    of_source(&figure.source)
}

fn of_source(source: &Source) -> Vec<&str> {
    match source {
        Source::Sheet(id) | Source::Composite(id) => vec![id],
        Source::Rules { rules, .. } => names(rules),
    }
}
