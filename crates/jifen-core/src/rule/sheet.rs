//! Score sheets: a base, items that rules point at, and what limits them. What a sheet settles to is a function of its items' sums.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::{points::Points, time::Grain};

use super::{BaseOf, Dimension, HalfDays, Language, Presence, Scope, SubjectKind};

/// A checked score sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Its id; no rule of the set has it.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// Dimension of its own entries; items may have another.
    pub dimension: Dimension,
    /// Whose sheet it is.
    pub subject: SubjectKind,
    /// How long it runs; never [`Grain::All`].
    pub period: Grain,
    /// Who has one, by where a subject belongs at the period's end; `matters` is empty.
    pub scope: Scope,
    /// Points everybody begins with.
    pub base: Points,
    /// The score never falls below it.
    pub floor: Option<Points>,
    /// The score never rises above it.
    pub cap: Option<Points>,
    /// Gains of all bonus items together never exceed it.
    pub bonus_cap: Option<Points>,
    /// The items, in the order of the file; ids are unique.
    pub items: Vec<Item>,
    /// How it looks at the days somebody was there.
    pub presence: Option<Presence>,
}

/// A part of a sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its id, unique in the sheet.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// Dimension of its clamps.
    pub dimension: Dimension,
    /// The part of the sheet's base that it is worth; 0 where it has none.
    pub base: Points,
    /// Deductions stop where base and deductions come to this.
    pub floor: Option<Points>,
    /// Base, deductions and gains together never exceed it.
    pub max: Option<Points>,
    /// Whether its gains count against the sheet's bonus cap.
    pub bonus: bool,
}

/// What the entries of one item come to before the sheet's limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct ItemSums {
    /// Points given, never negative.
    #[n(0)]
    pub gains: Points,
    /// Points taken, never positive.
    #[n(1)]
    pub deductions: Points,
}

impl ItemSums {
    /// Whether nothing was given or taken.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// An entry of a sheet's own, beside those of the rules that point at it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SheetLine {
    /// What stands as the entry's rule: `SHEET/base`, `SHEET/prorate`, `SHEET/ITEM/floor`, `SHEET/ITEM/max`, `SHEET/bonus-cap`, `SHEET/floor`, `SHEET/cap`.
    pub id: String,
    /// Its dimension.
    pub dimension: Dimension,
    /// Its points.
    pub points: Points,
}

/// The last part of the id of a sheet's base.
const BASE: &str = "base";
/// The last part of the id of what the days away take of it.
const PRORATE: &str = "prorate";

impl Sheet {
    /// The sheet's own entries for these sums: the base, and what each limit takes or gives back, in the order they are applied. With
    /// the entries of its rules they sum to the score.
    ///
    /// Where `days` are given, the base counts by the part of them somebody was there: that of the sheet and those of its items, whose
    /// floors stop as many points below. Per item deductions stop at the floor, then gains are added, then the item's maximum holds; then the bonus cap, at last floor
    /// and cap of the sheet. Every step is a function of sums, so the order of facts cannot show.
    pub fn settle(&self, sums: &BTreeMap<String, ItemSums>, days: Option<HalfDays>) -> Vec<SheetLine> {
        let part = |points: Points| self.prorating(days).map_or(points, |days| days.part_of(points));
        let base = part(self.base);
        let mut lines = vec![
            self.line(&[BASE], self.dimension, self.base),
            self.line(&[PRORATE], self.dimension, base - self.base),
        ];
        let (mut score, mut bonus) = (base, Points::ZERO);
        for item in &self.items {
            let ItemSums { gains, deductions } = sums.get(&item.id).copied().unwrap_or_default();
            let base = part(item.base);
            let left = base + deductions;
            // Without a base a floor says how much is taken at most, which no day away changes.
            let floor = item.floor.map(|floor| if item.base == Points::ZERO { floor } else { part(floor) });
            let floored = floor.map_or(left, |floor| left.max(floor));
            let full = floored + gains;
            // As many gains fit as above the whole base.
            let limited = item.max.map_or(full, |max| full.min(base + (max - item.base)));
            lines.push(self.line(&[&item.id, "floor"], item.dimension, floored - left));
            lines.push(self.line(&[&item.id, "max"], item.dimension, limited - full));
            score += limited - base;
            if item.bonus {
                bonus += limited - floored;
            }
        }
        let bonus_cut = self.bonus_cap.map_or(Points::ZERO, |cap| cap.min(bonus) - bonus);
        score += bonus_cut;
        lines.push(self.line(&["bonus-cap"], self.dimension, bonus_cut));
        let floored =
            self.floor.map_or(score, |floor| score.max(if floor > Points::ZERO { part(floor) } else { floor }));
        lines.push(self.line(&["floor"], self.dimension, floored - score));
        let capped = self.cap.map_or(floored, |cap| floored.min(cap));
        lines.push(self.line(&["cap"], self.dimension, capped - floored));
        lines.retain(|line| line.points != Points::ZERO);
        lines
    }

