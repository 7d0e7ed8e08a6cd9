//! The most a rule gives one subject on one day, as far as its text bounds it: what a book may cost, before anything has happened.

use crate::{
    both,
    language::{Language, Words},
    points::Points,
};

use super::{
    Measure, Plan, Repeat, RepeatStep, Rule, RuleSet, SubjectKind,
    amount::{Amount, Times, multiplied},
    coefficient::ONE,
    per_unit::PerUnit,
    words,
};

/// The most a rule gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Most {
    /// It gives nothing; it may take.
    Nothing,
    /// So much on a day, whatever happens.
    Day(Points),
    /// So much for each fact, and nothing bounds how many there are.
    Fact(Points),
    /// Nothing in its text bounds it.
    Open,
}

/// What the rules for one kind of subject give together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayMost<'a> {
    /// Whom they are for.
    pub subject: SubjectKind,
    /// What those with a bound give one subject on one day at most; what sheets begin with is not counted.
    pub bounded: Points,
    /// Those without.
    pub open: Vec<&'a Rule>,
}

impl Most {
    /// `一天至多加 5 分`.
    pub fn words(self, language: Language) -> String {
        match self {
            Self::Nothing => language.choose("不加分".to_owned(), "gives no points".to_owned()),
            Self::Day(points) => {
                language.choose(format!("一天至多加 {points} 分"), format!("at most {points} points a day"))
            }
            Self::Fact(points) => language.choose(
                format!("每件至多加 {points} 分，件数不限"),
                format!("at most {points} points a fact, for as many as there are"),
            ),
            Self::Open => language.choose("加分没有上限".to_owned(), "no bound on what it gives".to_owned()),
        }
    }

    /// With each award multiplied, rounded as an award is.
    fn times(self, multiply: impl Fn(Points) -> Points) -> Self {
        match self {
            Self::Day(points) => Self::Day(multiply(points)),
            Self::Fact(points) => Self::Fact(multiply(points)),
            Self::Nothing | Self::Open => self,
        }
    }
}

impl DayMost<'_> {
    /// `每人一天至多加 12 分`; `None` where no rule gives anything.
    pub fn words(&self) -> Option<Words> {
        let ((zh, en), bounded) = (words::subject(self.subject), self.bounded);
        let ids = self.open.iter().map(|rule| format!("`{}`", rule.id)).collect::<Vec<_>>().join(" ");
        match (bounded, self.open.is_empty()) {
            (Points::ZERO, true) => None,
            (_, true) => Some(both!("每{zh}一天至多加 {bounded} 分", "at most {bounded} points per {en} and day")),
            (Points::ZERO, false) => {
                Some(both!("每{zh}一天加分不封顶：{ids}", "no bound on what a day gives a {en}: {ids}"))
            }
            (_, false) => Some(both!(
                "每{zh}一天加分不封顶：{ids}；其余至多 {bounded} 分",
                "no bound on what a day gives a {en}: {ids}; the others at most {bounded} points"
            )),
        }
    }
}

impl RuleSet {
    /// The most one of its rules gives.
    pub fn most(&self, rule: &Rule) -> Most {
        let Some(link) = &rule.link else { return rule.most() };
        let of = self.rule(&link.of).map_or(Most::Open, Rule::most);
        // Whoever bears a part of several subjects' points bears one of each.
        let each = match of.times(|points| link.factor.of([points].into_iter())) {
            Most::Day(points) => Most::Fact(points),
            other => other,
        };
        rule.capped(each)
    }

    /// The most that the rules for one kind of subject give together.
    pub fn day_most(&self, subject: SubjectKind) -> DayMost<'_> {
        let mut found = DayMost { subject, bounded: Points::ZERO, open: Vec::new() };
        for rule in self.rules.iter().filter(|rule| rule.subject == subject) {
            match self.most(rule) {
                Most::Nothing => {}
                Most::Day(points) => found.bounded = Points(found.bounded.0.saturating_add(points.0)),
                Most::Fact(_) | Most::Open => found.open.push(rule),
            }
        }
        found
    }
}

