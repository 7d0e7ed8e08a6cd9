//! Check of score sheets, their items, and the rules that point at them.

use std::collections::BTreeSet;

use toml::Spanned;

use crate::{both, expression::offer, language::Words, points::Points, time::Grain};

use super::{
    Cap, Dimension, Item, ItemRef, Plan, SHEETS_MAX, Sheet, SubjectKind,
    check::{check_id, check_title, grain, scope, start, word},
    check_amount::points,
    diagnostic::Report,
    file::{ItemTable, Number, RuleTable, SheetTable},
    presence,
};

/// All sheets of a file; `None` after a fault.
pub(super) fn sheets(
    report: &mut Report<'_>,
    tables: &[SheetTable],
    rules: &[Spanned<RuleTable>],
) -> Option<Vec<Sheet>> {
    if tables.len() > SHEETS_MAX {
        report.fault(
            0,
            both!("评分表超过 {SHEETS_MAX} 张；请分成几套规则", "more than {SHEETS_MAX} sheets; split the rule set"),
        );
        return None;
    }
    let mut seen: BTreeSet<&str> = rules.iter().map(|rule| rule.get_ref().id.get_ref().as_str()).collect();
    let mut sheets = Vec::new();
    for table in tables {
        if !seen.insert(table.id.get_ref()) {
            report.fault(
                start(&table.id),
                both!(
                    "编号 `{}` 已经用于规则或评分表",
                    "the id `{}` is already that of a rule or sheet",
                    table.id.get_ref()
                ),
            );
        }
        sheets.push(sheet(report, table));
    }
    sheets.into_iter().collect()
}

fn sheet(report: &mut Report<'_>, table: &SheetTable) -> Option<Sheet> {
    check_id(report, &table.id);
    check_title(report, &table.title);
    let dimension = word(report, "dimension", &table.dimension, &Dimension::ALL, Dimension::name);
    let subject = word(report, "subject", &table.subject, &SubjectKind::ALL, SubjectKind::name);
    let period = grain(report, "period", &table.period);
    let base = points(report, &table.base);
    let floor = floor(report, table.floor.as_ref(), start(&table.base), &both!("评分表", "the sheet"));
    let cap = optional(report, table.cap.as_ref());
    let bonus_cap = optional(report, table.bonus_cap.as_ref());
    if !table.scope.matters.is_empty() {
        report.fault(
            start(&table.id),
            both!(
                "评分表按人、窗口、部门、大厅算；请去掉 `matters`",
                "a sheet is a person's, window's, department's or hall's; drop `matters`"
            ),
        );
    }
    let items = items(report, &table.item, dimension);
    let presence = table.presence.as_ref().map(|written| presence::check(report, written, table, subject));
    let (base, floor, cap, bonus_cap, items) = (base?, floor?, cap?, bonus_cap?, items?);
    let mut good = true;
    let mut fault = |at: usize, message: Words| {
        report.fault(at, message);
        good = false;
    };
    if let (Some(written), Some(floor)) = (&table.floor, floor)
        && floor > base
    {
        fault(start(written), both!("下限 {floor} 高于基础分 {base}", "the floor {floor} lies above the base {base}"));
    }
    if let (Some(written), Some(cap)) = (&table.cap, cap)
        && cap < base
    {
        fault(start(written), both!("上限 {cap} 低于基础分 {base}", "the cap {cap} lies below the base {base}"));
    }
    if let (Some(written), Some(cap)) = (&table.bonus_cap, bonus_cap) {
        if cap < Points::ZERO {
            fault(start(written), both!("`bonus_cap` 不能是负数", "`bonus_cap` must not be negative"));
        }
        if !items.iter().any(|item| item.bonus) {
            fault(
                start(written),
                both!(
                    "没有一项写了 `bonus = true`，附加分的上限什么也没有限制",
                    "no item has `bonus = true`, so the bonus cap limits nothing"
                ),
            );
        }
    }
    let parts: i128 = items.iter().map(|item| i128::from(item.base.0)).sum();
    if parts > i128::from(base.0.max(0)) {
        let message = both!(
            "各项基础分之和超过评分表的 {base}；哪一个对？",
            "the items' bases come to more than the sheet's {base}; which of them is right?"
        );
        fault(start(&table.base), message);
    }
    good.then_some(Sheet {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        dimension: dimension?,
        subject: subject?,
        period: period?,
        scope: scope(&table.scope),
        base,
        floor,
        cap,
        bonus_cap,
        items,
        presence: presence.map_or(Some(None), |presence| presence.map(Some))?,
    })
}

