//! Check of numbers that definitions read: which sheet, rules or composite, of whom, over which periods.

use toml::Spanned;

use super::{
    Basis, Counted, Figure, Gather, Over, Source,
    check::{Head, Heads, Pointed, by, find, whole},
    check_over,
};
use crate::{
    both,
    language::Words,
    rule::{
        SubjectKind,
        check::{grain, start},
        diagnostic::Report,
    },
    time::Grain,
};

/// The keys of a number, wherever they stand.
pub(super) struct Written<'a> {
    pub(super) at: usize,
    pub(super) sheet: Option<&'a Spanned<String>>,
    pub(super) composite: Option<&'a Spanned<String>>,
    pub(super) rules: Option<&'a Spanned<Vec<Spanned<String>>>>,
    pub(super) over: Option<&'a Spanned<String>>,
    pub(super) each: Option<&'a Spanned<String>>,
    pub(super) by: Option<&'a Spanned<String>>,
    pub(super) min_periods: Option<&'a Spanned<i64>>,
    pub(super) min_facts: Option<&'a Spanned<i64>>,
}

/// The number; `None` after a fault. `subject` and `period` are those of the table it stands in.
pub(super) fn figure(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    written: &Written<'_>,
    (subject, period): (Option<SubjectKind>, Option<Grain>),
) -> Option<Figure> {
    let over = check_over::over(report, heads, written, subject);
    let gather = gather(report, written, period);
    let (over, gather) = (over?, gather?);
    let of = over.as_ref().map(Over::subject).or(subject);
    let each = gather.map(|gather| gather.each).or(period);
    let source = source(report, heads, written, (of, each, gather.is_some()))?;
    Some(Figure { source, over, gather })
}

fn gather(report: &mut Report<'_>, written: &Written<'_>, period: Option<Grain>) -> Option<Option<Gather>> {
    let (each, way) = match (written.each, written.by) {
        (None, None) => {
            if let Some(at) = written.min_periods {
                report.fault(
                    start(at),
                    both!(
                        "`min_periods` 数的是较短的期；请加 `each` 和 `by`，或去掉它",
                        "`min_periods` counts shorter periods; add `each` and `by`, or drop it"
                    ),
                );
            }
            return Some(None);
        }
        (Some(each), Some(way)) => (each, way),
        (Some(one), None) | (None, Some(one)) => {
            report.fault(
                start(one),
                both!(
                    "`each` 和 `by` 要一起写：`each = \"month\", by = \"mean\"`",
                    "`each` and `by` go together: `each = \"month\", by = \"mean\"`"
                ),
            );
            return None;
        }
    };
    let (at, way) = (start(each), by(report, way));
    let each = grain(report, "period", each);
    let at_least = written.min_periods.map_or(Some(1), |number| whole(report, "min_periods", number, 1, 366));
    let (each, way, at_least) = (each?, way?, at_least?);
    if each == Grain::Week {
        report.fault(
            at,
            both!(
                "周会跨月，不能汇总到更长的周期；请用 `day` 或 `month`",
                "weeks lie across the ends of months, so they do not sum up to longer periods; use `day` or `month`"
            ),
        );
        return None;
    }
    if period.is_some_and(|period| each >= period) {
        report.fault(at, both!("`each` 须比汇总到的周期短", "`each` must be shorter than the period it sums up to"));
        return None;
    }
    Some(Some(Gather { each, by: way, at_least: at_least as u32 }))
}

fn source(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    written: &Written<'_>,
    (subject, period, gathered): (Option<SubjectKind>, Option<Grain>, bool),
) -> Option<Source> {
    if let (Some(at), None) = (written.min_facts, written.rules) {
        report.fault(
            start(at),
            both!(
                "只有规则才看事实；评分表、综合分自己决定谁有得分",
                "only rules look at facts; a sheet or composite decides by itself who has a score"
            ),
        );
    }
    match (written.sheet, written.composite, written.rules) {
        (Some(sheet), None, None) => {
            let head = find(report, Pointed::Sheet, &heads.sheets, sheet)?;
            fits(report, sheet, Pointed::Sheet, head, (subject, period, gathered))?;
            Some(Source::Sheet(head.id.to_owned()))
        }
        (None, Some(composite), None) => {
            let head = find(report, Pointed::Composite, &heads.composites, composite)?;
            fits(report, composite, Pointed::Composite, head, (subject, period, gathered))?;
            Some(Source::Composite(head.id.to_owned()))
        }
        (None, None, Some(rules)) => {
            let ids = rule_ids(report, heads, rules, subject)?;
            let too_long =
                |id: &String| heads.rules.iter().find(|head| head.id == id).and_then(|head| head.period) > period;
            if let Some(id) = ids.iter().find(|id| period.is_some() && too_long(id)) {
                report.fault(
                    start(rules),
                    both!(
                        "规则 `{id}` 的周期比这里长，它的分不计入其中任何一期",
                        "rule `{id}` scores longer periods than this one; its points count in none of them"
                    ),
                );
                return None;
            }
            let min_facts = written.min_facts.map_or(Some(0), |least| whole(report, "min_facts", least, 1, 1_000_000));
            Some(Source::Rules { rules: ids, min_facts: min_facts? })
        }
        (None, None, None) => {
            report.fault(
                written.at,
                both!(
                    "数从哪里来？请写 `sheet`、`composite`、`rules` 之一",
                    "which number? add one of `sheet`, `composite`, `rules`"
                ),
            );
            None
        }
        _ => {
            report.fault(
                written.at,
                both!(
                    "一个数只有一个来源；`sheet`、`composite`、`rules` 只留一个",
                    "one number comes from one place; keep one of `sheet`, `composite`, `rules`"
                ),
            );
            None
        }
    }
}

