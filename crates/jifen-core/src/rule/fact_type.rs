//! `[[fact]]`: fact types that a rule file declares.

use std::{collections::BTreeSet, sync::Arc};

use toml::Spanned;

use crate::{
    both,
    event::{CODE_LENGTH_MAX, member::FIELDS_MAX},
    fact::{COMMON, FactType, FieldKind, TypeField},
    points::Points,
};

use super::{
    SubjectKind,
    check::{check_id, check_title, start, word},
    diagnostic::Report,
    file::{FactFieldTable, FactTypeTable, Number},
};

/// The most fact types of one set.
const TYPES_MAX: usize = 64;
/// The most words of a choice.
const WORDS_MAX: usize = 64;
/// The words of `holds`.
pub(super) const HOLDS: [&str; 6] = ["text", "choice", "whole", "decimal", "duration", "boolean"];

/// Checks every `[[fact]]`; `None` after a fault.
pub(super) fn types(report: &mut Report<'_>, tables: &[FactTypeTable]) -> Option<Vec<Arc<FactType>>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for (number, table) in tables.iter().enumerate() {
        report.enter(Some(table.id.get_ref()));
        check_id(report, &table.id);
        check_title(report, &table.title);
        let mut good = true;
        if !seen.insert(table.id.get_ref().as_str()) {
            report.fault(start(&table.id), both!("这个事实类型已经声明过", "this fact type is declared already"));
            good = false;
        }
        if number == TYPES_MAX {
            report.fault(start(&table.id), both!("事实类型超过 {TYPES_MAX} 个", "more than {TYPES_MAX} fact types"));
            good = false;
        }
        found.push(one(report, table).filter(|_| good));
    }
    report.enter(None);
    found.into_iter().map(|found| found.map(Arc::new)).collect()
}

fn one(report: &mut Report<'_>, table: &FactTypeTable) -> Option<FactType> {
    let about = word(report, "subject", &table.about, &SubjectKind::ALL, SubjectKind::name);
    if table.field.len() > FIELDS_MAX {
        report.fault(
            start(&table.id),
            both!("字段超过 {FIELDS_MAX} 个；请分成几个类型", "more than {FIELDS_MAX} fields; split the type"),
        );
        return None;
    }
    let mut seen = BTreeSet::new();
    let fields: Vec<_> = table
        .field
        .iter()
        .map(|field| {
            check_name(report, &field.name, seen.insert(field.name.get_ref().as_str()));
            check_title(report, &field.title);
            one_field(report, field)
        })
        .collect();
    let fields = fields.into_iter().collect::<Option<Vec<_>>>()?;
    Some(FactType {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        about: about?,
        specs: fields.iter().map(TypeField::spec).collect(),
        fields,
    })
}

fn check_name(report: &mut Report<'_>, written: &Spanned<String>, first: bool) {
    let name = written.get_ref();
    let good = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= 32;
    let message = if !good {
        both!(
            "字段名 `{name}` 以 `a-z` 开头，只含 `a-z`、`0-9`、`_`，至多 32 个字符",
            "the field name `{name}` must begin with a-z, hold only a-z, 0-9 and `_`, and have at most 32 characters"
        )
    } else if COMMON.iter().any(|spec| spec.name == *name) {
        both!("每个事实本来就有 `{name}`；请另取字段名", "every fact has `{name}` anyway; use another name")
    } else if !first {
        both!("字段 `{name}` 写了两次", "the field `{name}` stands twice")
    } else {
        return;
    };
    report.fault(start(written), message);
}

fn one_field(report: &mut Report<'_>, table: &FactFieldTable) -> Option<TypeField> {
    let holds = word(report, "kind of field", &table.holds, &HOLDS, |name| name)?;
    let is_number = matches!(holds, "whole" | "decimal");
    let bounds = bounds(report, table, holds, is_number);
    let words = words(report, table, holds == "choice");
    let unit = match (&table.unit, is_number) {
        (Some(unit), false) => {
            report
                .fault(start(unit), both!("`{holds}` 没有单位；请去掉 `unit`", "a `{holds}` has no unit; drop `unit`"));
            None
        }
        (Some(unit), true) => {
            let zh = unit.get_ref().clone();
            Some((zh.clone(), table.unit_en.clone().unwrap_or(zh)))
        }
        (None, _) => None,
    };
    let (bounds, words) = (bounds?, words?);
    let kind = match holds {
        "text" => FieldKind::Text,
        "choice" => FieldKind::Choice(words),
        "whole" => FieldKind::Whole(bounds.0, bounds.1),
        "decimal" => FieldKind::Decimal(bounds.0, bounds.1),
        "duration" => FieldKind::Duration,
        _ => FieldKind::Boolean,
    };
    Some(TypeField {
        name: table.name.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        kind,
        unit,
        required: table.required,
    })
}

/// `min` and `max` of a number: whole, or thousandths.
fn bounds(report: &mut Report<'_>, table: &FactFieldTable, holds: &str, is_number: bool) -> Option<(i64, i64)> {
    let mut good = true;
    let mut bound = |written: Option<&Spanned<Number>>, open: i64| {
        let Some(written) = written else { return open };
        let text = &written.get_ref().0;
        let parsed = match holds {
            "decimal" => Points::parse(text).ok().map(|parsed| parsed.0),
            _ => text.parse().ok(),
        };
        match parsed.filter(|_| is_number) {
            Some(bound) => bound,
            None => {
                good = false;
                let message = both!(
                    "`{text}` 不能作 `{holds}` 的上下限：整数写整数，小数至多三位并加引号，别的没有上下限",
                    "`{text}` is no bound of a `{holds}`: whole numbers take whole ones, decimals at most three places in quotes, others none"
                );
                report.fault(start(written), message);
                open
            }
        }
    };
    let (least, most) = (bound(table.min.as_ref(), i64::MIN), bound(table.max.as_ref(), i64::MAX));
    if let (true, Some(max)) = (good && least > most, &table.max) {
        report.fault(start(max), both!("`max` 小于 `min`", "`max` is less than `min`"));
        return None;
    }
    good.then_some((least, most))
}

/// The words of a choice.
fn words(report: &mut Report<'_>, table: &FactFieldTable, is_choice: bool) -> Option<Vec<String>> {
    let (at, message) = match (&table.words, is_choice) {
        (None, false) => return Some(Vec::new()),
        (Some(written), true) => {
            let words = written.get_ref();
            let distinct: BTreeSet<&String> = words.iter().collect();
            let good = |word: &String| (1..=CODE_LENGTH_MAX).contains(&word.chars().count());
            if (1..=WORDS_MAX).contains(&words.len()) && distinct.len() == words.len() && words.iter().all(good) {
                return Some(words.clone());
            }
            let message = both!(
                "`words` 有 1 到 {WORDS_MAX} 个不重复的词，每个 1 到 {CODE_LENGTH_MAX} 个字符",
                "`words` are 1 to {WORDS_MAX} different words of 1 to {CODE_LENGTH_MAX} characters"
            );
            (start(written), message)
        }
        (None, true) => {
            (start(&table.holds), both!("可选哪些词？请加 `words = [\"…\"]`", "which words? add `words = [\"…\"]`"))
        }
        (Some(written), false) => {
            (start(written), both!("只有 `choice` 才有 `words`；请去掉", "only a `choice` has `words`; drop them"))
        }
    };
    report.fault(at, message);
    None
}
