//! Tables by key and numbers that people choose, in words.

use crate::{
    points::Points,
    rule::{
        amount::multiplied,
        choice::{Range, Table},
    },
};

use super::{BandWords, Language, phrase};

/// The rows of a table as bands: `“district”`, `为 2`.
pub(super) fn rows(table: &Table, language: Language) -> Vec<BandWords> {
    let quoted = |key: &str| match key.parse::<i64>() {
        Ok(_) => language.choose(format!("为 {key}"), key.to_owned()),
        Err(_) => format!("“{key}”"),
    };
    let rows = table.rows.iter().enumerate();
    rows.map(|(index, (key, points))| BandWords { index: index as u32, words: quoted(key), points: *points }).collect()
}

/// `由填报的人酌定，扣 3 分至扣 5 分`.
pub(super) fn range(range: &Range, language: Language) -> String {
    let at = |chosen| phrase::points(multiplied(range.points, chosen).unwrap_or(Points::ZERO), language);
    let (from, to) = (at(range.from), at(range.to));
    language.choose(format!("由填报的人酌定，{from}至{to}"), format!("chosen by whoever reports it: {from} to {to}"))
}