impl Rule {
    /// Whether it never gives or takes a point: it is there to be counted.
    pub(super) fn is_worthless(&self) -> bool {
        self.link.is_none() && self.amount == Amount::Fixed(Points::ZERO)
    }

    /// The most it gives; of a link [`RuleSet::most`] knows more.
    fn most(&self) -> Most {
        let amount = match self.most_amount() {
            Some(Points::ZERO) => return Most::Nothing,
            Some(points) => match (&self.plan, &self.times) {
                (_, Some(Times::Value(_))) => Most::Open,
                (Plan::PerPeriod { .. }, Some(Times::Facts)) | (Plan::PerFact, _) => Most::Fact(points),
                (Plan::PerPeriod { .. }, None) => Most::Day(points),
            },
            None => Most::Open,
        };
        let weighed = match &self.plan {
            Plan::PerFact => amount.times(|points| self.most_weight(points)),
            // Coefficients weigh what is measured, not what is given for it.
            Plan::PerPeriod { .. } => amount,
        };
        let repeated = weighed.times(|points| self.repeat.as_ref().map_or(points, |repeat| repeat.most(points)));
        self.capped(repeated)
    }

    /// Under its own cap, whose period is a day at least.
    fn capped(&self, most: Most) -> Most {
        match (self.cap.and_then(|cap| cap.max), most) {
            (Some(Points::ZERO), _) | (_, Most::Nothing) => Most::Nothing,
            (Some(max), Most::Day(points)) => Most::Day(points.min(max)),
            (Some(max), Most::Fact(_) | Most::Open) => Most::Day(max),
            (None, most) => most,
        }
    }

    /// The most of one fact or period before multipliers; `None`: nothing bounds it.
    fn most_amount(&self) -> Option<Points> {
        let most = |points: &mut dyn Iterator<Item = Points>| points.max().unwrap_or_default().max(Points::ZERO);
        match &self.amount {
            Amount::Fixed(points) => Some((*points).max(Points::ZERO)),
            Amount::Banded(bands) => Some(most(&mut bands.edged.iter().map(|(_, points)| *points).chain([bands.last]))),
            Amount::Table(table) => Some(most(&mut table.rows.iter().map(|(_, points)| *points))),
            Amount::Range(range) => {
                let ends = [range.from, range.to].map(|chosen| multiplied(range.points, chosen));
                Some(most(&mut ends.into_iter().collect::<Option<Vec<_>>>()?.into_iter()))
            }
            Amount::PerUnit(per_unit) => self.most_units(per_unit),
        }
    }

    /// What lies furthest beyond a threshold: a rate lies between nothing and all.
    fn most_units(&self, per_unit: &PerUnit) -> Option<Points> {
        if per_unit.points <= Points::ZERO {
            return Some(Points::ZERO);
        }
        match &self.plan {
            Plan::PerPeriod { measure: Measure::Rate { .. }, .. } => {
                Some(per_unit.points_of(0, 1)?.max(per_unit.points_of(1, 1)?))
            }
            Plan::PerFact | Plan::PerPeriod { .. } => None,
        }
    }

    fn most_weight(&self, points: Points) -> Points {
        let Some(coefficient) = &self.coefficient else { return points };
        let most = coefficient.rows.values().copied().chain(coefficient.default).max().unwrap_or(ONE);
        points.scale(most, ONE)
    }
}