/// Whether what is pointed at is of the subject and periods wanted.
fn fits(
    report: &mut Report<'_>,
    written: &Spanned<String>,
    what: Pointed,
    head: &Head<'_>,
    (subject, period, gathered): (Option<SubjectKind>, Option<Grain>, bool),
) -> Option<()> {
    let what = what.words();
    let before = (head.subject, head.period);
    if let (Some(own), Some(wanted)) = (before.0, subject)
        && own != wanted
    {
        let hint = match (own, wanted) {
            (SubjectKind::Person, _) => {
                both!("；要其人员的平均请加 `over = \"staff\"`", "; for the mean of its people add `over = \"staff\"`")
            }
            (SubjectKind::Window, SubjectKind::Department | SubjectKind::Hall) => both!(
                "；要其窗口的平均请加 `over = \"windows\"`",
                "; for the mean of its windows add `over = \"windows\"`"
            ),
            _ => both!("", ""),
        };
        let message = Words::new(
            format!("{}是 `{}` 的，这里要 `{}` 的", what.zh, own.name(), wanted.name()),
            format!("the {what} is a {}'s, and a {}'s is wanted", own.name(), wanted.name()),
        );
        report.fault(start(written), message.and(&hint));
        return None;
    }
    if let (Some(own), Some(wanted)) = (before.1, period)
        && own != wanted
    {
        let hint = if own < wanted && !gathered {
            both!(
                "；要汇总几期请加 `each = \"{0}\", by = \"mean\"`",
                "; to sum several up add `each = \"{0}\", by = \"mean\"`",
                own.name()
            )
        } else {
            both!("", "")
        };
        let message = Words::new(
            format!("{}的周期是 `{}`，这里要 `{}`", what.zh, own.name(), wanted.name()),
            format!("the {what} runs a {}, and a {} is wanted", own.name(), wanted.name()),
        );
        report.fault(start(written), message.and(&hint));
        return None;
    }
    Some(())
}

/// The ids of rules of one subject; `None` after a fault.
fn rule_ids(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    written: &Spanned<Vec<Spanned<String>>>,
    subject: Option<SubjectKind>,
) -> Option<Vec<String>> {
    if written.get_ref().is_empty() {
        report.fault(start(written), both!("规则列表是空的", "the list of rules is empty"));
        return None;
    }
    super::check::check_names(report, written.get_ref().iter());
    let mut ids = Vec::new();
    for id in written.get_ref() {
        let head = find(report, Pointed::Rule, &heads.rules, id)?;
        if let (Some(own), Some(wanted)) = (head.subject, subject)
            && own != wanted
        {
            let message = both!(
                "规则 `{}` 是 `{}` 的，这里要 `{}` 的",
                "rule `{}` is of a {}, and a {} is wanted",
                head.id,
                own.name(),
                wanted.name()
            );
            report.fault(start(id), message);
            return None;
        }
        ids.push(head.id.to_owned());
    }
    Some(ids)
}

/// The score that a grade, honour, proposal or payout goes by; `None` after a fault.
pub(super) fn basis(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    at: usize,
    (sheet, composite): (Option<&Spanned<String>>, Option<&Spanned<String>>),
) -> Option<Basis> {
    let (source, head) = match (sheet, composite) {
        (Some(sheet), None) => {
            let head = find(report, Pointed::Sheet, &heads.sheets, sheet)?;
            (Source::Sheet(head.id.to_owned()), head)
        }
        (None, Some(composite)) => {
            let head = find(report, Pointed::Composite, &heads.composites, composite)?;
            (Source::Composite(head.id.to_owned()), head)
        }
        (None, None) => {
            report.fault(
                at,
                both!(
                    "按哪个得分？请加 `sheet = \"…\"` 或 `composite = \"…\"`",
                    "by which score? add `sheet = \"…\"` or `composite = \"…\"`"
                ),
            );
            return None;
        }
        (Some(_), Some(other)) => {
            report.fault(
                start(other),
                both!("只按一个得分；`sheet` 和 `composite` 只留一个", "one score only; keep `sheet` or `composite`"),
            );
            return None;
        }
    };
    Some(Basis { source, subject: head.subject?, period: head.period? })
}

/// Facts to be counted; `None` after a fault.
pub(super) fn counted(
    report: &mut Report<'_>,
    heads: &Heads<'_>,
    rules: &Spanned<Vec<Spanned<String>>>,
    per: Option<Grain>,
) -> Option<Counted> {
    let first = rules.get_ref().first();
    let subject =
        first.and_then(|id| heads.rules.iter().find(|head| head.id == id.get_ref())).and_then(|head| head.subject);
    let ids = rule_ids(report, heads, rules, subject)?;
    Some(Counted { rules: ids, subject: subject?, per: per? })
}
