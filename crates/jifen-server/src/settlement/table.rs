//! A settlement as one list for spreadsheets: what, who, result, why; one line a result.

use std::fs::File;

use jifen_core::rule::Language;

use super::view::{Definition, HonourOutcome, SettlementView, Who};
use crate::{
    board::ReadError,
    sheet::{Cell, TableFile, TableFormat},
};

/// Writes the list.
pub(super) fn file(settled: &SettlementView, format: TableFormat, language: Language) -> Result<File, ReadError> {
    let pick = |chinese, english| language.choose(chinese, english);
    let header = [
        pick("类别", "Kind"),
        pick("项目", "What"),
        pick("分榜", "League"),
        pick("对象", "Subject"),
        pick("编号", "Code"),
        pick("名次", "Rank"),
        pick("得分", "Score"),
        pick("结果", "Result"),
        pick("金额", "Amount"),
        pick("依据", "Why"),
    ];
    let mut file = TableFile::new(format, pick("结算", "Settlement"), &header)?;
    for line in lines(settled, language) {
        file.push(&line.cells())?;
    }
    Ok(file.finish()?)
}

/// One result; empty where it says nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// Composite, grade, veto …
    pub kind: String,
    /// Title of the definition.
    pub what: String,
    /// League.
    pub league: String,
    /// Name.
    pub subject: String,
    /// Code.
    pub code: String,
    /// Rank in the league.
    pub rank: Option<u64>,
    /// Score.
    pub score: Option<String>,
    /// What came of it.
    pub result: String,
    /// Amount.
    pub amount: Option<String>,
    /// Why.
    pub why: String,
}

impl Line {
    fn of(kind: &str, definition: &Definition, who: &Who, language: Language) -> Self {
        Self {
            kind: kind.to_owned(),
            what: language.choose(&definition.title, &definition.title_en).to_owned(),
            subject: who.name.clone(),
            code: who.code.clone(),
            ..Self::default()
        }
    }

    fn cells(&self) -> [Cell; 10] {
        let text = |text: &str| Cell::text(Some(text).filter(|text| !text.is_empty()));
        [
            text(&self.kind),
            text(&self.what),
            text(&self.league),
            text(&self.subject),
            text(&self.code),
            Cell::number(self.rank),
            Cell::number(self.score.as_ref()),
            text(&self.result),
            Cell::number(self.amount.as_ref()),
            text(&self.why),
        ]
    }
}

/// All results, in the order they are settled.
pub fn lines(settled: &SettlementView, language: Language) -> Vec<Line> {
    let pick = |chinese: &str, english: &str| language.choose(chinese, english).to_owned();
    let comma = pick("，", ", ");
    let mut lines = Vec::new();
    for composite in &settled.composites {
        for row in &composite.rows {
            let why = composite.parts.iter().zip(&row.parts).map(|(part, value)| {
                let title = pick(&part.title, &part.title_en);
                format!("{title} {} × {} = {}", value.value.as_deref().unwrap_or("–"), part.weight, value.adds)
            });
            lines.push(Line {
                score: row.score.clone(),
                why: why.collect::<Vec<_>>().join(&comma),
                ..Line::of(&pick("综合分", "Composite"), &composite.definition, &row.who, language)
            });
        }
    }
    for grade in &settled.grades {
        for row in &grade.rows {
            let why = row.capped_by.as_ref().zip(row.capped_by_en.as_ref());
            lines.push(Line {
                score: Some(row.score.clone()),
                result: pick(&row.grade, &row.grade_en),
                why: why.map(|(zh, en)| pick(zh, en)).unwrap_or_default(),
                ..Line::of(&pick("等次", "Grade"), &grade.definition, &row.who, language)
            });
        }
    }
    for veto in &settled.vetoes {
        for row in &veto.rows {
            let why = row.periods.iter().map(|one| format!("{} × {}", one.period, one.facts));
            lines.push(Line {
                why: why.collect::<Vec<_>>().join(&comma),
                ..Line::of(&pick("否决", "Veto"), &veto.definition, &row.who, language)
            });
        }
    }
    for card in &settled.cards {
        for row in &card.rows {
            lines.push(Line {
                result: pick(&row.card, &row.card_en),
                why: pick(&format!("{} 件", row.facts), &format!("{} facts", row.facts)),
                ..Line::of(&pick("预警牌", "Card"), &card.definition, &row.who, language)
            });
        }
    }
    for honour in &settled.honours {
        for (league, row) in honour.leagues.iter().flat_map(|league| league.rows.iter().map(move |row| (league, row))) {
            let name = league.league.as_ref().zip(league.league_en.as_ref());
            let why = row.reason_zh.as_ref().zip(row.reason_en.as_ref());
            lines.push(Line {
                league: name.map(|(zh, en)| pick(zh, en)).unwrap_or_default(),
                rank: row.rank,
                score: Some(row.score.clone()),
                result: match row.outcome {
                    HonourOutcome::Titled => pick("授予", "title"),
                    HonourOutcome::Equal => pick("并列待定", "people decide"),
                    HonourOutcome::Behind => String::new(),
                    HonourOutcome::Barred => pick("不符合", "not eligible"),
                },
                why: why.map(|(zh, en)| pick(zh, en)).unwrap_or_default(),
                ..Line::of(&pick("荣誉", "Honour"), &honour.definition, &row.who, language)
            });
        }
    }
    for proposal in &settled.proposals {
        for row in &proposal.rows {
            let why = row.periods.iter().map(|one| format!("{} {}", one.period, one.points));
            lines.push(Line {
                why: why.collect::<Vec<_>>().join(&comma),
                ..Line::of(&pick("建议", "Proposal"), &proposal.definition, &row.who, language)
            });
        }
    }
    for payout in &settled.payouts {
        for row in &payout.rows {
            lines.push(Line {
                amount: Some(row.amount.clone()),
                why: pick(&row.ground_zh, &row.ground_en),
                ..Line::of(&pick("奖金", "Payout"), &payout.definition, &row.who, language)
            });
        }
    }
    lines
}
