//! Re-classification: several facts of one kind make one of another (4 次迟到算旷工 1 天), which rules then read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use toml::{Spanned, Value};

use crate::{
    both,
    expression::{Expression, Type, offer},
    fact::{Fact, FactKind, FactType, Field, Place, fields_of},
    time::Grain,
};

use super::{
    Credit, On, Scope, Selection, SubjectKind,
    check::{check_id, check_title, credit, exempt, grain, scope, start, word},
    compile::compile_optional,
    diagnostic::Report,
    evaluate::selected,
    example,
    file::{ReclassTable, RuleTable, SheetTable},
    on,
};

/// The most of one set.
const RECLASSES_MAX: usize = 16;
/// The most facts that make one.
const EVERY_MAX: u64 = 1_000;

/// A checked re-classification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reclass {
    /// Its id; no rule or sheet of the set has it.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// Which facts it counts.
    pub on: On,
    /// For whom.
    pub subject: SubjectKind,
    /// Which person of a fact.
    pub credit: Credit,
    /// Where it applies.
    pub scope: Scope,
    /// Within which period; never [`Grain::All`].
    pub period: Grain,
    /// How many make one.
    pub every: usize,
    /// Whether those that made one are no longer there for later ones of the file that count the same kind.
    pub consume: bool,
    /// Categories of exemptions under which a fact does not count.
    pub exempt: BTreeSet<String>,
    /// What kind of fact they make.
    pub to: FactKind,
    /// What it says, in the order of [`fields_of`].
    pub fields: Vec<Field>,
    pub(super) when: Option<Expression>,
}

impl Reclass {
    /// Whether it counts a fact, credited at `place` to a person who is known or not.
    pub fn select(&self, fact: &Fact, place: &Place, person_known: bool) -> Selection {
        selected((&self.on, &self.scope, self.when.as_ref()), fact, place, person_known)
    }
}

/// All re-classifications of a file; `None` after a fault.
pub(super) fn check(
    report: &mut Report<'_>,
    tables: &[ReclassTable],
    (rules, sheets): (&[Spanned<RuleTable>], &[SheetTable]),
    types: Option<&[Arc<FactType>]>,
) -> Option<Vec<Reclass>> {
    if tables.len() > RECLASSES_MAX {
        report.fault(
            0,
            both!(
                "`[[reclass]]` 超过 {RECLASSES_MAX} 项；请分成几套规则",
                "more than {RECLASSES_MAX} tables `[[reclass]]`; split the rule set"
            ),
        );
        return None;
    }
    let of_rules = rules.iter().map(|rule| rule.get_ref().id.get_ref().as_str());
    let mut seen: BTreeSet<&str> = of_rules.chain(sheets.iter().map(|sheet| sheet.id.get_ref().as_str())).collect();
    let mut found = Vec::new();
    for table in tables {
        if !seen.insert(table.id.get_ref()) {
            let message = both!(
                "编号 `{}` 已经用于规则、评分表或折算",
                "the id `{}` is already that of a rule, sheet or reclass",
                table.id.get_ref()
            );
            report.fault(start(&table.id), message);
        }
        found.push(one(report, table, types));
    }
    found.into_iter().collect()
}

fn one(report: &mut Report<'_>, table: &ReclassTable, types: Option<&[Arc<FactType>]>) -> Option<Reclass> {
    report.enter(Some(table.id.get_ref()));
    check_id(report, &table.id);
    check_title(report, &table.title);
    let on = on::check(report, &table.on, types)?;
    let subject = word(report, "subject", &table.subject, &SubjectKind::ALL, SubjectKind::name);
    let credit = credit(report, table.credit.as_ref(), &on);
    let when = compile_optional(report, &on, "when", table.when.as_ref(), Type::Boolean);
    let period = grain(report, "period", &table.period);
    let every = u64::try_from(*table.every.get_ref()).ok().filter(|every| (1..=EVERY_MAX).contains(every));
    if every.is_none() {
        report.fault(
            start(&table.every),
            both!("`every` 是几件折算一件，从 1 到 {EVERY_MAX}", "`every` is how many make one, from 1 to {EVERY_MAX}"),
        );
    }
    let makes = [FactKind::Attendance, FactKind::Finding];
    let to = word(report, "kind to make", &table.to, &makes, FactKind::name);
    let exempt = exempt(report, table.exempt.as_ref(), None);
    let fields = to.and_then(|to| fields(report, to, &table.fields));
    report.enter(None);
    Some(Reclass {
        id: table.id.get_ref().clone(),
        title: table.title.get_ref().clone(),
        title_en: table.title_en.clone(),
        on,
        subject: subject?,
        credit: credit?,
        scope: scope(&table.scope),
        period: period?,
        every: every? as usize,
        consume: table.consume,
        exempt: exempt?,
        to: to?,
        fields: fields?,
        when: when?,
    })
}

fn fields(
    report: &mut Report<'_>,
    to: FactKind,
    table: &BTreeMap<Spanned<String>, Spanned<Value>>,
) -> Option<Vec<Field>> {
    let specs = fields_of(to);
    let (mut fields, mut good) = (vec![Field::Absent; specs.len()], true);
    for (key, value) in table {
        let found = specs.iter().position(|spec| spec.name == key.get_ref().as_str());
        let set = match found {
            Some(index) => example::field(&specs[index], value.get_ref()).map(|field| fields[index] = field),
            None => {
                let names: Vec<String> = specs.iter().map(|spec| spec.name.to_string()).collect();
                Err(both!("`{}` 事实没有 `{}` 这个字段", "facts of kind `{}` have no `{}`", to.name(), key.get_ref())
                    .and(&offer(key.get_ref(), &names)))
            }
        };
        if let Err(message) = set {
            report.fault(start(value), message);
            good = false;
        }
    }
    // As a source that does not say the last ones would make it.
    while fields.last() == Some(&Field::Absent) {
        fields.pop();
    }
    good.then_some(fields)
}
