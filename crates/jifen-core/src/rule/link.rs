//! Links: who else gets what a rule gives its subject, with a factor (首席代表扣一半、全体扣分), each as a rule of its own, `RULE/LINK`.

use std::{collections::BTreeSet, fmt};

use toml::Spanned;

use crate::{
    both,
    event::CODE_LENGTH_MAX,
    expression::offer,
    points::{Points, divide_half_away},
};

use super::{
    Credit, Party, Plan, Rule, Scope, Sheet, SubjectKind,
    amount::Amount,
    check::{check_cap, check_id, check_title, start, word},
    check_sheet::{Pointer, item_of},
    diagnostic::Report,
    file::{LinkTable, Number},
    quantity::parse_fraction,
};

/// The most links of one rule.
const LINKS_MAX: usize = 16;
/// The largest factor.
const FACTOR_MAX: i64 = 1_000;
/// The largest denominator.
const DENOMINATOR_MAX: i64 = 1_000_000_000;
/// What stands before a post's name.
const POST: &str = "post:";

/// What makes a rule another's link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The id of the rule whose points it follows.
    pub of: String,
    /// That rule's Chinese title.
    pub of_title: String,
    /// That rule's English title.
    pub of_title_en: Option<String>,
    /// Who gets them.
    pub to: LinkTo,
    /// Which part of them.
    pub factor: Factor,
}

/// Who gets the points of a link, seen from where the rule's own points fell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkTo {
    /// The credited person, or the window, department or hall, by the kind of the link's subject.
    Own,
    /// Everybody who belongs to the window, department or hall.
    Staff(SubjectKind),
    /// Whoever holds a post of the window, department or hall.
    Post(String, SubjectKind),
}

/// A part or multiple of points, in lowest terms, above 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Factor {
    /// Above 0.
    pub numerator: i64,
    /// Above 0.
    pub denominator: i64,
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

