//! A subject's sums on one board, from its rollup rows and from changes of them. Ranks are `table`'s.

use std::collections::BTreeMap;

use jifen_core::{
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
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Selected {
    pub(super) rule: Option<String>,
    pub(super) dimension: Option<Dimension>,
}

/// One subject's sums.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Standing {
    pub(super) sum: Rollup,
    pub(super) facts: i64,
    pub(super) services: i64,
    pub(super) dimensions: [Points; 4],
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

    /// Whether there is anything to show.
    pub(super) fn is_listed(&self) -> bool {
        self.facts != 0 || !self.sum.is_zero()
    }

    /// Adds a row of a rule or count, or a change of one.
    pub(super) fn add(&mut self, row: Rollup, counted: Counted) {
        match counted {
            Counted::Not => {}
            Counted::Facts => self.facts += row.facts,
            Counted::Services => self.services += row.facts,
            Counted::Points { dimension, facts } => {
                self.facts += if facts { row.facts } else { 0 };
                self.sum += Rollup { facts: 0, ..row };
                self.dimensions[dimension as usize] += row.posted() + row.provisional();
            }
        }
    }
}

/// As what a row is counted on a board.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Counted {
    Not,
    /// The facts that any rule looked at.
    Facts,
    /// The services among them.
    Services,
    /// The points of a rule, and the facts it looked at where it is the only one.
    Points {
        dimension: Dimension,
        facts: bool,
    },
}

/// What is known of a row by its rule alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct RuleOn {
    /// As what it is counted where it has no dimension.
    count: Counted,
    is_selected: bool,
}

impl Selected {
    /// What rows of a rule or count are to this board.
    pub(super) fn rule(&self, rule: &str) -> RuleOn {
        let count = match rule {
            EVERY_FACT if self.rule.is_none() => Counted::Facts,
            SERVICES => Counted::Services,
            _ => Counted::Not,
        };
        RuleOn { count, is_selected: self.rule.as_ref().is_none_or(|wanted| wanted == rule) }
    }

    /// As what a row of that rule is counted.
    pub(super) fn counted(&self, rule: RuleOn, dimension: Option<Dimension>) -> Counted {
        let Some(dimension) = dimension else { return rule.count };
        match rule.is_selected && self.dimension.is_none_or(|wanted| wanted == dimension) {
            true => Counted::Points { dimension, facts: self.rule.is_some() },
            false => Counted::Not,
        }
    }
}

/// What one subject has of every rule.
pub(super) fn by_rule(rows: &[BoardRow]) -> BTreeMap<String, (Dimension, Rollup)> {
    let mut rules: BTreeMap<String, (Dimension, Rollup)> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.rollup.is_zero()) {
        if let Some(dimension) = row.dimension {
            rules.entry(row.rule.clone()).or_insert((dimension, Rollup::default())).1 += row.rollup;
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(selected: &Selected) -> Standing {
        let mut standing = Standing::default();
        for (rule, dimension, points, facts) in [
            ("", None, 0, 3),
            ("#service", None, 0, 2),
            ("fast", Some(Dimension::Efficiency), 10_000, 2),
            ("liked", Some(Dimension::Quality), -3_000, 1),
            ("never", Some(Dimension::Innovation), 0, 1),
        ] {
            let rollup = Rollup { own_posted: Points(points), facts, ..Rollup::default() };
            standing.add(rollup, selected.counted(selected.rule(rule), dimension));
        }
        standing
    }

    #[test]
    fn sums_what_is_selected() {
        let all = one(&Selected::default());
        assert_eq!((all.points(), all.facts, all.services), (Points(7_000), 3, 2));
        assert_eq!(all.points_per_service().as_deref(), Some("3.50"));
        let rule = one(&Selected { rule: Some("fast".to_owned()), dimension: None });
        assert_eq!((rule.points(), rule.facts), (Points(10_000), 2));
        let quality = one(&Selected { rule: None, dimension: Some(Dimension::Quality) });
        assert_eq!((quality.points(), quality.facts), (Points(-3_000), 3));
        assert_eq!(quality.points_per_service().as_deref(), Some("-1.50"));
    }

    #[test]
    fn a_fact_that_gave_nothing_is_listed_under_its_rule() {
        let never = one(&Selected { rule: Some("never".to_owned()), dimension: None });
        assert_eq!((never.points(), never.facts), (Points::ZERO, 1));
        assert!(never.is_listed());
        assert!(!one(&Selected { rule: Some("other".to_owned()), dimension: None }).is_listed());
    }
}
