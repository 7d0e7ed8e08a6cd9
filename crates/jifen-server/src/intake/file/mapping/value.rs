//! One value of an event: where it comes from, and the form it takes.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jifen_core::{
    both,
    expression::{self, Expression, Slot, Values},
    language::Words,
    time::{Instant, Zone},
};
use serde_json::{Value as Json, json};

use super::time::TimeFormat;
use crate::intake::file::{error::RowProblem, row::Row};

/// The column that every log has: the number of the row in its file, from 1.
pub(in crate::intake::file) const ROW_NUMBER: &str = "#row";

/// Where the columns that a mapping names stand in one file's header.
pub(in crate::intake::file) type Positions = Vec<Position>;

/// Where one of them stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::intake::file) enum Position {
    /// There.
    At(usize),
    /// Not in the file: [`ROW_NUMBER`].
    RowNumber,
    /// Nowhere, or not yet (XES only): empty.
    Nowhere,
}

/// A row as a mapping sees it.
pub(in crate::intake::file) struct RowView<'r> {
    /// The row.
    pub(in crate::intake::file) row: &'r Row,
    /// Where the mapping's columns stand in it.
    pub(in crate::intake::file) positions: &'r Positions,
    /// Zone of times that name none.
    pub(in crate::intake::file) zone: &'r Zone,
}

impl RowView<'_> {
    /// The value of the mapping's column number `column`.
    pub(super) fn column(&self, column: usize) -> &str {
        match self.positions.get(column) {
            Some(Position::At(position)) => self.row.value(*position),
            Some(Position::RowNumber) => self.row.number_text(),
            Some(Position::Nowhere) | None => "",
        }
    }
}

impl Values for RowView<'_> {
    fn slot(&self, slot: u32) -> Slot<'_> {
        Slot::Value(expression::Value::Text(Cow::Borrowed(self.column(slot as usize))))
    }
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A column: its number among the mapping's columns, and its name for messages.
    Column(usize, String),
    /// Written in the mapping.
    Constant(Json),
    /// Computed from the row.
    Expression(Expression),
}

impl Origin {
    fn describe(&self) -> Words {
        match self {
            Self::Column(_, name) => both!("列 `{name}`", "column `{name}`"),
            Self::Constant(_) => both!("常量", "a constant"),
            Self::Expression(expression) => {
                let text = expression.text();
                both!("表达式 `{text}`", "expression `{text}`")
            }
        }
    }
}

/// The form a value takes in the event.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// As written.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An instant in RFC 3339.
    Time(TimeForm),
    /// A decimal number times ten to this power, which must be whole.
    Decimal(u32),
}

/// How the times of one column are written.
#[derive(Clone, Debug)]
pub(super) struct TimeForm {
    /// Tried in this order.
    pub(super) formats: Vec<TimeFormat>,
    /// Zone of times that name none, if not the mapping's or the region's.
    pub(super) zone: Option<Zone>,
}

/// `[codes.NAME]`.
#[derive(Debug)]
pub(super) struct CodeTable {
    /// Its name.
    pub(super) name: String,
    /// What each code of the log means.
    pub(super) meanings: BTreeMap<String, String>,
}

/// What becomes of a value that the code table does not list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unlisted {
    /// The row is an error.
    Refuse,
    /// It stays as it is.
    Keep,
    /// The member is left out.
    Omit,
}

/// What becomes of an empty value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Empty {
    /// The member is left out.
    Omit,
    /// The empty text is a value like any other.
    Keep,
}

/// One value of an event.
#[derive(Clone, Debug)]
pub(super) struct ValuePlan {
    /// The member it fills, for messages.
    pub(super) member: String,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// The form it takes.
    pub(super) form: Form,
    /// Its code table.
    pub(super) codes: Option<Arc<CodeTable>>,
    /// What an unlisted code becomes.
    pub(super) unlisted: Unlisted,
    /// What an empty value becomes.
    pub(super) empty: Empty,
}

impl ValuePlan {
    /// The value for this row; `None` when the member is left out.
    pub(super) fn value(&self, view: &RowView<'_>) -> Result<Option<Json>, RowProblem> {
        if let Origin::Constant(constant) = &self.origin {
            return Ok(Some(constant.clone()));
        }
        let Some(text) = self.coded(view)? else { return Ok(None) };
        let formed = match &self.form {
            Form::Text => return Ok(Some(Json::String(text.into_owned()))),
            Form::Integer => text.trim().parse::<i64>().ok().map(Json::from),
            Form::Boolean => parse_boolean(&text).map(Json::from),
            Form::Time(form) => form.read(&text, view.zone).map(|time| json!(time.to_rfc3339())),
            Form::Decimal(scale) => parse_decimal(&text, *scale).map(Json::from),
        };
        formed.map(Some).ok_or_else(|| self.wrong_form(&text))
    }