impl Factor {
    /// A sum of awards multiplied, rounded once, half away from zero.
    pub fn of(self, awards: impl Iterator<Item = Points>) -> Points {
        let sum: i128 = awards.map(|points| i128::from(points.0)).sum();
        let points = divide_half_away(sum * i128::from(self.numerator), i128::from(self.denominator));
        Points(points.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// `1/2`, `0.5`, `50%` or `2`.
    fn parse(text: &str) -> Option<Self> {
        let (numerator, denominator) = match text.split_once('/') {
            Some((above, below)) => (above.parse().ok()?, below.parse().ok()?),
            None => {
                let fraction = parse_fraction(text)?;
                (fraction.numerator, i64::try_from(fraction.denominator).ok()?)
            }
        };
        let is_part = numerator > 0 && (1..=DENOMINATOR_MAX).contains(&denominator);
        if !is_part || numerator > FACTOR_MAX * denominator {
            return None;
        }
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Self { numerator: numerator / a, denominator: denominator / a })
    }
}

/// The rules that the links of a checked rule make; `None` after a fault.
pub(super) fn rules(
    report: &mut Report<'_>,
    written: &[Spanned<LinkTable>],
    of: &Rule,
    sheets: Option<&[Sheet]>,
) -> Option<Vec<Rule>> {
    let Some(first) = written.first() else { return Some(Vec::new()) };
    if written.len() > LINKS_MAX {
        report.fault(
            start(first),
            both!(
                "一条规则的联动超过 {LINKS_MAX} 项；请把规则拆开",
                "more than {LINKS_MAX} links of one rule; split the rule"
            ),
        );
        return None;
    }
    if let Plan::PerPeriod { .. } = of.plan {
        let message = both!(
            "联动随单件事实的分而计；请另写一条规则，`subject` 不同，或在 `[[composite.part]]` 里用 `over` 取窗口、人员的平均",
            "a link follows the points of single facts; write the rule again with another `subject`, or take \
                       what the windows or staff have on average by a `[[composite.part]]` with `over`"
        );
        report.fault(start(first), message);
        return None;
    }
    let (mut seen, mut made) = (BTreeSet::new(), Vec::new());
    for link in written {
        let table = link.get_ref();
        if !seen.insert(table.id.get_ref()) {
            report.fault(
                start(&table.id),
                both!("规则已有联动 `{}`", "the rule has a link `{}` already", table.id.get_ref()),
            );
        }
        made.push(rule(report, table, of, sheets));
    }
    made.into_iter().collect()
}

fn rule(report: &mut Report<'_>, table: &LinkTable, of: &Rule, sheets: Option<&[Sheet]>) -> Option<Rule> {
    check_id(report, &table.id);
    check_title(report, &table.title);
    let bearer = bearer(report, table, of);
    let factor = factor(report, &table.factor);
    let cap = table.cap.as_ref().map(|cap| check_cap(report, cap, Some(&Plan::PerFact)));
    let subject = bearer.as_ref().map(|(subject, _)| *subject);
    let pointer = Pointer { sheet: table.sheet.as_ref(), item: table.item.as_ref(), subject: start(&table.to) };
    let item = item_of(report, &pointer, sheets, (subject, Some(&Plan::PerFact), cap.flatten()));
    let (subject, to) = bearer?;
    let titled = |rule: &str, link: &str, (open, close)| format!("{rule}{open}{link}{close}");
    let title_en = of.title_en.as_ref().zip(table.title_en.as_ref());
    Some(Rule {
        id: format!("{}/{}", of.id, table.id.get_ref()),
        title: titled(&of.title, table.title.get_ref(), ("（", "）")),
        title_en: title_en.map(|(rule, link)| titled(rule, link, (" (", ")"))),
        card: of.card.clone(),
        dimension: of.dimension,
        on: of.on.clone(),
        subject,
        party: Party::Own,
        credit: Credit::Served,
        scope: Scope::default(),
        plan: Plan::PerFact,
        repeat: None,
        exclusive: None,
        exempt: BTreeSet::new(),
        cap: cap.map_or(Some(None), |cap| cap.map(Some))?,
        item: item?,
        link: Some(Link {
            of: of.id.clone(),
            of_title: of.title.clone(),
            of_title_en: of.title_en.clone(),
            to,
            factor: factor?,
        }),
        examples: Vec::new(),
        when: None,
        compared: None,
        // What it gives follows from the other rule's award, never from this.
        amount: Amount::Fixed(Points::ZERO),
        times: None,
        coefficient: None,
    })
}

/// Whose points, and how they are found.
fn bearer(report: &mut Report<'_>, table: &LinkTable, of: &Rule) -> Option<(SubjectKind, LinkTo)> {
    let to = table.to.get_ref();
    let post = to.strip_prefix(POST);
    if let (None, Some(subject)) = (post, SubjectKind::parse(to)) {
        if let Some(written) = &table.of {
            report.fault(
                start(written),
                both!("`of` 说的是哪里的全员或职务，这里用不到；请去掉", "`of` says whose staff or post; drop it"),
            );
        }
        if subject == of.subject {
            let message = both!(
                "规则自己的分已经记给 `{to}`；请直接改它的分，或联动给别的",
                "the rule's own points are a {to}'s already; give it other points, or link to another"
            );
            report.fault(start(&table.to), message);
            return None;
        }
        return Some((subject, LinkTo::Own));
    }
    if post.is_none() && to != "staff" {
        let names = ["person", "window", "department", "hall", "staff"].map(str::to_owned);
        let message =
            both!("不认识 `{to}`（职务写作 `post:名称`）", "unknown bearer `{to}` (a post is written `post:NAME`)")
                .and(&offer(to, &names));
        report.fault(start(&table.to), message);
        return None;
    }
    let place = match (&table.of, of.subject) {
        (Some(written), _) => {
            let places = [SubjectKind::Window, SubjectKind::Department, SubjectKind::Hall];
            word(report, "place", written, &places, SubjectKind::name)
        }
        (None, SubjectKind::Person) => {
            let message = both!(
                "哪里的？请写 `of = \"window\"`、`of = \"department\"` 或 `of = \"hall\"`",
                "whose? write `of = \"window\"`, `of = \"department\"` or `of = \"hall\"`"
            );
            report.fault(start(&table.to), message);
            None
        }
        (None, place) => Some(place),
    };
    match post {
        None => Some((SubjectKind::Person, LinkTo::Staff(place?))),
        Some(name) if name.trim().is_empty() || name.chars().count() > CODE_LENGTH_MAX => {
            let message = both!(
                "职务名称有 1 到 {CODE_LENGTH_MAX} 个字符，如 `post:chief`",
                "a post's name has from 1 to {CODE_LENGTH_MAX} characters, as in `post:chief`"
            );
            report.fault(start(&table.to), message);
            None
        }
        Some(name) => Some((SubjectKind::Person, LinkTo::Post(name.to_owned(), place?))),
    }
}

fn factor(report: &mut Report<'_>, written: &Spanned<Number>) -> Option<Factor> {
    let factor = Factor::parse(&written.get_ref().0);
    if factor.is_none() {
        let message = both!(
            "`factor` 大于 0，至多 {FACTOR_MAX}，如 `\"1/2\"`、`\"0.5\"`、`\"50%\"` 或 `2`",
            "a factor lies above 0 and is at most {FACTOR_MAX}, as `\"1/2\"`, `\"0.5\"`, `\"50%\"` or `2`"
        );
        report.fault(start(written), message);
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_exact() {
        let parsed = |text| Factor::parse(text).map(|factor| (factor.numerator, factor.denominator));
        for text in ["1/2", "0.5", "50%", "2/4"] {
            assert_eq!(parsed(text), Some((1, 2)), "{text}");
        }
        assert_eq!((parsed("1/3"), parsed("2"), parsed("1000")), (Some((1, 3)), Some((2, 1)), Some((1000, 1))));
        for text in ["0", "-1", "1/0", "0/3", "1001", "1/2/3", "half", "", "9223372036854775807/1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        let third = Factor::parse("1/3").expect("a factor");
        assert_eq!(
            (third.of([Points(-1000)].into_iter()), third.of([Points(4), Points(1)].into_iter())),
            (Points(-333), Points(2))
        );
    }
}