fn items(report: &mut Report<'_>, tables: &[ItemTable], dimension: Option<Dimension>) -> Option<Vec<Item>> {
    if let (Some(first), true) = (tables.first(), tables.len() > SHEETS_MAX) {
        report.fault(
            start(&first.id),
            both!("超过 {SHEETS_MAX} 项；请分成几张评分表", "more than {SHEETS_MAX} items; split the sheet"),
        );
        return None;
    }
    let (mut seen, mut items) = (BTreeSet::new(), Vec::new());
    for table in tables {
        if !seen.insert(table.id.get_ref()) {
            report.fault(
                start(&table.id),
                both!("评分表里已有一项 `{}`", "the sheet has an item `{}` already", table.id.get_ref()),
            );
        }
        items.push(item(report, table, dimension));
    }
    items.into_iter().collect()
}

fn item(report: &mut Report<'_>, table: &ItemTable, of_sheet: Option<Dimension>) -> Option<Item> {
    check_id(report, &table.id);
    check_title(report, &table.title);
    let dimension = match &table.dimension {
        None => of_sheet,
        Some(written) => word(report, "dimension", written, &Dimension::ALL, Dimension::name),
    };
    let base = optional(report, table.base.as_ref());
    let of_item = both!("本项", "the item");
    let floor = match (&table.base, &table.floor) {
        (None, None) => Some(None),
        (Some(base), _) => floor(report, table.floor.as_ref(), start(base), &of_item),
        (None, Some(written)) => floor(report, Some(written), start(written), &of_item),
    };
    let max = optional(report, table.max.as_ref());
    let (base, floor, max) = (base?.unwrap_or_default(), floor?, max?);
    if base < Points::ZERO {
        report.fault(
            table.base.as_ref().map_or(0, start),
            both!("一项的基础分不能是负数", "an item's base must not be negative"),
        );
        return None;
    }
    if let (Some(written), Some(floor)) = (&table.floor, floor)
        && floor > base
    {
        report.fault(
            start(written),
            both!("下限 {floor} 高于本项基础分 {base}", "the floor {floor} lies above the item's base {base}"),
        );
        return None;
    }
    if let (Some(written), Some(max)) = (&table.max, max)
        && max < base
    {
        report.fault(
            start(written),
            both!("最高分 {max} 低于本项基础分 {base}", "the maximum {max} lies below the item's base {base}"),
        );
        return None;
    }
    Some(Item {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        dimension: dimension?,
        base,
        floor,
        max,
        bonus: table.bonus,
    })
}

/// A floor must be said wherever there is a base: published texts often leave it open, and it changes scores.
fn floor(
    report: &mut Report<'_>,
    written: Option<&Spanned<Number>>,
    base_at: usize,
    what: &Words,
) -> Option<Option<Points>> {
    match written {
        None => {
            report.fault(
                base_at,
                Words::new(
                    format!("{}有基础分，扣分能不能超过它？请写 `floor = 0`（扣完为止）或 `floor = \"none\"`（扣分不封顶）", what.zh),
                    format!("{what} has a base; can deductions take more than it? write `floor = 0` (扣完为止) or `floor = \"none\"` (扣分不封顶)"),
                ),
            );
            None
        }
        Some(written) if written.get_ref().0 == "none" => Some(None),
        Some(written) => points(report, written).map(Some),
    }
}