    /// The value as text, for ids, sources and sequences.
    pub(super) fn text<'v>(&'v self, view: &'v RowView<'_>) -> Result<Option<Cow<'v, str>>, RowProblem> {
        match &self.origin {
            Origin::Constant(Json::String(text)) => Ok(Some(Cow::Borrowed(text))),
            Origin::Constant(other) => Ok(Some(Cow::Owned(other.to_string()))),
            Origin::Column(..) | Origin::Expression(_) => self.coded(view),
        }
    }

    /// The value as an instant, for the time of the event.
    pub(super) fn instant(&self, view: &RowView<'_>) -> Result<Instant, RowProblem> {
        let text = self.text(view)?.ok_or_else(|| self.is_empty())?;
        let Form::Time(form) = &self.form else { return Err(self.wrong_form(&text)) };
        form.read(&text, view.zone).ok_or_else(|| self.wrong_form(&text))
    }

    /// The problem of an empty value that cannot be left out.
    pub(super) fn is_empty(&self) -> RowProblem {
        RowProblem::Empty { member: self.member.clone(), origin: self.origin.describe() }
    }

    /// The problem of a value that is not what it should be.
    pub(super) fn not(&self, text: &str, expected: Words) -> RowProblem {
        let origin = self.origin.describe();
        RowProblem::Form { member: self.member.clone(), text: text.to_owned(), expected: expected.into(), origin }
    }

    fn wrong_form(&self, text: &str) -> RowProblem {
        match &self.form {
            Form::Text => self.not(text, both!("文字", "a text")),
            Form::Integer => self.not(text, both!("整数", "a whole number")),
            Form::Boolean => {
                self.not(text, both!("是或否（或 true/false、yes/no、1/0）", "true or false (or yes/no, 1/0, 是/否)"))
            }
            Form::Time(_) => self.not(text, both!("映射所写格式的时间", "a time in the format the mapping names")),
            Form::Decimal(scale) => {
                self.not(text, both!("至多 {scale} 位小数的数", "a decimal number with at most {scale} places"))
            }
        }
    }

    fn coded<'v>(&'v self, view: &'v RowView<'_>) -> Result<Option<Cow<'v, str>>, RowProblem> {
        let text = self.raw(view)?;
        if text.is_empty() && self.empty == Empty::Omit {
            return Ok(None);
        }
        let Some(codes) = &self.codes else { return Ok(Some(text)) };
        match (codes.meanings.get(text.as_ref()), self.unlisted) {
            // A code may stand for nothing at all: `"EMPTY" = ""`.
            (Some(meaning), _) if meaning.is_empty() && self.empty == Empty::Omit => Ok(None),
            (Some(meaning), _) => Ok(Some(Cow::Borrowed(meaning))),
            (None, Unlisted::Keep) => Ok(Some(text)),
            (None, Unlisted::Omit) => Ok(None),
            (None, Unlisted::Refuse) => Err(RowProblem::Unlisted {
                member: self.member.clone(),
                text: text.into_owned(),
                table: codes.name.clone(),
            }),
        }
    }

    fn raw<'v>(&'v self, view: &'v RowView<'_>) -> Result<Cow<'v, str>, RowProblem> {
        match &self.origin {
            Origin::Column(column, _) => Ok(Cow::Borrowed(view.column(*column))),
            Origin::Constant(constant) => Ok(Cow::Owned(constant.to_string())),
            Origin::Expression(expression) => match expression.evaluate(view) {
                Ok(expression::Value::Text(text)) => Ok(text),
                Ok(expression::Value::Integer(number)) => Ok(Cow::Owned(number.to_string())),
                Ok(expression::Value::Boolean(truth)) => Ok(Cow::Owned(truth.to_string())),
                Err(stop) => Err(RowProblem::Expression { member: self.member.clone(), reason: explain_stop(&stop) }),
            },
        }
    }
}

/// Why an expression over a row gave nothing: over texts, `absent` can only be a conversion.
pub(super) fn explain_stop(stop: &expression::Stop) -> Words {
    match stop {
        expression::Stop::Absent => both!(
            "`int()` 里的文字不是整数；请先看文字",
            "`int()` of a text that is no whole number; ask for the text first"
        ),
        expression::Stop::Overflow => both!("结果超出 64 位", "a result does not fit 64 bits"),
        expression::Stop::DivisionByZero => both!("除以零", "a division by zero"),
        expression::Stop::NotEvaluable(reason) => reason.clone().into(),
    }
}

impl TimeForm {
    fn read(&self, text: &str, zone: &Zone) -> Option<Instant> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        self.formats.iter().find_map(|format| format.read(text, zone))
    }
}

fn parse_boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "True" | "TRUE" | "1" | "yes" | "Yes" | "YES" | "是" => Some(true),
        "false" | "False" | "FALSE" | "0" | "no" | "No" | "NO" | "否" => Some(false),
        _ => None,
    }
}

/// `text` times 10^`scale`, exactly; trailing zeros beyond the scale are no loss.
fn parse_decimal(text: &str, scale: u32) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits || fraction.len() > scale as usize {
        return None;
    }
    let padding = 10_i64.checked_pow(scale - fraction.len() as u32)?;
    let magnitude = format!("{whole}{fraction}").parse::<i64>().ok()?.checked_mul(padding)?;
    Some(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, scale, expected) in [
            ("12.34", 2, Some(1234)),
            ("12.3", 2, Some(1230)),
            ("-0.05", 2, Some(-5)),
            ("12.3400", 2, Some(1234)),
            ("12.345", 2, None),
            ("12", 0, Some(12)),
            (".5", 2, None),
            ("1e3", 2, None),
            ("", 2, None),
            ("9223372036854775807", 1, None),
        ] {
            assert_eq!(parse_decimal(text, scale), expected, "{text} {scale}");
        }
    }
}
