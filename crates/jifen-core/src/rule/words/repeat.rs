//! Repeats in words: from which time on points are multiplied.

use crate::rule::Rule;

use super::{Language, period};

impl Rule {
    /// `；每月第 5 次起 2 倍`.
    pub(super) fn repeat_words(&self, language: Language) -> String {
        self.repeat_steps(language)
            .map_or_else(String::new, |words| language.choose(format!("；{words}"), format!("; {words}")))
    }

    /// `每月第 5 次起 2 倍；按发生的先后数`.
    pub(super) fn repeat_clause(&self, language: Language) -> Option<String> {
        let words = self.repeat_steps(language)?;
        Some(language.choose(
            format!("{words}；按发生的先后数，与报来的先后无关"),
            format!("{words}; counted in the order they happened, whenever they were reported"),
        ))
    }

    fn repeat_steps(&self, language: Language) -> Option<String> {
        let repeat = self.repeat.as_ref()?;
        let (chinese, english) = period(repeat.per);
        let step = |step: &crate::rule::RepeatStep| match (step.from, language) {
            (1, Language::Chinese) => format!("首次 {} 倍", step.factor),
            (from, Language::Chinese) => format!("第 {from} 次起 {} 倍", step.factor),
            (1, Language::English) => format!("the first time times {}", step.factor),
            (from, Language::English) => format!("from the {} time on times {}", ordinal(from), step.factor),
        };
        let steps: Vec<String> = repeat.steps.iter().map(step).collect();
        let together = repeat.group.as_ref().map_or_else(String::new, |group| {
            language.choose(format!("（与“{group}”各规则合计次数）"), format!(" (counted with all rules of “{group}”)"))
        });
        Some(language.choose(
            format!("每{chinese}{}{together}", steps.join("、")),
            format!("per {english}, {}{together}", steps.join(", ")),
        ))
    }
}

/// `5th`.
fn ordinal(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn ordinals() {
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 22, 101, 111].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 22nd 101st 111th"
        );
    }
}
