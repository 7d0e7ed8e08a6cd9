//! Points per unit beyond a threshold, in words.

use crate::rule::per_unit::{Partial, PerUnit, Side};

use super::{Language, Unit, phrase};

/// `超过 2 天的部分，每 1 天扣 1 分，不足的按一个计`.
pub(super) fn words(amount: &PerUnit, unit: Unit, times: &str, language: Language) -> String {
    let (threshold, size) = (unit.edge(amount.threshold, language), unit.edge(amount.unit, language));
    let points = format!("{times}{}", phrase::points(amount.points, language));
    let side = match amount.side {
        Side::Over => language.choose("超过", "above"),
        Side::Under => language.choose("低于", "below"),
    };
    let partial = match amount.partial {
        Partial::Floor => ("不足的不计", "parts of it do not count"),
        Partial::Ceil => ("不足的按一个计", "a part of it counts whole"),
        Partial::Exact => ("不足的按比例计", "parts of it in proportion"),
    };
    let partial = language.choose(partial.0, partial.1);
    // Chinese stands apart from figures and signs only.
    let apart =
        |words: &str| if words.ends_with(|c: char| c.is_ascii()) { format!("{words} ") } else { words.to_owned() };
    language.choose(
        format!("{side} {}的部分，每 {}{points}，{partial}", apart(&threshold), apart(&size)),
        format!("for each {size} {side} {threshold}: {points}; {partial}"),
    )
}