impl Repeat {
    /// The most that points come to, whichever time it is.
    fn most(&self, points: Points) -> Points {
        let before = self.steps.first().is_none_or(|first| first.from > 1).then_some(RepeatStep::ONCE);
        self.steps.iter().copied().chain(before).map(|step| step.of(points)).max().unwrap_or(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::parse;

    fn most(rule: &str) -> Most {
        let head = "format = 1\n[ruleset]\nid = \"r\"\ntitle = \"规则\"\n[[rule]]\nid = \"a\"\ntitle = \"规则\"\ndimension = \"quality\"\nsubject = \"person\"\n";
        let set = parse(&format!("{head}{rule}")).expect("a sound file");
        set.most(&set.rules[0])
    }

    #[test]
    fn what_a_text_bounds_is_bounded() {
        let points = Points::parse;
        let of = |text: &str| points(text).expect("points");
        let rating = "on = \"rating\"\n";
        for (rule, expected) in [
            ("points = -4", Most::Nothing),
            ("points = 3", Most::Fact(of("3"))),
            ("points = 3\ncap = { per = \"day\", max = 10 }", Most::Day(of("10"))),
            ("points = 3\ncap = { per = \"month\", max = 10 }", Most::Day(of("10"))),
            ("points = 3\ncap = { per = \"day\", max = 0 }", Most::Nothing),
            ("points = 3\ntimes = \"fact.level\"", Most::Open),
            ("points = 3\ntimes = \"fact.level\"\ncap = { per = \"day\", max = 7 }", Most::Day(of("7"))),
            ("points = 3\nrepeat = { per = \"month\", steps = [{ from = 5, factor = 2 }] }", Most::Fact(of("6"))),
            (
                "points = 3\nrepeat = { per = \"month\", steps = [{ from = 1, factor = \"0.5\" }] }",
                Most::Fact(of("1.5")),
            ),
            ("value = \"fact.level\"\nrange = { from = 1, to = 5, points = 2 }", Most::Fact(of("10"))),
            ("value = \"fact.level\"\nper_unit = { over = 2, unit = 1, points = 1, partial = \"floor\" }", Most::Open),
            (
                "value = \"fact.level\"\nper_unit = { over = 2, unit = 1, points = -1, partial = \"floor\" }",
                Most::Nothing,
            ),
            ("key = \"fact.level\"\ntable = { 5 = 4, 1 = -4 }", Most::Fact(of("4"))),
            ("period = \"month\"\nmeasure = \"count\"\npoints = 3", Most::Day(of("3"))),
            ("period = \"month\"\nmeasure = \"count\"\npoints = 3\ntimes = \"count\"", Most::Fact(of("3"))),
            (
                "period = \"month\"\nmeasure = \"rate\"\nthat = \"fact.satisfied\"\nper_unit = { over = \"90%\", unit = \"1%\", points = 1, partial = \"floor\" }",
                Most::Day(of("10")),
            ),
        ] {
            assert_eq!(most(&format!("{rating}{rule}")), expected, "{rule}");
        }
    }

    #[test]
    fn weights_and_links_multiply() {
        let text = "format = 1\n[ruleset]\nid = \"r\"\ntitle = \"规则\"\n[[coefficient]]\nid = \"w\"\ntitle = \"系数\"\nby = \"matter\"\ndefault = 1\ntable = { company = \"2.5\" }\n\
            [[rule]]\nid = \"a\"\ntitle = \"规则\"\ndimension = \"quality\"\non = \"finding\"\nsubject = \"window\"\npoints = 2\ncoefficient = \"w\"\ncap = { per = \"day\", max = 20 }\n\
            [[rule.link]]\nid = \"chief\"\ntitle = \"首席代表\"\nto = \"post:首席代表\"\nof = \"window\"\nfactor = \"1/2\"\n";
        let set = parse(text).expect("a sound file");
        let told: Vec<Most> = set.rules.iter().map(|rule| set.most(rule)).collect();
        // The chief of several windows bears half of what each of them has.
        assert_eq!(told, [Most::Day(Points(20_000)), Most::Fact(Points(10_000))]);
        let uncapped = parse(&text.replace("cap = { per = \"day\", max = 20 }\n", "")).expect("a sound file");
        assert_eq!(uncapped.most(&uncapped.rules[0]), Most::Fact(Points(5_000)));
        let window = uncapped.day_most(SubjectKind::Window);
        assert_eq!((window.bounded, window.open.len()), (Points::ZERO, 1));
    }
}