    /// The days by which the base is prorated, where it is.
    fn prorating(&self, days: Option<HalfDays>) -> Option<HalfDays> {
        days.filter(|_| self.presence.as_ref().is_some_and(|presence| presence.base == BaseOf::Prorated))
    }

    /// The item of this id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The id of its base's entry.
    pub fn base_line(&self) -> String {
        format!("{}/{BASE}", self.id)
    }

    /// Whether an entry's rule is the sheet's base: points everybody begins with, not a limit.
    pub fn is_base(line: &str) -> bool {
        line.rsplit_once('/').is_some_and(|(_, last)| last == BASE)
    }

    /// Whether an entry's rule says what everybody begins with: the base, or what the days away take of it.
    pub fn is_beginning(line: &str) -> bool {
        line.rsplit_once('/').is_some_and(|(_, last)| matches!(last, BASE | PRORATE))
    }

    fn line(&self, parts: &[&str], dimension: Dimension, points: Points) -> SheetLine {
        SheetLine { id: format!("{}/{}", self.id, parts.join("/")), dimension, points }
    }

    /// What one of the sheet's own entries is called: `月度评分：基础分`, `出勤值勤：扣完为止`.
    pub fn line_title(&self, line: &str, language: Language) -> Option<String> {
        let rest = line.strip_prefix(self.id.as_str())?.strip_prefix('/')?;
        let title = |chinese: &String, english: &Option<String>| match language {
            Language::Chinese => chinese.clone(),
            Language::English => english.clone().unwrap_or_else(|| chinese.clone()),
        };
        let (of, what) = match rest.split_once('/') {
            None => (title(&self.title, &self.title_en), rest),
            Some((item, what)) => {
                let item = self.item(item)?;
                (title(&item.title, &item.title_en), what)
            }
        };
        let (chinese, english) = match what {
            BASE => ("基础分", "base"),
            PRORATE => ("按在岗天数折算", "by the days there"),
            "floor" => ("扣完为止", "floor"),
            "max" => ("该项最高分", "maximum of the item"),
            "bonus-cap" => ("附加分封顶", "bonus cap"),
            "cap" => ("总分封顶", "cap of the score"),
            _ => return None,
        };
        Some(match language {
            Language::Chinese => format!("{of}：{chinese}"),
            Language::English => format!("{of}: {english}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        expression::Expression,
        fact::FactKind,
        rule::{Joiners, facts::FactSchema},
    };

    fn item(id: &str, base: i64, floor: Option<i64>, max: Option<i64>, bonus: bool) -> Item {
        let [floor, max] = [floor, max].map(|limit| limit.map(Points));
        let title = id.to_owned();
        Item {
            id: id.to_owned(),
            title,
            title_en: None,
            dimension: Dimension::Quality,
            base: Points(base),
            floor,
            max,
            bonus,
        }
    }

    fn sheet(base: i64, floor: Option<i64>, cap: Option<i64>, bonus_cap: Option<i64>, items: Vec<Item>) -> Sheet {
        let [floor, cap, bonus_cap] = [floor, cap, bonus_cap].map(|limit| limit.map(Points));
        Sheet {
            id: "s".to_owned(),
            title: "s".to_owned(),
            title_en: None,
            dimension: Dimension::Quality,
            subject: SubjectKind::Person,
            period: Grain::Month,
            scope: Scope::default(),
            base: Points(base),
            floor,
            cap,
            bonus_cap,
            items,
            presence: None,
        }
    }

    fn sums(items: &[(&str, i64, i64)]) -> BTreeMap<String, ItemSums> {
        let sums = items.iter().map(|(id, gains, deductions)| {
            ((*id).to_owned(), ItemSums { gains: Points(*gains), deductions: Points(*deductions) })
        });
        sums.collect()
    }

    /// The score: the sheet's own entries and those of its rules.
    fn score(sheet: &Sheet, sums: &BTreeMap<String, ItemSums>) -> i64 {
        let own: i64 = sheet.settle(sums, None).iter().map(|line| line.points.0).sum();
        own + sums.values().map(|sums| sums.gains.0 + sums.deductions.0).sum::<i64>()
    }

    #[test]
    fn deductions_stop_before_gains_are_added() {
        let sheet = sheet(6, Some(0), None, None, vec![item("info", 6, Some(0), None, false)]);
        for (gains, deductions, expected) in [(15, -8, 15), (15, -6, 15), (15, -2, 19), (0, -8, 0), (0, 0, 6)] {
            assert_eq!(score(&sheet, &sums(&[("info", gains, deductions)])), expected);
        }
    }

    #[test]
    fn each_limit_is_a_line_of_its_own() {
        let items = vec![item("a", 20, Some(5), Some(25), false), item("b", 0, None, None, true)];
        let sheet = sheet(100, Some(60), Some(101), Some(5), items);
        let lines = |sums: &[(&str, i64, i64)]| {
            let lines = sheet.settle(&self::sums(sums), None).into_iter();
            lines.map(|line| format!("{} {}", line.id, line.points.0)).collect::<Vec<_>>()
        };
        assert_eq!(lines(&[]), ["s/base 100"]);
        assert_eq!(lines(&[("a", 30, -18)]), ["s/base 100", "s/a/floor 3", "s/a/max -10", "s/cap -4"]);
        assert_eq!(lines(&[("b", 9, -60)]), ["s/base 100", "s/bonus-cap -4", "s/floor 15"]);
    }

    fn prorated(base: i64, items: Vec<Item>, min_days: Option<i64>) -> Sheet {
        let away = Expression::compile("fact.excused", &FactSchema(&FactKind::Attendance.into())).expect("a condition");
        let leave = std::collections::BTreeSet::new();
        let presence =
            Presence { away, leave, joiners: Joiners::Present, base: BaseOf::Prorated, calendar: None, min_days };
        Sheet { presence: Some(presence), ..sheet(base, Some(0), None, None, items) }
    }

    #[test]
    fn a_base_counts_by_the_days_there() {
        let items = vec![item("a", 15_000, Some(0), Some(20_000), false), item("b", 0, Some(-10_000), None, false)];
        let sheet = prorated(100_000, items, None);
        let lines = |due, away, sums: &[(&str, i64, i64)]| {
            let lines = sheet.settle(&self::sums(sums), HalfDays::new(due, away)).into_iter();
            lines.map(|line| format!("{} {}", line.id, line.points.0)).collect::<Vec<_>>()
        };
        assert_eq!(lines(44, 0, &[]), ["s/base 100000"]);
        assert_eq!(lines(44, 22, &[]), ["s/base 100000", "s/prorate -50000"]);
        assert_eq!(lines(42, 1, &[]), ["s/base 100000", "s/prorate -2381"], "100 × 41 ÷ 42 = 97.619");
        assert_eq!(lines(44, 60, &[]), ["s/base 100000", "s/prorate -100000"], "never below nothing");
        assert_eq!(lines(0, 0, &[]), ["s/base 100000"], "where no day is due, none is missed");
        // An item of 15 is one of 7.5: what is taken beyond that comes back.
        assert_eq!(lines(44, 22, &[("a", 0, -9_000)]), ["s/base 100000", "s/prorate -50000", "s/a/floor 1500"]);
        // Above its base 5 points fit, as ever.
        assert_eq!(lines(44, 22, &[("a", 6_000, 0)]), ["s/base 100000", "s/prorate -50000", "s/a/max -1000"]);
        assert_eq!(lines(44, 22, &[("b", 0, -12_000)]), ["s/base 100000", "s/prorate -50000", "s/b/floor 2000"]);
    }

    prop_compose! {
        fn limited()(limits in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
            base in 0..100_i64, part in 0..100_i64, down in 0..50_i64, up in 0..50_i64) -> Sheet {
            let (floored, capped, limited, item_floored, item_capped, bonus) = limits;
            let items = vec![
                item("a", part.min(base), item_floored.then_some(part.min(base) - down), item_capped.then_some(part.min(base) + up), bonus),
                item("b", 0, capped.then_some(-down), None, true),
            ];
            sheet(base, floored.then_some(base - down), capped.then_some(base + up), limited.then_some(up), items)
        }
    }

    proptest! {
        #[test]
        fn a_score_lies_within_its_limits(sheet in limited(), gains in 0..200_i64, deductions in -200..=0_i64, other in -50..50_i64) {
            let sums = sums(&[("a", gains, deductions), ("b", other.max(0), other.min(0))]);
            let score = score(&sheet, &sums);
            prop_assert!(sheet.floor.is_none_or(|floor| score >= floor.0));
            prop_assert!(sheet.cap.is_none_or(|cap| score <= cap.0));
        }

        #[test]
        fn a_greater_deduction_never_raises_a_score(sheet in limited(), gains in 0..200_i64, deductions in -200..=0_i64, more in 0..50_i64, other in 0..50_i64) {
            let before = sums(&[("a", gains, deductions), ("b", other, 0)]);
            let after = sums(&[("a", gains, deductions - more), ("b", other, 0)]);
            prop_assert!(score(&sheet, &after) <= score(&sheet, &before));
        }

        #[test]
        fn a_day_more_away_never_raises_a_score(
            base in 0..100_000_i64, part in 0..100_000_i64, floor in 0..100_000_i64, due in 1..60_i64, away in 0..60_i64, more in 0..9_i64,
            gains in 0..50_000_i64, deductions in -200_000..=0_i64,
        ) {
            let part = part.min(base);
            let sheet = prorated(base, vec![item("a", part, Some(floor.min(part)), Some(part + 9), false)], None);
            let of = |away| {
                let sums = sums(&[("a", gains, deductions)]);
                let own: i64 = sheet.settle(&sums, HalfDays::new(due, away)).iter().map(|line| line.points.0).sum();
                own + gains + deductions
            };
            // The sheet's base and the item's are each rounded once, so that one of them may move a thousandth ahead.
            prop_assert!(of(away + more) <= of(away) + 1);
            prop_assert!(of(0) <= of(away) + base, "never more is taken than the base");
        }

        #[test]
        fn a_greater_gain_never_lowers_a_score(sheet in limited(), gains in 0..200_i64, deductions in -200..=0_i64, more in 0..50_i64) {
            let before = sums(&[("a", gains, deductions)]);
            let after = sums(&[("a", gains + more, deductions)]);
            prop_assert!(score(&sheet, &after) >= score(&sheet, &before));
        }
    }
}
