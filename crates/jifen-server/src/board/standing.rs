//! A subject's sums on one board, from its rollup rows. Ranks are `leaderboard`'s.

use std::collections::BTreeMap;

use jifen_core::{
    ledger::Subject,
    points::{Points, divide_half_away},
    rollup::Rollup,
    rule::Dimension,
};
use jifen_store::BoardRow;
use serde::{Deserialize, Serialize};

/// Counting row of every fact any rule looked at.
const EVERY_FACT: &str = "";
/// Counting row of counter services.
const SERVICES: &str = "#service";

/// Which rows count.
#[derive(Clone, Debug, Default)]
pub(super) struct Selected {
    pub(super) rule: Option<String>,
    pub(super) dimension: Option<Dimension>,
}

/// One subject's sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) sum: Rollup,
    pub(super) facts: i64,
    pub(super) services: i64,
    pub(super) dimensions: [Points; 4],
    pub(super) rules: BTreeMap<String, (Dimension, Rollup)>,
}

/// Points per dimension.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DimensionPoints {
    /// 效率.
    pub efficiency: String,
    /// 质量.
    pub quality: String,
    /// 创新.
    pub innovation: String,
    /// 协同.
    pub collaboration: String,
}

impl Standing {
    /// Posted and provisional points together.
    pub(super) fn points(&self) -> Points {
        self.sum.posted() + self.sum.provisional()
    }

    pub(super) fn own_points(&self) -> Points {
        self.sum.own_posted + self.sum.own_provisional
    }

    pub(super) fn members_points(&self) -> Points {
        self.sum.members_posted + self.sum.members_provisional
    }

    /// Points per service with two places, rounded half away from zero; `None` without services.
    pub(super) fn points_per_service(&self) -> Option<String> {
        if self.services <= 0 {
            return None;
        }
        let hundredths = divide_half_away(i128::from(self.points().0), i128::from(self.services) * 10);
        let sign = if hundredths < 0 { "-" } else { "" };
        let size = hundredths.unsigned_abs();
        Some(format!("{sign}{}.{:02}", size / 100, size % 100))
    }

    pub(super) fn dimension_points(&self) -> DimensionPoints {
        let of = |dimension: Dimension| self.dimensions[dimension as usize].to_string();
        DimensionPoints {
            efficiency: of(Dimension::Efficiency),
            quality: of(Dimension::Quality),
            innovation: of(Dimension::Innovation),
            collaboration: of(Dimension::Collaboration),
        }
    }

    fn is_listed(&self, selected: &Selected) -> bool {
        let has_rule = selected.rule.is_none() || !self.rules.is_empty();
        has_rule && (self.facts != 0 || !self.sum.is_zero())
    }

    fn add(&mut self, row: BoardRow, selected: &Selected) {
        let Some(dimension) = row.dimension else {
            match row.rule.as_str() {
                EVERY_FACT if selected.rule.is_none() => self.facts += row.rollup.facts,
                SERVICES => self.services += row.rollup.facts,
                _ => {}
            }
            return;
        };
        let wanted = selected.rule.as_ref().is_none_or(|rule| *rule == row.rule)
            && selected.dimension.is_none_or(|wanted| wanted == dimension);
        if !wanted || row.rollup.is_zero() {
            return;
        }
        if selected.rule.is_some() {
            self.facts += row.rollup.facts;
        }
        self.sum += Rollup { facts: 0, ..row.rollup };
        self.dimensions[dimension as usize] += row.rollup.posted() + row.rollup.provisional();
        self.rules.entry(row.rule).or_insert((dimension, Rollup::default())).1 += row.rollup;
    }
}

/// Sums rows per subject; subjects without facts and points are left out.
pub(super) fn standings(rows: Vec<BoardRow>, selected: &Selected) -> BTreeMap<Subject, Standing> {
    let mut standings: BTreeMap<Subject, Standing> = BTreeMap::new();
    for row in rows {
        standings.entry(row.subject.clone()).or_default().add(row, selected);
    }
    standings.retain(|_, standing| standing.is_listed(selected));
    standings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rule: &str, dimension: Option<Dimension>, points: i64, facts: i64) -> BoardRow {
        let rollup = Rollup { own_posted: Points(points), facts, ..Rollup::default() };
        BoardRow { subject: Subject::Window("1".to_owned()), rule: rule.to_owned(), dimension, rollup }
    }

    fn one(selected: Selected) -> Standing {
        let rows = vec![
            row("", None, 0, 3),
            row("#service", None, 0, 2),
            row("fast", Some(Dimension::Efficiency), 10_000, 2),
            row("liked", Some(Dimension::Quality), -3_000, 1),
            row("never", Some(Dimension::Innovation), 0, 1),
        ];
        standings(rows, &selected).remove(&Subject::Window("1".to_owned())).expect("listed")
    }

    #[test]
    fn sums_what_is_selected() {
        let all = one(Selected::default());
        assert_eq!((all.points(), all.facts, all.services), (Points(7_000), 3, 2));
        assert_eq!(all.points_per_service().as_deref(), Some("3.50"));
        let rule = one(Selected { rule: Some("fast".to_owned()), dimension: None });
        assert_eq!((rule.points(), rule.facts), (Points(10_000), 2));
        let quality = one(Selected { rule: None, dimension: Some(Dimension::Quality) });
        assert_eq!((quality.points(), quality.facts), (Points(-3_000), 3));
        assert_eq!(quality.points_per_service().as_deref(), Some("-1.50"));
    }

    #[test]
    fn a_fact_that_gave_nothing_is_listed_under_its_rule() {
        let never = one(Selected { rule: Some("never".to_owned()), dimension: None });
        assert_eq!((never.points(), never.facts), (Points::ZERO, 1));
        let other = Selected { rule: Some("other".to_owned()), dimension: None };
        assert!(standings(vec![row("", None, 0, 3)], &other).is_empty());
    }
}