fn optional(report: &mut Report<'_>, written: Option<&Spanned<Number>>) -> Option<Option<Points>> {
    written.map_or(Some(None), |written| points(report, written).map(Some))
}

/// Where it is written which item of which sheet points count in.
pub(super) struct Pointer<'a> {
    pub(super) sheet: Option<&'a Spanned<String>>,
    pub(super) item: Option<&'a Spanned<String>>,
    /// Byte offset of whose points they are.
    pub(super) subject: usize,
}

impl<'a> Pointer<'a> {
    pub(super) fn of(table: &'a RuleTable) -> Self {
        Self { sheet: table.sheet.as_ref(), item: table.item.as_ref(), subject: start(&table.subject) }
    }
}

/// The item that is pointed at; `Some(None)` where there is none.
pub(super) fn item_of(
    report: &mut Report<'_>,
    table: &Pointer<'_>,
    sheets: Option<&[Sheet]>,
    (subject, plan, cap): (Option<SubjectKind>, Option<&Plan>, Option<Cap>),
) -> Option<Option<ItemRef>> {
    let (sheet, item) = match (table.sheet, table.item) {
        (None, None) => return Some(None),
        (Some(sheet), Some(item)) => (sheet, item),
        (Some(one), None) | (None, Some(one)) => {
            report.fault(
                start(one),
                both!(
                    "`sheet` 和 `item` 要一起写：哪张评分表的哪一项？",
                    "`sheet` and `item` go together: which item of which sheet?"
                ),
            );
            return None;
        }
    };
    // Without sound sheets nothing more can be said; their own faults are.
    let sheets = sheets?;
    let Some(found) = sheets.iter().find(|other| other.id == *sheet.get_ref()) else {
        let names: Vec<String> = sheets.iter().map(|sheet| sheet.id.clone()).collect();
        report.fault(
            start(sheet),
            both!("没有编号为 `{}` 的评分表", "no sheet `{}`", sheet.get_ref()).and(&offer(sheet.get_ref(), &names)),
        );
        return None;
    };
    let Some(pointed) = found.item(item.get_ref()) else {
        let names: Vec<String> = found.items.iter().map(|item| item.id.clone()).collect();
        let message = both!("评分表 `{}` 没有 `{}` 这一项", "sheet `{}` has no item `{}`", found.id, item.get_ref())
            .and(&offer(item.get_ref(), &names));
        report.fault(start(item), message);
        return None;
    };
    if subject.is_some_and(|subject| subject != found.subject) {
        let message = both!(
            "评分表是 `{}` 的；规则的 `subject` 须相同",
            "the sheet is a {}'s; the rule's `subject` must be the same",
            found.subject.name()
        );
        report.fault(table.subject, message);
    }
    let too_long = |grain: Grain| grain > found.period;
    let of_plan = match plan {
        Some(Plan::PerPeriod { grain, .. }) => too_long(*grain),
        Some(Plan::PerFact) | None => false,
    };
    if of_plan || cap.is_some_and(|cap| too_long(cap.per)) {
        let message = both!(
            "评分表的周期是 `{}`；`period` 和 `cap.per` 都不能更长",
            "the sheet runs a {}; neither `period` nor the cap may be longer",
            found.period.name()
        );
        report.fault(start(sheet), message);
    }
    if cap.is_some_and(|cap| cap.per == Grain::Week && found.period != Grain::Week) {
        report.fault(
            start(sheet),
            both!(
                "一周可能跨两期；请按日或按月封顶",
                "a week may lie in two of the sheet's periods; cap the rule per day or per month"
            ),
        );
    }
    Some(Some(ItemRef {
        sheet: found.id.clone(),
        item: pointed.id.clone(),
        sheet_title: found.title.clone(),
        sheet_title_en: found.title_en.clone(),
        title: pointed.title.clone(),
        title_en: pointed.title_en.clone(),
    }))
}
